/*
 * arena: regions that do not overlap, a budget that cannot be exceeded, and memory that is given back to
 * the kernel.
 */
#include "slab/mem/arena.h"

#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { MIB = 1 << 20 };

static struct arena arena;
static char why[256];

static void
open_arena(size_t limit, enum arena_backing backing, const char *path)
{
    struct arena_options o = {.limit = limit, .backing = backing, .path = path};
    if (!arena_init(&arena, &o, why, sizeof why))
        fail_msg("%s", why);
}

static void
test_page_size_is_about_a_4096th_of_the_limit(void **state)
{
    (void)state;
    const size_t gib = (size_t)1 << 30;
    assert_int_equal(arena_page_size(MIB), 64 << 10);
    assert_int_equal(arena_page_size(256 * MIB), 64 << 10);
    assert_int_equal(arena_page_size(256 * MIB + 1), 128 << 10);
    assert_int_equal(arena_page_size(gib), 256 << 10);
    assert_int_equal(arena_page_size(4 * gib), MIB);
    assert_int_equal(arena_page_size(1024 * gib), MIB);
}

static void
test_regions_follow_each_other(void **state)
{
    (void)state;
    static const size_t limits[] = {MIB, MIB + 12345, 64 * MIB, 1000 * MIB};
    for (size_t i = 0; i < N_OF(limits); i++) {
        open_arena(limits[i], ARENA_PRIVATE, NULL);
        const struct superblock *sb = arena_superblock(&arena);
        assert_true(sb->magic == LAYOUT_MAGIC);
        assert_int_equal(sb->version, LAYOUT_VERSION);
        assert_int_equal(arena.page_size, (size_t)1 << sb->page_shift);
        assert_int_equal(sb->n_pages, limits[i] / arena.page_size);
        assert_true(sb->page_table >= sizeof *sb);
        assert_true(sb->page_table + (sb->n_pages + 1) * sizeof(struct page) <= sb->buckets);
        assert_int_equal(sb->buckets + arena.buckets_size, sb->overflow);
        assert_int_equal(sb->overflow + arena.overflow_size, sb->dictionaries);
        assert_true(sb->dictionaries < sb->pages);
        assert_int_equal(sb->pages + sb->n_pages * arena.page_size, sb->arena_size);
        assert_int_equal((uintptr_t)arena_at(&arena, sb->pages) % arena.page_size, 0);
        assert_int_equal((uintptr_t)arena_page(&arena, 1) % sizeof(struct page), 0);
        arena_fini(&arena);
    }
}

static void
test_an_offset_leads_back_to_its_page(void **state)
{
    (void)state;
    open_arena(2 * MIB, ARENA_PRIVATE, NULL);
    for (uint32_t p = 1; p <= arena.n_pages; p++) {
        uint64_t first = arena_page_offset(&arena, p);
        assert_int_equal(arena_page_of(&arena, first), p);
        assert_int_equal(arena_page_of(&arena, first + arena.page_size - 1), p);
    }
    arena_fini(&arena);
}

static void
test_stripes_of_nodes_are_contiguous_and_even(void **state)
{
    (void)state;
    for (int n_nodes = 1; n_nodes <= 7; n_nodes++) {
        struct arena a = {.n_nodes = n_nodes, .n_reserved = 100};
        uint32_t pages_of[8] = {0};
        for (uint32_t p = 1, last = 0; p <= a.n_reserved; p++) {
            uint32_t node = (uint32_t)arena_node_of(&a, p);
            assert_true(node >= last && node < (uint32_t)n_nodes);
            pages_of[node]++;
            last = node;
        }
        for (int i = 0; i < n_nodes; i++) {
            assert_int_equal(arena_node_of(&a, arena_first_page(&a, i)), i);
            assert_int_equal(arena_first_page(&a, i + 1) - arena_first_page(&a, i), pages_of[i]);
        }
        for (int i = 0; i < n_nodes; i++)
            assert_in_range(pages_of[i], 100 / (uint32_t)n_nodes, 100 / (uint32_t)n_nodes + 1);
    }
}

static void
test_budget_is_the_limit_and_not_a_unit_more(void **state)
{
    (void)state;
    open_arena(MIB, ARENA_PRIVATE, NULL);
    for (uint32_t i = 0; i < arena.n_pages; i++)
        assert_true(arena_budget_take(&arena));
    assert_false(arena_budget_take(&arena));
    arena_budget_give(&arena);
    assert_true(arena_budget_take(&arena));
    assert_false(arena_budget_take(&arena));
    arena_fini(&arena);
}

