/*
 * options: what the command line asks for; options.def has the rows.
 */
#ifndef TOOLS_CLI_OPTIONS_H
#define TOOLS_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/must.h"
#include "base/option/option.h"

enum option_taken {
    TAKEN_READS = 1,
    TAKEN_STORES = 2,
    TAKEN_FLAGS = 4,
    TAKEN_CHECKS = 8,
    TAKEN_COUNTS = 16,
    TAKEN_IMPORT = 32,
    TAKEN_PINGS = 64,
    TAKEN_ALL = 128,
    TAKEN_TOPS = 256,
};

enum { OPTIONS_SET_MAX = 64 };

/* The C type of a field, by the kind of its row; base/option/option.h has the others. */
#define OPTION_TYPE_SETTING uint32_t

enum option_id {
#define OPT(letter, long_name, argument, kind, field, taken, help) OPTION_##field,
#include "tools/cli/options.def"
#undef OPT
    OPTION_N_IDS
};

struct options {
#define OPT(letter, long_name, argument, kind, field, taken, help) OPTION_TYPE_##kind field;
#include "tools/cli/options.def"
#undef OPT
    uint32_t origin[OPTION_N_IDS];    /* 0: the command line does not have it */
    const char *set[OPTIONS_SET_MAX]; /* "name=value", in their order; n_set of them */
    const char *command;
    char **word; /* what stands behind the command */
    int n_words;
};

/*
 * Options may stand anywhere; "--" ends them.  Borrows from argv.  On false `why` is a line that says what is wrong.
 * To be freed with options_fini, whatever it returns.
 */
MUST_USE bool options_read(struct options *, int argc, char **argv, char *why, size_t n_why);
void options_fini(struct options *);

static inline bool
option_given(const struct options *o, enum option_id id)
{
    return o->origin[id] != 0;
}

/* The first that was given and is not among `taken` and ALL: its long name.  NULL: none. */
const char *options_misplaced(const struct options *, unsigned taken);

/* Lines of help for what is among `taken`. */
void options_print(unsigned taken);

#endif
