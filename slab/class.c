#include "slab/class.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNKS_PER_PAGE_MIN = 8, WORD_BITS = 64, FENCE_CHOICE = 64 };

/* ---- geometry --------------------------------------------------------- */

static size_t
map_bytes(size_t n_chunks)
{
    return (n_chunks + WORD_BITS - 1) / WORD_BITS * sizeof(uint64_t);
}

/* How many chunks of `size` fit behind their free map. */
static size_t
chunks_per_page(size_t page_size, size_t size)
{
    size_t n = page_size / size;
    while (map_bytes(n) + n * size > page_size)
        n--;
    return n;
}

static struct class_geometry
geometry_of(size_t page_size, size_t size)
{
    size_t n = chunks_per_page(page_size, size);
    size_t stretched = (page_size - map_bytes(n)) / n & ~(size_t)7;
    return (struct class_geometry){
        .size = (uint32_t)stretched,
        .n_chunks = (uint32_t)n,
        .first = (uint32_t)map_bytes(n),
        .reciprocal = (uint32_t)((UINT64_C(1) << 32) / stretched + 1),
    };
}

/*
 * The class above `below`: `growth` larger, and then stretched to fill the page.
 * Where a page has few chunks that would be a large step; then it is the size
 * that gives one chunk more to the page, if that is a step at all.
 */
static struct class_geometry
next_geometry(size_t page_size, const struct class_geometry *below, double growth)
{
    double grown = (double)below->size * growth;
    size_t least = below->size + 8, wanted = grown < (double)least ? least : (size_t)grown & ~(size_t)7;
    size_t n = chunks_per_page(page_size, wanted) + 1;
    size_t smaller = (page_size - map_bytes(n)) / n & ~(size_t)7;
    return geometry_of(page_size, n < below->n_chunks && smaller >= least ? smaller : wanted);
}

/* Fills geometry[1..n], each at least 8 bytes above the one below, the last with CHUNKS_PER_PAGE_MIN to the page. */
static void
plan_classes(struct class_set *s, double growth, size_t chunk_min)
{
    size_t page_size = s->arena->page_size;
    const struct class_geometry last =
        geometry_of(page_size, (page_size / CHUNKS_PER_PAGE_MIN - 64) & ~(size_t)7);
    /* A growth so fine that the table would not reach the largest size is made coarser. */
    for (;; growth *= 1.02) {
        s->n = 0;
        struct class_geometry g = geometry_of(page_size, (chunk_min + 7) & ~(size_t)7);
        while (s->n < CLASS_MAX - 1 && g.size < last.size) {
            s->geometry[++s->n] = g;
            g = next_geometry(page_size, &s->geometry[s->n], growth);
        }
        if (g.size >= last.size)
            break;
    }
    s->geometry[++s->n] = last;
    s->chunk_max = last.size;
}

/* ---- set-up ----------------------------------------------------------- */

static void
init_pool(struct class_set *s, int node)
{
    struct page_pool *pool = &s->pools[node];
    lock_init(&pool->lock, LOCK_PAGES);
    for (uint32_t p = 1; p <= s->arena->n_pages; p++) {
        if (arena_node_of(s->arena, p) != node)
            continue;
        if (pool->next == 0)
            pool->next = p;
        pool->end = p + 1;
    }
}

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

bool
class_set_init(struct class_set *s, struct arena *arena, double growth, size_t chunk_min)
{
    memset(s, 0, sizeof *s);
    s->arena = arena;
    plan_classes(s, growth, chunk_min);
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
        init_pool(s, node);
        for (uint32_t id = 0; id <= s->n; id++)
            init_class(s, node, id);
    }
    arena_superblock(arena)->chunk_max = s->chunk_max;
    return true;
}

void
class_set_fini(struct class_set *s)
{
    for (int node = 0; node < s->arena->n_nodes; node++) {
        lock_fini(&s->pools[node].lock);
        for (uint32_t id = 0; id <= s->n; id++)
            lock_fini(&class_at(s, node, id)->lock);
    }
    free(s->by_size);
    free(s->classes);
    free(s->pools);
}

/* ---- a page's free map ------------------------------------------------ */

static uint64_t *
free_map(const struct class *c, uint32_t page)
{
    return arena_at(c->set->arena, arena_page_offset(c->set->arena, page));
}

