#include "slab/reclaim/evict.h"

#include <stdlib.h>

#include "slab/form/cold.h"
#include "slab/form/share.h"
#include "slab/reclaim/sweep.h"

enum {
    SAMPLE_PAGES = 64, /* for the first cut, ... */
    SAMPLE_PART = 8,   /* and this part of each: as many as of the largest chunks fit one page */
    PAGES_ENOUGH = 32, /* in a row, if a chunk of them was freed */
    OWN_PAGES = 32,
    BEHIND = 8, /* an eighth of a round */
};

static void
count_visits(struct store_thread *t, const struct sweep_tally *tally)
{
    atomic_fetch_add_explicit(&t->store->n_visited, tally->n_visited, memory_order_relaxed);
}

/* Before the first eviction: ranks the items in the same share of each of some pages of the node. */
static void
make_first_cut(struct store_thread *t, int node)
{
    MUST(node >= 0 && node < t->store->arena.n_nodes);
    struct store *store = t->store;
    const struct page_pool *pool = &store->classes.pools[node];
    struct sweep_tally tally = {0};
    uint32_t n = atomic_load_explicit(&pool->next, memory_order_relaxed) - pool->first;
    uint32_t stride = n / SAMPLE_PAGES + 1;
    for (uint32_t page = pool->first; page < pool->first + n; page += stride) {
        struct class *c = class_hold(&store->classes, page);
        if (c == NULL)
            continue;
        struct class_run run = {page, 0, (c->geometry->n_chunks + SAMPLE_PART - 1) / SAMPLE_PART};
        sweep_run(t, c, &run, SWEEP_LOOK, &store->cutoff, &tally);
        class_hold_end(c, page);
    }
    cutoff_cut(&store->cutoff, CUTOFF_SHARE);
    cold_make_first_cut(store);
    count_visits(t, &tally);
}

/*
 * Sweeps pages until `bytes` are freed, or a bounded number of pages after a
 * chunk was freed, or until the time; a time of 0 is no limit.
 */
static void
sweep_on(struct store_thread *t, int node, enum sweep_mode mode, uint64_t bytes, uint64_t until_ns,
    struct sweep_tally *tally)
{
    store_thread_must_be_outside(t);
    MUST(node >= 0 && node < t->store->arena.n_nodes);
    struct store *store = t->store;
    const struct page_pool *pool = &store->classes.pools[node];
    uint32_t n = atomic_load_explicit(&pool->next, memory_order_relaxed) - pool->first, page;
    struct class *c;
    clock_advance(); /* so that items stored within a second have different ages, too */
    if (cutoff_at(&store->cutoff) == CUTOFF_UNKNOWN)
        make_first_cut(t, node);
    for (uint32_t i = 0; i < n && tally->n_bytes < bytes; i++) {
        if ((i >= PAGES_ENOUGH && tally->n_freed > 0) || (until_ns != 0 && clock_ns() >= until_ns) ||
            (c = class_hold_next(&store->classes, node, &page)) == NULL)
            break;
        sweep_page(t, c, page, mode, &store->cutoff, tally);
        class_hold_end(c, page);
    }
    count_visits(t, tally);
}

uint64_t
evict_some(struct store_thread *t, int node)
{
    struct sweep_tally tally = {0};
    sweep_on(t, node, SWEEP_EVICT, t->store->arena.page_size, 0, &tally);
    return tally.n_freed;
}

uint64_t
evict_pack(struct store_thread *t, int node, uint64_t until_ns)
{
    struct sweep_tally tally = {0};
    if (t->packer == NULL ||
        (!cold_may_pack(t->store) && !share_may_gain(t->store))) /* it would look in vain */
        return 0;
    sweep_on(t, node, SWEEP_PACK, t->store->arena.page_size, until_ns, &tally);
    return tally.n_freed;
}

uint64_t
evict_until(struct store_thread *t, int node, uint64_t until_ns)
{
    struct sweep_tally tally = {0};
    if (cold_grows(t->store) || share_grows(t->store)) /* the mover makes room, and loses nothing */
        return 0;
    if (cutoff_at(&t->store->cutoff) !=
        CUTOFF_UNKNOWN) /* else there is more to inspect than the time allows */
        sweep_on(t, node, SWEEP_EVICT, t->store->arena.page_size, until_ns, &tally);
    return tally.n_freed;
}

/* The number of rounds of the node's hand, times BEHIND; UINT64_MAX: the node has no pages. */
static uint64_t
rounds(const struct page_pool *pool)
{
    uint32_t n = atomic_load_explicit(&pool->next, memory_order_relaxed) - pool->first;
    uint64_t n_passed = atomic_load_explicit(&pool->n_passed, memory_order_relaxed);
    return n == 0 ? UINT64_MAX : n_passed * BEHIND / n;
}

int
evict_next(const struct store *store, int node)
{
    MUST(node >= 0 && node < store->arena.n_nodes);
    int next = node;
    uint64_t least = rounds(&store->classes.pools[node]);
    for (int other = 0; other < store->arena.n_nodes; other++) {
        uint64_t n = rounds(&store->classes.pools[other]);
        if (n < least && (next != node || n + 1 < least)) {
            least = n;
            next = other;
        }
    }
    return next;
}

void
evict_one(struct store_thread *t, int node)
{
    struct sweep_tally tally = {.enough = 1};
    sweep_on(t, node, SWEEP_EVICT, 1, 0, &tally);
}

/* The next pages of a class; returns how many. */
static size_t
list_pages(struct class *c, uint32_t *pages, size_t most)
{
    MUST(most > 0);
    struct class_run run;
    size_t n = 0, n_pages = class_pages(c);
    for (; n < most && n < n_pages && class_hold_run(c, UINT32_MAX / 2, &run); n++) {
        pages[n] = run.page;
        class_hold_end(c, run.page);
    }
    return n;
}

/* Sweeps those of some pages that still belong to the class. */
static void
sweep_pages(struct store_thread *t, struct class *c, const uint32_t *pages, size_t n, enum sweep_mode mode,
    struct cutoff *own, struct sweep_tally *tally)
{
    for (size_t i = 0; i < n; i++) {
        struct class *holder = class_hold(c->set, pages[i]);
        if (holder == c)
            sweep_page(t, c, pages[i], mode, own, tally);
        if (holder != NULL)
            class_hold_end(holder, pages[i]);
    }
    count_visits(t, tally);
}

uint64_t
evict_own(struct store_thread *t, struct class *c, size_t want)
{
    store_thread_must_be_outside(t);
    MUST(c->id != CLASS_NONE && want > 0);
    struct sweep_tally survey = {0}, tally = {0};
    uint32_t pages[OWN_PAGES];
    struct cutoff *own = malloc(sizeof *own);
    if (own == NULL)
        return 0;
    clock_advance();
    cutoff_init(own, CUTOFF_SHARE);
    size_t n = list_pages(c, pages, OWN_PAGES);
    sweep_pages(t, c, pages, n, SWEEP_LOOK, own, &survey);
    uint64_t share = survey.n_visited > 0 ? (uint64_t)want * 256 / survey.n_visited + 1 : 0;
    share = share < CUTOFF_SHARE ? CUTOFF_SHARE : share > 256 ? 256 : share;
    cutoff_cut(own, (unsigned)share);
    tally.enough = survey.n_visited * c->geometry->size / 256 * share + 1;
    sweep_pages(t, c, pages, n, SWEEP_EVICT, own, &tally);
    cutoff_fini(own);
    free(own);
    return survey.n_freed + tally.n_freed;
}
