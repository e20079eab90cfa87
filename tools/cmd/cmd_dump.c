/* cmd_dump: dump.  Prints the answer of each server to lru_crawler metadump: a line for each item. */
#include <stdlib.h>

#include "tools/cli/cli.h"
#include "base/text/json.h"
#include "tools/text/pairs.h"

/* The full names of the short ones of the server; other names stay as they are. */
static const char *
full_name(struct bytes name, char *room, size_t n_room)
{
    static const struct {
        const char *in, *full;
    } names[] = {{"exp", "expires"}, {"la", "last_access"}, {"fetch", "fetched"}, {"cls", "class"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (bytes_equal(name, bytes_of(names[i].in, strlen(names[i].in))))
            return names[i].full;
    snprintf(room, n_room, "%.*s", (int)name.n, name.p);
    return room;
}

static void
print_json(FILE *out, const char *server, struct bytes line)
{
    struct json j;
    struct bytes name, value;
    char key[PAIRS_KEY_MAX], room[64];
    json_begin(&j, out, JSON_LINE);
    json_text(&j, "server", server);
    while (pairs_next(&line, &name, &value)) {
        if (bytes_equal(name, BYTES("key")))
            json_bytes(&j, "key", pairs_key(value, key));
        else if (bytes_equal(name, BYTES("fetch")))
            json_bool(&j, "fetched", bytes_equal(value, BYTES("yes")));
        else
            json_word(&j, full_name(name, room, sizeof room), value);
    }
    json_end(&j);
}

struct page {
    struct cli *cli;
    const char *server;
};

static bool
on_line(void *arg, const char *server, const char *name, const char *value)
{
    struct page *page = arg;
    (void)server, (void)name;
    size_t n = pairs_has_none(value) ? 0 : strlen(value);
    MUST(page->cli != NULL && page->server != NULL);
    while (n > 0 && value[n - 1] == ' ')
        n--;
    if (n > 0 && page->cli->options->json)
        print_json(page->cli->out, page->server, bytes_of(value, n));
    else if (n > 0)
        shown_line(page->cli->out, "%.*s", (int)n, value);
    return !ferror(page->cli->out);
}

static int
dump_one(struct cli *cli, struct larder *one, const char *server)
{
    struct page page = {cli, server};
    int code = larder_command(one, 0, "lru_crawler metadump all", true, cli->timeout_ms, on_line, &page);
    return code == LARDER_OK ? CLI_OK : cli_error(one, server, code);
}

int
cmd_dump(struct cli *cli)
{
    return cli_each_server(cli, dump_one);
}
