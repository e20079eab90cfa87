#include "base/clock.h"

#include <assert.h>
#include <time.h>

enum {
    CLOCK_START_S = 2,
    SECOND_NS = 1000000000,
    LITTLE_NS = 20000000,      /* more than libevent's cached time may be late */
    STEP_LEAST_NS = 500000000, /* a smaller difference of the wall clock is a late reading, not a step */
};

static_assert(STEP_LEAST_NS > LITTLE_NS, "a late reading is not a step");

#define CLOCK_START ((uint64_t)CLOCK_START_S << CLOCK_STAMP_SHIFT)

_Atomic uint64_t clock_stamps = CLOCK_START;
_Atomic int64_t clock_zero_unix_s;
_Atomic int64_t clock_seen_unix_s;

static uint64_t
ns_of(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static uint64_t
system_boot_ns(void)
{
    return ns_of(CLOCK_BOOTTIME);
}

static int64_t
system_unix_ns(void)
{
    return (int64_t)ns_of(CLOCK_REALTIME);
}

static const struct clock_source system_clocks = {system_boot_ns, system_unix_ns};
static const struct clock_source *source = &system_clocks; /* written only by clock_use */

static uint64_t start_ns; /* from boot_ns; written only by clock_init */
static _Atomic int64_t shift_s;
static _Atomic int64_t step_s;    /* added to the wall clock by clock_step; relaxed */
static _Atomic int64_t offset_ns; /* unix_ns - boot_ns, from which clock_zero_unix_s was computed; relaxed */
static _Atomic uint32_t n_steps;  /* relaxed */
static _Atomic bool following;    /* relaxed */

uint64_t
clock_ns(void)
{
    return ns_of(CLOCK_MONOTONIC);
}

void
clock_use(const struct clock_source *clocks)
{
    source = clocks != NULL ? clocks : &system_clocks;
}

/* ---- the wall clock ---- */

static int64_t
measure_offset_ns(void)
{
    int64_t stepped = atomic_load_explicit(&step_s, memory_order_relaxed);
    return source->unix_ns() - (int64_t)source->boot_ns() + stepped * SECOND_NS;
}

static void
set_zero(int64_t offset)
{
    int64_t unix_ns = offset + (int64_t)start_ns, s = unix_ns / SECOND_NS - (unix_ns % SECOND_NS < 0);
    int64_t zero = s - CLOCK_START_S;
    if (atomic_exchange_explicit(&clock_zero_unix_s, zero, memory_order_relaxed) != zero)
        atomic_fetch_add_explicit(&n_steps, 1, memory_order_relaxed);
}

/*
 * Both clocks are slewed alike, so the offset changes by steps only.  A thread
 * that measured before a step and was delayed does not undo the step.
 */
static void
follow_wall(void)
{
    int64_t was = atomic_load_explicit(&offset_ns, memory_order_relaxed), offset = measure_offset_ns();
    int64_t difference = offset - was;
    if (difference < STEP_LEAST_NS && difference > -STEP_LEAST_NS)
        return;
    if (atomic_compare_exchange_strong_explicit(
            &offset_ns, &was, offset, memory_order_relaxed, memory_order_relaxed))
        set_zero(offset);
}

uint32_t
clock_n_steps(void)
{
    return atomic_load_explicit(&n_steps, memory_order_relaxed);
}

/* ---- the server's time ---- */

void
clock_init(void)
{
    start_ns = source->boot_ns();
    atomic_store_explicit(&step_s, 0, memory_order_relaxed);
    atomic_store_explicit(&shift_s, 0, memory_order_relaxed);
    atomic_store_explicit(&clock_stamps, CLOCK_START, memory_order_relaxed);
    int64_t offset = measure_offset_ns();
    atomic_store_explicit(&offset_ns, offset, memory_order_relaxed);
    set_zero(offset);
    atomic_store_explicit(&n_steps, 0, memory_order_relaxed);
    atomic_store_explicit(&clock_seen_unix_s, (int64_t)time(NULL), memory_order_relaxed);
}

/* Several threads may call it at once: the latest time wins. */
static void
advance_to(uint64_t now)
{
    uint64_t was = atomic_load_explicit(&clock_stamps, memory_order_relaxed);
    while (was < now && !atomic_compare_exchange_weak_explicit(
                            &clock_stamps, &was, now, memory_order_relaxed, memory_order_relaxed))
        ;
}

void
clock_tick(void)
{
    uint64_t ns = source->boot_ns() - start_ns;
    uint64_t stamps = ns / SECOND_NS << CLOCK_STAMP_SHIFT | (ns % SECOND_NS << CLOCK_STAMP_SHIFT) / SECOND_NS;
    int64_t shifted = atomic_load_explicit(&shift_s, memory_order_relaxed);
    advance_to(CLOCK_START + stamps + ((uint64_t)shifted << CLOCK_STAMP_SHIFT));
    follow_wall();
}

void
clock_follow(bool yes)
{
    atomic_store_explicit(&following, yes, memory_order_relaxed);
}

void
clock_advance(void)
{
    if (atomic_load_explicit(&following, memory_order_relaxed))
        clock_tick();
}

void
clock_catch_up(void)
{
    int64_t seen = (int64_t)time(NULL);
    clock_advance();
    /* Stored after the clock has advanced: another thread that reads this second here need not catch up. */
    atomic_store_explicit(&clock_seen_unix_s, seen, memory_order_release);
}

uint64_t
clock_until_tick_ns(void)
{
    return SECOND_NS - (source->boot_ns() - start_ns) % SECOND_NS + LITTLE_NS;
}

struct clock_reading
clock_read(void)
{
    int64_t stepped = atomic_load_explicit(&step_s, memory_order_relaxed);
    return (struct clock_reading){
        .stamps = atomic_load_explicit(&clock_stamps, memory_order_relaxed),
        .boot_ns = source->boot_ns(),
        .monotonic_ns = clock_ns(),
        .unix_ns = source->unix_ns() + stepped * SECOND_NS,
        .zero_unix_s = clock_zero_s(),
    };
}

void
clock_shift(int64_t seconds)
{
    atomic_fetch_add_explicit(&shift_s, seconds, memory_order_relaxed);
    if (atomic_load_explicit(&following, memory_order_relaxed))
        clock_tick(); /* another thread may have ticked since the line above: the shift counts once */
    else
        atomic_fetch_add_explicit(
            &clock_stamps, (uint64_t)seconds << CLOCK_STAMP_SHIFT, memory_order_relaxed);
}

void
clock_step(int64_t seconds)
{
    atomic_fetch_add_explicit(&step_s, seconds, memory_order_relaxed);
    follow_wall();
}

/* ---- the times that clients write ---- */

/* An expiry in a fixed server-relative second. */
static uint32_t
fixed(int64_t due_s)
{
    return due_s <= 0 ? 1 : due_s > CLOCK_DUE_MAX ? CLOCK_DUE_MAX : (uint32_t)due_s;
}

uint32_t
clock_expiry_set_s(int64_t wire)
{
    if (wire < 0)
        return 1; /* a second before the first: past, and not "never" */
    if (wire <= CLOCK_RELATIVE_MAX)
        return clock_now_s() + (uint32_t)wire;
    int64_t since = wire - CLOCK_UNIX_FIRST;
    if (since < 0 || since > CLOCK_DUE_MAX)
        return fixed(wire - clock_zero_s());
    return CLOCK_UNIX | (uint32_t)since;
}

uint32_t
clock_unix_due_s(uint32_t expiry)
{
    return fixed((int64_t)(expiry & CLOCK_DUE_MAX) + CLOCK_UNIX_FIRST - clock_zero_s());
}
