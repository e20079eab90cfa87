/* options: the options of the command line; options.def has the rows. */
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
    uint32_t origin[OPTION_N_IDS];    /* 0: not on the command line */
    const char *set[OPTIONS_SET_MAX]; /* "name=value", in the order of the command line; n_set of them */
    const char *command;
    char **word; /* the words after the command */
    int n_words;
};

/*
 * Options may be anywhere; "--" ends them.  The result points into argv.  After false, `why` is a line with the
 * message.  options_fini must be called in any case.
 */
MUST_USE bool options_read(struct options *, int argc, char **argv, char *why, size_t n_why);
void options_fini(struct options *);

static inline bool
option_given(const struct options *o, enum option_id id)
{
    return o->origin[id] != 0;
}

/* The long name of the first given option that is not among `taken` and ALL.  NULL: none. */
const char *options_misplaced(const struct options *, unsigned taken);

/* Prints the help of the options among `taken`. */
void options_print(unsigned taken);

#endif