static void
fill_free_map(const struct class *c, uint32_t page)
{
    uint64_t *map = free_map(c, page);
    uint32_t n = c->geometry->n_chunks;
    for (uint32_t w = 0; w * WORD_BITS < n; w++) {
        uint32_t left = n - w * WORD_BITS;
        map[w] = left >= WORD_BITS ? ~UINT64_C(0) : (UINT64_C(1) << left) - 1;
    }
}

bool
class_chunk_is_free(const struct class *c, uint32_t page, uint32_t i)
{
    return free_map(c, page)[i / WORD_BITS] >> i % WORD_BITS & 1;
}

/* Takes up to `n` chunks of a page with free ones; lowest first. */
static size_t
take_from_page(struct class *c, uint32_t number, uint64_t *chunks, size_t n)
{
    lock_must_own(&c->lock);
    struct page *page = arena_page(c->set->arena, number);
    uint64_t *map = free_map(c, number);
    size_t taken = 0;
    uint16_t w = page->hint;
    while (taken < n && page->n_free > 0) {
        while (map[w] == 0)
            w++;
        uint32_t i = w * WORD_BITS + (uint32_t)__builtin_ctzll(map[w]);
        map[w] &= map[w] - 1;
        page->n_free--;
        chunks[taken++] = class_chunk(c, number, i);
    }
    page->hint = w;
    return taken;
}

/* ---- lists of a class's pages ----------------------------------------- */

static void
ring_insert(struct class *c, uint32_t number)
{
    struct arena *a = c->set->arena;
    struct page *page = arena_page(a, number);
    if (c->hand == 0) {
        page->ring_next = page->ring_prev = number;
        c->hand = number;
        c->hand_chunk = 0;
        return;
    }
    /* Behind the hand: a new page is swept last. */
    struct page *hand = arena_page(a, c->hand);
    page->ring_next = c->hand;
    page->ring_prev = hand->ring_prev;
    arena_page(a, hand->ring_prev)->ring_next = number;
    hand->ring_prev = number;
}

static void
ring_remove(struct class *c, uint32_t number)
{
    struct arena *a = c->set->arena;
    struct page *page = arena_page(a, number);
    if (c->hand == number) {
        c->hand = page->ring_next == number ? 0 : page->ring_next;
        c->hand_chunk = 0;
    }
    arena_page(a, page->ring_prev)->ring_next = page->ring_next;
    arena_page(a, page->ring_next)->ring_prev = page->ring_prev;
}

static void
avail_insert(struct class *c, uint32_t number)
{
    struct page *page = arena_page(c->set->arena, number);
    page->avail_prev = 0;
    page->avail_next = c->avail;
    if (c->avail != 0)
        arena_page(c->set->arena, c->avail)->avail_prev = number;
    c->avail = number;
}

static void
avail_remove(struct class *c, uint32_t number)
{
    struct page *page = arena_page(c->set->arena, number);
    if (page->avail_prev != 0)
        arena_page(c->set->arena, page->avail_prev)->avail_next = page->avail_next;
    else
        c->avail = page->avail_next;
    if (page->avail_next != 0)
        arena_page(c->set->arena, page->avail_next)->avail_prev = page->avail_prev;
}

static uint8_t
page_state(const struct page *page)
{
    return atomic_load_explicit(&page->state, memory_order_relaxed);
}

static void
set_page(struct page *page, enum page_state state, uint32_t class_id)
{
    atomic_store_explicit(&page->state, (uint8_t)state, memory_order_relaxed);
    atomic_store_explicit(&page->class_id, (uint8_t)class_id, memory_order_relaxed);
}

static void
add_free(struct class *c, int64_t n)
{
    uint64_t now = atomic_load_explicit(&c->n_free, memory_order_relaxed);
    atomic_store_explicit(&c->n_free, now + (uint64_t)n, memory_order_relaxed);
}

static void
add_pages(struct class *c, int n)
{
    uint32_t now = atomic_load_explicit(&c->n_pages, memory_order_relaxed);
    atomic_store_explicit(&c->n_pages, now + (uint32_t)n, memory_order_relaxed);
}

/* ---- the pool --------------------------------------------------------- */

static uint32_t
pool_pop(struct class_set *s, uint32_t *stack)
{
    uint32_t number = *stack;
    if (number != 0)
        *stack = arena_page(s->arena, number)->ring_next;
    return number;
}

