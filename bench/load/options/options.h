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
#ifndef BENCH_LOAD_OPTIONS_OPTIONS_H
#define BENCH_LOAD_OPTIONS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/must.h"
#include "base/option/option.h"

#define OPTIONS_ALL_KEYS UINT64_MAX

enum { OPTIONS_PREFIX_MAX = 230 }; /* longest --key-prefix; a key continues with its number */

/* The C type of a field, by the kind of its row; see base/option/option.h for the other kinds. */
#define OPTION_TYPE_COUNT uint64_t

enum option_id {
#define OPTION(field, ...) OPTION_##field,
#include "bench/load/options/options.def"
    OPTION_N_IDS
};

enum { OPTION_PERCENTILES_MAX = 16 };

struct options {
#define OPTION(field, letter, name, kind, ...) OPTION_TYPE_##kind field;
#include "bench/load/options/options.def"
    uint32_t origin[OPTION_N_IDS]; /* where each value comes from; 0: the default */
    double percentiles[OPTION_PERCENTILES_MAX];
    unsigned n_percentiles;
    char set_pattern, get_pattern; /* of --key-pattern */
    bool is_replay;                /* the first word was "replay" */
    const char *trace;             /* of replay: the file; NULL for standard input */
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
#define OPTION_GIVEN(o, field) ((o)->origin[OPTION_##field] != 0)

/* Prints all options as "name = value" lines for --config-file; a default is printed as a comment. */
void options_print(const struct options *, FILE *out);

#endif
