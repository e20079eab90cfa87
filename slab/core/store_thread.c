#include "slab/core/store_thread.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "slab/index/chain.h"
#include "slab/mem/wipe.h"
#include "slab/core/demand.h"

enum {
    HARVEST_ON_ENTER = 512,
    WIPE_AT_ONCE = 1 << 20, /* bytes: a tenth of a millisecond */
};

/* ---- sequence numbers ------------------------------------------------- */

uint64_t
store_thread_highest_seq(struct store_thread *t)
{
    store_thread_must_be_inside(t);
    uint64_t first = atomic_fetch_add_explicit(&t->sb->seq, SEQ_BLOCK, memory_order_relaxed);
    atomic_store_explicit(&t->seq_next, first + 1, memory_order_relaxed);
    atomic_store_explicit(&t->seq_end, first + SEQ_BLOCK, memory_order_relaxed);
    return first;
}

/* ---- chunks ----------------------------------------------------------- */

/*
 * Takes half a magazine from a node's class; false, and the magazine is still
 * empty, if that has no free chunk.
 */
static bool
fill_magazine(struct store_thread *t, int node, uint32_t class_id)
{
    CHECKED_MUST(node >= 0 && node < t->store->arena.n_nodes);
    struct magazine *m = &t->magazines[class_id];
    m->n = (uint16_t)class_take(class_at(&t->store->classes, node, class_id), m->chunk, (m->max + 1u) / 2);
    demand_note_pages(t->store, node);
    /* Lowest address first: the class gave them in order, and the magazine is a stack. */
    for (int i = 0, j = m->n - 1; i < j; i++, j--) {
        uint64_t swap = m->chunk[i];
        m->chunk[i] = m->chunk[j];
        m->chunk[j] = swap;
    }
    return m->n > 0;
}

uint64_t
store_thread_refill(struct store_thread *t, uint32_t class_id)
{
    store_thread_must_be_inside(t);
    CHECKED_MUST(class_id != CLASS_NONE && t->magazines[class_id].n == 0);
    struct magazine *m = &t->magazines[class_id];
    int n_nodes = t->store->arena.n_nodes;
    /* Free chunks of other nodes are used before anything is evicted, nearest first. */
    if (!fill_magazine(t, t->node, class_id))
        for (int i = 1; i < n_nodes && !fill_magazine(t, numa_neighbour(t->node, i), class_id); i++)
            continue;
    return m->n > 0 ? m->chunk[--m->n] : 0;
}

uint64_t
store_thread_take_chunk_on(struct store_thread *t, int node, uint32_t class_id)
{
    store_thread_must_be_inside(t);
    MUST(node >= 0 && node < t->store->arena.n_nodes);
    struct magazine *m = &t->magazines[class_id];
    uint64_t chunk = 0;
    if (node == t->node && (m->n > 0 || fill_magazine(t, node, class_id)) &&
        arena_node_at(&t->store->arena, m->chunk[m->n - 1]) == node)
        return store_thread_unguard(t, m->chunk[--m->n], class_id);
    (void)class_take(class_at(&t->store->classes, node, class_id), &chunk, 1);
    return store_thread_unguard(t, chunk, class_id);
}

/* Returns the oldest half of a full magazine to its class: the newest chunks are in the CPU's caches. */
static __attribute__((noinline)) void
spill(struct store_thread *t, struct magazine *m)
{
    CHECKED_MUST(m->n == m->max && m->n >= 2);
    uint16_t half = m->n / 2;
    class_give(&t->store->classes, m->chunk, half);
    m->n -= half;
    memmove(m->chunk, m->chunk + half, m->n * sizeof *m->chunk);
}

static uint32_t
chunk_size(const struct store_thread *t, uint64_t chunk)
{
    return class_of_chunk(&t->store->classes, chunk)->geometry->size;
}

static __attribute__((noinline, cold)) void
wipe(struct store_thread *t, uint64_t chunk)
{
    uint32_t size = chunk_size(t, chunk);
    wipe_chunk(t->base, chunk, size);
    t->n_wiped += size;
}

static inline void
give_chunk(struct store_thread *t, uint64_t chunk)
{
    store_thread_must_own(t);
    struct arena *a = &t->store->arena;
    if (UNLIKELY(t->wipes))
        wipe(t, chunk);
    if (GUARD_CHUNKS)
        guard_chunk(a, chunk, chunk_size(t, chunk));
    const struct page *page = arena_page(a, arena_page_of(a, chunk));
    bool fenced = page_state(page) != PAGE_USED;
    if (UNLIKELY(fenced || page->node != t->node)) {
        class_give(&t->store->classes, &chunk, 1);
        return;
    }
    struct magazine *m = &t->magazines[atomic_load_explicit(&page->class_id, memory_order_relaxed)];
    if (UNLIKELY(m->n == m->max))
        spill(t, m);
    m->chunk[m->n++] = chunk;
}

