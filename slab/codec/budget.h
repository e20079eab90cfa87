/*
 * budget: how much CPU time background work may take.
 *
 * A bucket that several threads share.  It fills with nine tenths of a percentage of a core for each worker,
 * holds what flows in in a minute, and starts full: so in ten minutes, whichever, at most the percentage is
 * spent.  A thread asks before a run, and afterwards reports the CPU time that the run took.  So the credit may
 * become negative, by one run of each thread, and the next runs wait until it is positive again.
 *
 * The state is one number, the time at which the credit was, or will be, zero:
 *
 *   credit == (now - zero_ns) * 9/10 * rate / 100,  at most that of a minute
 *
 * The caller passes the time in, so that tests own it.
 *
 * Threads: any; budget_set and budget_init one at a time.
 */
#ifndef SLAB_CODEC_BUDGET_H
#define SLAB_CODEC_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/must.h"

#define BUDGET_HOLDS_NS (INT64_C(60) * 1000 * 1000 * 1000)

struct budget {
    _Atomic int64_t zero_ns; /* relaxed: no other data depends on it */
    _Atomic uint32_t rate; /* percent of a core, of all workers; relaxed: a run at the moment of a change may
                                be counted at either rate */
};

/* `now_ns` is monotonic, here and below (clock_ns). */
void budget_init(struct budget *, unsigned percent, unsigned n_workers, uint64_t now_ns);

/* Changes the rate.  The credit stays, up to a minute of the new rate.  0 percent: never, and no credit. */
void budget_set(struct budget *, unsigned percent, unsigned n_workers, uint64_t now_ns);

/* May a run begin? */
bool budget_may(const struct budget *, uint64_t now_ns);

/* Is half of a minute's credit left?  For work that gains less, so that it does not delay other work. */
bool budget_has_half(const struct budget *, uint64_t now_ns);

/* A run took `cpu_ns`. */
void budget_spend(struct budget *, uint64_t cpu_ns, uint64_t now_ns);

/* CPU time that may be spent now; negative after a run that took more than there was. */
int64_t budget_credit_ns(const struct budget *, uint64_t now_ns);

/* The CPU time that the calling thread has used. */
uint64_t budget_cpu_ns(void);

#endif
