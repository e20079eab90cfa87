/* cmd_get: get.  Requests all keys at once, and prints the values in the order of the arguments. */
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "base/text/json.h"

/* One key's answer; the value is a copy. */
struct got {
    const char *key;
    int code;
    char *value;
    struct larder_item item;
};

static void
keep(void *arg, int code, const struct larder_item *item)
{
    struct got *g = arg;
    MUST(g->value == NULL && (code != LARDER_OK || item != NULL));
    g->code = code;
    if (code != LARDER_OK)
        return;
    g->item = *item;
    g->value = malloc(item->n_value == 0 ? 1 : item->n_value);
    if (g->value == NULL)
        g->code = LARDER_NO_MEMORY;
    else
        memcpy(g->value, item->value, item->n_value);
}

/* With the time to live, if the protocol has it. */
static int
submit(struct larder *l, struct got *g, bool all)
{
    struct larder_request r = {.operation = LARDER_GET, .key = g->key, .n_key = strlen(g->key)};
    r.bits = all ? LARDER_WITH_CAS | LARDER_WITH_TTL : 0;
    int code = larder_submit(l, &r, keep, g);
    if (code == LARDER_NOT_SUPPORTED && all) {
        r.bits = LARDER_WITH_CAS;
        code = larder_submit(l, &r, keep, g);
    }
    return code;
}

static void
print_json(FILE *out, const struct got *g)
{
    struct json j;
    json_begin(&j, out, JSON_LINE);
    json_text(&j, "key", g->key);
    json_bool(&j, "found", g->code == LARDER_OK);
    if (g->code == LARDER_OK) {
        json_bytes(&j, "value", bytes_of(g->value, g->item.n_value));
        json_unsigned(&j, "flags", g->item.flags);
        json_unsigned(&j, "cas", g->item.cas);
        if (g->item.ttl_s != 0)
            json_signed(&j, "ttl", g->item.ttl_s);
    }
    json_end(&j);
}

static int
print(const struct cli *cli, const struct got *g)
{
    const struct options *o = cli->options;
    MUST(g->code != LARDER_OK || g->value != NULL);
    if (g->code != LARDER_OK && g->code != LARDER_MISS)
        return cli_error(cli->l, g->key, g->code);
    if (o->json) {
        print_json(cli->out, g);
    } else if (g->code == LARDER_OK) {
        cli_put(cli, cli->out, bytes_of(g->value, g->item.n_value));
        if (!o->raw)
            putc('\n', cli->out);
    } else if (!o->quiet) {
        shown_line(stderr, "larder: %s: %s", g->key, larder_strerror(g->code));
    }
    return g->code == LARDER_OK ? CLI_OK : CLI_NEGATIVE;
}

int
cmd_get(struct cli *cli)
{
    cli_must_be(cli);
    size_t n = (size_t)cli->options->n_words;
    struct got *got = calloc(n, sizeof *got);
    if (got == NULL)
        return cli_error(NULL, "get", LARDER_NO_MEMORY);
    for (size_t i = 0; i < n; i++) {
        got[i].key = cli->options->word[i];
        while ((got[i].code = submit(cli->l, &got[i], cli->options->json)) == LARDER_BUSY)
            if (larder_service(cli->l, -1) != LARDER_OK)
                break;
    }
    while (larder_outstanding(cli->l) > 0 && larder_service(cli->l, -1) == LARDER_OK)
        ;
    int status = CLI_OK;
    for (size_t i = 0; i < n; i++) {
        status = cli_worse(status, print(cli, &got[i]));
        free(got[i].value);
    }
    free(got);
    return status;
}
