/* memory_limit: the lesser of what is said and what is allowed, and never what the store cannot do. */
#include "server/memory_limit.h"

#include "tests/unit/storing.h"

#define MIB(n) ((size_t)(n) << 20)

static void
must_be(const struct memory_limit *m, size_t said, size_t now)
{
    struct store_stats s;
    assert_int_equal(memory_limit_said(m), said);
    assert_int_equal(memory_limit_now(m), now);
    store_stats(the_store, &s);
    assert_int_equal(s.limit, now);
}

/* 16 MiB, of which up to 64 can become. */
static void
open_limited(struct memory_limit *m)
{
    struct store_options o = small_store();
    o.limit = MIB(16);
    o.limit_max = MIB(64);
    open_store(&o);
    memory_limit_init(m, the_store, MIB(16));
}

static void
the_lesser_holds(void **state)
{
    (void)state;
    struct memory_limit m;
    open_limited(&m);
    must_be(&m, MIB(16), MIB(16));
    assert_true(memory_limit_allow(&m, MIB(8)));
    must_be(&m, MIB(16), MIB(8));
    assert_true(memory_limit_say(&m, MIB(32)));
    must_be(&m, MIB(32), MIB(8));
    assert_true(memory_limit_say(&m, MIB(4)));
    must_be(&m, MIB(4), MIB(4));
    assert_true(memory_limit_say(&m, MIB(32)));
    assert_true(memory_limit_allow(&m, SIZE_MAX));
    must_be(&m, MIB(32), MIB(32));
    memory_limit_fini(&m);
}

static void
what_the_store_cannot(void **state)
{
    (void)state;
    struct memory_limit m;
    open_limited(&m);
    assert_false(memory_limit_say(&m, MIB(4096)));
    assert_false(memory_limit_say(&m, 1));
    must_be(&m, MIB(16), MIB(16));
    assert_true(memory_limit_allow(&m, MIB(8)));
    assert_false(memory_limit_allow(&m, 4096)); /* too low: it stays */
    must_be(&m, MIB(16), MIB(8));
    memory_limit_fini(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_lesser_holds, close_store),
        cmocka_unit_test_teardown(what_the_store_cannot, close_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
