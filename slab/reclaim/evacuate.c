#include "slab/reclaim/evacuate.h"

#include "slab/index/chain.h"
#include "slab/reclaim/grace.h"
#include "slab/form/relocate.h"
#include "slab/reclaim/sweep.h"
#include "slab/core/hooks.h"
#include "slab/mem/room.h"

enum {
    PAGES_AT_ONCE = 8, /* pages that share their grace periods */
    TRIES = 8,         /* pages of a class that are tried, since some may be in use */
};

struct fenced {
    struct class *class;
    uint32_t page;
};

/* The items of a page. */
struct survey {
    uint32_t n_linked;
    bool stays; /* an item cannot leave the page */
    /* chunks that moving needs, by class; none for items that may be evicted instead */
    uint32_t needs[CLASS_MAX + 1];
};

/* The first chunk of a chain, from its item on, that is on the page. */
static uint64_t
first_on_page(const struct store_thread *t, const struct item *it, uint32_t page)
{
    const struct arena *a = &t->store->arena;
    uint64_t at = item_offset(t->base, it);
    for (const struct link *link = chain_first(t->base, it); arena_page_of(a, at) != page && link != NULL;
         link = chain_next(t->base, link))
        at = chain_offset(t->base, link);
    return at;
}

/* A chain moves as a whole, and once, however many of its chunks are on the page. */
static void
survey_chain(const struct store_thread *t, struct survey *s, const struct item *it)
{
    const struct class_set *set = &t->store->classes;
    s->needs[class_of_chunk(set, item_offset(t->base, it))->id]++;
    for (const struct link *link = chain_first(t->base, it); link != NULL; link = chain_next(t->base, link))
        s->needs[class_of_chunk(set, chain_offset(t->base, link))->id]++;
}

static void
survey_chunk(
    struct store_thread *t, struct survey *s, const struct fenced *f, uint64_t chunk, enum sweep_mode mode)
{
    store_thread_must_be_inside(t);
    const struct item *it = sweep_item_of(t, chunk);
    if (it == NULL)
        return;
    bool may_evict = mode != SWEEP_MOVE && !(item_flags(it) & (ITEM_PINNED | ITEM_BODY)),
         moves = item_size(it) <= RELOCATE_MOST;
    s->n_linked++;
    s->stays |= item_has_holds(it) && atomic_load_explicit(item_holds(it), memory_order_relaxed) != 0;
    s->stays |= (item_flags(it) & ITEM_CHAINED) && chain_is_held(t->base, it);
    s->stays |= !may_evict && !moves;
    if (!moves || (may_evict && mode == SWEEP_EMPTY))
        return;
    if (!(item_flags(it) & ITEM_CHAINED))
        s->needs[f->class->id]++;
    else if (first_on_page(t, it, f->page) == chunk)
        survey_chain(t, s, it);
}

/*
 * Without these free chunks a class would take a page for the moved items, and
 * pages would move back and forth.
 */
static bool
has_free_chunks(const struct store_thread *t, const struct fenced *f, const struct survey *s)
{
    struct class_set *set = &t->store->classes;
    for (uint32_t id = 1; id <= set->n; id++)
        if (s->needs[id] > 0 && s->needs[id] > class_free_chunks(class_at(set, f->class->node, id)))
            return false;
    return true;
}

/*
 * Would an item or a chunk stay on the page if it were swept? A value that is being sent is held.  A
 * chunk that is neither free nor of a linked item is in use by a thread, for example for a value
 * that is being received.  An item that is not evicted needs free chunks on other pages.
 */
static bool
is_blocked(struct store_thread *t, const struct fenced *f, enum sweep_mode mode)
{
    MUST(page_state(arena_page(&t->store->arena, f->page)) == PAGE_DRAINING);
    struct survey s = {0};
    epoch_enter(t->epoch, t->record);
    for (uint32_t i = 0; i < f->class->geometry->n_chunks && !s.stays; i++)
        survey_chunk(t, &s, f, class_chunk(f->class, f->page, i), mode);
    epoch_leave(t->epoch, t->record);
    return s.stays || s.n_linked + class_free_in(f->class, f->page) < f->class->geometry->n_chunks ||
           !has_free_chunks(t, f, &s);
}

/*
 * Empties fenced pages together.  Those that cannot be emptied stay fenced and
 * move to the front of the array.  Returns how many these are.
 */
