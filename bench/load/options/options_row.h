/*
 * options_row: larder-bench's rows of options.def as the files of the options module see them.
 *
 * Threads: a const table.
 */
#ifndef BENCH_LOAD_OPTIONS_OPTIONS_ROW_H
#define BENCH_LOAD_OPTIONS_OPTIONS_ROW_H

#include "base/option/option.h"
#include "bench/load/options/options.h"

/* The kind that only larder-bench has. */
#define KIND_COUNT KIND_OWN

enum option_action { ACTION_HELP, ACTION_VERSION };

extern const struct option_table options_table;

/* The whole of --help. */
void options_print_help(FILE *out);

#endif
