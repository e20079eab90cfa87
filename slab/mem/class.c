#include "slab/mem/class.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slab/mem/class_list.h"
#include "slab/mem/guard.h"

/* ---- set-up ----------------------------------------------------------- */

static void
init_class(struct class_set *s, int node, uint32_t id)
{
    struct class *c = class_at(s, node, id);
    lock_init(&c->lock, LOCK_CLASS);
    c->geometry = &s->geometry[id];
    c->set = s;
    c->id = id;
    c->node = node;
}

/*
 * Stores the sizes in the superblock, from which a process with only the arena
 * computes the rest of a class's geometry.
 */
static void
describe_in(struct superblock *sb, const struct class_set *s, size_t chunk_min)
{
    sb->chunk_min = (uint32_t)chunk_min;
    sb->chunk_max = s->chunk_max;
    sb->n_classes = s->n;
    for (uint32_t id = 1; id <= s->n; id++)
        sb->chunk_size[id] = s->geometry[id].size;
}

bool
class_set_init(struct class_set *s, struct arena *arena, double growth, size_t chunk_min)
{
    memset(s, 0, sizeof *s);
    s->arena = arena;
    atomic_init(&s->moves, CLASS_MOVES_NEEDED);
    s->n = geometry_plan(s->geometry, arena->page_size, growth, chunk_min);
    MUST(s->n >= 1 && s->n <= CLASS_MAX);
    s->chunk_max = s->geometry[s->n].size;
    size_t n_nodes = (size_t)arena->n_nodes, n_classes = n_nodes * (s->n + 1);
    s->by_size = malloc(s->chunk_max / 8 + 1);
    s->classes = aligned_alloc(64, n_classes * sizeof *s->classes);
    s->pools = aligned_alloc(64, n_nodes * sizeof *s->pools);
    if (s->by_size == NULL || s->classes == NULL || s->pools == NULL) {
        free(s->by_size);
        free(s->classes);
        free(s->pools);
        return false;
    }
    memset(s->classes, 0, n_classes * sizeof *s->classes);
    memset(s->pools, 0, n_nodes * sizeof *s->pools);
    for (uint32_t i = 0, id = 1; i <= s->chunk_max / 8; i++) {
        while (s->geometry[id].size < i * 8)
            id++;
        s->by_size[i] = (uint8_t)id;
    }
    for (int node = 0; node < arena->n_nodes; node++) {
        page_pool_init(&s->pools[node], arena, node);
        for (uint32_t id = 0; id <= s->n; id++)
            init_class(s, node, id);
    }
    describe_in(arena_superblock(arena), s, chunk_min);
    return true;
}

void
class_set_fini(struct class_set *s)
{
    for (int node = 0; node < s->arena->n_nodes; node++) {
        page_pool_fini(&s->pools[node]);
        for (uint32_t id = 0; id <= s->n; id++)
            lock_fini(&class_at(s, node, id)->lock);
    }
    free(s->by_size);
    free(s->classes);
    free(s->pools);
}

uint32_t
class_next_page(const struct class_set *s, uint32_t page)
{
    for (int node = 0; node < s->arena->n_nodes; node++) {
        const struct page_pool *pool = &s->pools[node];
        uint32_t next = page < pool->first ? pool->first : page + 1;
        if (next < atomic_load_explicit(&pool->next, memory_order_relaxed))
            return next;
    }
    return 0;
}

/* ---- chunks ----------------------------------------------------------- */

bool
class_take_unit(struct class_set *s)
{
    for (int node = 0; node < s->arena->n_nodes; node++)
        if (page_pool_shed(&s->pools[node]))
            return true;
    return false;
}

struct class *
class_of_chunk(const struct class_set *s, uint64_t chunk)
{
    const struct page *page = arena_page(s->arena, arena_page_of(s->arena, chunk));
    return class_at(s, page->node, atomic_load_explicit(&page->class_id, memory_order_relaxed));
}

/* A chunk's first word shows its use (slab/layout.h): free, whatever the page held before. */
static void
clear_chunks(const struct class *c, uint32_t page)
{
    for (uint32_t i = 0; i < c->geometry->n_chunks; i++)
        atomic_store_explicit(
            chunk_word_at(c->set->arena->base, class_chunk(c, page, i)), 0, memory_order_relaxed);
}

static void
guard_chunks(const struct class *c, uint32_t page)
{
    for (uint32_t i = 0; i < c->geometry->n_chunks; i++)
        guard_chunk(c->set->arena, class_chunk(c, page, i), c->geometry->size);
}

static bool
grow_locked(struct class *c)
{
    lock_must_own(&c->lock);
    MUST(c->id != CLASS_NONE && c->geometry->n_chunks > 0);
    uint32_t number = page_pool_take(&c->set->pools[c->node]);
    if (number == 0)
        return false;
    struct page *page = arena_page(c->set->arena, number);
    if (page_state(page) == PAGE_FREE) /* a fresh page reads as zeros, and is not touched until it is used */
        clear_chunks(c, number);
    guard_chunks(c, number);
    page_set(page, PAGE_USED, c->id);
    atomic_store_explicit(&page->soonest, 0, memory_order_relaxed);
    page_map_fill(c->set->arena, number, c->geometry->n_chunks);
    list_ring_insert(c, number);
    list_avail_insert(c, number);
    list_add_pages(c, 1);
    list_add_free(c, page->n_free);
    return true;
}

bool
class_grow(struct class *c)
{
    lock_take(&c->lock);
    bool grown = grow_locked(c);
    lock_give(&c->lock);
    return grown;
}

