#include "tools/cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ANY = CLI_ANY };
#define READS  TAKEN_READS
#define STORES TAKEN_STORES
#define FLAGS  TAKEN_FLAGS
#define CHECKS TAKEN_CHECKS
#define COUNTS TAKEN_COUNTS
#define IMPORT TAKEN_IMPORT
#define PINGS  TAKEN_PINGS
#define TOPS   TAKEN_TOPS

const struct cli_command cli_commands[] = {
#define COMMAND(name, function, arguments, least, most, takes, help) \
    {name, function, arguments, least, most, takes, help},
#include "tools/commands.def"
#undef COMMAND
    {NULL, NULL, NULL, 0, 0, 0, NULL},
};

static int
status_of(int code)
{
    switch (code) {
    case LARDER_TOO_LARGE:
    case LARDER_NOT_NUMBER: return CLI_NEGATIVE;
    case LARDER_BAD_KEY:
    case LARDER_BAD_ARGUMENT: return CLI_USAGE;
    default: return CLI_ERROR;
    }
}

int
cli_error(const struct larder *l, const char *what, int code)
{
    MUST(code != LARDER_OK);
    const char *why = l == NULL ? "" : larder_why(l);
    shown_line(stderr, "larder: %s: %s%s%s%s", what, larder_strerror(code), *why == '\0' ? "" : " (", why,
        *why == '\0' ? "" : ")");
    return status_of(code);
}

/* fflush may succeed after an earlier write has failed; errno then has no reason. */
bool
cli_written(FILE *f, const char *name)
{
    errno = 0;
    if (fflush(f) == 0 && !ferror(f))
        return true;
    shown_line(stderr, "larder: %s: %s", name,
        errno != 0 ? strerror(errno) : "some of the output could not be written");
    return false;
}

void
cli_put(const struct cli *cli, FILE *f, struct bytes text)
{
    if (f == cli->out && cli->escapes)
        shown_put(f, text);
    else
        fwrite(text.p, 1, text.n, f);
}

struct larder *
cli_one_server(const struct cli *cli, size_t n)
{
    cli_must_be(cli);
    MUST(n < larder_n_servers(cli->l));
    const char *name = larder_server_name(cli->l, n);
    struct larder *one = larder_clone(cli->l);
    int code = one == NULL ? LARDER_NO_MEMORY : larder_servers(one, name);
    if (code == LARDER_OK)
        return one;
    (void)cli_error(one, name, code);
    larder_free(one);
    return NULL;
}

int
cli_each_server(struct cli *cli, int (*f)(struct cli *, struct larder *, const char *server))
{
    int status = CLI_OK;

    cli_must_be(cli);
    for (size_t i = 0; i < larder_n_servers(cli->l); i++) {
        struct larder *one = cli_one_server(cli, i);
        status = cli_worse(status, one == NULL ? CLI_ERROR : f(cli, one, larder_server_name(cli->l, i)));
        larder_free(one);
    }
    return status;
}

char *
cli_joined(const char *first, char **word, int n)
{
    size_t size = strlen(first) + 1;
    for (int i = 0; i < n; i++)
        size += strlen(word[i]) + 1;
    char *all = malloc(size), *end = all;
    if (all == NULL)
        return NULL;
    end = stpcpy(end, first);
    for (int i = 0; i < n; i++) {
        if (end != all)
            *end++ = ' ';
        end = stpcpy(end, word[i]);
    }
    MUST(end < all + size);
    return all;
}
