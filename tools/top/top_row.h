/*
 * top_row: a line of `larder top`, from what a server said of itself at two times.
 *
 * A server does not say everything (memcached has no level of pressure), and its words may be anything: what is not a
 * sensible number is not there, and is shown as "-".
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

/* Those with a heading are the first. */
enum { N_TOP_SHOWN = TOP_LIMIT + 1, TOP_CELL_WIDTH = 6, TOP_CELL_ROOM = 16 };

/* One look at a server; at_s is 0 as long as there was none that was answered. */
struct top_heard {
    double at_s;
    double value[N_TOP_COLUMNS];
    bool has[N_TOP_COLUMNS];
};

struct top_row {
    const char *server;
    const char *trouble; /* why there is nothing else to show, or NULL */
    double value[N_TOP_COLUMNS];
    bool has[N_TOP_COLUMNS];
};

/* A statistic: kept if it is one of ours. */
void top_hear(struct top_heard *, const char *name, const char *value);

/* There are no rates where there was no look before, or where the server has begun to count anew. */
void top_row_make(struct top_row *, const struct top_heard *before, const struct top_heard *now);

/* All of them as if they were one server: the worst level, and the sum of everything else. */
void top_row_sum(struct top_row *, const struct top_row *rows, size_t n);

/* What stands in the table, TOP_CELL_WIDTH places at most. */
const char *top_cell(const struct top_row *, enum top_column, char out[TOP_CELL_ROOM]);

const char *top_heading(enum top_column);

/* By heading or by its name in JSON; N_TOP_COLUMNS: there is none, or it is not in the table. */
enum top_column top_column_named(const char *name);

void top_row_json(const struct top_row *, FILE *);

#endif
