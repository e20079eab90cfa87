/* Makes, configures and frees a thread's part of the store. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "slab/core/forms.h"
#include "slab/core/locality.h"
#include "slab/store.h"
#include "slab/core/store_thread.h"

enum { LIMBO_FIRST = 1024 };

static uint16_t
magazine_size(uint32_t chunk_size)
{
    MUST(chunk_size > 0);
    uint32_t n = MAGAZINE_BYTES / chunk_size;
    return (uint16_t)(n > MAGAZINE_MAX ? MAGAZINE_MAX : n < 2 ? 2 : n);
}

void
store_thread_count_bytes(struct store_thread *t, int64_t n)
{
    t->coder_bytes += n;
    MUST(t->coder_bytes >= 0);
    atomic_fetch_add_explicit(&t->store->coder_bytes, (uint64_t)n, memory_order_relaxed);
}

static void
free_parts(struct store_thread *t)
{
    t->magic = 0;
    if (t->coder_bytes > 0)
        store_thread_count_bytes(t, -t->coder_bytes);
    free(t->limbo.ring);
    free(t->magazines);
    free(t->counters);
    free(t->ring);
    free(t->locality.ring);
    free(t->forms);
    free(t->wishes);
    free(t->packer);
    coder_fini(&t->coder);
    free(t);
}

static struct store_thread *
alloc_parts(struct store *store)
{
    uint32_t n = store->classes.n + 1;
    struct store_thread *t = aligned_alloc(64, (sizeof *t + 63) & ~(size_t)63);
    if (t == NULL)
        return NULL;
    memset(t, 0, sizeof *t);
    t->limbo.ring = malloc(LIMBO_FIRST * sizeof *t->limbo.ring);
    t->limbo.mask = LIMBO_FIRST - 1;
    t->magazines = calloc(n, sizeof *t->magazines);
    t->counters = calloc(n, sizeof *t->counters);
    if (t->limbo.ring == NULL || t->magazines == NULL || t->counters == NULL) {
        free_parts(t);
        return NULL;
    }
    for (uint32_t id = 1; id < n; id++)
        t->magazines[id].max = magazine_size(store->classes.geometry[id].size);
    return t;
}

struct store_thread *
store_thread_new(struct store *store)
{
    store_must_be(store);
    return store_thread_new_on(store, store->arena.n_nodes == 1 ? 0 : numa_node_here());
}

struct store_thread *
store_thread_new_on(struct store *store, int node)
{
    store_must_be(store);
    MUST(node >= 0 && node < store->arena.n_nodes);
    struct store_thread *t = alloc_parts(store);
    if (t == NULL)
        return NULL;
    t->magic = STORE_THREAD_MAGIC;
    t->store = store;
    t->node = node;
    t->wipes = store->options.wipe_on_free;
    if (!shadow_join(t) || !locality_join(t) || !forms_join(t) || !coder_init(&t->coder)) {
        free_parts(t);
        return NULL;
    }
    store_thread_count_bytes(t, (int64_t)coder_memory(&t->coder));
    t->base = store->arena.base;
    t->index = &store->index;
    t->sb = arena_superblock(&store->arena);
    t->epoch = &store->epoch;
    t->record = epoch_join(&store->epoch);
    if (t->record == EPOCH_NO_RECORD) {
        free_parts(t);
        return NULL;
    }
    lock_take(&store->threads_lock);
    MUST(atomic_load_explicit(&store->threads[t->record], memory_order_relaxed) == NULL);
    atomic_store_explicit(&store->threads[t->record], t, memory_order_release);
    lock_give(&store->threads_lock);
    return t;
}

/* Adds the counters of a thread that ends to those of all ended threads. */
static void
inherit_counters(struct store *store, struct store_thread *t)
{
    lock_must_own(&store->threads_lock);
    for (uint32_t id = 0; id <= store->classes.n; id++)
        counters_add(&store->retired_counters[id], &t->counters[id]);
}

/* Waits until limbo is empty, that is until the threads inside have left.  Outside. */
static void
drain_limbo(struct store_thread *t)
{
    store_thread_must_be_outside(t);
    for (bool empty = false; !empty;) {
        epoch_enter(t->epoch, t->record);
        store_thread_harvest(t, UINT32_MAX);
        empty = t->limbo.head == t->limbo.tail;
        epoch_leave(t->epoch, t->record);
        if (!empty && !epoch_try_advance(t->epoch))
            sched_yield();
    }
}

void
store_thread_free(struct store_thread **pt)
{
    struct store_thread *t = *pt;
    *pt = NULL;
    if (t == NULL)
        return;
    store_thread_must_be_outside(t);
    struct store *store = t->store;
    epoch_enter(t->epoch, t->record);
    store_thread_grow_index(t);
    epoch_leave(t->epoch, t->record);
    drain_limbo(t);
    epoch_enter(t->epoch, t->record); /* so that no other thread raids the magazines */
    store_thread_flush_magazines(t);
    while (t->spares.n > 0)
        index_give_spare(t->index, t->spares.spare[--t->spares.n]);
    epoch_leave(t->epoch, t->record);
    MUST(t->limbo.head == t->limbo.tail && t->spares.n_removed == 0);
    lock_take(&store->threads_lock);
    MUST(atomic_load_explicit(&store->threads[t->record], memory_order_relaxed) == t);
    inherit_counters(store, t);
    locality_part(t);
    shadow_part(t);
    forms_part(t);
    atomic_store_explicit(&store->threads[t->record], NULL, memory_order_release);
    lock_give(&store->threads_lock);
    epoch_part(t->epoch, t->record);
    free_parts(t);
}

void
store_thread_defer(struct store_thread *t)
{
    store_thread_must_be(t);
    t->defers = t->store->demands != NULL;
}

struct store_ask
store_thread_asked(const struct store_thread *t)
{
    store_thread_must_be(t);
    return t->ask;
}

void
store_thread_retry(struct store_thread *t, struct store_ask ask)
{
    store_thread_must_be(t);
    MUST(ask.class_id <= t->store->classes.n);
    t->ask = ask;
}

bool
store_thread_stay(const struct store_thread *t)
{
    store_thread_must_be(t);
    return t->store->arena.n_nodes == 1 || numa_stay_on(t->node);
}
