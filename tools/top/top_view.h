/* top_view: the order of the rows and which of them are shown; keys change it. */
#ifndef TOOLS_TOP_TOP_VIEW_H
#define TOOLS_TOP_TOP_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/top/top_row.h"

enum { TOP_UNSORTED = -1 };

struct top_view {
    int sort;      /* enum top_column, or TOP_UNSORTED: in the order given */
    bool reversed; /* the smallest first */
    bool paused, helps, quit;
    size_t first;      /* the first row shown, if not all fit */
    size_t first_most; /* its largest value, which top_screen_draw sets */
    uint64_t interval_ms;
};

/* Handles a key; arrows are '<', '>', 'k', 'j' and so on.  False if the key has no meaning. */
bool top_view_key(struct top_view *, int key);

/* order[i] is the row at place i.  Rows without the value are last; equal ones stay in the order given. */
void top_view_order(const struct top_view *, const struct top_row *rows, size_t n, size_t *order);

/* "get/s, smallest first". */
void top_view_sorted_by(const struct top_view *, char *out, size_t n_out);

#endif
