/*
 * options: the options of larder-bench.
 *
 * options.def has a row for each option; this header turns the rows into struct
 * options.  The command line overrides the file of --config-file, and the file
 * overrides the defaults.  Parsing prints its messages to the streams that the
 * caller passes, and leaves it to the caller to exit.
 *
 * Threads: options_parse runs before other threads start; after that the options are read-only.
 */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/must.h"

#define OPTIONS_ALL_KEYS UINT64_MAX

enum { OPTIONS_PREFIX_MAX = 230 }; /* longest --key-prefix; a key continues with its number */

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
    bool given[OPTION_N_IDS]; /* set by the command line or the file */
    double percentiles[OPTION_PERCENTILES_MAX];
    unsigned n_percentiles;
    char set_pattern, get_pattern; /* of --key-pattern */
    bool is_replay;                /* the first word was "replay" */
    const char *trace;             /* of replay: the file; NULL for standard input */
    char *file;                    /* the text of --config-file; TEXT fields may point into it */
};

enum options_result {
    OPTIONS_OK,    /* start with these options */
    OPTIONS_SHOWN, /* help or version was printed to `out`: exit */
    OPTIONS_WRONG, /* `err` has the reason and what was expected */
};

/* Fills `o`, which keeps pointers into `argv`.  Call options_fini after it, whatever it returns. */
MUST_USE enum options_result options_parse(struct options *o, int argc, char **argv, FILE *out, FILE *err);
void options_fini(struct options *);

/* True if the command line or the file sets the option. */
#define OPTION_GIVEN(o, field) ((o)->given[OPTION_##field])

/* Prints all options as "name = value" lines for --config-file; a default is printed as a comment. */
void options_print(const struct options *, FILE *out);

#endif
