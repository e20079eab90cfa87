/*
 * search: is there an order in which one item could have done all of this?
 *
 * The search of Wing and Gong, with Lowe's memory of the places it has been in
 * already.  It takes any operation that no other one must come before, asks the
 * model, and goes on from what there is then.  A reply that only looks is taken
 * as soon as it fits: it need not be tried later.
 *
 * With `vanish` the item may disappear by itself up to so many times: evicted.
 */
#ifndef TESTS_LINEAR_SEARCH_H
#define TESTS_LINEAR_SEARCH_H

#include "tests/linear/model.h"

enum search_result {
    SEARCH_FOUND,
    SEARCH_NONE,    /* not linearizable */
    SEARCH_GAVE_UP, /* too many ways */
};

struct search; /* search.c: the memory, to be used again */

struct search *search_new(void);
void search_free(struct search **);

enum search_result search_order(struct search *, const struct history *, int vanish);

/* After SEARCH_NONE: the longest order that could be had, and what there was at its end. */
void search_explain(const struct search *, const struct history *, FILE *);

/* Places visited by the last search. */
uint64_t search_visited(const struct search *);

#endif