static void
pool_push(struct class_set *s, uint32_t *stack, uint32_t number)
{
    arena_page(s->arena, number)->ring_next = *stack;
    *stack = number;
}

/* A page from the node's pool, or one not backed yet if the budget allows; 0 if neither. */
static uint32_t
pool_take(struct class_set *s, int node)
{
    struct page_pool *pool = &s->pools[node];
    lock_take(&pool->lock);
    uint32_t number = pool_pop(s, &pool->free);
    if (number != 0) {
        atomic_fetch_sub_explicit(&pool->n_free, 1, memory_order_relaxed);
    } else if ((pool->fresh != 0 || pool->next < pool->end) && arena_budget_take(s->arena)) {
        number = pool_pop(s, &pool->fresh);
        if (number == 0)
            number = pool->next++;
    }
    lock_give(&pool->lock);
    return number;
}

static void
pool_give(struct class_set *s, uint32_t number)
{
    struct page *page = arena_page(s->arena, number);
    struct page_pool *pool = &s->pools[page->node];
    lock_take(&pool->lock);
    set_page(page, PAGE_FREE, CLASS_NONE);
    pool_push(s, &pool->free, number);
    atomic_fetch_add_explicit(&pool->n_free, 1, memory_order_relaxed);
    lock_give(&pool->lock);
}

bool
class_take_unit(struct class_set *s)
{
    for (int node = 0; node < s->arena->n_nodes; node++) {
        struct page_pool *pool = &s->pools[node];
        lock_take(&pool->lock);
        uint32_t number = pool_pop(s, &pool->free);
        bool shed = number != 0 && arena_discard_page(s->arena, number);
        if (shed) {
            set_page(arena_page(s->arena, number), PAGE_FRESH, CLASS_NONE);
            pool_push(s, &pool->fresh, number);
            atomic_fetch_sub_explicit(&pool->n_free, 1, memory_order_relaxed);
        } else if (number != 0) {
            pool_push(s, &pool->free, number);
        }
        lock_give(&pool->lock);
        if (shed)
            return true;
    }
    return false;
}

/* ---- chunks ----------------------------------------------------------- */

struct class *
class_of_chunk(const struct class_set *s, uint64_t chunk)
{
    const struct page *page = arena_page(s->arena, arena_page_of(s->arena, chunk));
    return class_at(s, page->node, atomic_load_explicit(&page->class_id, memory_order_relaxed));
}

/* A chunk's first word says what it holds (slab/layout.h): nothing yet, whatever its page held before. */
static void
clear_chunks(const struct class *c, uint32_t page)
{
    for (uint32_t i = 0; i < c->geometry->n_chunks; i++)
        atomic_store_explicit(
            (_Atomic uint64_t *)arena_at(c->set->arena, class_chunk(c, page, i)), 0, memory_order_relaxed);
}

static bool
grow_locked(struct class *c)
{
    lock_must_own(&c->lock);
    uint32_t number = pool_take(c->set, c->node);
    if (number == 0)
        return false;
    struct page *page = arena_page(c->set->arena, number);
    if (page_state(page) == PAGE_FREE) /* a fresh one reads as zeros, and stays untouched until it is used */
        clear_chunks(c, number);
    set_page(page, PAGE_USED, c->id);
    atomic_store_explicit(&page->soonest, 0, memory_order_relaxed);
    page->n_free = c->geometry->n_chunks;
    page->hint = 0;
    fill_free_map(c, number);
    ring_insert(c, number);
    avail_insert(c, number);
    add_pages(c, 1);
    add_free(c, page->n_free);
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
        uint32_t number = c->avail;
        taken += take_from_page(c, number, chunks + taken, n - taken);
        if (arena_page(c->set->arena, number)->n_free == 0)
            avail_remove(c, number);
    }
    add_free(c, -(int64_t)taken);
    lock_give(&c->lock);
    return taken;
}

static void
detach_page(struct class *c, uint32_t number)
{
    ring_remove(c, number);
    add_pages(c, -1);
}

/* An empty page goes to the pool when its class has plenty left: others may need it. */
static bool
is_surplus(const struct class *c, const struct page *page)
{
    return page->n_free == c->geometry->n_chunks && page->n_holds == 0 && page_state(page) == PAGE_USED &&
           atomic_load_explicit(&c->n_free, memory_order_relaxed) >= 2 * (uint64_t)c->geometry->n_chunks;
}

