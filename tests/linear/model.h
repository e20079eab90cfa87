/*
 * model: one item of a memcached, as its protocol.txt describes it.
 *
 * A pure function: from a state and an operation with its reply to the states
 * that there may be then; none if the reply cannot be had from that state.
 *
 * What the reply does not tell is left open and settled later.  A CAS number
 * that nobody was told is unknown until a reply shows it; it must be above those
 * that the key had while it was there without a break, and one that nobody was
 * told before the write began.  An expiry is a range of seconds, since the
 * server's second during an operation is known within a range.
 *
 * Whether an item was read before (h) is no part of its state: a read that falls
 * together with a replacement may leave no trace.  Of h1 it is only asked that
 * there was a read.
 */
#ifndef TESTS_LINEAR_MODEL_H
#define TESTS_LINEAR_MODEL_H

#include "tests/linear/history.h"

struct state {
    bool exists, stale, token_sent;
    bool cas_known;  /* is `cas` the number?  Else: */
    bool cas_chosen; /* it is one that a client chose */
    int written;     /* the operation that gave it the unknown number */
    uint64_t cas;
    uint64_t cas_below; /* numbers of the server's up to this one are used up */
    uint32_t client_flags;
    int64_t expires_min, expires_max; /* 0: never */
    struct value value;
};

enum { MODEL_NEXT = 8 };

struct next {
    int n;
    struct state state[MODEL_NEXT];
};

void model_step(const struct history *, const struct state *, int op, struct next *);

/* States with the same hash are the same. */
uint64_t model_hash(const struct state *);

/* For a person. */
void model_describe(const struct state *, char *to, size_t n);

#endif
