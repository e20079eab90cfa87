/* The store's statistics: sums of its threads' counters, and sizes. */
#include <string.h>

#include "base/clock.h"
#include "slab/core/pin.h"
#include "slab/core/locality.h"
#include "slab/store.h"
#include "slab/core/store_thread.h"

enum { SIZES_BUCKET = 32, AGE_SAMPLE = 16 };

static uint64_t
since_reset(struct store *store, uint32_t id, int i, const struct class_counters *sum)
{
    return counter_read(&sum->n[i]) - counter_read(&store->baseline[id].n[i]);
}

void
store_stats_reset(struct store *store)
{
    store_must_be(store);
    lock_take(&store->threads_lock);
    for (uint32_t id = 0; id <= store->classes.n; id++)
        counters_of_class(store, id, &store->baseline[id]);
    locality_reset(store);
    lock_give(&store->threads_lock);
    if (store->shadow.one_in != 0)
        shadow_reset(&store->shadow);
}

static void
add_pages(struct store *store, struct store_stats *s)
{
    for (int node = 0; node < store->arena.n_nodes; node++) {
        s->n_pages_free += page_pool_pages(&store->classes.pools[node]);
        for (uint32_t id = 1; id <= store->classes.n; id++)
            s->n_pages_used += class_pages(class_at(&store->classes, node, id));
    }
}

static void
add_lock(struct store_stats *s, const struct lock *l)
{
    s->n_lock_takes += atomic_load_explicit(&l->n_takes, memory_order_relaxed);
    s->n_lock_waits += atomic_load_explicit(&l->n_waits, memory_order_relaxed);
}

static void
add_locks(struct store *store, struct store_stats *s)
{
    add_lock(s, &store->index.grow_lock);
    add_lock(s, &store->index.spare_lock);
    for (int node = 0; node < store->arena.n_nodes; node++) {
        add_lock(s, &store->classes.pools[node].lock);
        for (uint32_t id = 1; id <= store->classes.n; id++)
            add_lock(s, &class_at(&store->classes, node, id)->lock);
    }
}

static void
add_partials(const struct store *store, struct store_stats *s)
{
    const struct partials *p = &store->partials;
    s->partial_announced = atomic_load_explicit(&p->announced, memory_order_relaxed);
    s->partial_bytes = atomic_load_explicit(&p->bytes, memory_order_relaxed);
    s->partial_bound = partial_bound(store);
    s->n_partial_waits = atomic_load_explicit(&p->n_waits, memory_order_relaxed);
}

void
store_stats(struct store *store, struct store_stats *s)
{
    store_must_be(store);
    const struct superblock *sb = arena_superblock(&store->arena);
    memset(s, 0, sizeof *s);
    lock_take(&store->threads_lock);
    for (uint32_t id = 0; id <= store->classes.n; id++) {
        struct class_counters sum;
        counters_of_class(store, id, &sum);
        s->n_items += counter_read(&sum.n_items);
        s->n_bytes += counter_read(&sum.n_bytes);
        for (int i = 0; i < STORE_N_COUNTERS; i++)
            s->n[i] += since_reset(store, id, i, &sum);
    }
    lock_give(&store->threads_lock);
    s->limit = atomic_load_explicit(&store->limit, memory_order_relaxed);
    s->page_size = store->arena.page_size;
    s->n_pages_total = store->arena.n_pages;
    add_pages(store, s);
    add_locks(store, s);
    s->n_buckets = atomic_load_explicit(&sb->n_buckets, memory_order_relaxed);
    s->n_overflow_buckets = atomic_load_explicit(&store->index.n_overflow, memory_order_relaxed);
    s->index_bytes = (s->n_buckets + s->n_overflow_buckets) * sizeof(struct bucket);
    s->n_sweeps = atomic_load_explicit(&store->n_sweeps, memory_order_relaxed);
    s->n_visited = atomic_load_explicit(&store->n_visited, memory_order_relaxed);
    s->n_pages_moved = atomic_load_explicit(&store->n_pages_moved, memory_order_relaxed);
    s->n_direct = atomic_load_explicit(&store->n_direct, memory_order_relaxed);
    add_partials(store, s);
    s->n_epoch_advances = epoch_now(&store->epoch);
    s->flush_at = clock_due_s(atomic_load_explicit(&store->flush_at, memory_order_relaxed));
    s->mover_running = store->movers != NULL;
    s->n_pinned = atomic_load_explicit(&store->n_pinned, memory_order_relaxed);
    s->pinned_bytes = atomic_load_explicit(&store->pinned_bytes, memory_order_relaxed);
    s->pinned_limit = pin_limit(store);
    s->policy = (enum store_policy)atomic_load_explicit(&store->policy, memory_order_relaxed);
    s->crawling = atomic_load_explicit(&store->crawling, memory_order_relaxed);
    s->moving = atomic_load_explicit(&store->move, memory_order_relaxed) != 0;
    s->n_crawls = atomic_load_explicit(&store->n_crawls, memory_order_relaxed);
    s->n_classes = store->classes.n;
}

