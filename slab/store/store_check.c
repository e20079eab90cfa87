/*
 * store_check: the engine's invariants, checked by a complete walk.
 *
 * Every chunk of every page has exactly one owner: it is free in its page's map,
 * in a magazine, in limbo, or part of an item that the index refers to.  The
 * index, the free maps, the counters and the budget must agree.  If memory is
 * wiped when it is freed, free chunks are all zeros.  Packed values must unpack (check_forms.h).
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slab/index/chain.h"
#include "slab/index/index_walk.h"
#include "slab/mem/wipe.h"
#include "slab/reclaim/mover.h"
#include "slab/store.h"
#include "slab/store/check_forms.h"

enum owner { OWNER_NONE, OWNER_MAP, OWNER_MAGAZINE, OWNER_LIMBO, OWNER_ITEM, OWNER_LINK };

struct check {
    struct store *store;
    char *why;
    size_t n_why;
    uint8_t **owners; /* by page number, then chunk; NULL for pages without a class */
    uint64_t n_items, n_bodies, n_bytes, n_pinned, pinned_bytes;
    struct check_forms forms;
};

__attribute__((format(printf, 2, 3))) static bool
invalid(struct check *k, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(k->why, k->n_why, format, ap);
    va_end(ap);
    return false;
}

/* Records the owner of a chunk, which must not have another. */
static bool
claim(struct check *k, uint64_t chunk, uint32_t class_id, enum owner owner)
{
    struct arena *a = &k->store->arena;
    const struct superblock *sb = arena_superblock(a);
    if (chunk < sb->pages || chunk >= sb->arena_size)
        return invalid(k, "chunk %#llx lies outside the pages", (unsigned long long)chunk);
    uint32_t number = arena_page_of(a, chunk);
    const struct page *page = arena_page(a, number);
    if (k->owners[number] == NULL || (class_id != CLASS_NONE && page->class_id != class_id))
        return invalid(k, "chunk %#llx: page %u is of class %u, not %u", (unsigned long long)chunk, number,
            page->class_id, class_id);
    const struct class *c = class_at(&k->store->classes, page->node, page->class_id);
    uint32_t i = (uint32_t)((chunk - arena_page_offset(a, number) - c->geometry->first) / c->geometry->size);
    if (i >= c->geometry->n_chunks || class_chunk(c, number, i) != chunk)
        return invalid(
            k, "chunk %#llx does not begin on a chunk of page %u", (unsigned long long)chunk, number);
    if (k->owners[number][i] != OWNER_NONE)
        return invalid(k, "chunk %u of page %u (class %u) has two owners, %u and %u", i, number,
            page->class_id, k->owners[number][i], owner);
    k->owners[number][i] = (uint8_t)owner;
    return true;
}

/* A free chunk must also have been wiped, if the owner wants that. */
static bool
claim_free(struct check *k, uint64_t chunk, uint32_t class_id, enum owner owner)
{
    const struct store *store = k->store;
    if (!claim(k, chunk, class_id, owner))
        return false;
    if (!store->options.wipe_on_free ||
        wipe_check(store->arena.base, chunk, store->classes.geometry[class_id].size))
        return true;
    return invalid(k, "free chunk %#llx has bytes of an item", (unsigned long long)chunk);
}

static bool
claim_free_map(struct check *k, uint32_t number, const struct class *c)
{
    for (uint32_t i = 0; i < c->geometry->n_chunks; i++)
        if (class_chunk_is_free(c, number, i) && !claim_free(k, class_chunk(c, number, i), c->id, OWNER_MAP))
            return false;
    return true;
}

/* An item's own chunk and its links; their lengths must add up to the value's. */
static bool
claim_item(struct check *k, struct item *it, enum owner owner, bool linked)
{
    struct store *store = k->store;
    uint64_t offset = item_offset(store->arena.base, it);
    bool chained = item_flags(it) & ITEM_CHAINED;
    uint32_t id = class_for(&store->classes, chained ? store->classes.chunk_max : (size_t)item_size(it));
    if (!claim(k, offset, id, owner))
        return false;
    uint64_t n = item_value_here(it, store->classes.chunk_max);
    const char *base = store->arena.base;
    for (const struct link *link = chain_first(base, it); link != NULL; link = chain_next(base, link)) {
        if (linked && link->mark != link_mark_of(offset))
            return invalid(k, "a link of item %#llx is marked %#llx", (unsigned long long)offset,
                (unsigned long long)link->mark);
        if (!claim(
                k, chain_offset(base, link), class_for(&store->classes, sizeof *link + link->n), OWNER_LINK))
            return false;
        n += link->n;
    }
    if (linked && n != item_n_stored(it)) /* a cancelled value may have links for only a part of it */
        return invalid(k, "item %#llx: links hold %llu of %u bytes", (unsigned long long)offset,
            (unsigned long long)n, item_n_stored(it));
    return true;
}

/*
 * The sweep must visit the page when the item expires.  After a step of the wall clock, and
 * until the mover's next round, the item may expire in another second than the page says.
 */
