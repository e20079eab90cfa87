/*
 * top_view: what of the rows is looked at, and in which order; keys change it.
 */
#ifndef TOOLS_TOP_TOP_VIEW_H
#define TOOLS_TOP_TOP_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/top/top_row.h"

enum { TOP_UNSORTED = -1 };

struct top_view {
    int sort;      /* enum top_column, or TOP_UNSORTED: as the servers were given */
    bool reversed; /* the smallest first */
    bool paused, helps, over;
    size_t first,
        first_most; /* row that is shown, when they are more than fit; whoever draws knows how many do */
    uint64_t interval_ms;
};

/* A key that was pressed; arrows are '<', '>', 'k', 'j' and so on.  False if it means nothing. */
bool top_view_key(struct top_view *, int key);

/* order[i]: which row stands at i.  Rows without the value come last, equal ones as they were given. */
void top_view_order(const struct top_view *, const struct top_row *rows, size_t n, size_t *order);

/* "get/s, smallest first". */
void top_view_sorted_by(const struct top_view *, char *out, size_t n_out);

#endif