static void
test_a_reservation_allows_a_higher_limit(void **state)
{
    (void)state;
    struct arena_options o = {.limit = 2 * MIB, .limit_max = (size_t)1 << 30, .lock_memory = true};
    assert_true(arena_init(&arena, &o, why, sizeof why));
    /* the page size follows from the limit at start */
    assert_int_equal(arena.page_size, arena_page_size(2 * MIB));
    assert_int_equal(arena.n_pages, 32);
    assert_int_equal(arena.n_reserved, ((size_t)1 << 30) / arena.page_size);
    assert_int_equal(arena.budget, 32);
    assert_true(arena_resize(&arena, 4 * MIB));
    assert_int_equal(arena.n_pages, 64);
    assert_int_equal(arena.budget, 64);
    for (int i = 0; i < 50; i++)
        assert_true(arena_budget_take(&arena));
    assert_false(arena_is_over(&arena));
    assert_true(arena_resize(&arena, 2 * MIB));
    assert_int_equal(arena.budget, -18);
    assert_true(arena_is_over(&arena));
    assert_false(arena_budget_take(&arena));
    for (int i = 0; i < 19; i++)
        arena_budget_give(&arena);
    assert_false(arena_is_over(&arena));
    assert_true(arena_budget_take(&arena));
    assert_false(arena_resize(&arena, ((size_t)1 << 30) + arena.page_size));
    assert_int_equal(arena.n_pages, 32);
    arena_fini(&arena);
}

static void
test_without_address_space_for_more_only_the_limit_is_reserved(void **state)
{
    (void)state;
    struct arena_options o = {.limit = 2 * MIB, .limit_max = (size_t)1 << 48};
    assert_true(arena_init(&arena, &o, why, sizeof why));
    assert_int_equal(arena.n_reserved, 32);
    assert_true(arena_resize(&arena, 1 * MIB));
    assert_true(arena_resize(&arena, 2 * MIB));
    assert_false(arena_resize(&arena, 3 * MIB));
    arena_fini(&arena);
}

static void *
take_all(void *arg)
{
    uint32_t *taken = arg;
    while (arena_budget_take(&arena))
        ++*taken;
    return NULL;
}

static void
test_two_threads_do_not_get_one_unit(void **state)
{
    (void)state;
    open_arena(256 * MIB, ARENA_PRIVATE, NULL);
    uint32_t taken[2] = {0, 0};
    pthread_t threads[2];
    for (size_t i = 0; i < N_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_all, &taken[i]), 0);
    for (size_t i = 0; i < N_OF(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(taken[0] + taken[1], arena.n_pages);
    arena_fini(&arena);
}

/* Writes to a page and gives its memory back; then it must read as zeros. */
static void
discard_and_read(void)
{
    unsigned char *p = arena_at(&arena, arena_page_offset(&arena, 3));
    unsigned char *next = arena_at(&arena, arena_page_offset(&arena, 4));
    memset(p, 0xA5, arena.page_size);
    next[0] = 0xA5;
    if (arena_discard_page(&arena, 3))
        for (size_t i = 0; i < arena.page_size; i++)
            assert_int_equal(p[i], 0);
    assert_int_equal(next[0], 0xA5);
}

static void
test_a_discarded_page_reads_as_zeros_whatever_the_backing(void **state)
{
    (void)state;
    char path[] = "/tmp/larder-t_arena-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    static const enum arena_backing backings[] = {ARENA_PRIVATE, ARENA_MEMFD, ARENA_FILE};
    for (size_t i = 0; i < N_OF(backings); i++) {
        open_arena(MIB, backings[i], path);
        discard_and_read();
        if (backings[i] == ARENA_FILE) {
            struct stat st;
            assert_int_equal(fstat(fd, &st), 0);
            assert_int_equal(st.st_size, arena.size);
        }
        arena_fini(&arena);
    }
    close(fd);
    unlink(path);
}

static void
test_the_contents_of_a_shared_arena_are_in_its_file(void **state)
{
    (void)state;
    open_arena(MIB, ARENA_MEMFD, NULL);
    char *p = arena_at(&arena, arena_page_offset(&arena, 2)), seen[6] = "";
    memcpy(p, "hello", 6);
    assert_int_equal(pread(arena.fd, seen, 6, (off_t)arena_page_offset(&arena, 2)), 6);
    assert_string_equal(seen, "hello");
    arena_fini(&arena);
}

static void
test_a_file_that_cannot_be_opened_is_reported(void **state)
{
    (void)state;
    struct arena_options o = {.limit = MIB, .backing = ARENA_FILE, .path = "/no/such/folder/arena"};
    assert_false(arena_init(&arena, &o, why, sizeof why));
    assert_non_null(strstr(why, "/no/such/folder/arena"));
    assert_non_null(strstr(why, "No such file"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_size_is_about_a_4096th_of_the_limit),
        cmocka_unit_test(test_regions_follow_each_other),
        cmocka_unit_test(test_an_offset_leads_back_to_its_page),
        cmocka_unit_test(test_stripes_of_nodes_are_contiguous_and_even),
        cmocka_unit_test(test_budget_is_the_limit_and_not_a_unit_more),
        cmocka_unit_test(test_a_reservation_allows_a_higher_limit),
        cmocka_unit_test(test_without_address_space_for_more_only_the_limit_is_reserved),
        cmocka_unit_test(test_two_threads_do_not_get_one_unit),
        cmocka_unit_test(test_a_discarded_page_reads_as_zeros_whatever_the_backing),
        cmocka_unit_test(test_the_contents_of_a_shared_arena_are_in_its_file),
        cmocka_unit_test(test_a_file_that_cannot_be_opened_is_reported),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
