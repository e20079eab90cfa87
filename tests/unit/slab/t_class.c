/*
 * class: every size has its class, a chunk is given out once, and a page changes class only while it holds
 * no chunk in use.
 */
#include "slab/mem/class.h"
#include "slab/mem/class_list.h"
#include "slab/mem/guard.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

enum { MIB = 1 << 20, CHUNK_MIN = 32, CHUNKS_MAX = 40000 };

static struct arena arena;
static struct class_set set;
static char why[256];
static uint64_t chunks[CHUNKS_MAX];

static void
open_set(size_t limit, double growth, size_t chunk_min)
{
    struct arena_options o = {.limit = limit};
    assert_true(arena_init(&arena, &o, why, sizeof why));
    assert_true(class_set_init(&set, &arena, growth, chunk_min));
}

static void
close_set(void)
{
    for (uint32_t id = 1; id <= set.n; id++)
        if (!class_check(class_at(&set, 0, id), why, sizeof why))
            fail_msg("%s", why);
    if (!page_pool_check(&set.pools[0], why, sizeof why))
        fail_msg("%s", why);
    class_set_fini(&set);
    arena_fini(&arena);
}

static int
open_small(void **state)
{
    (void)state;
    open_set(MIB, 1.08, CHUNK_MIN);
    return 0;
}

static int
close_small(void **state)
{
    (void)state;
    close_set();
    return 0;
}

/* ---- sizes ------------------------------------------------------------ */

static void
test_a_size_has_the_smallest_class_that_holds_it(void **state)
{
    (void)state;
    for (size_t size = 1; size <= set.chunk_max; size++) {
        uint32_t id = class_for(&set, size);
        assert_in_range(id, 1, set.n);
        assert_true(set.geometry[id].size >= size);
        assert_true(id == 1 || set.geometry[id - 1].size < size);
    }
    assert_int_equal(arena_superblock(&arena)->chunk_max, set.chunk_max);
}

/* ---- chunks ----------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Takes all chunks that the class can get, into `chunks`. */
static size_t
take_all(struct class *c)
{
    size_t n = 0, got;
    while ((got = class_take(c, chunks + n, 64)) > 0) {
        n += got;
        assert_true(n + 64 <= CHUNKS_MAX);
    }
    return n;
}

static void
test_every_chunk_is_given_out_once(void **state)
{
    (void)state;
    struct class *c = class_at(&set, 0, 1);
    size_t n = take_all(c);
    assert_int_equal(n, arena.n_pages * c->geometry->n_chunks);
    assert_int_equal(c->n_free, 0);
    assert_false(class_grow(c));
    qsort(chunks, n, sizeof *chunks, compare);
    for (size_t i = 0; i < n; i++) {
        uint32_t page = arena_page_of(&arena, chunks[i]);
        assert_true(i == 0 || chunks[i] >= chunks[i - 1] + c->geometry->size ||
                    page > arena_page_of(&arena, chunks[i - 1]));
        assert_int_equal(chunks[i] % 8, 0);
        assert_true(chunks[i] + c->geometry->size <= arena_page_offset(&arena, page) + arena.page_size);
        assert_ptr_equal(class_of_chunk(&set, chunks[i]), c);
    }
    class_give(&set, chunks, n);
    assert_int_equal(c->n_pages * c->geometry->n_chunks, c->n_free);
}

static void
test_chunks_come_lowest_first(void **state)
{
    (void)state;
    struct class *c = class_at(&set, 0, 1);
    assert_int_equal(class_take(c, chunks, 100), 100);
    for (int i = 1; i < 100; i++)
        assert_int_equal(chunks[i], chunks[i - 1] + c->geometry->size);
    uint64_t low = chunks[3], high = chunks[90];
    class_give(&set, &high, 1);
    class_give(&set, &low, 1);
    assert_int_equal(class_take(c, chunks, 1), 1);
    assert_int_equal(chunks[0], low);
}

