/*
 * clock: the server's idea of time.
 *
 * Seconds are server-relative: 32 bits counted from just before the process
 * started, so that 0 can mean "never" and the first second is already 2.  They
 * advance when somebody calls clock_tick (the server's main loop does, as every
 * second begins), so reading them costs one load and every thread agrees.
 *
 * What compares ages needs finer time: a stamp counts sixteenths of a second in
 * 32 bits that wrap after eight years, so only differences mean anything.  Stamps
 * are as fine as clock_tick is called often: who needs them so calls it itself.
 *
 * Threads: any.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Wire times up to this many seconds are relative, larger ones are Unix times (memcached's protocol.txt). */
#define CLOCK_RELATIVE_MAX (60 * 60 * 24 * 30)

enum { CLOCK_STAMP_SHIFT = 4 }; /* stamps a second, as a power of two */

/* Stamps that never wrap; stored by clock_tick; relaxed, nothing is published by it. */
extern _Atomic uint64_t clock_stamps;

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

/* Does the clock follow the system's whenever somebody asks it to?  Not at first: a test's time stands still. */
void clock_follow(bool);

/* clock_tick, if the clock follows. */
void clock_advance(void);

/* Moves the clock forward by hand (tests; `debugtime` in checked builds). */
void clock_shift(int64_t seconds);

static inline uint32_t
clock_now_s(void)
{
    return (uint32_t)(atomic_load_explicit(&clock_stamps, memory_order_relaxed) >> CLOCK_STAMP_SHIFT);
}

static inline uint32_t
clock_stamp(void)
{
    return (uint32_t)atomic_load_explicit(&clock_stamps, memory_order_relaxed);
}

/* Stamps between two; 0 if the older one was taken by a thread that was ahead. */
static inline uint32_t
clock_age(uint32_t now, uint32_t stamp)
{
    uint32_t age = now - stamp;
    return (int32_t)age < 0 ? 0 : age;
}

/* The server-relative second in which a stamp was taken. */
static inline uint32_t
clock_second_of(uint32_t stamp)
{
    uint64_t now = atomic_load_explicit(&clock_stamps, memory_order_relaxed);
    return (uint32_t)((now - clock_age((uint32_t)now, stamp)) >> CLOCK_STAMP_SHIFT);
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