static void
give_surplus_locked(struct class *c, uint32_t number)
{
    struct page *page = arena_page(c->set->arena, number);
    if (!is_surplus(c, page))
        return;
    add_free(c, -(int64_t)page->n_free);
    avail_remove(c, number);
    detach_page(c, number);
    pool_give(c->set, number);
}

static void
give_one_locked(struct class *c, uint64_t chunk)
{
    lock_must_own(&c->lock);
    struct arena *a = c->set->arena;
    uint32_t number = arena_page_of(a, chunk);
    struct page *page = arena_page(a, number);
    uint32_t in_page = (uint32_t)(chunk - arena_page_offset(a, number)) - c->geometry->first;
    uint32_t i = (uint32_t)((uint64_t)in_page * c->geometry->reciprocal >> 32);
    CHECKED_MUST(class_chunk(c, number, i) == chunk);
    CHECKED_MUST(!class_chunk_is_free(c, number, i));
    free_map(c, number)[i / WORD_BITS] |= UINT64_C(1) << i % WORD_BITS;
    if (i / WORD_BITS < page->hint)
        page->hint = (uint16_t)(i / WORD_BITS);
    page->n_free++;
    if (page_state(page) == PAGE_DRAINING)
        return;
    if (page->n_free == 1)
        avail_insert(c, number);
    add_free(c, 1);
    give_surplus_locked(c, number);
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

/* ---- the hand, and moving pages --------------------------------------- */

bool
class_advance_hand(struct class *c, uint32_t n, struct class_run *run)
{
    lock_take(&c->lock);
    bool found = c->hand != 0;
    if (found) {
        uint32_t end = c->hand_chunk + n;
        if (end > c->geometry->n_chunks)
            end = c->geometry->n_chunks;
        *run = (struct class_run){c->hand, c->hand_chunk, end};
        arena_page(c->set->arena, c->hand)->n_holds++;
        c->hand_chunk = end;
        if (end == c->geometry->n_chunks) {
            c->hand = arena_page(c->set->arena, c->hand)->ring_next;
            c->hand_chunk = 0;
        }
    }
    lock_give(&c->lock);
    return found;
}

struct class *
class_hold(struct class_set *s, uint32_t number)
{
    struct page *page = arena_page(s->arena, number);
    uint32_t id = atomic_load_explicit(&page->class_id, memory_order_relaxed);
    if (id == CLASS_NONE)
        return NULL;
    struct class *c = class_at(s, page->node, id);
    lock_take(&c->lock);
    bool ours =
        atomic_load_explicit(&page->class_id, memory_order_relaxed) == id && page_state(page) == PAGE_USED;
    if (ours)
        page->n_holds++;
    lock_give(&c->lock);
    return ours ? c : NULL;
}

void
class_let_go(struct class *c, uint32_t number)
{
    lock_take(&c->lock);
    MUST(arena_page(c->set->arena, number)->n_holds-- > 0);
    give_surplus_locked(c, number);
    lock_give(&c->lock);
}

/* The emptiest of the next pages behind the hand; 0 if all are fenced. */
static uint32_t
sparsest_locked(struct class *c)
{
    lock_must_own(&c->lock);
    struct arena *a = c->set->arena;
    uint32_t n_pages = atomic_load_explicit(&c->n_pages, memory_order_relaxed), best = 0;
    uint32_t number = c->hand;
    for (uint32_t i = 0; i < n_pages && (i < FENCE_CHOICE || best == 0); i++) {
        const struct page *page = arena_page(a, number);
        if (page_state(page) == PAGE_USED && (best == 0 || page->n_free > arena_page(a, best)->n_free))
            best = number;
        number = page->ring_next;
    }
    return best;
}

uint32_t
class_fence(struct class *c)
{
    lock_take(&c->lock);
    uint32_t number = sparsest_locked(c);
    if (number != 0) {
        struct page *page = arena_page(c->set->arena, number);
        if (c->hand == number) {
            c->hand = page->ring_next;
            c->hand_chunk = 0;
        }
        set_page(page, PAGE_DRAINING, c->id);
        if (page->n_free > 0)
            avail_remove(c, number);
        add_free(c, -(int64_t)page->n_free);
    }
    lock_give(&c->lock);
    return number;
}

uint32_t
class_free_in(struct class *c, uint32_t number)
{
    lock_take(&c->lock);
    uint32_t n = arena_page(c->set->arena, number)->n_free;
    lock_give(&c->lock);
    return n;
}

void
class_unfence(struct class *c, uint32_t number)
{
    lock_take(&c->lock);
    struct page *page = arena_page(c->set->arena, number);
    /* To the far end of the ring: what could not be emptied now is not to be tried again at once. */
    ring_remove(c, number);
    ring_insert(c, number);
    set_page(page, PAGE_USED, c->id);
    if (page->n_free > 0)
        avail_insert(c, number);
    add_free(c, page->n_free);
    lock_give(&c->lock);
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
        add_free(c, -(int64_t)c->geometry->n_chunks);
        avail_remove(c, number);
        detach_page(c, number);
        pool_give(c->set, number);
    }
    lock_give(&c->lock);
    return number != 0;
}

