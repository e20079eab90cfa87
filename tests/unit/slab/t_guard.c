/*
 * guard: in builds for tests, an access to a page that has no class, or to a free chunk, ends the process; the number
 * of mappings stays bounded.
 */
#include "slab/mem/guard.h"

#include "tests/unit/slab/storing.h"

#include <errno.h>
#include <sys/syscall.h>

#ifdef LARDER_CHECKS_FULL
enum { GUARDS = true };
#else
enum { GUARDS = false };
#endif

enum { MIB = 1 << 20 };

static struct arena arena;
static struct page_pool pool;
static char why[256];

static void
open_pool(size_t limit, size_t limit_max, enum arena_backing backing, const char *path)
{
    struct arena_options o = {
        .limit = limit, .limit_max = limit_max, .backing = backing, .path = path, .one_node = true};
    if (!arena_init(&arena, &o, why, sizeof why))
        fail_msg("%s", why);
    memset(&pool, 0, sizeof pool);
    page_pool_init(&pool, &arena, 0);
}

static void
close_pool(void)
{
    page_pool_fini(&pool);
    arena_fini(&arena);
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

/* ---- pages ------------------------------------------------------------ */

/* The kernel reads the byte, out of the sanitizers' sight. */
static bool
is_accessible(const void *p)
{
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    long n = syscall(SYS_write, fd[1], p, 1);
    assert_true(n == 1 || (n == -1 && errno == EFAULT));
    close(fd[0]);
    close(fd[1]);
    return n == 1;
}

static void
assert_guarded(uint32_t page, bool guarded)
{
    const char *first = arena_at(&arena, arena_page_offset(&arena, page));
    assert_int_equal(is_accessible(first), !(GUARDS && guarded));
    assert_int_equal(is_accessible(first + arena.page_size - 1), !(GUARDS && guarded));
}

static void
play_life_of_a_page(void)
{
    assert_guarded(1, true);
    assert_int_equal(take_page(), 1);
    assert_guarded(1, false);
    assert_guarded(2, true); /* an overrun of page 1 is found */
    assert_int_equal(take_page(), 2);
    char *p = arena_at(&arena, arena_page_offset(&arena, 1));
    memset(p, 0xA5, arena.page_size);
    page_pool_give(&pool, 1);
    assert_guarded(1, true);
    assert_guarded(2, false);
    assert_int_equal(take_page(), 1);
    assert_guarded(1, false);
    assert_int_equal(p[arena.page_size - 1], (char)0xA5); /* its memory was not lost */
    page_pool_give(&pool, 1);
    assert_true(page_pool_shed(&pool));
    assert_guarded(1, true);
    arena_budget_give(&arena);
    assert_int_equal(take_page(), 1);
    assert_guarded(1, false);
    assert_int_equal(p[0], 0);
}

static void
test_a_page_is_accessible_while_it_has_a_class(void **state)
{
    (void)state;
    char path[] = "/tmp/larder-t_guard-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    static const enum arena_backing backings[] = {ARENA_PRIVATE, ARENA_MEMFD, ARENA_FILE};
    for (size_t i = 0; i < N_OF(backings); i++) {
        open_pool(MIB, 0, backings[i], path);
        play_life_of_a_page();
        close_pool();
    }
    close(fd);
    unlink(path);
}

static size_t
count_mappings(void)
{
    FILE *f = fopen("/proc/self/maps", "re");
    assert_non_null(f);
    size_t n = 0;
    for (int c; (c = getc(f)) != EOF;)
        n += c == '\n';
    fclose(f);
    return n;
}

/* Every second page of 12,288 leaves its class. */
static void
test_the_number_of_mappings_is_bounded(void **state)
{
    (void)state;
    open_pool(MIB, 768 * MIB, ARENA_PRIVATE, NULL);
    assert_int_equal(arena.n_reserved, GUARD_PAGES_MOST + GUARD_PAGES_MOST / 2);
    assert_true(arena_resize(&arena, 768 * MIB));
    page_pool_open(&pool);
    while (take_page() != 0)
        continue;
    size_t before = count_mappings();
    for (uint32_t page = 1; page <= arena.n_reserved; page += 2)
        page_pool_give(&pool, page);
    assert_guarded(GUARD_PAGES_MOST - 1, true);
    assert_guarded(GUARD_PAGES_MOST + 1, false);
    assert_in_range(count_mappings(), before, before + (GUARDS ? GUARD_PAGES_MOST : 0));
    for (uint32_t i = 0; i < arena.n_reserved / 2; i++)
        assert_int_not_equal(take_page(), 0);
    assert_in_range(count_mappings(), before, before + 1);
    close_pool();
}

/* ---- an access -------------------------------------------------------- */

static volatile const char *target;
static char target_byte;

static void
on_fault(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    const char *text = info->si_code == SEGV_ACCERR && info->si_addr == (const void *)target
                           ? "no access to the page"
                           : "another fault";
    (void)!write(STDERR_FILENO, text, strlen(text));
    _exit(1);
}

static GUARD_IGNORED void
access_target(void)
{
    struct sigaction a = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &a, NULL);
    target_byte = *target;
}

