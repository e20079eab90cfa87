#include "slab/form/promote.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slab/core/demand.h"
#include "slab/core/find.h"
#include "slab/form/cold.h"
#include "slab/form/relocate.h"
#include "slab/form/wish.h"

enum {
    PLAIN_PART = 8,              /* promoted bytes are at most this part of memory */
    BYTES_A_CANDIDATE = 8 << 10, /* of memory */
    CANDIDATES_MIN = 64,
    CANDIDATES_MAX = 1 << 17,
    SET = 4,          /* places for a candidate */
    DISPLACES_IN = 8, /* one in so many new candidates displaces one that is not too old */
    RUN_NS = 1000000, /* after this the mover refills its pool */
};

/* An item that was wished for lately. */
struct candidate {
    uint32_t tag : 29, n : 3; /* of its hash; wishes, 0: there is no candidate */
    uint32_t first;           /* the stamp of the first wish that counts */
};
static_assert(PROMOTE_WISHES < 1 << 3, "the wishes are counted in 3 bits");

struct promote {
    uint64_t bytes[2];  /* of chunks of promoted items, in the hands' present round and in the one before */
    uint64_t n_passed;  /* pages that the hands had passed when the present round began */
    uint32_t age;       /* store->wish_age as of now */
    uint32_t mask;      /* candidates - 1 */
    uint32_t n_refused; /* new candidates for which there was no place */
    struct candidate candidate[];
};

static size_t
size_of(uint32_t n)
{
    return sizeof(struct promote) + n * sizeof(struct candidate);
}

bool
promote_init(struct store *store)
{
    uint64_t most = store->options.limit / BYTES_A_CANDIDATE;
    uint32_t n = CANDIDATES_MIN;
    while (n < most && n < CANDIDATES_MAX)
        n *= 2;
    store->promote = calloc(1, size_of(n));
    if (store->promote == NULL)
        return false;
    store->promote->mask = n - 1;
    return true;
}

void
promote_fini(struct store *store)
{
    free(store->promote);
    store->promote = NULL;
}

size_t
promote_memory(const struct store *store)
{
    return size_of(store->promote->mask + 1);
}

/* ---- whether ---------------------------------------------------------------- */

/* A round has ended when the hands have passed as many pages as there are. */
static void
note_rounds(struct promote *p, const struct store *store)
{
    uint64_t n_passed = 0, n_pages = 0;
    for (int node = 0; node < store->arena.n_nodes; node++) {
        const struct page_pool *pool = &store->classes.pools[node];
        n_passed += atomic_load_explicit(&pool->n_passed, memory_order_relaxed);
        n_pages += atomic_load_explicit(&pool->next, memory_order_relaxed) - pool->first;
    }
    if (n_passed - p->n_passed < n_pages)
        return;
    p->n_passed = n_passed;
    p->bytes[1] = p->bytes[0];
    p->bytes[0] = 0;
}

static bool
is_within_bound(const struct promote *p, const struct store *store)
{
    return p->bytes[0] + p->bytes[1] < atomic_load_explicit(&store->limit, memory_order_relaxed) / PLAIN_PART;
}

/* The longest time between wishes with which an item of the highest heat is promoted; 0: none is, at present. */
static uint32_t
age_now(const struct store_thread *t)
{
    const struct store *store = t->store;
    /* Where nothing may be evicted, all room is the clients'. */
    if (!store->options.evict || demand_is_under_pressure(store) || !is_within_bound(store->promote, store))
        return 0;
    return cold_age_hot(store, ITEM_HEAT_MAX);
}

/*
 * The candidate's place, perhaps one without a wish yet; NULL: all its places are taken.  A candidate keeps its
 * place as long as it may still be promoted: if each new one took it, none would be, where
 * readers wish for many items in turn.
 */
static struct candidate *
place_of(struct promote *p, uint64_t hash, uint32_t now)
{
    struct candidate *set = &p->candidate[(uint32_t)(hash >> 32) & p->mask & ~(uint32_t)(SET - 1)], *c = NULL;
    const struct candidate one = {.tag = (uint32_t)hash & ((1u << 29) - 1), .first = now};
    for (int i = 0; i < SET; i++) {
        if (set[i].n > 0 && set[i].tag == one.tag)
            return &set[i];
        if (clock_age(now, set[i].first) > (uint64_t)set[i].n * p->age || set[i].n == 0)
            c = &set[i];
    }
    if (c == NULL && ++p->n_refused % DISPLACES_IN == 0)
        c = &set[p->n_refused / DISPLACES_IN % SET];
    if (c != NULL)
        *c = one;
    return c;
}

