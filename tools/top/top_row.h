/*
 * top_row: a line of `larder top`, from two answers of a server at different times.
 *
 * A server may not report everything (memcached has no level of pressure), and its answer may be anything: a value
 * that is not a sensible number is treated as not reported, and is shown as "-".
 */
#ifndef TOOLS_TOP_TOP_ROW_H
#define TOOLS_TOP_TOP_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/must.h"

enum top_column {
#define COLUMN(name, json, heading, kind, stat) TOP_##name,
#include "tools/top/top_columns.def"
#undef COLUMN
    N_TOP_COLUMNS
};

/* The columns with a heading are the first. */
enum { N_TOP_SHOWN = TOP_RATIO + 1, TOP_CELL_WIDTH = 6, TOP_CELL_ROOM = 16 };

/* An answer of a server; at_s is 0 if there is none. */
struct top_sample {
    double at_s;
    double value[N_TOP_COLUMNS];
    bool has[N_TOP_COLUMNS];
};

struct top_row {
    const char *server;
    const char *error; /* the error that is shown instead of the values, or NULL */
    double value[N_TOP_COLUMNS];
    bool has[N_TOP_COLUMNS];
};

/* Stores a statistic, if it belongs to a column. */
void top_sample_add(struct top_sample *, const char *name, const char *value);

/* There are no rates without an earlier answer, or if the server's counters have been reset since. */
void top_row_make(struct top_row *, const struct top_sample *before, const struct top_sample *now);

/* Sums all rows as if they were one server; of the levels, the highest. */
void top_row_sum(struct top_row *, const struct top_row *rows, size_t n);

/* The text in the table, at most TOP_CELL_WIDTH characters. */
const char *top_cell(const struct top_row *, enum top_column, char out[TOP_CELL_ROOM]);

const char *top_heading(enum top_column);

/*
 * Finds a column by its heading or its name in JSON; N_TOP_COLUMNS: there is
 * none, or it is not in the table.
 */
enum top_column top_column_named(const char *name);

void top_row_json(const struct top_row *, FILE *);

#endif