static void
test_empty_pages_move_to_the_class_that_needs_them(void **state)
{
    (void)state;
    struct class *small = class_at(&set, 0, 1), *large = class_at(&set, 0, set.n);
    size_t n = take_all(small);
    assert_int_equal(class_take(large, chunks + n, 1), 0);
    class_give(&set, chunks, n);
    assert_in_range(small->n_pages, 1, 2); /* the class keeps a page or two */
    assert_int_equal(set.pools[0].n_free, arena.n_pages - small->n_pages);
    assert_int_equal(take_all(large), (arena.n_pages - small->n_pages) * large->geometry->n_chunks);
}

static void
test_a_page_that_changes_class_holds_no_items(void **state)
{
    (void)state;
    struct class *small = class_at(&set, 0, 1), *large = class_at(&set, 0, set.n);
    size_t n = take_all(small);
    for (size_t i = 0; i < n; i++) {
        guard_lift_chunk(&arena, chunks[i], small->geometry->size);
        memset(arena_at(&arena, chunks[i]), 0xA5, small->geometry->size);
    }
    class_give(&set, chunks, n);
    n = take_all(large);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(*(uint64_t *)arena_at(&arena, chunks[i]), 0);
}

static void
test_a_unit_taken_from_the_pool_is_the_callers(void **state)
{
    (void)state;
    struct class *c = class_at(&set, 0, 1);
    assert_false(class_take_unit(&set));
    size_t n = take_all(c);
    class_give(&set, chunks, n);
    int64_t left = arena.budget;
    uint32_t n_free = set.pools[0].n_free;
    assert_true(class_take_unit(&set));
    assert_int_equal(arena.budget, left); /* the unit of budget belongs to the caller */
    arena_budget_give(&arena);
    assert_int_equal(arena.budget, left + 1);
    assert_int_equal(set.pools[0].n_free, n_free - 1);
    assert_int_equal(take_all(c), n); /* and can be taken again */
    assert_int_equal(arena.budget, 0);
}

/* ---- the hand, holding and fencing ------------------------------------ */

static void
test_the_hand_meets_every_chunk_once_a_round(void **state)
{
    (void)state;
    struct class *c = class_at(&set, 0, 1);
    struct class_run run;
    assert_false(class_hold_run(c, 100, &run));
    assert_true(class_grow(c));
    assert_true(class_grow(c));
    assert_true(class_grow(c));
    assert_int_equal(class_take(c, chunks, 3 * c->geometry->n_chunks), 3 * c->geometry->n_chunks);
    uint32_t met[4] = {0}; /* by page: the number of chunks met so far */
    for (uint32_t n = 0; n < 3 * c->geometry->n_chunks; n += run.to - run.from) {
        assert_true(class_hold_run(c, 100, &run));
        assert_in_range(run.page, 1, 3);
        assert_int_equal(run.from, met[run.page]);
        assert_true(run.to > run.from && run.to <= c->geometry->n_chunks);
        met[run.page] = run.to;
        class_hold_end(c, run.page);
    }
    for (int p = 1; p <= 3; p++)
        assert_int_equal(met[p], c->geometry->n_chunks);
}

static void
test_a_held_page_keeps_its_class(void **state)
{
    (void)state;
    struct class *c = class_at(&set, 0, 1);
    assert_null(class_hold(&set, 1));
    assert_true(class_grow(c));
    assert_ptr_equal(class_hold(&set, 1), c);
    uint32_t page = class_fence(c);
    assert_int_equal(page, 1);
    assert_null(class_hold(&set, 1)); /* the page is fenced */
    assert_false(class_fence_release(c, page));
    class_hold_end(c, page);
    assert_true(class_fence_release(c, page));
    assert_int_equal(c->n_pages, 0);
    assert_int_equal(set.pools[0].n_free, 1);
}

static void
fence(struct class *c, uint32_t page)
{
    uint32_t others[16], n = 0, fenced;
    while ((fenced = class_fence(c)) != page) {
        assert_true(fenced != 0 && n < N_OF(others));
        others[n++] = fenced;
    }
    while (n > 0)
        class_fence_lift(c, others[--n]);
}

