/*
 * cli: what all commands of larder share: the handle, the options, how to end.
 *
 * A command is a function of struct cli that returns the process's status:
 * CLI_NEGATIVE is an answer (the item is not there), CLI_ERROR is none.
 */
#ifndef TOOLS_CLI_CLI_H
#define TOOLS_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "base/must.h"
#include "client/larder.h"
#include "tools/cli/options.h"
#include "tools/text/shown.h"

enum cli_status { CLI_OK, CLI_NEGATIVE, CLI_USAGE, CLI_ERROR };

struct cli {
    const struct options *options;
    struct larder *l;
    FILE *out;
    bool escapes;        /* `out` is a terminal, and not to be written to raw */
    uint32_t timeout_ms; /* for an answer, wherever it was set */
};

struct cli_command {
    const char *name;
    int (*run)(struct cli *);
    const char *arguments;
    int least, most; /* words behind the command */
    unsigned takes;  /* enum option_taken */
    const char *help;
};

/* What a command may count on: its options, a handle with servers, somewhere to write to. */
static inline void
cli_must_be(const struct cli *cli)
{
    MUST(cli->options != NULL && cli->l != NULL && cli->out != NULL);
    MUST(cli->options->n_words >= 0);
}

#define CLI_ANY 1000000

/* Ends with a row without a name. */
extern const struct cli_command cli_commands[];

#define COMMAND(name, function, arguments, least, most, takes, help) int function(struct cli *);
#include "tools/commands.def"
#undef COMMAND

/* Says on standard error what went wrong with `what`, in the library's words and the server's; returns what that comes to. */
int cli_trouble(const struct larder *, const char *what, int code);

/* Flushes what was written to `f`; false after saying that not all of it could be. */
MUST_USE bool cli_written(FILE *f, const char *name);

/* Writes to `f` as it is, or escaped if that is standard output and a terminal. */
void cli_put(const struct cli *, FILE *f, struct bytes text);

/* The worse of two statuses. */
static inline int
cli_worse(int a, int b)
{
    MUST(a >= CLI_OK && a <= CLI_ERROR && b >= CLI_OK && b <= CLI_ERROR);
    return a > b ? a : b;
}

/* A handle for the n'th server alone, under its name; NULL after saying why. */
struct larder *cli_one_server(const struct cli *, size_t n);

/* Runs `f` for each server, with a handle for it alone; the worst of what it returns. */
int cli_each_server(struct cli *, int (*f)(struct cli *, struct larder *, const char *server));

/* Words with blanks between, in memory of its own; NULL when out of memory. */
char *cli_joined(const char *first, char **word, int n);

#endif