bool
class_release(struct class *c, uint32_t number)
{
    lock_take(&c->lock);
    const struct page *page = arena_page(c->set->arena, number);
    bool empty = page->n_free == c->geometry->n_chunks && page->n_holds == 0;
    if (empty) {
        detach_page(c, number);
        pool_give(c->set, number);
    }
    lock_give(&c->lock);
    return empty;
}

/* ---- checks ----------------------------------------------------------- */

static uint32_t
count_bits(const struct class *c, uint32_t page)
{
    uint32_t n = 0;
    const uint64_t *map = free_map(c, page);
    for (uint32_t w = 0; w * WORD_BITS < c->geometry->n_chunks; w++)
        n += (uint32_t)__builtin_popcountll(map[w]);
    return n;
}

bool
class_check(const struct class *c, char *why, size_t n_why)
{
    const struct arena *a = c->set->arena;
    uint64_t n_free = 0, n_avail_free = 0;
    uint32_t n_pages = 0, number = c->hand;
    for (; number != 0 && n_pages <= a->n_pages; n_pages++) {
        const struct page *page = arena_page(a, number);
        if (page->n_free != count_bits(c, number) || page->class_id != c->id) {
            snprintf(why, n_why, "class %u page %u: n_free %u, map %u, class %u", c->id, number, page->n_free,
                count_bits(c, number), page->class_id);
            return false;
        }
        n_free += page_state(page) == PAGE_USED ? page->n_free : 0;
        for (uint32_t w = 0; w < page->hint; w++) {
            if (free_map(c, number)[w] != 0) {
                snprintf(why, n_why, "class %u page %u: a free chunk before the hint", c->id, number);
                return false;
            }
        }
        if (arena_page(a, page->ring_next)->ring_prev != number) {
            snprintf(why, n_why, "class %u page %u: ring broken", c->id, number);
            return false;
        }
        number = page->ring_next;
        if (number == c->hand) {
            n_pages++;
            break;
        }
    }
    for (uint32_t p = c->avail; p != 0; p = arena_page(a, p)->avail_next)
        n_avail_free += arena_page(a, p)->n_free;
    if (n_pages != c->n_pages || n_free != c->n_free || n_avail_free != n_free) {
        snprintf(why, n_why, "class %u: pages %u of %u, free %llu of %llu, in reach %llu", c->id, n_pages,
            c->n_pages, (unsigned long long)n_free, (unsigned long long)c->n_free,
            (unsigned long long)n_avail_free);
        return false;
    }
    return true;
}

bool
class_pool_check(const struct class_set *s, int node, char *why, size_t n_why)
{
    const struct page_pool *pool = &s->pools[node];
    uint32_t n = 0;
    for (uint32_t p = pool->free; p != 0 && n <= s->arena->n_pages; p = arena_page(s->arena, p)->ring_next)
        n += page_state(arena_page(s->arena, p)) == PAGE_FREE;
    uint32_t n_said = 0;
    for (uint32_t p = 1; p <= s->arena->n_pages; p++)
        n_said += arena_page(s->arena, p)->node == node && page_state(arena_page(s->arena, p)) == PAGE_FREE;
    if (n == pool->n_free && n == n_said)
        return true;
    snprintf(why, n_why, "pool of node %d: %u free pages, %u in its list, %u that say so", node, pool->n_free,
        n, n_said);
    return false;
}