static void
test_a_fenced_page_gives_no_chunk_out(void **state)
{
    (void)state;
    struct class *c = class_at(&set, 0, 1);
    uint32_t per_page = c->geometry->n_chunks;
    assert_true(class_grow(c));
    assert_true(class_grow(c));
    assert_int_equal(class_take(c, chunks, 1), 1);
    uint32_t fenced = arena_page_of(&arena, chunks[0]);
    fence(c, fenced);
    assert_int_equal(c->n_free, per_page);
    for (uint32_t i = 1; i <= per_page; i++) {
        assert_int_equal(class_take(c, chunks + i, 1), 1);
        assert_int_not_equal(arena_page_of(&arena, chunks[i]), fenced);
    }
    assert_false(class_fence_release(c, fenced)); /* one chunk is in use */
    class_give(&set, chunks, 1);
    assert_int_equal(c->n_free, 0);
    assert_true(class_fence_release(c, fenced));
    assert_int_equal(c->n_pages, 1);
}

static void
test_an_unfenced_page_serves_again(void **state)
{
    (void)state;
    struct class *c = class_at(&set, 0, 1);
    assert_int_equal(class_take(c, chunks, 10), 10);
    uint32_t page = class_fence(c);
    assert_int_equal(class_fence(c), 0); /* the class has no other page */
    class_give(&set, chunks, 5);
    class_fence_lift(c, page);
    assert_int_equal(c->n_free, c->geometry->n_chunks - 5);
    assert_int_equal(class_take(c, chunks, 5), 5);
    assert_int_equal(arena_page_of(&arena, chunks[0]), page);
}

static void
lift_what_is_not_fenced(void)
{
    struct class *c = class_at(&set, 0, 1);
    if (class_take(c, chunks, 1) == 1)
        class_fence_lift(c, arena_page_of(&arena, chunks[0]));
}

static void
end_a_hold_that_was_not_begun(void)
{
    struct class *c = class_at(&set, 0, 1);
    if (class_take(c, chunks, 1) == 1)
        class_hold_end(c, arena_page_of(&arena, chunks[0]));
}

static void
pool_a_page_of_a_class(void)
{
    struct class *c = class_at(&set, 0, 1);
    if (class_take(c, chunks, 1) == 1)
        page_set(arena_page(&arena, arena_page_of(&arena, chunks[0])), PAGE_FREE, c->id);
}

static void
change_a_list_without_the_lock(void)
{
    list_add_free(class_at(&set, 0, 1), 1);
}

static void
give_a_chunk_twice(void)
{
    if (class_take(class_at(&set, 0, 1), chunks, 1) == 1) {
        class_give(&set, chunks, 1);
        class_give(&set, chunks, 1);
    }
}

static void
ask_for_a_class_that_is_none(void)
{
    (void)!class_grow(class_at(&set, 0, CLASS_NONE));
}

static void
test_broken_rules_abort(void **state)
{
    (void)state;
    unit_must_die(lift_what_is_not_fenced, "PAGE_DRAINING");
    unit_must_die(end_a_hold_that_was_not_begun, "n_holds");
    unit_must_die(pool_a_page_of_a_class, "PAGE_USED");
    unit_must_die(ask_for_a_class_that_is_none, "CLASS_NONE");
#ifdef LARDER_CHECKS
    unit_must_die(change_a_list_without_the_lock, "lock_must_own");
    unit_must_die(give_a_chunk_twice, "!page_map_has");
#else
    (void)change_a_list_without_the_lock;
    (void)give_a_chunk_twice;
#endif
}

int
main(void)
{
#define ON_SMALL(test) cmocka_unit_test_setup_teardown(test, open_small, close_small)
    const struct CMUnitTest tests[] = {
        ON_SMALL(test_a_size_has_the_smallest_class_that_holds_it),
        ON_SMALL(test_every_chunk_is_given_out_once),
        ON_SMALL(test_chunks_come_lowest_first),
        ON_SMALL(test_empty_pages_move_to_the_class_that_needs_them),
        ON_SMALL(test_a_page_that_changes_class_holds_no_items),
        ON_SMALL(test_a_unit_taken_from_the_pool_is_the_callers),
        ON_SMALL(test_the_hand_meets_every_chunk_once_a_round),
        ON_SMALL(test_a_held_page_keeps_its_class),
        ON_SMALL(test_a_fenced_page_gives_no_chunk_out),
        ON_SMALL(test_an_unfenced_page_serves_again),
        ON_SMALL(test_broken_rules_abort),
    };
    return cmocka_run_group_tests_name("class", tests, NULL, NULL);
}
