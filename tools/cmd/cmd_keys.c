/* cmd_keys: the commands for keys that need no values: delete, touch, where. */
#include <string.h>

#include "tools/cli/cli.h"
#include "base/text/json.h"

static int
each(struct cli *cli, const char *done, int (*f)(struct cli *, const char *key, size_t n))
{
    cli_must_be(cli);
    const struct options *o = cli->options;
    int status = CLI_OK;
    for (int i = 0; i < o->n_words; i++) {
        const char *key = o->word[i];
        int code = f(cli, key, strlen(key));
        if (code != LARDER_OK && code != LARDER_MISS) {
            status = cli_worse(status, cli_error(cli->l, key, code));
            continue;
        }
        status = cli_worse(status, code == LARDER_OK ? CLI_OK : CLI_NEGATIVE);
        if (o->json) {
            struct json j;
            json_begin(&j, cli->out, JSON_LINE);
            json_text(&j, "key", key);
            json_bool(&j, done, code == LARDER_OK);
            json_end(&j);
        } else if (code != LARDER_OK && !o->quiet) {
            shown_line(stderr, "larder: %s: %s", key, larder_strerror(code));
        }
    }
    return status;
}

static int delete (struct cli *cli, const char *key, size_t n)
{
    return larder_delete(cli->l, key, n);
}

int
cmd_delete(struct cli *cli)
{
    return each(cli, "deleted", delete);
}

static int
touch(struct cli *cli, const char *key, size_t n)
{
    return larder_touch(cli->l, key, n, cli->options->ttl_s);
}

int
cmd_touch(struct cli *cli)
{
    return each(cli, "touched", touch);
}

int
cmd_where(struct cli *cli)
{
    cli_must_be(cli);
    const struct options *o = cli->options;
    for (int i = 0; i < o->n_words; i++) {
        const char *key = o->word[i];
        const char *server = larder_server_name(cli->l, larder_server_of(cli->l, key, strlen(key)));
        if (o->json) {
            struct json j;
            json_begin(&j, cli->out, JSON_LINE);
            json_text(&j, "key", key);
            json_text(&j, "server", server);
            json_end(&j);
        } else {
            shown_line(cli->out, o->n_words > 1 ? "%s\t%s" : "%.0s%s", key, server);
        }
    }
    return CLI_OK;
}
