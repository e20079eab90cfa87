#include "slab/core/newest.h"

#include "slab/core/forms.h"

/* The unused numbers of a block that a thread has drawn. */
struct block {
    uint64_t next, end;
};

struct survey {
    /* items that may be evicted; includes those that threads have not yet reported to the index */
    int64_t n_items;
    int n_blocks;
    struct block block[EPOCH_RECORDS];
};

static void
survey_threads(const struct store *store, struct survey *l)
{
    lock_must_own(&store->threads_lock);
    l->n_blocks = 0;
    l->n_items = atomic_load_explicit(&store->index.n_items, memory_order_relaxed) -
                 (int64_t)atomic_load_explicit(&store->n_pinned, memory_order_relaxed);
    /* Bodies are never evicted by themselves. */
    l->n_items -= (int64_t)counter_read(&store->retired_forms->n_bodies);
    for (int i = 0; i < EPOCH_RECORDS; i++) {
        const struct store_thread *t = atomic_load_explicit(&store->threads[i], memory_order_relaxed);
        if (t == NULL)
            continue;
        MUST(l->n_blocks < EPOCH_RECORDS);
        l->n_items += atomic_load_explicit(&t->items_uncounted, memory_order_relaxed) -
                      (int64_t)counter_read(&t->forms->n_bodies);
        l->block[l->n_blocks++] = (struct block){
            .next = atomic_load_explicit(&t->seq_next, memory_order_relaxed),
            .end = atomic_load_explicit(&t->seq_end, memory_order_relaxed),
        };
    }
}

/* The highest block below `number`; NULL if there is none. */
static const struct block *
block_below(const struct survey *l, uint64_t number)
{
    const struct block *highest = NULL;
    for (int i = 0; i < l->n_blocks; i++) {
        const struct block *b = &l->block[i];
        if (b->next < b->end && b->end <= number && (highest == NULL || b->end > highest->end))
            highest = b;
    }
    return highest;
}

uint64_t
newest_from(struct store *store)
{
    store_must_be(store);
    struct survey l;
    const struct block *b;
    lock_take(&store->threads_lock);
    uint64_t from = atomic_load_explicit(&arena_superblock(&store->arena)->seq, memory_order_relaxed);
    survey_threads(store, &l);
    lock_give(&store->threads_lock);
    uint64_t left = l.n_items > 0 ? (uint64_t)l.n_items / 2 : 0;
    for (; left > 0 && (b = block_below(&l, from)) != NULL && from - b->end < left; from = b->next)
        left -= from - b->end;
    return left < from ? from - left : 0;
}