static void
test_an_access_to_a_page_of_the_pool_ends_the_process(void **state)
{
    (void)state;
    char said[4096];
    open_pool(MIB, 0, ARENA_PRIVATE, NULL);
    assert_int_equal(take_page(), 1);
    target = arena_at(&arena, arena_page_offset(&arena, 1) + 1000);
    assert_int_equal(unit_in_child(access_target, said, sizeof said), 0);
    page_pool_give(&pool, 1);
    int status = unit_in_child(access_target, said, sizeof said);
    assert_int_equal(status == 0, !GUARDS);
    assert_string_equal(said, GUARDS ? "no access to the page" : "");
    close_pool();
}

static void
read_value(void)
{
    target_byte = *target;
}

static void
test_a_read_of_a_freed_item_is_found(void **state)
{
    (void)state;
    char said[4096];
    assert_int_equal(set("a", "value"), STORE_OK);
    const struct item *it = peek(key_of("a"));
    target = item_value(it);
    assert_int_equal(drop(key_of("a")), STORE_OK);
    assert_int_equal(unit_in_child(read_value, said, sizeof said), 0); /* readers may still read it */
    pass_epochs();
    int status = unit_in_child(read_value, said, sizeof said);
    assert_int_equal(status == 0, !GUARD_CHUNKS);
    assert_true(!GUARD_CHUNKS || strstr(said, "use-after-poison") != NULL);
    assert_int_equal(item_seq(it), 0); /* the first word is accessible in any case */
    assert_int_equal(set("b", "other"), STORE_OK);
    assert_ptr_equal(peek(key_of("b")), it);
    assert_int_equal(unit_in_child(read_value, said, sizeof said), 0);
}

static void
test_a_read_past_the_end_of_an_item_is_found(void **state)
{
    (void)state;
    char said[4096];
    assert_int_equal(set("a", "value"), STORE_OK);
    const struct item *it = peek(key_of("a"));
    uint32_t size = class_of_chunk(&the_store->classes, offset_of(it))->geometry->size;
    target = (const char *)it + size + sizeof(uint64_t);
    int status = unit_in_child(read_value, said, sizeof said);
    assert_int_equal(status == 0, !GUARD_CHUNKS);
    assert_true(!GUARD_CHUNKS || strstr(said, "use-after-poison") != NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_page_is_accessible_while_it_has_a_class),
        cmocka_unit_test(test_the_number_of_mappings_is_bounded),
        cmocka_unit_test(test_an_access_to_a_page_of_the_pool_ends_the_process),
        cmocka_unit_test_setup_teardown(test_a_read_of_a_freed_item_is_found, open_small, close_store),
        cmocka_unit_test_setup_teardown(
            test_a_read_past_the_end_of_an_item_is_found, open_small, close_store),
    };
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
