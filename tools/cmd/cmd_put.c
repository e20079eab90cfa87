/*
 * cmd_put: set, add, replace, append and prepend.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cli.h"
#include "base/text/json.h"

/* Reads all of a file, into new memory.  NULL after a message. */
static char *
read_all(FILE *f, size_t *n)
{
    size_t room = 65536;
    char *all = malloc(room);
    *n = 0;
    while (all != NULL) {
        *n += fread(all + *n, 1, room - *n, f);
        if (*n < room)
            break;
        MUST(*n == room);
        room *= 2;
        char *larger = realloc(all, room);
        if (larger == NULL)
            free(all);
        all = larger;
    }
    if (all == NULL || ferror(f)) {
        fprintf(stderr, "larder: standard input: %s\n", strerror(all == NULL ? ENOMEM : errno));
        free(all);
        return NULL;
    }
    return all;
}

static int
print_result(const struct cli *cli, const char *key, int code)
{
    if (code >= LARDER_TIMEOUT)
        return cli_error(cli->l, key, code);
    if (cli->options->json) {
        struct json j;
        json_begin(&j, cli->out, JSON_LINE);
        json_text(&j, "key", key);
        json_bool(&j, "stored", code == LARDER_OK);
        if (code != LARDER_OK)
            json_text(&j, "why", larder_strerror(code));
        json_end(&j);
    } else if (code != LARDER_OK && !cli->options->quiet) {
        shown_line(stderr, "larder: %s: %s", key, larder_strerror(code));
    }
    return code == LARDER_OK ? CLI_OK : CLI_NEGATIVE;
}

typedef int put_function(
    struct larder *, const void *, size_t, const void *, size_t, uint32_t flags, int64_t exptime);
typedef int extend_function(struct larder *, const void *, size_t, const void *, size_t);

static int
store(struct cli *cli, put_function *put, extend_function *extend)
{
    cli_must_be(cli);
    MUST((put != NULL) != (extend != NULL) && cli->options->n_words > 0);
    const struct options *o = cli->options;
    const char *key = o->word[0];
    size_t n_key = strlen(key), n;
    char *read = NULL;
    const char *value = o->n_words > 1 ? o->word[1] : NULL;
    if (o->flags > UINT32_MAX) {
        fprintf(stderr, "larder: flags have at most 32 bits\n");
        return CLI_USAGE;
    }
    if (value == NULL) {
        value = read = read_all(stdin, &n);
        if (value == NULL)
            return CLI_ERROR;
    } else {
        n = strlen(value);
    }
    int code = extend != NULL ? extend(cli->l, key, n_key, value, n)
               : option_given(o, OPTION_cas)
                   ? larder_cas(cli->l, key, n_key, value, n, (uint32_t)o->flags, o->ttl_s, o->cas)
                   : put(cli->l, key, n_key, value, n, (uint32_t)o->flags, o->ttl_s);
    free(read);
    return print_result(cli, key, code);
}

int
cmd_set(struct cli *cli)
{
    return store(cli, larder_set, NULL);
}

int
cmd_add(struct cli *cli)
{
    return store(cli, larder_add, NULL);
}

int
cmd_replace(struct cli *cli)
{
    return store(cli, larder_replace, NULL);
}

int
cmd_append(struct cli *cli)
{
    return store(cli, NULL, larder_append);
}

int
cmd_prepend(struct cli *cli)
{
    return store(cli, NULL, larder_prepend);
}
