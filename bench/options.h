/*
 * options: what larder-bench is asked to do.
 *
 * options.def has a row for each option; this header makes struct options of
 * them.  The command line goes before the file of --config-file, and that
 * before the defaults.  Parsing prints what it has to say to the streams that
 * it is given and leaves ending the process to its caller.
 *
 * Threads: options_parse before there are any; then it is only read.
 */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/must.h"

#define OPTIONS_ALL_KEYS UINT64_MAX

enum { OPTIONS_PREFIX_MAX = 230 }; /* bytes of --key-prefix: a key goes on with its number */

struct range {
    uint64_t min, max;
};

struct ratio {
    uint64_t a, b;
};

#define OPTION_TYPE_FLAG   bool
#define OPTION_TYPE_NUMBER uint64_t
#define OPTION_TYPE_COUNT  uint64_t
#define OPTION_TYPE_REAL   double
#define OPTION_TYPE_TEXT   const char *
#define OPTION_TYPE_WORD   const char *
#define OPTION_TYPE_RANGE  struct range
#define OPTION_TYPE_RATIO  struct ratio

enum option_id {
#define OPTION(field, ...) OPTION_##field,
#include "bench/options.def"
    OPTION_N_IDS
};

enum { OPTION_PERCENTILES_MAX = 16 };

struct options {
#define OPTION(field, letter, name, kind, ...) OPTION_TYPE_##kind field;
#include "bench/options.def"
    bool given[OPTION_N_IDS]; /* by the command line or the file */
    double percentiles[OPTION_PERCENTILES_MAX];
    unsigned n_percentiles;
    char set_pattern, get_pattern; /* of --key-pattern */
    bool is_replay;                /* the first word was "replay" */
    const char *trace;             /* of replay: the file; NULL for standard input */
    char *file;                    /* the text of --config-file, which TEXT fields may point into */
};

enum options_result {
    OPTIONS_OK,    /* start with these */
    OPTIONS_SHOWN, /* what was asked for (help, version) went to `out`: nothing more to do */
    OPTIONS_WRONG, /* `err` says what and what was expected */
};

/* Fills `o`; keeps pointers into `argv`.  To be freed with options_fini, whatever it returns. */
MUST_USE enum options_result options_parse(struct options *o, int argc, char **argv, FILE *out, FILE *err);
void options_fini(struct options *);

/* Whether the option was written by somebody. */
#define OPTION_GIVEN(o, field) ((o)->given[OPTION_##field])

/* "name = value" lines of all options, as --config-file reads them; a default is a comment. */
void options_print(const struct options *, FILE *out);

#endif
