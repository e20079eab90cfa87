#include "tools/cli.h"

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

int
cli_trouble(const struct larder *l, const char *what, int code)
{
    const char *why = l == NULL ? "" : larder_why(l);
    fprintf(stderr, "larder: %s: %s%s%s%s\n", what, larder_strerror(code), *why == '\0' ? "" : " (", why,
        *why == '\0' ? "" : ")");
    return CLI_TROUBLE;
}

struct larder *
cli_one_server(const struct cli *cli, size_t n)
{
    const char *name = larder_server_name(cli->l, n);
    struct larder *one = larder_clone(cli->l);
    int code = one == NULL ? LARDER_NO_MEMORY : larder_servers(one, name);
    if (code == LARDER_OK)
        return one;
    (void)cli_trouble(one, name, code);
    larder_free(one);
    return NULL;
}

int
cli_each_server(struct cli *cli, int (*f)(struct cli *, struct larder *, const char *server))
{
    int status = CLI_GOOD;
    for (size_t i = 0; i < larder_n_servers(cli->l); i++) {
        struct larder *one = cli_one_server(cli, i);
        status = cli_worse(status, one == NULL ? CLI_TROUBLE : f(cli, one, larder_server_name(cli->l, i)));
        larder_free(one);
    }
    return status;
}

bool
cli_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    if (*text < '0' || *text > '9')
        return false;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
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
    return all;
}
