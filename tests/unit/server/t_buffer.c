/* buffer: sizes, the pool's counters, and that buffer_make_room keeps the unread bytes. */
#include "server/net/buffer.h"

#include "tests/unit/unit.h"

static counter lent;

static void
test_sizes(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        uint32_t size;
    } cases[] = {{0, 512}, {1, 512}, {512, 512}, {513, 1024}, {65536, 65536}, {65537, 131072}};
    struct buffer_pool pool;
    buffer_pool_init(&pool, &lent);
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct buffer b;
        assert_true(buffer_take(&pool, &b, cases[i].n));
        assert_int_equal(b.size, cases[i].size);
        assert_int_equal(buffer_n(&b), 0);
        memset(b.p, 0xa5, b.size);
        buffer_give(&pool, &b);
        assert_null(b.p);
    }
    struct buffer none;
    assert_false(buffer_take(&pool, &none, (size_t)BUFFER_SIZE_MAX + 1));
    assert_null(none.p);
    buffer_give(&pool, &none);
    buffer_pool_fini(&pool);
}

/* A freed buffer is reused; the pool keeps no large ones, and at most BUFFER_KEPT_MAX bytes. */
static void
test_pool(void **state)
{
    (void)state;
    enum { N = 40 };
    struct buffer_pool pool;
    struct buffer b, again, many[N];
    buffer_pool_init(&pool, &lent);
    assert_true(buffer_take(&pool, &b, 600));
    assert_int_equal(counter_read(&pool.bytes), 1024);
    char *p = b.p;
    buffer_give(&pool, &b);
    assert_int_equal(counter_read(&pool.bytes_kept), 1024);
    assert_true(buffer_take(&pool, &again, 1024));
    assert_ptr_equal(again.p, p);
    assert_int_equal(counter_read(&pool.bytes_kept), 0);
    assert_int_equal(counter_read(&pool.n_buffers), 1);
    buffer_give(&pool, &again);

    assert_true(buffer_take(&pool, &b, 1 << 20));
    assert_int_equal(counter_read(&pool.n_buffers), 2);
    buffer_give(&pool, &b);
    assert_int_equal(counter_read(&pool.n_buffers), 1);

    for (int i = 0; i < N; i++)
        assert_true(buffer_take(&pool, &many[i], 1 << BUFFER_POOLED_LOG2));
    for (int i = 0; i < N; i++)
        buffer_give(&pool, &many[i]);
    assert_true(counter_read(&pool.bytes_kept) <= BUFFER_KEPT_MAX);
    assert_int_equal(counter_read(&pool.bytes), counter_read(&pool.bytes_kept));
    buffer_pool_fini(&pool);
}

static void
test_make_room(void **state)
{
    (void)state;
    struct buffer_pool pool;
    struct buffer b;
    buffer_pool_init(&pool, &lent);
    assert_true(buffer_take(&pool, &b, 512));
    memcpy(b.p + 400, "abcdef", 6);
    b.start = 400;
    b.end = 406;
    assert_true(buffer_make_room(&pool, &b)); /* moves the bytes */
    assert_int_equal(b.size, 512);
    assert_int_equal(b.start, 0);
    assert_int_equal(b.end, 6);
    assert_memory_equal(b.p, "abcdef", 6);

    b.end = 500;
    b.start = 1;
    assert_true(buffer_make_room(&pool, &b)); /* takes a larger buffer */
    assert_int_equal(b.size, 1024);
    assert_int_equal(buffer_n(&b), 499);
    assert_memory_equal(b.p, "bcdef", 5);
    assert_true(b.size - b.end >= b.size / 2);
    buffer_give(&pool, &b);
    buffer_pool_fini(&pool);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_make_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
