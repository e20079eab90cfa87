#include "base/clock.h"

#include <time.h>

enum {
    CLOCK_START_S = 2,
    SECOND_NS = 1000000000,
    LITTLE_NS = 20000000, /* more than what libevent's idea of now may be behind */
};

_Atomic uint32_t clock_seconds = CLOCK_START_S;

static int64_t epoch_unix_s; /* written by clock_init only */
static uint64_t start_ns;    /* written by clock_init only */
static _Atomic int64_t shift_s;

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
    atomic_store_explicit(&clock_seconds, CLOCK_START_S, memory_order_relaxed);
}

void
clock_tick(void)
{
    int64_t elapsed = (int64_t)((clock_ns() - start_ns) / SECOND_NS);
    int64_t now = CLOCK_START_S + elapsed + atomic_load_explicit(&shift_s, memory_order_relaxed);
    if (now > (int64_t)clock_now_s())
        atomic_store_explicit(&clock_seconds, (uint32_t)now, memory_order_relaxed);
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
    atomic_fetch_add_explicit(&clock_seconds, (uint32_t)seconds, memory_order_relaxed);
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
