#include "slab/index/chain.h"

#include <sched.h>

enum { SPINS_BEFORE_YIELD = 64 };
static_assert((HOLDS_RETIRED & HOLDS_CLAIMED) == 0, "two bits above the count");

static void
set_marks(const char *base, const struct item *it, uint64_t mark)
{
    for (struct link *link = chain_first(base, it); link != NULL; link = chain_next(base, link))
        atomic_store_explicit(&link->mark, mark, memory_order_release); /* sweep_item_of's acquire */
}

void
chain_mark(const char *base, const struct item *it)
{
    CHECKED_MUST(item_seq(it) == 0); /* not published yet */
    set_marks(base, it, link_mark_of(item_offset(base, it)));
}

/* From here on sweep, evacuation and recovery see no links. */
void
chain_unmark(const char *base, const struct item *it)
{
    CHECKED_MUST(item_seq(it) == 0); /* unlinked, or never published */
    set_marks(base, it, 0);
}

/* ---- senders -------------------------------------------------------------- */

static _Atomic uint32_t *
holds_of(const char *base, const struct item *it)
{
    struct link *first = chain_first(base, it);
    MUST(first != NULL);
    return &first->holds;
}

void
chain_hold(const char *base, const struct item *it)
{
    _Atomic uint32_t *holds = holds_of(base, it);
    uint32_t before = atomic_load_explicit(holds, memory_order_relaxed);
    for (int spins = 0;;) {
        MUST(!(before & HOLDS_RETIRED)); /* the item was found, so it has not been in limbo */
        if (!(before & HOLDS_CLAIMED)) {
            /* acquire: pairs with chain_end_claim's release, after which the links' new order is visible */
            if (atomic_compare_exchange_weak_explicit(
                    holds, &before, before + 1, memory_order_acquire, memory_order_relaxed))
                return;
            continue;
        }
        if (++spins >= SPINS_BEFORE_YIELD)
            sched_yield();
        before = atomic_load_explicit(holds, memory_order_relaxed);
    }
}

bool
chain_release(const char *base, const struct item *it)
{
    uint32_t before = atomic_fetch_sub_explicit(holds_of(base, it), 1, memory_order_acq_rel);
    MUST((before & ~HOLDS_RETIRED) > 0);
    return before == (HOLDS_RETIRED | 1);
}

bool
chain_retire(const char *base, const struct item *it)
{
    return chain_first(base, it) == NULL ||
           atomic_fetch_or_explicit(holds_of(base, it), HOLDS_RETIRED, memory_order_acq_rel) == 0;
}

bool
chain_is_held(const char *base, const struct item *it)
{
    CHECKED_MUST(item_flags(it) & ITEM_CHAINED);
    return atomic_load_explicit(holds_of(base, it), memory_order_relaxed) != 0;
}

bool
chain_try_claim(const char *base, const struct item *it)
{
    uint32_t none = 0;
    return atomic_compare_exchange_strong_explicit(
        holds_of(base, it), &none, HOLDS_CLAIMED, memory_order_acquire, memory_order_relaxed);
}

void
chain_end_claim(const char *base, const struct item *it)
{
    MUST(atomic_load_explicit(holds_of(base, it), memory_order_relaxed) == HOLDS_CLAIMED);
    atomic_store_explicit(holds_of(base, it), 0, memory_order_release); /* chain_hold's acquire */
}
