/*
 * model: one item of a memcached, as its protocol.txt describes it.
 *
 * A pure function: it maps a state, an operation and its reply to the states that
 * are possible afterwards; to none if the state does not permit the reply.
 *
 * What the reply does not show stays open and is settled later.  A CAS number that
 * no reply has shown is unknown until one does.  It must be above the numbers that
 * the key had while the item existed without a break, and one that no reply had
 * shown before the write began.  An expiry is a range of seconds, because the
 * server's second during an operation is known as a range only.
 *
 * Whether an item was read before (h) is not part of its state: a read that is
 * concurrent with a replacement may leave no trace.  h1 requires only that there
 * was a read.
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
    uint64_t cas_below; /* the server's numbers up to this one are used */
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

/* States with the same hash are equal. */
uint64_t model_hash(const struct state *);

/* Describes the state for people. */
void model_describe(const struct state *, char *to, size_t n);

#endif
