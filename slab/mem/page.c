#include "slab/mem/page.h"

#include <stdio.h>
#include <string.h>

#include "slab/mem/guard.h"

enum { WORD_BITS = 64 };

/* ---- free map --------------------------------------------------------- */

static uint64_t *
map_of(const struct arena *a, uint32_t page)
{
    return arena_at(a, arena_page_offset(a, page));
}

void
page_map_fill(struct arena *a, uint32_t number, uint32_t n)
{
    MUST(n > 0 && n <= a->page_size / 8);
    struct page *page = arena_page(a, number);
    uint64_t *map = map_of(a, number);
    for (uint32_t w = 0; w * WORD_BITS < n; w++) {
        uint32_t left = n - w * WORD_BITS;
        map[w] = left >= WORD_BITS ? ~UINT64_C(0) : (UINT64_C(1) << left) - 1;
    }
    page->n_free = n;
    page->hint = 0;
}

void
page_map_clear(struct arena *a, uint32_t number, uint32_t n)
{
    struct page *page = arena_page(a, number);
    MUST(page->n_free == n);
    memset(map_of(a, number), 0, (n + WORD_BITS - 1) / WORD_BITS * sizeof(uint64_t));
    page->n_free = 0;
}

size_t
page_map_take(struct arena *a, uint32_t number, const struct geometry *g, uint64_t *chunks, size_t n)
{
    MUST(arena_page(a, number)->n_free <= g->n_chunks);
    struct page *page = arena_page(a, number);
    uint64_t *map = map_of(a, number), first = arena_page_offset(a, number) + g->first;
    size_t taken = 0;
    uint16_t w = page->hint;
    while (taken < n && page->n_free > 0) {
        while (map[w] == 0)
            w++;
        uint32_t i = w * WORD_BITS + (uint32_t)__builtin_ctzll(map[w]);
        CHECKED_MUST(i < g->n_chunks);
        chunks[taken++] = first + (uint64_t)i * g->size;
        map[w] &= map[w] - 1;
        page->n_free--;
    }
    page->hint = w;
    return taken;
}

void
page_map_give(struct arena *a, uint32_t number, uint32_t i)
{
    struct page *page = arena_page(a, number);
    CHECKED_MUST(!page_map_has(a, number, i));
    map_of(a, number)[i / WORD_BITS] |= UINT64_C(1) << i % WORD_BITS;
    if (i / WORD_BITS < page->hint)
        page->hint = (uint16_t)(i / WORD_BITS);
    page->n_free++;
}

bool
page_map_has(const struct arena *a, uint32_t page, uint32_t i)
{
    return map_of(a, page)[i / WORD_BITS] >> i % WORD_BITS & 1;
}

bool
page_map_check(const struct arena *a, uint32_t number, uint32_t n, char *why, size_t n_why)
{
    const struct page *page = arena_page(a, number);
    const uint64_t *map = map_of(a, number);
    uint32_t n_bits = 0, first = 0;
    for (uint32_t w = 0; w * WORD_BITS < n; w++) {
        if (n_bits == 0 && map[w] != 0)
            first = w;
        n_bits += (uint32_t)__builtin_popcountll(map[w]);
    }
    if (page->n_free != n_bits)
        snprintf(why, n_why, "page %u: n_free %u, map %u", number, page->n_free, n_bits);
    else if (n_bits > 0 && first < page->hint)
        snprintf(why, n_why, "page %u: a free chunk before the hint", number);
    else
        return true;
    return false;
}

/* ---- pool ------------------------------------------------------------- */

void
page_pool_init(struct page_pool *pool, struct arena *a, int node)
{
    MUST(node >= 0 && node < a->n_nodes);
    lock_init(&pool->lock, LOCK_PAGES);
    pool->arena = a;
    pool->node = node;
    pool->first = arena_first_page(a, node);
    atomic_init(&pool->next, pool->first);
    atomic_init(&pool->hand, pool->first);
    page_pool_open(pool);
    guard_unused(a, node);
}

void
page_pool_open(struct page_pool *pool)
{
    lock_take(&pool->lock);
    pool->end = pool->first + arena_share(pool->arena, pool->node);
    lock_give(&pool->lock);
}

