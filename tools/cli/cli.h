/*
 * cli: what all commands of larder share: the handle, the options, the exit status.
 *
 * A command is a function of struct cli that returns the process's status:
 * CLI_NEGATIVE for a negative answer (the item does not exist), CLI_ERROR for an error.
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
    bool escapes;        /* `out` is a terminal, and --raw is not given */
    uint32_t timeout_ms; /* to wait for an answer, from whichever setting */
};

struct cli_command {
    const char *name;
    int (*run)(struct cli *);
    const char *arguments;
    int least, most; /* words after the command */
    unsigned takes;  /* enum option_taken */
    const char *help;
};

/* Checks what each command relies on: options, a handle, an output. */
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

/*
 * Writes to standard error why `what` failed, with the messages of the library
 * and the server; returns the status.
 */
int cli_error(const struct larder *, const char *what, int code);

/* Flushes `f`; false, after a message, if some of the output could not be written. */
MUST_USE bool cli_written(FILE *f, const char *name);

/* Writes text as it is, or escaped if `f` is standard output and a terminal. */
void cli_put(const struct cli *, FILE *f, struct bytes text);

/* The worse of two statuses. */
static inline int
cli_worse(int a, int b)
{
    MUST(a >= CLI_OK && a <= CLI_ERROR && b >= CLI_OK && b <= CLI_ERROR);
    return a > b ? a : b;
}

/* A handle for the n'th server alone, under its name; NULL after a message. */
struct larder *cli_one_server(const struct cli *, size_t n);

/* Calls `f` for each server, with a handle for it alone; returns the worst status. */
int cli_each_server(struct cli *, int (*f)(struct cli *, struct larder *, const char *server));

/* Joins the words with blanks, in new memory; NULL when out of memory. */
char *cli_joined(const char *first, char **word, int n);

#endif
