/*
 * options: what the command line asks for; options.def has the rows.
 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

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

struct options {
    const char *servers, *config, *sort;
    const char *set[OPTIONS_SET_MAX]; /* "name=value", in their order */
    uint32_t n_set;
    uint32_t given; /* a bit for each row of options.def */
    bool json, quiet, raw, keep, once, help, version;
    int64_t ttl_s;
    uint64_t flags, cas, initial, count, timeout_ms, interval_ms;
    const char *command;
    char **word; /* what stands behind the command */
    int n_words;
};

enum option_row {
#define OPT(letter, long_name, argument, kind, field, taken, help) OPTION_##field,
#include "tools/options.def"
#undef OPT
    N_OPTIONS
};

/* Options may stand anywhere; "--" ends them.  On false `why` says in words what is wrong. */
MUST_USE bool options_read(struct options *, int argc, char **argv, char *why, size_t n_why);

static inline bool
option_given(const struct options *o, enum option_row row)
{
    return (o->given >> row & 1) != 0;
}

/* The first that was given and is not among `taken` and ALL: its long name.  NULL: none. */
const char *options_misplaced(const struct options *, unsigned taken);

/* Lines of help for what is among `taken`. */
void options_print(unsigned taken);

/* Decimal digits, and nothing else. */
MUST_USE bool options_number(const char *text, uint64_t *out);

/* "5", "0.5", "200ms".  False unless it is all of the text. */
MUST_USE bool options_milliseconds(const char *text, uint64_t *out);

#endif