void
page_pool_fini(struct page_pool *pool)
{
    guard_forget(pool->arena, pool->first, atomic_load_explicit(&pool->next, memory_order_relaxed));
    lock_fini(&pool->lock);
}

static uint32_t
pop(struct page_pool *pool, uint32_t *stack)
{
    lock_must_own(&pool->lock);
    uint32_t number = *stack;
    MUST(number <= pool->arena->n_reserved);
    if (number != 0)
        *stack = arena_page(pool->arena, number)->ring_next;
    return number;
}

static void
push(struct page_pool *pool, uint32_t *stack, uint32_t number)
{
    MUST(arena_node_of(pool->arena, number) == pool->node);
    lock_must_own(&pool->lock);
    arena_page(pool->arena, number)->ring_next = *stack;
    *stack = number;
}

static bool
has_fresh(const struct page_pool *pool)
{
    lock_must_own(&pool->lock);
    return pool->fresh != 0 || atomic_load_explicit(&pool->next, memory_order_relaxed) < pool->end;
}

/* An unbacked page; those that were used before come first. */
static uint32_t
take_fresh(struct page_pool *pool)
{
    lock_must_own(&pool->lock);
    uint32_t number = pop(pool, &pool->fresh);
    if (number != 0)
        return number;
    number = atomic_load_explicit(&pool->next, memory_order_relaxed);
    MUST(number >= pool->first && number < pool->end);
    arena_page(pool->arena, number)->node = (uint8_t)pool->node;
    atomic_store_explicit(&pool->next, number + 1, memory_order_relaxed);
    return number;
}

uint32_t
page_pool_take(struct page_pool *pool)
{
    lock_take(&pool->lock);
    uint32_t number = pop(pool, &pool->free);
    if (number != 0) {
        MUST(page_state(arena_page(pool->arena, number)) == PAGE_FREE);
        atomic_fetch_sub_explicit(&pool->n_free, 1, memory_order_relaxed);
    } else if (has_fresh(pool) && arena_budget_take(pool->arena)) {
        number = take_fresh(pool);
    }
    if (number != 0)
        guard_lift_page(pool->arena, number);
    lock_give(&pool->lock);
    return number;
}

void
page_pool_give(struct page_pool *pool, uint32_t number)
{
    MUST(arena_page(pool->arena, number)->n_holds == 0);
    lock_take(&pool->lock);
    page_set(arena_page(pool->arena, number), PAGE_FREE, 0);
    guard_page(pool->arena, number);
    push(pool, &pool->free, number);
    atomic_fetch_add_explicit(&pool->n_free, 1, memory_order_relaxed);
    lock_give(&pool->lock);
}

/* The guard is lifted meanwhile: the kernel punches no hole into a file through a mapping that cannot write. */
static bool
discard(struct arena *a, uint32_t number)
{
    guard_lift_page(a, number);
    bool discarded = arena_discard_page(a, number);
    guard_page(a, number);
    return discarded;
}

bool
page_pool_shed(struct page_pool *pool)
{
    lock_take(&pool->lock);
    uint32_t number = pop(pool, &pool->free);
    MUST(number == 0 || page_state(arena_page(pool->arena, number)) == PAGE_FREE);
    bool shed = number != 0 && discard(pool->arena, number);
    if (shed) {
        page_set(arena_page(pool->arena, number), PAGE_FRESH, 0);
        push(pool, &pool->fresh, number);
        atomic_fetch_sub_explicit(&pool->n_free, 1, memory_order_relaxed);
    } else if (number != 0) {
        push(pool, &pool->free, number);
    }
    lock_give(&pool->lock);
    return shed;
}

bool
page_pool_check(const struct page_pool *pool, char *why, size_t n_why)
{
    const struct arena *a = pool->arena;
    uint32_t n = 0, n_said = 0;
    for (uint32_t p = pool->free; p != 0 && n <= a->n_reserved; p = arena_page(a, p)->ring_next)
        n += page_state(arena_page(a, p)) == PAGE_FREE;
    for (uint32_t p = pool->first; p < pool->next; p++)
        n_said += page_state(arena_page(a, p)) == PAGE_FREE;
    if (n == pool->n_free && n == n_said)
        return true;
    snprintf(why, n_why, "pool of node %d: %u free pages, %u in its list, %u that say so", pool->node,
        pool->n_free, n, n_said);
    return false;
}
