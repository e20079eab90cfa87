/* cmd_stats: stats, version and flush, for one server after the other. */
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "base/text/json.h"

/*
 * A JSON object for each server, or a line for each statistic, which begins with
 * the server if there are several.
 */
struct page {
    struct json json;
    FILE *out;
    const char *server; /* NULL: not printed */
    bool is_json;
};

static bool
on_line(void *arg, const char *server, const char *name, const char *value)
{
    struct page *page = arg;
    MUST(page->out != NULL && name != NULL && value != NULL);
    (void)server;
    if (page->is_json)
        json_word(&page->json, name, bytes_of(value, strlen(value)));
    else
        shown_line(page->out, "%s%s%s %s", page->server == NULL ? "" : page->server,
            page->server == NULL ? "" : " ", name, value);
    return true;
}

static struct page
begin(const struct cli *cli, const char *server)
{
    struct page page = {.out = cli->out, .is_json = cli->options->json};
    page.server = larder_n_servers(cli->l) > 1 ? server : NULL;
    if (page.is_json) {
        json_begin(&page.json, cli->out, JSON_LINE);
        json_text(&page.json, "server", server);
    }
    return page;
}

static int
end(struct page *page, struct larder *one, const char *server, int code)
{
    if (page->is_json) {
        if (code != LARDER_OK)
            json_text(&page->json, "error", larder_strerror(code));
        json_end(&page->json);
    }
    return code == LARDER_OK ? CLI_OK : cli_error(one, server, code);
}

static int
stats_of(struct cli *cli, struct larder *one, const char *server)
{
    char *group = cli_joined("", cli->options->word, cli->options->n_words);
    if (group == NULL)
        return cli_error(NULL, server, LARDER_NO_MEMORY);
    struct page page = begin(cli, server);
    int status = end(&page, one, server, larder_stats(one, *group == '\0' ? NULL : group, on_line, &page));
    free(group);
    return status;
}

int
cmd_stats(struct cli *cli)
{
    return cli_each_server(cli, stats_of);
}

/* Prints only larder's own version from `stats larder`. */
static bool
on_larder_line(void *arg, const char *server, const char *name, const char *value)
{
    return strcmp(name, "larder_version") != 0 || on_line(arg, server, name, value);
}

/*
 * The protocol's version, then larderd's own version.  memcached has no statistics of this
 * name, and a role may forbid them, so the second answer may be an error.
 */
static int
version_of(struct cli *cli, struct larder *one, const char *server)
{
    struct page page = begin(cli, server);
    int code = larder_version(one, on_line, &page);
    if (code == LARDER_OK)
        (void)larder_stats(one, "larder", on_larder_line, &page);
    return end(&page, one, server, code);
}

int
cmd_version(struct cli *cli)
{
    return cli_each_server(cli, version_of);
}

static int
flush_one(struct cli *cli, struct larder *one, const char *server)
{
    uint64_t delay = 0;
    if (cli->options->n_words > 0 && (!option_wide(cli->options->word[0], &delay) || delay > UINT32_MAX)) {
        shown_line(stderr, "larder: \"%s\" is not a number of seconds", cli->options->word[0]);
        return CLI_USAGE;
    }
    int code = larder_flush(one, (uint32_t)delay);
    if (cli->options->json) {
        struct page page = begin(cli, server);
        json_bool(&page.json, "flushed", code == LARDER_OK);
        return end(&page, one, server, code);
    }
    return code == LARDER_OK ? CLI_OK : cli_error(one, server, code);
}

int
cmd_flush(struct cli *cli)
{
    return cli_each_server(cli, flush_one);
}
