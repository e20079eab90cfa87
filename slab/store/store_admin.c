/*
 * An operator's requests to a running store: another limit, a crawl, a page for another class.
 *
 * Each call only records the request; the mover carries it out.
 */
#include "slab/core/demand.h"
#include "slab/reclaim/reclaim_ask.h"
#include "slab/store.h"
#include "slab/core/store_thread.h"

bool
store_resize(struct store *store, size_t limit)
{
    store_must_be(store);
    struct arena *a = &store->arena;
    if (limit < STORE_LIMIT_MIN || store->options.item_max > limit / 2 ||
        index_units(&store->index) > (limit >> a->page_shift) / 2 ||
        !arena_resize(a, limit - (store->options.evict ? ghost_size(limit) : 0)))
        return false;
    (void)ghost_resize(&store->ghosts, ghost_size(limit));
    atomic_store_explicit(&store->limit, limit, memory_order_relaxed);
    for (int node = 0; node < a->n_nodes; node++)
        page_pool_open(&store->classes.pools[node]);
    reclaim_ask_forget(store);
    demand_note_order(store);
    return true;
}

bool
store_crawl(struct store *store, const bool *wanted, size_t n_wanted)
{
    store_must_be(store);
    const struct arena *a = &store->arena;
    if (atomic_exchange_explicit(&store->crawling, true, memory_order_acquire))
        return false;
    atomic_fetch_add_explicit(&store->n_crawls, 1, memory_order_relaxed);
    for (uint32_t p = 0; (p = class_next_page(&store->classes, p)) != 0;) {
        struct page *page = arena_page(a, p);
        uint32_t id = atomic_load_explicit(&page->class_id, memory_order_relaxed);
        if (id != CLASS_NONE && id < n_wanted && wanted[id])
            atomic_store_explicit(&page->soonest, 1, memory_order_relaxed); /* due at any time */
    }
    atomic_store_explicit(&store->crawl_due, true, memory_order_release);
    demand_note_order(store);
    return true;
}

void
store_set_policy(struct store *store, enum store_policy policy)
{
    store_must_be(store);
    MUST((unsigned)policy < STORE_N_POLICIES);
    if (atomic_exchange_explicit(&store->policy, (uint8_t)policy, memory_order_relaxed) != policy)
        cutoff_forget(&store->cutoff);
}

void
store_set_automove(struct store *store, unsigned level)
{
    static const enum class_moves moves[] = {CLASS_MOVES_FORCED, CLASS_MOVES_NEEDED, CLASS_MOVES_EAGER};
    MUST(level < sizeof moves / sizeof *moves);
    atomic_store_explicit(&store->classes.moves, (uint8_t)moves[level], memory_order_relaxed);
}

/* Pages of a class, or of the pool, on all nodes. */
static uint32_t
count_pages(const struct class_set *s, uint32_t id)
{
    uint32_t n = 0;
    for (int node = 0; node < s->arena->n_nodes; node++)
        n += id == CLASS_NONE ? page_pool_pages(&s->pools[node]) : class_pages(class_at(s, node, id));
    return n;
}

/* The class with the most pages except `to`; -1 if none has two or more. */
static int32_t
largest_but(const struct class_set *s, uint32_t to)
{
    int32_t largest = -1;
    uint32_t most = 1;
    for (uint32_t id = 1; id <= s->n; id++) {
        uint32_t n = count_pages(s, id);
        if (id != to && n > most) {
            largest = (int32_t)id;
            most = n;
        }
    }
    return largest;
}

enum store_move
store_move_page(struct store *store, int32_t from, int32_t to)
{
    store_must_be(store);
    const struct class_set *s = &store->classes;
    uint64_t nothing = 0;
    if (from == to)
        return STORE_MOVE_SAME;
    if (from < -1 || to < 0 || from > (int32_t)s->n || to > (int32_t)s->n)
        return STORE_MOVE_BAD_CLASS;
    if (from == -1)
        from = largest_but(s, (uint32_t)to);
    else if (count_pages(s, (uint32_t)from) < (from == CLASS_NONE ? 1u : 2u))
        return STORE_MOVE_NO_SPARE;
    if (from == -1)
        return STORE_MOVE_BAD_CLASS;
    uint64_t move = (uint64_t)from << 32 | (uint32_t)to;
    if (!atomic_compare_exchange_strong_explicit(
            &store->move, &nothing, move, memory_order_relaxed, memory_order_relaxed))
        return STORE_MOVE_BUSY;
    demand_note_order(store);
    return STORE_MOVE_STARTED;
}