void
store_thread_give_chunk(struct store_thread *t, uint64_t chunk)
{
    give_chunk(t, chunk);
}

void
store_thread_flush_magazines(struct store_thread *t)
{
    store_thread_must_own(t);
    for (uint32_t id = 1; id <= t->store->classes.n; id++) {
        struct magazine *m = &t->magazines[id];
        if (m->n > 0)
            class_give(&t->store->classes, m->chunk, m->n);
        m->n = 0;
    }
}

__attribute__((noinline)) void
store_thread_free_links(struct store_thread *t, struct link *first)
{
    for (struct link *link = first, *next; link != NULL; link = next) {
        next = chain_next(t->base, link);
        atomic_store_explicit(&link->mark, 0, memory_order_relaxed);
        give_chunk(t, chain_offset(t->base, link));
    }
}

static inline void
free_item(struct store_thread *t, struct item *it)
{
    if (UNLIKELY(item_flags(it) & ITEM_CHAINED))
        store_thread_free_links(t, chain_first(t->base, it));
    give_chunk(t, item_offset(t->base, it));
}

void
store_thread_free_item(struct store_thread *t, struct item *it)
{
    CHECKED_MUST(item_seq(it) == 0);
    counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_FREED));
    free_item(t, it);
}

/* ---- limbo ------------------------------------------------------------ */

static __attribute__((noinline, cold)) void
limbo_grow(struct limbo *l)
{
    uint32_t n = l->tail - l->head, capacity = l->mask + 1;
    struct limbo_entry *ring = malloc((size_t)capacity * 2 * sizeof *ring);
    MUST(ring != NULL); /* 32 KiB at first; without them the process cannot continue */
    MUST(n == capacity);
    for (uint32_t i = 0; i < n; i++)
        ring[i] = l->ring[(l->head + i) & l->mask];
    free(l->ring);
    *l = (struct limbo){ring, capacity * 2 - 1, 0, n};
}

static inline __attribute__((always_inline)) void
limbo_push(struct store_thread *t, enum limbo_kind kind, uint64_t what)
{
    store_thread_must_be_inside(t);
    struct limbo *l = &t->limbo;
    if (UNLIKELY(l->tail - l->head > l->mask))
        limbo_grow(l);
    counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_FREED));
    uint64_t epoch = epoch_now(t->epoch);
    CHECKED_MUST(l->head == l->tail || l->ring[(l->tail - 1) & l->mask].epoch <= epoch);
    l->ring[l->tail++ & l->mask] = (struct limbo_entry){(uint64_t)kind << LIMBO_KIND_SHIFT | what, epoch};
}

void
store_thread_retire(struct store_thread *t, struct item *it)
{
    CHECKED_MUST(item_seq(it) == 0); /* no reader can find it */
    limbo_push(t, LIMBO_ITEM, item_offset(t->base, it));
}

void
store_thread_retire_head(struct store_thread *t, struct item *it)
{
    CHECKED_MUST(item_seq(it) == 0 && (item_flags(it) & ITEM_CHAINED));
    limbo_push(t, LIMBO_HEAD, item_offset(t->base, it));
}

void
store_thread_retire_link(struct store_thread *t, struct link *link)
{
    CHECKED_MUST(atomic_load_explicit(&link->mark, memory_order_relaxed) == 0);
    limbo_push(t, LIMBO_LINK, chain_offset(t->base, link));
}

void
store_thread_retire_overflow(struct store_thread *t)
{
    CHECKED_MUST(t->spares.n_removed <= INDEX_SPARES);
    while (t->spares.n_removed > 0)
        limbo_push(t, LIMBO_OVERFLOW, t->spares.removed[--t->spares.n_removed]);
}

void
store_thread_grow_index(struct store_thread *t)
{
    store_thread_must_be_inside(t);
    store_thread_retire_overflow(t);
    index_count(t->index, atomic_load_explicit(&t->items_uncounted, memory_order_relaxed), &t->spares);
    atomic_store_explicit(&t->items_uncounted, 0, memory_order_relaxed);
    do
        store_thread_retire_overflow(t);
    while (index_take_removed(t->index, &t->spares));
    demand_note_index(t->store);
}

/*
 * After the grace period no thread inside can see it.  A sender may still hold
 * it; then the last sender frees it.
 */
