/*
 * clock: the server's time.
 *
 * Seconds are server-relative: 32 bits counted from just before the process
 * started, so that 0 can mean "never" and the first second is already 2.  They
 * advance when a thread calls clock_tick (the server's main loop does, as every
 * second begins), so reading them costs one load and every thread agrees.  They
 * follow CLOCK_BOOTTIME, which includes the time that the machine was suspended:
 * an item that expires in an hour expires an hour later, suspended or not.
 *
 * A thread that has waited calls clock_is_behind before it serves clients: the
 * process or the machine may have been stopped, without a tick in between.
 *
 * Comparing ages needs finer time: a stamp counts sixteenths of a second in
 * 32 bits that wrap after eight years, so only differences have a meaning.  Stamps
 * are as fine as clock_tick is called often: a thread that needs fine ones calls it.
 *
 * An *expiry* is the form of the times that clients write, in 32 bits: 0, never; a
 * server-relative second; or, with CLOCK_UNIX, the Unix time itself.  If the wall
 * clock steps, a Unix time falls into another server-relative second; clock_due_s
 * returns the current one.
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

enum { CLOCK_STAMP_SHIFT = 4 }; /* stamps per second, as a power of two */

/* An expiry that is a Unix time: 31 bits from 2004 to 2072; an earlier or later time is a fixed second. */
#define CLOCK_UNIX       (UINT32_C(1) << 31)
#define CLOCK_UNIX_FIRST (INT64_C(1) << 30)
#define CLOCK_DUE_MAX    (CLOCK_UNIX - 1) /* the last server-relative second, after 68 years */

/* Stamps that never wrap; stored by clock_tick; relaxed, since no other data depend on them. */
extern _Atomic uint64_t clock_stamps;

/* The Unix time of the server-relative second 0, by the wall clock's current setting; relaxed. */
extern _Atomic int64_t clock_zero_unix_s;

/* The wall clock's second when the clock was last read; stored by clock_catch_up. */
extern _Atomic int64_t clock_seen_unix_s;

/* The source of time, which tests replace: nanoseconds since boot, including suspension, and since 1970. */
struct clock_source {
    uint64_t (*boot_ns)(void);
    int64_t (*unix_ns)(void);
};

/* Call before clock_init; NULL: the system's clocks. */
void clock_use(const struct clock_source *);

/* Starts the clock; call once, before starting threads.  Until then clock_now_s() is 2. */
void clock_init(void);

/*
 * Reads the system's clocks.  clock_now_s() never moves backwards; Unix times
 * follow a step of the wall clock.
 */
void clock_tick(void);

/*
 * The time until just after the next second begins; timers may be early.  A thread
 * that waits this long before each tick sees every second at its beginning.  Ticks
 * once a second near a second's end would not do: a tick just before the end and
 * the next just after the following end would skip a second.
 */
uint64_t clock_until_tick_ns(void);

/*
 * Sets whether clock_advance reads the system's clocks.  Initially off, so that
 * time stands still in tests.
 */
void clock_follow(bool);

/* Calls clock_tick, if the clock follows the system's. */
void clock_advance(void);

/*
 * True if a second or more may have passed since the clock was last read.  It reads
 * the kernel's second of the wall clock, which costs a few instructions and no
 * system call.
 */
static inline bool
clock_is_behind(void)
{
    return (int64_t)time(NULL) != atomic_load_explicit(&clock_seen_unix_s, memory_order_acquire);
}

/* clock_advance for a thread that is behind; until the next second, no thread is behind then. */
void clock_catch_up(void);

/* Steps the wall clock artificially (tests; `debugtime wall` in checked builds). */
void clock_step(int64_t seconds);

/* How many steps of the wall clock were seen. */
uint32_t clock_n_steps(void);

/* Moves the clock forward artificially (tests; `debugtime` in checked builds). */
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

/* Stamps between two; 0 if `stamp` is newer, taken by a thread that was ahead. */
static inline uint32_t
clock_age(uint32_t now, uint32_t stamp)
{
    uint32_t age = now - stamp;
    return (int32_t)age < 0 ? 0 : age;
}

/* The server-relative second of a stamp. */
static inline uint32_t
clock_second_of(uint32_t stamp)
{
    uint64_t now = atomic_load_explicit(&clock_stamps, memory_order_relaxed);
    return (uint32_t)((now - clock_age((uint32_t)now, stamp)) >> CLOCK_STAMP_SHIFT);
}

uint32_t clock_expiry_set_s(int64_t wire); /* for a time that is not 0 */

/* The expiry for a time that a client wrote: 0 never, negative already past, relative or Unix. */
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

uint32_t clock_unix_due_s(uint32_t expiry); /* for an expiry with CLOCK_UNIX */

/* The server-relative second of an expiry, by the wall clock's current setting; 0 stays 0. */
static inline uint32_t
clock_due_s(uint32_t expiry)
{
    return __builtin_expect(expiry & CLOCK_UNIX, 0) ? clock_unix_due_s(expiry) : expiry;
}

/* All clocks at one moment: the server's as last read, and the system's, including artificial steps. */
struct clock_reading {
    uint64_t stamps; /* clock_stamps */
    uint64_t boot_ns, monotonic_ns;
    int64_t unix_ns, zero_unix_s; /* since 1970; clock_zero_s */
};

struct clock_reading clock_read(void);

/* Monotonic nanoseconds, for measurements. */
uint64_t clock_ns(void);

#endif
