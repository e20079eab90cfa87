/*
 * cmd_count: incr and decr.
 */
#include <string.h>

#include "tools/cli/cli.h"
#include "base/text/json.h"

static int
count(struct cli *cli, bool down)
{
    cli_must_be(cli);
    MUST(cli->options->n_words > 0);
    const struct options *o = cli->options;
    const char *key = o->word[0];
    uint64_t delta = 1, result = 0;
    if (o->n_words > 1 && !option_wide(o->word[1], &delta)) {
        shown_line(stderr, "larder: \"%s\" is not a number", o->word[1]);
        return CLI_USAGE;
    }
    bool creates = option_given(o, OPTION_initial);
    if ((option_given(o, OPTION_ttl_s) && !creates) || (creates && delta > INT64_MAX)) {
        fprintf(stderr, "larder: %s\n",
            creates ? "with --initial, the number has at most 63 bits" : "--ttl needs --initial");
        return CLI_USAGE;
    }
    int64_t signed_delta = down ? -(int64_t)delta : (int64_t)delta;
    int code = creates ? larder_count(cli->l, key, strlen(key), signed_delta, o->initial, o->ttl_s, &result)
               : down  ? larder_decr(cli->l, key, strlen(key), delta, &result)
                       : larder_incr(cli->l, key, strlen(key), delta, &result);
    if (code != LARDER_OK && code != LARDER_MISS)
        return cli_error(cli->l, key, code);
    if (o->json) {
        struct json j;
        json_begin(&j, cli->out, JSON_LINE);
        json_text(&j, "key", key);
        json_bool(&j, "found", code == LARDER_OK);
        if (code == LARDER_OK)
            json_unsigned(&j, "value", result);
        json_end(&j);
    } else if (code == LARDER_OK) {
        fprintf(cli->out, "%llu\n", (unsigned long long)result);
    } else if (!o->quiet) {
        shown_line(stderr, "larder: %s: %s", key, larder_strerror(code));
    }
    return code == LARDER_OK ? CLI_OK : CLI_NEGATIVE;
}

int
cmd_incr(struct cli *cli)
{
    return count(cli, false);
}

int
cmd_decr(struct cli *cli)
{
    return count(cli, true);
}