static inline void
reuse_head(struct store_thread *t, struct item *it)
{
    CHECKED_MUST(item_seq(it) == 0);
    if (LIKELY(!item_has_holds(it)) ||
        atomic_fetch_or_explicit(item_holds(it), HOLDS_RETIRED, memory_order_acq_rel) == 0)
        give_chunk(t, item_offset(t->base, it));
}

/* Senders hold a chain and an item's own chunk independently. */
static inline void
reuse_item(struct store_thread *t, struct item *it)
{
    if (UNLIKELY(item_flags(it) & ITEM_CHAINED)) {
        struct link *first = chain_first(t->base, it);
        if (chain_retire(t->base, it))
            store_thread_free_links(t, first);
    }
    reuse_head(t, it);
}

static void
reuse_overflow(struct store_thread *t, uint32_t bucket)
{
    CHECKED_MUST(bucket != 0 && bucket < index_overflow_used(t->index));
    if (t->spares.n < INDEX_SPARES)
        t->spares.spare[t->spares.n++] = bucket;
    else
        index_give_spare(t->index, bucket);
}

static __attribute__((noinline)) void
reuse_rare(struct store_thread *t, uint64_t entry)
{
    uint64_t what = entry & ((UINT64_C(1) << LIMBO_KIND_SHIFT) - 1);
    switch ((enum limbo_kind)(entry >> LIMBO_KIND_SHIFT)) {
    case LIMBO_ITEM: break;
    case LIMBO_HEAD: reuse_head(t, item_at(t->base, what)); return;
    case LIMBO_LINK: give_chunk(t, what); return;
    case LIMBO_OVERFLOW: reuse_overflow(t, (uint32_t)what); return;
    }
    UNREACHABLE();
}

static inline __attribute__((always_inline)) void
harvest(struct store_thread *t, uint32_t most)
{
    struct limbo *l = &t->limbo;
    uint64_t now = epoch_now(t->epoch);
    for (; l->head != l->tail && most > 0; most--) {
        struct limbo_entry e = l->ring[l->head & l->mask];
        if (!epoch_passed(e.epoch, now))
            return;
        l->head++;
        if (LIKELY(e.what >> LIMBO_KIND_SHIFT == LIMBO_ITEM))
            reuse_item(t, item_at(t->base, e.what));
        else
            reuse_rare(t, e.what);
    }
}

/* To wipe a value takes as long as to copy it: so limbo is emptied in steps, between which clients are served. */
static __attribute__((noinline, cold)) void
harvest_and_wipe(struct store_thread *t, uint32_t most)
{
    uint64_t enough = t->n_wiped + WIPE_AT_ONCE;
    uint32_t head;
    do {
        head = t->limbo.head;
        harvest(t, 1);
    } while (t->limbo.head != head && --most > 0 && t->n_wiped < enough);
}

void
store_thread_harvest(struct store_thread *t, uint32_t most)
{
    store_thread_must_own(t);
    if (UNLIKELY(t->wipes))
        harvest_and_wipe(t, most);
    else
        harvest(t, most);
}

/* true: a part of its limbo may be left, because the thread that was raided must not wait longer. */
static bool
raid(struct store *store, int record, bool magazines)
{
    if (!epoch_try_raid(&store->epoch, record))
        return false;
    bool more = false;
    /* A thread that is being freed has left the table before its record becomes unused. */
    struct store_thread *t = atomic_load_explicit(&store->threads[record], memory_order_acquire);
    if (t != NULL) {
        MUST(t->record == record && t->store == store);
        uint32_t head = t->limbo.head;
        store_thread_harvest(t, UINT32_MAX);
        more = t->wipes && t->limbo.head != head;
        if (magazines)
            store_thread_flush_magazines(t);
    }
    epoch_end_raid(&store->epoch, record);
    return more;
}

void
store_thread_raid_all(struct store *store, bool magazines)
{
    store_must_be(store);
    int n = atomic_load(&store->epoch.n_records);
    for (int i = 0; i < n; i++)
        while (raid(store, i, magazines))
            sched_yield();
}

/* ---- enter and leave ----------------------------------------------------- */

void
store_enter(struct store_thread *t)
{
    CHECKED_MUST(t->magic == STORE_THREAD_MAGIC);
    epoch_enter(t->epoch, t->record);
    if (t->limbo.head != t->limbo.tail)
        store_thread_harvest(t, HARVEST_ON_ENTER);
}

void
store_leave(struct store_thread *t)
{
    store_thread_must_be_inside(t);
    bool limbo = t->limbo.head != t->limbo.tail;
    epoch_leave(t->epoch, t->record);
    if (limbo)
        (void)epoch_try_advance(t->epoch);
}