uint32_t
store_n_classes(const struct store *store)
{
    return store->classes.n;
}

/* Seconds since the last access of the oldest of some items; each call samples the next page. */
static uint32_t
sample_age_s(struct store *store, struct class *c)
{
    struct class_run run;
    if (!class_hold_run(c, c->geometry->n_chunks, &run))
        return 0;
    uint32_t age = 0, now = clock_stamp();
    for (uint32_t i = run.from; i < run.to && i < run.from + AGE_SAMPLE; i++) {
        const struct item *it = arena_at(&store->arena, class_chunk(c, run.page, i));
        if (chunk_kind(item_seq(it)) != CHUNK_ITEM)
            continue;
        /*
         * The page is held, so these are the bytes of an item's header, of this item or
         * a later one in the same chunk.
         */
        uint32_t item_age = clock_age(now, atomic_load_explicit(&it->atime, memory_order_relaxed));
        age = item_age > age ? item_age : age;
    }
    class_hold_end(c, run.page);
    return age >> CLOCK_STAMP_SHIFT;
}

void
store_class_stats(struct store *store, uint32_t i, struct store_class_stats *s)
{
    store_must_be(store);
    MUST(i < store->classes.n);
    uint32_t id = i + 1;
    const struct geometry *g = &store->classes.geometry[id];
    struct class_counters sum;
    memset(s, 0, sizeof *s);
    lock_take(&store->threads_lock);
    counters_of_class(store, id, &sum);
    for (int k = 0; k < STORE_N_COUNTERS; k++)
        s->n[k] = since_reset(store, id, k, &sum);
    lock_give(&store->threads_lock);
    s->id = id;
    s->chunk_size = g->size;
    s->chunks_per_page = g->n_chunks;
    s->n_items = counter_read(&sum.n_items);
    s->n_bytes = counter_read(&sum.n_bytes);
    for (int node = 0; node < store->arena.n_nodes; node++) {
        struct class *c = class_at(&store->classes, node, id);
        s->n_pages += class_pages(c);
        s->n_free_chunks += class_free_chunks(c);
        uint32_t age = sample_age_s(store, c);
        s->age_s = age > s->age_s ? age : s->age_s;
    }
    s->n_chunks = s->n_pages * g->n_chunks;
}

/* ---- sizes ------------------------------------------------------------ */

struct histogram {
    uint64_t *bucket;
    size_t n;
};

static bool
add_size(void *arg, const struct store_meta *meta)
{
    struct histogram *h = arg;
    size_t i = ((size_t)meta->n_item + SIZES_BUCKET - 1) / SIZES_BUCKET;
    h->bucket[i < h->n ? i : h->n - 1]++;
    return true;
}

void
store_sizes(struct store_thread *t, uint64_t *histogram, size_t n_buckets)
{
    MUST(n_buckets > 0);
    struct histogram h = {histogram, n_buckets};
    memset(histogram, 0, n_buckets * sizeof *histogram);
    store_walk(t, add_size, &h);
}
