/*
 * page: a free map that counts its free chunks, and a pool that gives memory back to the kernel and gets
 * it again.
 */
#include "slab/mem/page.h"

#include "tests/unit/unit.h"

#include <sys/mman.h>

enum { N_CHUNKS = 150 };

static const struct geometry cut = {.size = 400, .n_chunks = N_CHUNKS, .first = 24};
static struct arena arena;
static struct page_pool pool;
static char why[256];

static int
open_pool(void **state)
{
    (void)state;
    struct arena_options o = {.limit = 1 << 20};
    assert_true(arena_init(&arena, &o, why, sizeof why));
    memset(&pool, 0, sizeof pool);
    page_pool_init(&pool, &arena, 0);
    return 0;
}

static int
close_pool(void **state)
{
    (void)state;
    if (!page_pool_check(&pool, why, sizeof why))
        fail_msg("%s", why);
    page_pool_fini(&pool);
    arena_fini(&arena);
    return 0;
}

/* Takes a page as a class does: it is marked in use. */
static uint32_t
take_page(void)
{
    uint32_t page = page_pool_take(&pool);
    if (page != 0)
        page_set(arena_page(&arena, page), PAGE_USED, 1);
    return page;
}

/* ---- free map --------------------------------------------------------- */

/* Of page 1, which the test takes. */
static void
fill_map(void)
{
    assert_int_equal(take_page(), 1);
    page_map_fill(&arena, 1, N_CHUNKS);
}

static void
assert_map(uint32_t n_free)
{
    if (!page_map_check(&arena, 1, N_CHUNKS, why, sizeof why))
        fail_msg("%s", why);
    assert_int_equal(arena_page(&arena, 1)->n_free, n_free);
}

static void
test_a_map_gives_each_chunk_once_and_the_lowest_first(void **state)
{
    (void)state;
    uint64_t chunks[N_CHUNKS + 1], first = arena_page_offset(&arena, 1) + cut.first;
    fill_map();
    assert_map(N_CHUNKS);
    assert_int_equal(page_map_take(&arena, 1, &cut, chunks, 70), 70);
    assert_map(N_CHUNKS - 70);
    assert_int_equal(page_map_take(&arena, 1, &cut, chunks + 70, N_CHUNKS), N_CHUNKS - 70);
    for (uint64_t i = 0; i < N_CHUNKS; i++)
        assert_int_equal(chunks[i], first + i * cut.size);
    assert_map(0);
    assert_int_equal(page_map_take(&arena, 1, &cut, chunks, 1), 0);
}

static void
test_a_returned_chunk_is_given_again(void **state)
{
    (void)state;
    uint64_t chunks[N_CHUNKS], first = arena_page_offset(&arena, 1) + cut.first;
    fill_map();
    assert_int_equal(page_map_take(&arena, 1, &cut, chunks, N_CHUNKS), N_CHUNKS);
    page_map_give(&arena, 1, 140);
    page_map_give(&arena, 1, 3);
    assert_true(page_map_has(&arena, 1, 3) && page_map_has(&arena, 1, 140));
    assert_false(page_map_has(&arena, 1, 4));
    assert_map(2);
    assert_int_equal(page_map_take(&arena, 1, &cut, chunks, N_CHUNKS), 2);
    assert_int_equal(chunks[0], first + 3 * cut.size);
    assert_int_equal(chunks[1], first + 140 * cut.size);
}

static void
test_a_map_is_zeroed_when_all_chunks_are_free(void **state)
{
    (void)state;
    fill_map();
    page_map_clear(&arena, 1, N_CHUNKS);
    for (uint32_t i = 0; i < N_CHUNKS; i++)
        assert_false(page_map_has(&arena, 1, i));
    assert_map(0);
}

