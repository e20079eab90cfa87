/*
 * clock: the server's idea of time.
 *
 * Seconds are server-relative: 32 bits counted from just before the process
 * started, so that 0 can mean "never" and the first second is already 2.  They
 * advance when somebody calls clock_tick (the server's main loop does, as every
 * second begins), so reading them costs one load and every thread agrees.
 *
 * Threads: clock_tick and clock_shift from one thread at a time; the rest from any.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

/* Wire times up to this many seconds are relative, larger ones are Unix times (memcached's protocol.txt). */
#define CLOCK_RELATIVE_MAX (60 * 60 * 24 * 30)

extern _Atomic uint32_t clock_seconds; /* stored by clock_tick; relaxed, nothing is published by it */

/* Starts the clock; call once, before any thread.  Until then clock_now_s() is 2. */
void clock_init(void);

/* Reads the system clock and lets clock_now_s() move on; never backwards. */
void clock_tick(void);

/*
 * Until the next second has begun, and a little, since timers may be early:
 * who ticks then sees every second, as it begins.  Once a second would not do,
 * were it at a second's end: now before it and now behind, two pass as one.
 */
uint64_t clock_until_tick_ns(void);

/* Moves the clock forward by hand (tests; `debugtime` in checked builds). */
void clock_shift(int64_t seconds);

static inline uint32_t
clock_now_s(void)
{
    return atomic_load_explicit(&clock_seconds, memory_order_relaxed);
}

uint32_t clock_expiry_set_s(int64_t wire); /* of a time that is not 0 */

/* A time as clients write it (0 never, negative already past, relative or Unix) in server-relative seconds. */
static inline uint32_t
clock_expiry_s(int64_t wire)
{
    return wire == 0 ? 0 : clock_expiry_set_s(wire);
}

/* Unix time of the server-relative second 0. */
int64_t clock_epoch_unix_s(void);

/* Monotonic nanoseconds, for measuring. */
uint64_t clock_ns(void);

#endif