/* The candidate, if its wishes are enough. */
static struct candidate *
note_wish(struct promote *p, uint64_t hash, uint32_t now)
{
    struct candidate *c = place_of(p, hash, now);
    return c != NULL && ++c->n >= PROMOTE_WISHES ? c : NULL;
}

static bool
is_hot(const struct store *store, const struct item *it, uint32_t gap)
{
    uint32_t heat = atomic_load_explicit(&it->heat, memory_order_relaxed);
    return heat >= WISH_HEAT && gap <= cold_age_hot(store, heat);
}

/* The class of the plain item's own chunk, on its node. */
static struct class *
plain_class(struct store_thread *t, const struct item *it)
{
    struct class_set *s = &t->store->classes;
    int node = store_thread_node_of(t, it);
    return class_at(s, node, relocate_class(s, it, 0, item_n_value(it)));
}

/* Is there memory for it for which nothing is evicted? */
static bool
has_room(const struct store_thread *t, const struct class *c)
{
    const struct store *store = t->store;
    return !demand_is_full(store) || class_free_chunks(c) > 0 ||
           (c->node == t->node && t->magazines[c->id].n > 0) ||
           page_pool_pages(&store->classes.pools[c->node]) > demand_reserve(store) || cold_grows(store);
}

/* ---- promoting -------------------------------------------------------------- */

static bool
promote_item(struct store_thread *t, struct item *it, uint64_t hash)
{
    struct store *store = t->store;
    struct class *c = plain_class(t, it);
    uint64_t bytes = relocate_memory(&store->classes, it, 0, item_n_value(it));
    if (!has_room(t, c) || pack_undo(t, it, hash) != PACK_DONE)
        return false;
    store->promote->bytes[0] += bytes;
    (void)atomic_fetch_add_explicit(&store->cold->counts.n_promoted, 1, memory_order_relaxed);
    return true;
}

/* The wishes were `gap` stamps apart in the mean.  true: the item is plain now. */
static bool
grant(struct store_thread *t, const struct wish *wish, uint32_t gap)
{
    bool done = false;
    epoch_enter(t->epoch, t->record);
    /* The item may have been unlinked since, and its memory reused. */
    if (find_is_linked(t, wish->hash, wish->offset)) {
        struct item *it = item_at(t->base, wish->offset);
        done = (item_flags(it) & ITEM_FORM) == ITEM_PACKED && is_hot(t->store, it, gap) &&
               promote_item(t, it, wish->hash);
    }
    store_thread_harvest(t, UINT32_MAX);
    epoch_leave(t->epoch, t->record);
    (void)epoch_try_advance(t->epoch);
    return done;
}

static void
note_and_grant(struct store_thread *t, const struct wish *wish, uint32_t now)
{
    struct candidate *c = note_wish(t->store->promote, wish->hash, now);
    if (c == NULL)
        return;
    uint32_t gap = clock_age(now, c->first) / (PROMOTE_WISHES - 1);
    bool done = is_within_bound(t->store->promote, t->store) && grant(t, wish, gap);
    c->n = done ? 0 : 1;
    c->first = now;
}

/* Counts a batch's wishes, and their CPU time. */
static void
grant_batch(struct store_thread *t, const struct wish *batch, size_t n)
{
    struct cold *cold = t->store->cold;
    uint64_t began_ns = budget_cpu_ns();
    uint32_t now = clock_stamp();
    for (size_t i = 0; i < n; i++)
        note_and_grant(t, &batch[i], now);
    uint64_t cpu_ns = budget_cpu_ns() - began_ns;
    budget_spend(&cold->budget, cpu_ns, clock_ns());
    (void)atomic_fetch_add_explicit(&cold->counts.cpu_ns, cpu_ns, memory_order_relaxed);
}

/* true: the time is over. */
static bool
read_wishes(struct store_thread *t, uint64_t until_ns)
{
    struct wish batch[WISH_BATCH];
    int n_records = atomic_load(&t->store->epoch.n_records);
    for (int i = 0; i < n_records; i++)
        for (size_t n; (n = wish_take(t->store, i, batch)) > 0;) {
            if (t->store->promote->age > 0) /* else they are discarded: they would be too old later */
                grant_batch(t, batch, n);
            if (clock_ns() >= until_ns)
                return true;
        }
    return false;
}

bool
promote_run(struct store_thread *t)
{
    store_thread_must_be_outside(t);
    struct store *store = t->store;
    if (t->packer == NULL)
        return false;
    struct promote *p = store->promote;
    note_rounds(p, store);
    p->age = age_now(t);
    atomic_store_explicit(&store->wish_age, p->age, memory_order_relaxed);
    return read_wishes(t, clock_ns() + RUN_NS);
}
