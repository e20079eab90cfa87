/* leak_trend: see leak_trend.h. */
#include "server/memory/leak_trend.h"

#include <assert.h>

static_assert(GROWTH_SAMPLES % 2 == 0, "samples are halved by pairs");
static_assert(GROWTH_LEAST >= GROWTH_RUNS, "each run has a sample");
static_assert(GROWTH_LEAST <= GROWTH_SAMPLES / 2, "half of the samples are enough for a result");

static void
leak_trend_must_hold(const struct leak_trend *g)
{
    MUST(g->n <= GROWTH_SAMPLES && g->doublings < 32);
    MUST(g->n_looks < UINT64_C(1) << g->doublings);
}

static uint64_t
lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void
halve(struct leak_trend *g)
{
    MUST(g->n == GROWTH_SAMPLES);
    for (uint32_t i = 0; i < GROWTH_SAMPLES / 2; i++)
        g->sample[i] = lesser(g->sample[2 * i], g->sample[2 * i + 1]);
    g->n = GROWTH_SAMPLES / 2;
    g->doublings++;
}

/* The lowest and highest sample of one of the eight runs. */
struct run {
    uint64_t low, high;
};

/* If the samples do not divide evenly, the oldest are left out. */
static struct run
run_of(const struct leak_trend *g, uint32_t number)
{
    uint32_t length = g->n / GROWTH_RUNS, from = g->n % GROWTH_RUNS + number * length;
    MUST(number < GROWTH_RUNS && length > 0 && from + length <= g->n);
    struct run r = {g->sample[from], g->sample[from]};
    for (uint32_t i = from + 1; i < from + length; i++) {
        r.low = lesser(r.low, g->sample[i]);
        r.high = g->sample[i] > r.high ? g->sample[i] : r.high;
    }
    return r;
}

static bool
is_steady(const struct leak_trend *g, uint64_t enough, struct leak_found *found)
{
    struct run first = run_of(g, 0), last = first;
    for (uint32_t i = 1; i < GROWTH_RUNS; i++) {
        struct run r = run_of(g, i);
        if (r.low <= last.low)
            return false;
        last = r;
    }
    *found = (struct leak_found){first.low, last.low, ((uint64_t)g->n * GROWTH_EVERY_S) << g->doublings};
    uint64_t grown = last.low - first.low, of_late = last.low - run_of(g, GROWTH_RUNS / 2).low;
    return last.low > first.high && grown >= enough && of_late >= grown / 4;
}

bool
leak_trend_take(struct leak_trend *g, uint64_t value, uint64_t enough, struct leak_found *found)
{
    leak_trend_must_hold(g);
    g->least = g->n_looks == 0 ? value : lesser(g->least, value);
    if (++g->n_looks < UINT64_C(1) << g->doublings)
        return false;
    g->n_looks = 0;
    if (g->n == GROWTH_SAMPLES)
        halve(g);
    g->sample[g->n++] = g->least;
    if (g->reported && g->least <= g->reported_from)
        g->reported = false;
    if (g->reported || g->n < GROWTH_LEAST || !is_steady(g, enough, found))
        return false;
    g->reported = true;
    g->reported_from = found->from;
    return true;
}
