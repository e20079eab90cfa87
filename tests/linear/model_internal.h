/*
 * model_internal: shared by the parts of the model: the present operation, and
 * checks of an item's CAS number and expiry.
 */
#ifndef TESTS_LINEAR_MODEL_INTERNAL_H
#define TESTS_LINEAR_MODEL_INTERNAL_H

#include "tests/linear/model.h"

struct step {
    const struct history *h;
    const struct op *op;
    int number;
    struct next *next;
};

enum tri { NO, PERHAPS, YES };

/* Adds a possible next state. */
void model_may_become(const struct step *, const struct state *);
void model_may_vanish(const struct step *); /* adds the state without an item */

/* ---- CAS numbers ---- */

/* A reply shows that the number is `cas`.  false: it cannot be. */
bool model_cas_is(const struct step *, struct state *, uint64_t cas);

/* Is the number equal to the client's, or above it? */
enum tri model_cas_equals(const struct state *, uint64_t cas);
enum tri model_cas_above(const struct state *, uint64_t cas);

/*
 * The item is written: its number is that of E, or a new one, which the reply may show. false: impossible.
 */
bool model_new_cas(const struct step *, struct state *);

/* ---- time ---- */

/* Sets the expiry that the client gave.  false: it is in the past, so the item is removed. */
bool model_expires_in(const struct op *, struct state *, int64_t seconds);

/* Has it expired at the operation's time? */
enum tri model_expired(const struct op *, const struct state *);

/* Does it expire within this number of seconds? */
enum tri model_expires_within(const struct op *, const struct state *, int64_t seconds);

/* Can the reply show this time to live?  Narrows the expiry accordingly. */
bool model_ttl_is(const struct op *, struct state *, int64_t ttl);

/* ---- the kinds of operations, on an item that exists or does not ---- */

void model_read(const struct step *, struct state);
void model_touch(const struct step *, struct state);
void model_store(const struct step *, struct state);
void model_delete(const struct step *, struct state);
void model_count(const struct step *, struct state);

#endif
