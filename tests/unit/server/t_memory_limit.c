/*
 * memory_limit: the store's limit is the lesser of the configured one, less the process's share, and the
 * allowed one.  A limit that the store refuses changes nothing.
 */
#include "server/memory/memory_limit.h"

#include "tests/unit/slab/storing.h"

#define MIB(n) ((size_t)(n) << 20)

/* Checks the configured limit, the effective one, and the store's. */
static void
must_hold(const struct memory_limit *m, size_t said, size_t now, size_t of_store)
{
    struct store_stats s;
    assert_int_equal(memory_limit_configured(m), said);
    assert_int_equal(memory_limit_now(m), now);
    assert_int_equal(memory_limit_of_store(m), of_store);
    store_stats(the_store, &s);
    assert_int_equal(s.limit, of_store);
}

static void
must_be(const struct memory_limit *m, size_t said, size_t now)
{
    must_hold(m, said, now, now);
}

enum { ITEM_MAX = 1 << 20 };

/* A limit of 16 MiB that may be raised to 64 MiB. */
static void
open_limited(struct memory_limit *m)
{
    struct store_options o = small_store();
    o.limit = MIB(16);
    o.limit_max = MIB(64);
    open_store(&o);
    memory_limit_init(m, the_store, MIB(16), ITEM_MAX);
}

static void
the_lesser_holds(void **state)
{
    (void)state;
    struct memory_limit m;
    open_limited(&m);
    must_be(&m, MIB(16), MIB(16));
    assert_true(memory_limit_set_available(&m, MIB(8)));
    must_be(&m, MIB(16), MIB(8));
    assert_true(memory_limit_configure(&m, MIB(32)));
    must_be(&m, MIB(32), MIB(8));
    assert_true(memory_limit_configure(&m, MIB(4)));
    must_be(&m, MIB(4), MIB(4));
    assert_true(memory_limit_configure(&m, MIB(32)));
    assert_true(memory_limit_set_available(&m, SIZE_MAX));
    must_be(&m, MIB(32), MIB(32));
    memory_limit_fini(&m);
}

static void
limits_that_the_store_refuses(void **state)
{
    (void)state;
    struct memory_limit m;
    open_limited(&m);
    assert_false(memory_limit_configure(&m, MIB(4096)));
    assert_false(memory_limit_configure(&m, 1));
    must_be(&m, MIB(16), MIB(16));
    assert_true(memory_limit_set_available(&m, MIB(8)));
    assert_false(memory_limit_set_available(&m, 4096)); /* too low: the limit stays */
    must_be(&m, MIB(16), MIB(8));
    memory_limit_fini(&m);
}

/* The share of the process and of what the store has beside its limit, rounded up to 64 KiB. */
static size_t
beside(size_t process, size_t said)
{
    size_t n = process + store_beside(the_store, said), step = 64 << 10;
    return (n + step - 1) / step * step;
}

static void
the_process_has_its_share(void **state)
{
    (void)state;
    struct memory_limit m;
    open_limited(&m);
    size_t process = MIB(1), share = MIB(16) - beside(process, MIB(16));
    assert_in_range(store_beside(the_store, MIB(16)), 1, MIB(1));
    memory_limit_set_process(&m, process);
    must_hold(&m, MIB(16), MIB(16), share); /* the share is not visible in the effective limit */
    assert_int_equal(memory_limit_wanted_of_store(&m), share);
    assert_true(memory_limit_set_available(&m, share));
    must_hold(&m, MIB(16), MIB(16), share);
    assert_true(memory_limit_set_available(&m, share - MIB(1)));
    must_hold(&m, MIB(16), share - MIB(1), share - MIB(1));
    assert_int_equal(memory_limit_wanted_of_store(&m), share);
    assert_true(memory_limit_configure(&m, MIB(32)));
    must_hold(&m, MIB(32), share - MIB(1), share - MIB(1));
    assert_true(memory_limit_set_available(&m, SIZE_MAX));
    must_hold(&m, MIB(32), MIB(32), MIB(32) - beside(process, MIB(32)));
    assert_false(memory_limit_configure(&m, MIB(4096)));
    must_hold(&m, MIB(32), MIB(32), MIB(32) - beside(process, MIB(32)));
    memory_limit_fini(&m);
}

/* The share is at most an eighth of the limit, and never leaves less than two of the largest values. */
static void
the_share_is_bounded(void **state)
{
    (void)state;
    struct memory_limit m;
    open_limited(&m);
    memory_limit_set_process(&m, MIB(100));
    must_hold(&m, MIB(16), MIB(16), MIB(14));
    assert_true(memory_limit_configure(&m, MIB(64)));
    must_hold(&m, MIB(64), MIB(64), MIB(56));
    assert_true(memory_limit_configure(&m, 2 * ITEM_MAX + 4096));
    must_hold(&m, 2 * ITEM_MAX + 4096, 2 * ITEM_MAX + 4096, 2 * ITEM_MAX);
    assert_true(memory_limit_configure(&m, 2 * ITEM_MAX));
    must_be(&m, 2 * ITEM_MAX, 2 * ITEM_MAX);
    memory_limit_fini(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_lesser_holds, close_store),
        cmocka_unit_test_teardown(limits_that_the_store_refuses, close_store),
        cmocka_unit_test_teardown(the_process_has_its_share, close_store),
        cmocka_unit_test_teardown(the_share_is_bounded, close_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