size_t
class_take(struct class *c, uint64_t *chunks, size_t n)
{
    size_t taken = 0;
    lock_take(&c->lock);
    while (taken < n) {
        if (c->avail == 0 && (taken > 0 || !grow_locked(c)))
            break;
        struct arena *a = c->set->arena;
        uint32_t number = c->avail;
        CHECKED_MUST(arena_page(a, number)->n_free > 0 && page_state(arena_page(a, number)) == PAGE_USED);
        taken += page_map_take(a, number, c->geometry, chunks + taken, n - taken);
        if (arena_page(a, number)->n_free == 0)
            list_avail_remove(c, number);
    }
    list_add_free(c, -(int64_t)taken);
    lock_give(&c->lock);
    return taken;
}

static bool
is_surplus(const struct class *c, const struct page *page)
{
    lock_must_own(&c->lock);
    return page->n_free == c->geometry->n_chunks && page->n_holds == 0 && page_state(page) == PAGE_USED &&
           !class_pages_stay(c->set) && class_free_chunks(c) >= 2 * (uint64_t)c->geometry->n_chunks;
}

void
class_give_surplus(struct class *c, uint32_t number)
{
    lock_must_own(&c->lock);
    struct page *page = arena_page(c->set->arena, number);
    if (!is_surplus(c, page))
        return;
    list_add_free(c, -(int64_t)page->n_free);
    list_avail_remove(c, number);
    list_detach(c, number);
}

static void
give_one_locked(struct class *c, uint64_t chunk)
{
    lock_must_own(&c->lock);
    struct arena *a = c->set->arena;
    uint32_t number = arena_page_of(a, chunk);
    struct page *page = arena_page(a, number);
    uint32_t i =
        geometry_chunk_at(c->geometry, (uint32_t)(chunk - arena_page_offset(a, number)) - c->geometry->first);
    CHECKED_MUST(class_chunk(c, number, i) == chunk);
    page_map_give(a, number, i);
    CHECKED_MUST(page->n_free <= c->geometry->n_chunks);
    if (page_state(page) == PAGE_DRAINING)
        return;
    if (page->n_free == 1)
        list_avail_insert(c, number);
    list_add_free(c, 1);
    class_give_surplus(c, number);
}

void
class_give(struct class_set *s, const uint64_t *chunks, size_t n)
{
    struct class *held = NULL;
    for (size_t i = 0; i < n; i++) {
        struct class *c = class_of_chunk(s, chunks[i]);
        if (c != held) {
            if (held != NULL)
                lock_give(&held->lock);
            lock_take(&c->lock);
            held = c;
        }
        give_one_locked(c, chunks[i]);
    }
    if (held != NULL)
        lock_give(&held->lock);
}

/* ---- pages ------------------------------------------------------------ */

bool
class_others_have(const struct class_set *s, int node, uint64_t n)
{
    for (int other = 0; other < s->arena->n_nodes; other++)
        if (other != node && page_pool_pages(&s->pools[other]) > n)
            return true;
    return false;
}

uint32_t
class_free_in(struct class *c, uint32_t number)
{
    MUST(class_pages(c) > 0);
    lock_take(&c->lock);
    uint32_t n = arena_page(c->set->arena, number)->n_free;
    lock_give(&c->lock);
    return n;
}

bool
class_release_empty(struct class *c)
{
    uint32_t number = 0;
    lock_take(&c->lock);
    for (number = c->avail; number != 0; number = arena_page(c->set->arena, number)->avail_next) {
        const struct page *page = arena_page(c->set->arena, number);
        if (page->n_free == c->geometry->n_chunks && page->n_holds == 0)
            break;
    }
    if (number != 0) {
        list_add_free(c, -(int64_t)c->geometry->n_chunks);
        list_avail_remove(c, number);
        list_detach(c, number);
    }
    lock_give(&c->lock);
    return number != 0;
}

/* ---- checks ----------------------------------------------------------- */

bool
class_chunk_is_free(const struct class *c, uint32_t page, uint32_t i)
{
    return page_map_has(c->set->arena, page, i);
}

/* One page of the ring. */
static bool
check_page(const struct class *c, uint32_t number, char *why, size_t n_why)
{
    const struct arena *a = c->set->arena;
    const struct page *page = arena_page(a, number);
    if (page->class_id != c->id) {
        snprintf(why, n_why, "class %u page %u: says class %u", c->id, number, page->class_id);
        return false;
    }
    if (arena_page(a, page->ring_next)->ring_prev != number) {
        snprintf(why, n_why, "class %u page %u: ring broken", c->id, number);
        return false;
    }
    return page_map_check(a, number, c->geometry->n_chunks, why, n_why);
}

bool
class_check(const struct class *c, char *why, size_t n_why)
{
    const struct arena *a = c->set->arena;
    uint64_t n_free = 0, n_avail_free = 0;
    uint32_t n_pages = 0, number = c->hand;
    while (number != 0 && n_pages <= a->n_reserved) {
        const struct page *page = arena_page(a, number);
        if (!check_page(c, number, why, n_why))
            return false;
        n_free += page_state(page) == PAGE_USED ? page->n_free : 0;
        n_pages++;
        number = page->ring_next == c->hand ? 0 : page->ring_next;
    }
    for (uint32_t p = c->avail; p != 0; p = arena_page(a, p)->avail_next)
        n_avail_free += arena_page(a, p)->n_free;
    if (n_pages == c->n_pages && n_free == c->n_free && n_avail_free == n_free)
        return true;
    snprintf(why, n_why, "class %u: pages %u of %u, free %llu of %llu, in reach %llu", c->id, n_pages,
        c->n_pages, (unsigned long long)n_free, (unsigned long long)c->n_free,
        (unsigned long long)n_avail_free);
    return false;
}
