#include "slab/core/flush.h"

#include "base/clock.h"

/* All numbers drawn so far are below flush_seq; the sweep must visit every page. */
static void
flush_now(struct store *store)
{
    struct superblock *sb = arena_superblock(&store->arena);
    uint64_t seq = atomic_fetch_add_explicit(&sb->seq, SEQ_BLOCK, memory_order_relaxed) + SEQ_BLOCK;
    uint64_t before = atomic_load_explicit(&sb->flush_seq, memory_order_relaxed);
    /* Another thread may flush at the same time; the higher number stays. */
    while (before < seq && !atomic_compare_exchange_weak_explicit(
                               &sb->flush_seq, &before, seq, memory_order_release, memory_order_relaxed))
        ;
    atomic_store_explicit(&store->flush_unswept_s, clock_now_s(), memory_order_release);
}

void
store_flush(struct store_thread *t, uint32_t at)
{
    store_thread_must_be(t);
    struct store *store = t->store;
    if (clock_due_s(at) > clock_now_s()) {
        atomic_store_explicit(&store->flush_at, at, memory_order_relaxed);
        return;
    }
    atomic_store_explicit(&store->flush_at, 0, memory_order_relaxed);
    flush_now(store);
}

void
store_flush_cancel(struct store_thread *t)
{
    store_thread_must_be(t);
    atomic_store_explicit(&t->store->flush_at, 0, memory_order_relaxed);
}

void
flush_if_due(struct store *store)
{
    store_must_be(store);
    uint32_t at = atomic_load_explicit(&store->flush_at, memory_order_relaxed);
    if (at == 0 || clock_due_s(at) > clock_now_s())
        return;
    if (atomic_compare_exchange_strong(&store->flush_at, &at, 0))
        flush_now(store);
}
