/*
 * clock: the server's idea of time.
 *
 * Seconds are server-relative: 32 bits counted from just before the process
 * started, so that 0 can mean "never" and the first second is already 2.  They
 * advance when somebody calls clock_tick (the server's main loop does, as every
 * second begins), so reading them costs one load and every thread agrees.  They
 * are CLOCK_BOOTTIME's, which counts the time that the machine was suspended:
 * what expires in an hour is gone an hour later.
 *
 * A thread that has waited asks clock_is_behind before it serves: the process
 * may have been stopped, or the machine, and no thread has ticked since.
 *
 * What compares ages needs finer time: a stamp counts sixteenths of a second in
 * 32 bits that wrap after eight years, so only differences mean anything.  Stamps
 * are as fine as clock_tick is called often: who needs them so calls it itself.
 *
 * An *expiry* is what clients write, in 32 bits: 0, never; a server-relative
 * second; or, with CLOCK_UNIX, the Unix time itself.  The wall clock may step,
 * so which second a Unix time is can change: clock_due_s says which it is now.
 *
 * Threads: any.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Wire times up to this many seconds are relative, larger ones are Unix times (memcached's protocol.txt). */
#define CLOCK_RELATIVE_MAX (60 * 60 * 24 * 30)

enum { CLOCK_STAMP_SHIFT = 4 }; /* stamps a second, as a power of two */

/* An expiry that is a Unix time: 31 bits from 2004 to 2072; before and behind that, it is a fixed second. */
#define CLOCK_UNIX       (UINT32_C(1) << 31)
#define CLOCK_UNIX_FIRST (INT64_C(1) << 30)
#define CLOCK_DUE_MAX    (CLOCK_UNIX - 1) /* the last server-relative second, after 68 years */

/* Stamps that never wrap; stored by clock_tick; relaxed, nothing is published by it. */
extern _Atomic uint64_t clock_stamps;

/* The Unix time of the server-relative second 0, by the wall clock as it is set now; relaxed. */
extern _Atomic int64_t clock_zero_unix_s;

/* The wall clock's second when the clock was last read; stored by clock_catch_up. */
extern _Atomic int64_t clock_seen_unix_s;

/* Where time comes from, for tests to make up: nanoseconds since boot, suspended or not; and since 1970. */
struct clock_source {
    uint64_t (*boot_ns)(void);
    int64_t (*unix_ns)(void);
};

/* Before clock_init; NULL: the system's. */
void clock_use(const struct clock_source *);

/* Starts the clock; call once, before any thread.  Until then clock_now_s() is 2. */
void clock_init(void);

/* Reads the system's clocks: clock_now_s() moves on, never backwards, and Unix times follow a step of the wall clock. */
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

/*
 * Whether a second or more may have passed since the clock was read: a look at the
 * kernel's second of the wall clock, which costs no system call and a few instructions.
 */
static inline bool
clock_is_behind(void)
{
    return (int64_t)time(NULL) != atomic_load_explicit(&clock_seen_unix_s, memory_order_acquire);
}

/* clock_advance for a thread that is behind; then none is, until the next second. */
void clock_catch_up(void);

/* Steps the wall clock by hand (tests; `debugtime wall` in checked builds). */
void clock_step(int64_t seconds);

/* How often the wall clock was stepped. */
uint32_t clock_n_steps(void);

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

/* The expiry of a time as clients write it: 0 never, negative already past, relative or Unix. */
static inline uint32_t
clock_expiry_s(int64_t wire)
{
    return wire == 0 ? 0 : clock_expiry_set_s(wire);
}

static inline int64_t
clock_zero_s(void)
{
    return atomic_load_explicit(&clock_zero_unix_s, memory_order_relaxed);
}

uint32_t clock_unix_due_s(uint32_t expiry); /* of one with CLOCK_UNIX */

/* The server-relative second of an expiry, by the wall clock as it is set now; 0 stays 0. */
static inline uint32_t
clock_due_s(uint32_t expiry)
{
    return __builtin_expect(expiry & CLOCK_UNIX, 0) ? clock_unix_due_s(expiry) : expiry;
}

/* All clocks at one moment: the server's as it was read last, and the system's, stepped by hand or not. */
struct clock_reading {
    uint64_t stamps; /* clock_stamps */
    uint64_t boot_ns, monotonic_ns;
    int64_t unix_ns, zero_unix_s; /* since 1970; clock_zero_s */
};

struct clock_reading clock_read(void);

/* Monotonic nanoseconds, for measuring. */
uint64_t clock_ns(void);

#endif