static bool
check_expiry(struct check *k, const struct item *it)
{
    const struct arena *a = &k->store->arena;
    uint32_t number = arena_page_of(a, item_offset(a->base, it)), exptime = item_exptime(it);
    uint32_t soonest = arena_page(a, number)->soonest;
    if (exptime == 0 || ((exptime & CLOCK_UNIX) && clock_n_steps() > 0))
        return true;
    exptime = clock_due_s(exptime);
    if (exptime == 0 || (soonest != 0 && soonest <= exptime))
        return true;
    return invalid(
        k, "page %u is next swept at %u, but has an item that expires at %u", number, soonest, exptime);
}

static bool
check_indexed(void *arg, uint64_t offset, uint64_t bucket)
{
    struct check *k = arg;
    const struct superblock *sb = arena_superblock(&k->store->arena);
    struct peek_item p;
    if (!peek_item(k->store->arena.base, offset, &p))
        return invalid(k, "an item in bucket %llu does not lie within its page", (unsigned long long)bucket);
    struct item *it = item_at(k->store->arena.base, offset);
    if (it->seq == 0 || it->seq >= sb->seq)
        return invalid(k, "an item in bucket %llu has number %llu", (unsigned long long)bucket,
            (unsigned long long)it->seq);
    if (peek_bucket_number(hash_key(item_key(it), it->nkey), sb->n_buckets) != bucket)
        return invalid(
            k, "an item is in bucket %llu, to which its key does not hash", (unsigned long long)bucket);
    const struct store_key key = {item_key(it), it->nkey | (item_is_body(it) ? ITEM_KEY_OF_BODY : 0u),
        hash_key(item_key(it), it->nkey)};
    if (index_find(&k->store->index, &key) != it)
        return invalid(k, "an item in bucket %llu is not found by its key", (unsigned long long)bucket);
    if (!check_expiry(k, it))
        return false;
    k->n_items += !item_is_body(it);
    k->n_bodies += item_is_body(it);
    k->n_bytes += item_size(it);
    if (item_flags(it) & ITEM_PINNED) {
        k->n_pinned++;
        k->pinned_bytes += item_size(it);
    }
    return claim_item(k, it, OWNER_ITEM, true) && check_forms_meet(&k->forms, it, k->why, k->n_why);
}

static bool
check_limbo(struct check *k, uint64_t entry)
{
    const struct class_set *s = &k->store->classes;
    uint64_t what = entry & ((UINT64_C(1) << LIMBO_KIND_SHIFT) - 1);
    const char *base = k->store->arena.base;
    switch ((enum limbo_kind)(entry >> LIMBO_KIND_SHIFT)) {
    case LIMBO_ITEM: return claim_item(k, item_at(base, what), OWNER_LIMBO, false);
    case LIMBO_HEAD: return claim(k, what, s->n, OWNER_LIMBO);
    case LIMBO_LINK:
        return claim(k, what, class_for(s, sizeof(struct link) + chain_at(base, what)->n), OWNER_LIMBO);
    case LIMBO_OVERFLOW: return true; /* see check_index_counts */
    }
    UNREACHABLE();
}

static bool
check_thread(struct check *k, const struct store_thread *t)
{
    for (uint32_t id = 1; id <= k->store->classes.n; id++)
        for (uint32_t i = 0; i < t->magazines[id].n; i++)
            if (!claim_free(k, t->magazines[id].chunk[i], id, OWNER_MAGAZINE))
                return false;
    for (uint32_t i = t->limbo.head; i != t->limbo.tail; i++) {
        if (!check_limbo(k, t->limbo.ring[i & t->limbo.mask].what))
            return false;
    }
    return true;
}

/* Pages of classes get a table of owners; the other pages must be free or fresh. */
static bool
check_pages(struct check *k)
{
    struct store *store = k->store;
    uint64_t n_backed = 0;
    for (uint32_t p = 0; (p = class_next_page(&store->classes, p)) != 0;) {
        const struct page *page = arena_page(&store->arena, p);
        n_backed += page->state != PAGE_FRESH;
        if (page->state != PAGE_USED)
            continue;
        const struct class *c = class_at(&store->classes, page->node, page->class_id);
        k->owners[p] = calloc(c->geometry->n_chunks, 1);
        if (k->owners[p] == NULL)
            return invalid(k, "out of memory");
        if (page->n_holds != 0)
            return invalid(k, "page %u is held %u times while no thread is inside", p, page->n_holds);
        if (!claim_free_map(k, p, c))
            return false;
    }
    const struct index *idx = &store->index;
    uint64_t per_unit = store->arena.page_size / sizeof(struct bucket);
    uint64_t units = idx->buckets_backed / per_unit + idx->overflow_backed / per_unit + (uint64_t)idx->credit;
    int64_t budget = atomic_load(&store->arena.budget);
    if (budget + (int64_t)(n_backed + units) != (int64_t)store->arena.n_pages)
        return invalid(k, "budget: %lld left, %llu pages, %llu units of index, of %u", (long long)budget,
            (unsigned long long)n_backed, (unsigned long long)units, store->arena.n_pages);
    return true;
}

