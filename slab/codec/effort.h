/*
 * effort: whether to try to compress a value, from how the last tries ended.
 *
 * If less than 2 % of the last 1024 tries paid, only one value in 16 is tried, at irregular
 * distances, so that a value of a kind that comes regularly is not missed.  After a try that paid,
 * the next 16 values are tried: so all are tried again soon after values began to pay.
 *
 *   n_paid == bits set in `paid`
 *
 * Threads: one, for each struct effort.
 */
#ifndef SLAB_CODEC_EFFORT_H
#define SLAB_CODEC_EFFORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/must.h"

enum {
    EFFORT_WINDOW = 1024,                           /* tries that are remembered */
    EFFORT_ENOUGH = (EFFORT_WINDOW * 2 + 99) / 100, /* as many of them must have paid */
    EFFORT_ONE_IN = 16,
};

struct effort {
    uint64_t paid[EFFORT_WINDOW / 64]; /* a ring of bits, a try each */
    uint32_t n_paid, at;
    uint32_t skip;  /* so many values are not tried */
    uint32_t eager; /* so many are tried, though few paid */
    uint32_t random;
};

/* In the beginning all are tried. */
void effort_init(struct effort *);

/* Shall the next value be tried?  If so, call effort_paid. */
bool effort_try(struct effort *);

/* The end of a try. */
void effort_paid(struct effort *, bool paid);

#endif