static void
test_a_broken_map_is_detected(void **state)
{
    (void)state;
    fill_map();
    arena_page(&arena, 1)->n_free--;
    assert_false(page_map_check(&arena, 1, N_CHUNKS, why, sizeof why));
    assert_non_null(strstr(why, "n_free 149, map 150"));
    arena_page(&arena, 1)->n_free++;
    arena_page(&arena, 1)->hint = 1;
    assert_false(page_map_check(&arena, 1, N_CHUNKS, why, sizeof why));
    assert_non_null(strstr(why, "hint"));
}

/* ---- pool ------------------------------------------------------------- */

static void
test_every_page_is_given_out_once_and_costs_a_unit(void **state)
{
    (void)state;
    uint32_t page, n = 0;
    while ((page = take_page()) != 0)
        assert_int_equal(page, ++n);
    assert_int_equal(n, arena.n_pages);
    assert_int_equal(arena.budget, 0);
    while (n > 0)
        page_pool_give(&pool, n--);
    assert_int_equal(pool.n_free, arena.n_pages);
    assert_int_equal(arena.budget, 0); /* pages in the pool have memory behind them */
    assert_int_equal(take_page(), 1);
}

static void
test_without_budget_only_backed_pages_are_given(void **state)
{
    (void)state;
    uint32_t page = take_page();
    while (arena_budget_take(&arena))
        ;
    assert_int_equal(page_pool_take(&pool), 0);
    page_pool_give(&pool, page);
    assert_int_equal(take_page(), page);
}

static void
test_a_pool_has_the_number_of_pages_that_the_limit_allows(void **state)
{
    (void)state;
    page_pool_fini(&pool);
    arena_fini(&arena);
    struct arena_options o = {.limit = 1 << 20, .limit_max = 4 << 20};
    assert_true(arena_init(&arena, &o, why, sizeof why));
    memset(&pool, 0, sizeof pool);
    page_pool_init(&pool, &arena, 0);
    uint32_t n = 0;
    while (take_page() != 0)
        n++;
    assert_int_equal(n, 16);
    assert_true(arena_resize(&arena, 3 << 20));
    page_pool_open(&pool);
    while (take_page() != 0)
        n++;
    assert_int_equal(n, 48);
}

static bool
is_resident(uint32_t page)
{
    unsigned char pages[16] = {0};
    assert_int_equal(mincore(arena_at(&arena, arena_page_offset(&arena, page)), arena.page_size, pages), 0);
    return pages[0] & 1;
}

static void
test_a_page_that_is_shed_gives_its_memory_back(void **state)
{
    (void)state;
    assert_false(page_pool_shed(&pool));
    uint32_t page = take_page();
    memset(arena_at(&arena, arena_page_offset(&arena, page)), 0xA5, arena.page_size);
    assert_true(is_resident(page));
    page_pool_give(&pool, page);
    int64_t left = arena.budget;
    assert_true(page_pool_shed(&pool));
    assert_false(is_resident(page));
    assert_int_equal(arena.budget, left); /* the unit of budget belongs to the caller */
    assert_int_equal(pool.n_free, 0);
    arena_budget_give(&arena);
    assert_int_equal(page_pool_take(&pool), page); /* and the page can be taken again, filled with zeros */
    assert_int_equal(page_state(arena_page(&arena, page)), PAGE_FRESH);
    assert_int_equal(*(uint64_t *)arena_at(&arena, arena_page_offset(&arena, page)), 0);
}

int
main(void)
{
#define ON_POOL(test) cmocka_unit_test_setup_teardown(test, open_pool, close_pool)
    const struct CMUnitTest tests[] = {
        ON_POOL(test_a_map_gives_each_chunk_once_and_the_lowest_first),
        ON_POOL(test_a_returned_chunk_is_given_again),
        ON_POOL(test_a_map_is_zeroed_when_all_chunks_are_free),
        ON_POOL(test_a_broken_map_is_detected),
        ON_POOL(test_every_page_is_given_out_once_and_costs_a_unit),
        ON_POOL(test_without_budget_only_backed_pages_are_given),
        ON_POOL(test_a_pool_has_the_number_of_pages_that_the_limit_allows),
        ON_POOL(test_a_page_that_is_shed_gives_its_memory_back),
    };
    return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