static size_t
drain(struct store_thread *t, struct fenced *f, size_t n, enum sweep_mode mode)
{
    store_thread_must_be_outside(t);
    MUST(n > 0 && n <= PAGES_AT_ONCE);
    MUST(mode >= SWEEP_MOVE);
    struct sweep_tally tally = {0};
    size_t n_left = 0;
    (void)grace_pass(t, true);
    for (size_t i = 0; i < n; i++)
        if (!is_blocked(t, &f[i], mode))
            sweep_page(t, f[i].class, f[i].page, mode, NULL, &tally);
    (void)grace_pass(t, true);
    for (size_t i = 0; i < n; i++)
        if (!class_fence_release(f[i].class, f[i].page))
            f[n_left++] = f[i];
    atomic_fetch_add_explicit(&t->store->n_pages_moved, n - n_left, memory_order_relaxed);
    return n_left;
}

static void
unfence(struct fenced *f, size_t n)
{
    while (n-- > 0)
        class_fence_lift(f[n].class, f[n].page);
}

/* The class of a node with the most pages' worth of free chunks, at least one; NULL if there is none. */
static struct class *
choose(struct class_set *s, int node, uint32_t to, const bool *tried)
{
    struct class *best = NULL;
    uint64_t most = 1;
    for (uint32_t id = 1; id <= s->n; id++) {
        struct class *c = class_at(s, node, id);
        uint64_t worth = class_free_chunks(c) / c->geometry->n_chunks;
        if (worth >= most && id != to && !tried[id] && !room_is_kept(c)) {
            most = worth + 1;
            best = c;
        }
    }
    return best;
}

/* Chunks in use on the fenced pages of a class. */
static uint64_t
used_on(const struct fenced *f, size_t n, struct class *c)
{
    uint64_t used = 0;
    for (size_t i = 0; i < n; i++)
        if (f[i].class == c)
            used += c->geometry->n_chunks - class_free_in(c, f[i].page);
    return used;
}

/*
 * Fences a page of the class if its items, and those of the pages of the class
 * that are already fenced, fit on other pages.
 */
static bool
fence_sparse(struct class *c, struct fenced *f, size_t n)
{
    MUST(n < PAGES_AT_ONCE);
    f[n] = (struct fenced){c, class_fence(c)};
    if (f[n].page == 0)
        return false;
    if (used_on(f, n + 1, c) <= class_free_chunks(c))
        return true;
    class_fence_lift(c, f[n].page);
    return false;
}

size_t
evacuate_sparse(struct store_thread *t, int node, uint32_t to)
{
    MUST(node >= 0 && node < t->store->arena.n_nodes);
    bool tried[CLASS_MAX + 1] = {false};
    struct fenced f[PAGES_AT_ONCE];
    struct class *c;
    size_t n = 0;
    while (n < PAGES_AT_ONCE && (c = choose(&t->store->classes, node, to, tried)) != NULL) {
        if (fence_sparse(c, f, n))
            n++;
        else
            tried[c->id] = true;
    }
    if (n == 0)
        return 0;
    uint32_t from = f[0].class->id;
    size_t n_left = drain(t, f, n, t->store->options.evict ? SWEEP_SPARSE : SWEEP_MOVE);
    unfence(f, n_left);
    if (n_left < n)
        hooks_page_moved(t->store, from, to);
    return n - n_left;
}

/* Pages that cannot be emptied stay fenced until the end; otherwise the sparsest would be chosen again. */
bool
evacuate_class(struct store_thread *t, struct class *c)
{
    MUST(c->id != CLASS_NONE);
    struct fenced blocked[TRIES];
    enum sweep_mode mode = t->store->options.evict ? SWEEP_EMPTY : SWEEP_MOVE;
    size_t n = 0;
    bool drained = false;
    while (!drained && n < TRIES) {
        blocked[n] = (struct fenced){c, class_fence(c)};
        if (blocked[n].page == 0)
            break;
        drained = drain(t, &blocked[n], 1, mode) == 0;
        n += !drained;
    }
    unfence(blocked, n);
    return drained;
}

bool
evacuate_empty(struct store_thread *t, int node, uint32_t to)
{
    store_thread_must_be_outside(t);
    struct class_set *s = &t->store->classes;
    store_thread_raid_all(t->store, true); /* a page with chunks in magazines is not empty */
    for (uint32_t id = 1; id <= s->n; id++) {
        struct class *c = class_at(s, node, id);
        if (id != to && class_free_chunks(c) >= c->geometry->n_chunks && !room_is_kept(c) &&
            class_release_empty(c)) {
            hooks_page_moved(t->store, id, to);
            return true;
        }
    }
    return false;
}
