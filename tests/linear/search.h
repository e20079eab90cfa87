/*
 * search: is there an order of the operations in which one item gives all these replies?
 *
 * The search of Wing and Gong, with Lowe's memory of the places that it has already
 * visited.  It takes an operation that no other one must precede, asks the model for
 * the next states, and goes on from each.  An operation that fits and changes no
 * state is done at once: no other order need be tried.
 *
 * With `vanish` the item may disappear by itself up to this number of times: evicted.
 */
#ifndef TESTS_LINEAR_SEARCH_H
#define TESTS_LINEAR_SEARCH_H

#include "tests/linear/model.h"

enum search_result {
    SEARCH_FOUND,
    SEARCH_NONE,    /* not linearizable */
    SEARCH_GAVE_UP, /* too many places */
};

struct search; /* search.c: its memory is reused by the next search */

struct search *search_new(void);
void search_free(struct search **);

enum search_result search_order(struct search *, const struct history *, int vanish);

/* After SEARCH_NONE: prints the longest order that fits, and the state at its end. */
void search_explain(const struct search *, const struct history *, FILE *);

/* The places visited by the last search. */
uint64_t search_visited(const struct search *);

#endif