static bool
check_classes(struct check *k)
{
    struct class_set *s = &k->store->classes;
    for (int node = 0; node < k->store->arena.n_nodes; node++) {
        if (!page_pool_check(&s->pools[node], k->why, k->n_why))
            return false;
        for (uint32_t id = 1; id <= s->n; id++)
            if (!class_check(class_at(s, node, id), k->why, k->n_why))
                return false;
    }
    return true;
}

/* Every chunk must have an owner. */
static bool
check_owned(struct check *k)
{
    for (uint32_t p = 0; (p = class_next_page(&k->store->classes, p)) != 0;) {
        if (k->owners[p] == NULL)
            continue;
        const struct page *page = arena_page(&k->store->arena, p);
        uint32_t n = k->store->classes.geometry[page->class_id].n_chunks;
        for (uint32_t i = 0; i < n; i++)
            if (k->owners[p][i] == OWNER_NONE)
                return invalid(k, "chunk %u of page %u (class %u) has no owner", i, p, page->class_id);
    }
    return true;
}

static bool
check_accounts(struct check *k)
{
    struct store_stats s;
    store_stats(k->store, &s);
    if (s.n_pinned != k->n_pinned || s.pinned_bytes != k->pinned_bytes)
        return invalid(k, "accounts: %llu pinned items of %llu bytes, but the index has %llu of %llu",
            (unsigned long long)s.n_pinned, (unsigned long long)s.pinned_bytes,
            (unsigned long long)k->n_pinned, (unsigned long long)k->pinned_bytes);
    if (s.n_items == k->n_items && s.n_bytes == k->n_bytes)
        return true;
    return invalid(k, "accounts: %llu items of %llu bytes, but the index has %llu of %llu",
        (unsigned long long)s.n_items, (unsigned long long)s.n_bytes, (unsigned long long)k->n_items,
        (unsigned long long)k->n_bytes);
}

/*
 * Every overflow bucket ever used is in a chain, in a thread's list, in limbo,
 * or on the free list; items are counted.
 */
static bool
check_index_counts(struct check *k)
{
    const struct index *idx = &k->store->index;
    uint64_t n_out = index_walk_count_overflow(idx), n_free = index_walk_count_spares(idx);
    int64_t n_items = atomic_load(&idx->n_items);
    for (int i = 0; i < EPOCH_RECORDS; i++) {
        const struct store_thread *t = k->store->threads[i];
        if (t == NULL)
            continue;
        n_items += atomic_load_explicit(&t->items_uncounted, memory_order_relaxed);
        n_out += t->spares.n + t->spares.n_removed;
        for (uint32_t l = t->limbo.head; l != t->limbo.tail; l++)
            n_out += t->limbo.ring[l & t->limbo.mask].what >> LIMBO_KIND_SHIFT == LIMBO_OVERFLOW;
    }
    if (n_items != (int64_t)(k->n_items + k->n_bodies))
        return invalid(k, "the index counts %lld items and has %llu", (long long)n_items,
            (unsigned long long)(k->n_items + k->n_bodies));
    if (n_out != atomic_load(&idx->n_overflow) || n_out + n_free + 1 != index_overflow_used(idx))
        return invalid(k,
            "overflow buckets: %llu used, %llu in use by the count, %llu found in use, %llu free",
            (unsigned long long)index_overflow_used(idx) - 1, (unsigned long long)idx->n_overflow,
            (unsigned long long)n_out, (unsigned long long)n_free);
    return true;
}

static bool
check_all(struct check *k)
{
    if (!check_classes(k) || !index_walk_check(&k->store->index, k->why, k->n_why) || !check_pages(k) ||
        !index_walk_each(&k->store->index, check_indexed, k))
        return false;
    for (int i = 0; i < EPOCH_RECORDS; i++) {
        const struct store_thread *t = k->store->threads[i];
        if (t != NULL && !check_thread(k, t))
            return false;
    }
    return check_owned(k) && check_index_counts(k) && check_accounts(k) &&
           check_forms_agree(&k->forms, k->why, k->n_why);
}

bool
store_check(struct store *store, char *why, size_t n_why)
{
    store_must_be(store);
    struct check k = {.store = store, .why = why, .n_why = n_why};
    mover_pause(store);
    k.owners = calloc(store->arena.n_reserved + 1u, sizeof *k.owners);
    bool has_memory = check_forms_init(&k.forms, store) && k.owners != NULL;
    bool good = has_memory ? check_all(&k) : invalid(&k, "out of memory");
    for (uint32_t p = 0; k.owners != NULL && (p = class_next_page(&store->classes, p)) != 0;)
        free(k.owners[p]);
    free(k.owners);
    check_forms_fini(&k.forms);
    mover_resume(store);
    return good;
}
