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
#ifndef BENCH_LOAD_OPTIONS_OPTIONS_H
#define BENCH_LOAD_OPTIONS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/must.h"
#include "base/option/option.h"

#define OPTIONS_ALL_KEYS UINT64_MAX

enum { OPTIONS_PREFIX_MAX = 230 }; /* bytes of --key-prefix: a key goes on with its number */

/* The C type of a field, by the kind of its row; base/option/option.h has the others. */
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
    uint32_t origin[OPTION_N_IDS]; /* where each comes from; 0: the default */
    double percentiles[OPTION_PERCENTILES_MAX];
    unsigned n_percentiles;
    char set_pattern, get_pattern; /* of --key-pattern */
    bool is_replay;                /* the first word was "replay" */
    const char *trace;             /* of replay: the file; NULL for standard input */
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
#define OPTION_GIVEN(o, field) ((o)->origin[OPTION_##field] != 0)

/* "name = value" lines of all options, as --config-file reads them; a default is a comment. */
void options_print(const struct options *, FILE *out);

#endif
