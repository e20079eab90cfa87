#include "base/clock.h"

#include <time.h>

enum {
    CLOCK_START_S = 2,
    SECOND_NS = 1000000000,
    LITTLE_NS = 20000000, /* more than what libevent's idea of now may be behind */
};

#define CLOCK_START ((uint64_t)CLOCK_START_S << CLOCK_STAMP_SHIFT)

_Atomic uint64_t clock_stamps = CLOCK_START;

static int64_t epoch_unix_s; /* written by clock_init only */
static uint64_t start_ns;    /* written by clock_init only */
static _Atomic int64_t shift_s;
static _Atomic bool following; /* relaxed */

uint64_t
clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

void
clock_init(void)
{
    epoch_unix_s = (int64_t)time(NULL) - CLOCK_START_S;
    start_ns = clock_ns();
    atomic_store_explicit(&shift_s, 0, memory_order_relaxed);
    atomic_store_explicit(&clock_stamps, CLOCK_START, memory_order_relaxed);
}

/* Several threads may be at it: the latest time wins. */
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
    uint64_t ns = clock_ns() - start_ns;
    uint64_t stamps = ns / SECOND_NS << CLOCK_STAMP_SHIFT | (ns % SECOND_NS << CLOCK_STAMP_SHIFT) / SECOND_NS;
    int64_t shifted = atomic_load_explicit(&shift_s, memory_order_relaxed);
    advance_to(CLOCK_START + stamps + ((uint64_t)shifted << CLOCK_STAMP_SHIFT));
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

uint64_t
clock_until_tick_ns(void)
{
    return SECOND_NS - (clock_ns() - start_ns) % SECOND_NS + LITTLE_NS;
}

void
clock_shift(int64_t seconds)
{
    atomic_fetch_add_explicit(&shift_s, seconds, memory_order_relaxed);
    if (atomic_load_explicit(&following, memory_order_relaxed))
        clock_tick(); /* somebody else may have done so since the line above: the shift counts once */
    else
        atomic_fetch_add_explicit(
            &clock_stamps, (uint64_t)seconds << CLOCK_STAMP_SHIFT, memory_order_relaxed);
}

uint32_t
clock_expiry_set_s(int64_t wire)
{
    if (wire < 0)
        return 1; /* before the first second: past, and not "never" */
    if (wire <= CLOCK_RELATIVE_MAX)
        return clock_now_s() + (uint32_t)wire;
    int64_t relative = wire - epoch_unix_s;
    if (relative <= 0)
        return 1;
    return relative > UINT32_MAX ? UINT32_MAX : (uint32_t)relative;
}

int64_t
clock_epoch_unix_s(void)
{
    return epoch_unix_s;
}
