#include "bench/load/run/hist.h"

#include <math.h>

uint64_t
hist_slot_low(size_t slot)
{
    if (slot < 2 * HIST_HALF)
        return slot;
    size_t doubling = slot / HIST_HALF - 1;
    return (uint64_t)(slot - doubling * HIST_HALF) << doubling;
}

uint64_t
hist_slot_high(size_t slot)
{
    return slot < 2 * HIST_HALF ? slot : hist_slot_low(slot) + ((uint64_t)1 << (slot / HIST_HALF - 1)) - 1;
}

/* A struct hist has no total count: it is the sum of its slots. */
void
hist_add(struct hist_sum *to, const struct hist *from)
{
    to->sum += counter_read(&from->sum);
    for (size_t i = 0; i < HIST_SLOTS; i++) {
        uint64_t n = counter_read(&from->slot[i]);
        to->slot[i] += n;
        to->n += n;
    }
}

void
hist_add_sum(struct hist_sum *to, const struct hist_sum *from)
{
    to->n += from->n;
    to->sum += from->sum;
    for (size_t i = 0; i < HIST_SLOTS; i++)
        to->slot[i] += from->slot[i];
}

void
hist_since(struct hist_sum *to, const struct hist_sum *now, const struct hist_sum *before)
{
    to->n = now->n - before->n;
    to->sum = now->sum - before->sum;
    for (size_t i = 0; i < HIST_SLOTS; i++)
        to->slot[i] = now->slot[i] - before->slot[i];
}

uint64_t
hist_percentile(const struct hist_sum *h, double percent)
{
    double wanted = ceil(percent / 100 * (double)h->n - 1e-6);
    uint64_t seen = 0;
    for (size_t i = 0; i < HIST_SLOTS; i++) {
        seen += h->slot[i];
        if (seen > 0 && (double)seen >= wanted)
            return hist_slot_high(i);
    }
    return 0;
}

uint64_t
hist_min(const struct hist_sum *h)
{
    for (size_t i = 0; i < HIST_SLOTS; i++)
        if (h->slot[i] > 0)
            return hist_slot_low(i);
    return 0;
}

uint64_t
hist_max(const struct hist_sum *h)
{
    for (size_t i = HIST_SLOTS; i-- > 0;)
        if (h->slot[i] > 0)
            return hist_slot_high(i);
    return 0;
}

double
hist_mean(const struct hist_sum *h)
{
    return h->n == 0 ? 0 : (double)h->sum / (double)h->n;
}
