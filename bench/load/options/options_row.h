/*
 * options_row: the rows of options.def, for the files of the options module.
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

/* Prints all of --help. */
void options_print_help(FILE *out);

#endif
