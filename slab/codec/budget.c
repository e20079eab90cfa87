#include "slab/codec/budget.h"

#include <time.h>

enum { PERCENT = 100, FLOW = 9, FLOW_OF = 10 }; /* nine tenths flow in */

static int64_t
later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The time of zero credit, if the bucket holds no more than a minute's. */
static int64_t
zero_of(const struct budget *b, int64_t now)
{
    return later(atomic_load_explicit(&b->zero_ns, memory_order_relaxed), now - BUDGET_HOLDS_NS);
}

/* The time in which that much CPU time flows in, and the inverse. */
static int64_t
wall_ns(int64_t cpu_ns, uint32_t rate)
{
    CHECKED_MUST(rate > 0);
    return cpu_ns * (PERCENT * FLOW_OF) / (rate * FLOW);
}

static int64_t
cpu_ns(int64_t wall_ns, uint32_t rate)
{
    return wall_ns * (rate * FLOW) / (PERCENT * FLOW_OF);
}

static uint32_t
rate_of(const struct budget *b)
{
    return atomic_load_explicit(&b->rate, memory_order_relaxed);
}

void
budget_init(struct budget *b, unsigned percent, unsigned n_workers, uint64_t now_ns)
{
    atomic_init(&b->rate, percent * n_workers);
    atomic_init(&b->zero_ns, (int64_t)now_ns - BUDGET_HOLDS_NS);
}

int64_t
budget_credit_ns(const struct budget *b, uint64_t now_ns)
{
    int64_t now = (int64_t)now_ns;
    return cpu_ns(now - zero_of(b, now), rate_of(b));
}

void
budget_set(struct budget *b, unsigned percent, unsigned n_workers, uint64_t now_ns)
{
    uint32_t before = rate_of(b), rate = percent * n_workers;
    int64_t now = (int64_t)now_ns, old = atomic_load_explicit(&b->zero_ns, memory_order_relaxed), zero;
    atomic_store_explicit(&b->rate, rate, memory_order_relaxed);
    do {
        int64_t credit = cpu_ns(now - later(old, now - BUDGET_HOLDS_NS), before);
        zero = rate == 0 ? now : now - wall_ns(credit, rate); /* a minute's credit at most: zero_of */
    } while (!atomic_compare_exchange_weak_explicit(
        &b->zero_ns, &old, zero, memory_order_relaxed, memory_order_relaxed));
}

bool
budget_may(const struct budget *b, uint64_t now_ns)
{
    return rate_of(b) > 0 && atomic_load_explicit(&b->zero_ns, memory_order_relaxed) < (int64_t)now_ns;
}

bool
budget_has_half(const struct budget *b, uint64_t now_ns)
{
    int64_t half = (int64_t)now_ns - BUDGET_HOLDS_NS / 2;
    return rate_of(b) > 0 && atomic_load_explicit(&b->zero_ns, memory_order_relaxed) <= half;
}

void
budget_spend(struct budget *b, uint64_t cpu_ns, uint64_t now_ns)
{
    uint32_t rate = rate_of(b);
    if (rate == 0)
        return;
    int64_t full = (int64_t)now_ns - BUDGET_HOLDS_NS,
            old = atomic_load_explicit(&b->zero_ns, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&b->zero_ns, &old,
        later(old, full) + wall_ns((int64_t)cpu_ns, rate), memory_order_relaxed, memory_order_relaxed))
        ;
}

uint64_t
budget_cpu_ns(void)
{
    struct timespec t;
    MUST(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}
