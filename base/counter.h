/*
 * counter: a number that one thread adds to and any thread reads.
 *
 * The owner adds with a plain load and store, not a locked instruction, since no
 * other thread writes.  A reader sums the counters of all threads and may be a few
 * behind; a counter orders no other memory access.
 */
#ifndef BASE_COUNTER_H
#define BASE_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint64_t counter;

static inline void
counter_add(counter *c, uint64_t n)
{
    atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n, memory_order_relaxed);
}

static inline void
counter_inc(counter *c)
{
    counter_add(c, 1);
}

static inline uint64_t
counter_read(const counter *c)
{
    return atomic_load_explicit(c, memory_order_relaxed);
}

#endif
