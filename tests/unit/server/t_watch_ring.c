/* watch_ring: order, the wrap, events that do not fit, and two threads. */
#include "server/watch/watch_ring.h"

#include "tests/unit/unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum { RECORD = sizeof(struct watch_event) };

static void
test_order(void **state)
{
    (void)state;
    struct watch_ring r;
    struct watch_event e;
    char text[WATCH_TEXT_MAX];
    assert_true(watch_ring_init(&r, 4096));
    assert_false(watch_ring_take(&r, &e, text));
    assert_true(watch_ring_put(&r, &(struct watch_event){.gid = 1, .fd = 7}, BYTES("one")));
    assert_true(watch_ring_put(&r, &(struct watch_event){.gid = 2}, bytes_of(NULL, 0)));
    assert_int_equal(watch_ring_used(&r), 2 * RECORD + 3);
    assert_true(watch_ring_take(&r, &e, text));
    assert_true(e.gid == 1 && e.fd == 7 && e.n_text == 3 && memcmp(text, "one", 3) == 0);
    assert_true(watch_ring_take(&r, &e, text));
    assert_true(e.gid == 2 && e.n_text == 0);
    assert_false(watch_ring_take(&r, &e, text));
    assert_int_equal(watch_ring_used(&r), 0);
    watch_ring_fini(&r);
}

static void
test_full(void **state)
{
    (void)state;
    struct watch_ring r;
    struct watch_event e = {0};
    char text[WATCH_TEXT_MAX];
    assert_true(watch_ring_init(&r, 4 * RECORD));
    uint64_t n = 0;
    while (watch_ring_put(&r, &(struct watch_event){.gid = n}, bytes_of(NULL, 0)))
        n++;
    assert_true(n >= 4);
    assert_int_equal(counter_read(&r.n_written), n);
    assert_int_equal(counter_read(&r.n_dropped), 1);
    assert_true(watch_ring_take(&r, &e, text)); /* the ring keeps the oldest events, each whole */
    assert_int_equal(e.gid, 0);
    assert_true(watch_ring_put(&r, &(struct watch_event){.gid = n}, bytes_of(NULL, 0)));
    assert_false(watch_ring_put(&r, &(struct watch_event){.gid = n}, BYTES("x")));
    for (uint64_t i = 1; i <= n; i++) {
        assert_true(watch_ring_take(&r, &e, text));
        assert_int_equal(e.gid, i);
    }
    watch_ring_fini(&r);
}

/* The size is no multiple of a record's: records wrap at every possible byte. */
static void
test_wrap(void **state)
{
    (void)state;
    struct watch_ring r;
    struct watch_event e;
    char sent[WATCH_TEXT_MAX], text[WATCH_TEXT_MAX];
    assert_true(watch_ring_init(&r, 1021));
    for (unsigned i = 0; i < 5000; i++) {
        size_t n = i % (WATCH_TEXT_MAX + 1);
        memset(sent, (int)(i % 251), sizeof sent);
        assert_true(watch_ring_put(&r, &(struct watch_event){.gid = i}, bytes_of(sent, n)));
        assert_true(watch_ring_take(&r, &e, text));
        assert_true(e.gid == i && e.n_text == n && memcmp(text, sent, n) == 0);
    }
    watch_ring_fini(&r);
}

static void
test_limits(void **state)
{
    (void)state;
    struct watch_ring r;
    struct watch_event e;
    char long_text[WATCH_TEXT_MAX + 44] = {0}, text[WATCH_TEXT_MAX];
    assert_true(watch_ring_init(&r, 0)); /* it still holds one event, and cuts a text that is too long */
    assert_true(watch_ring_put(&r, &(struct watch_event){.gid = 1}, bytes_of(long_text, sizeof long_text)));
    assert_true(watch_ring_take(&r, &e, text));
    assert_int_equal(e.n_text, WATCH_TEXT_MAX);
    watch_ring_fini(&r);
}

enum { N_RACED = 200000 };

static void *
put_many(void *arg)
{
    struct watch_ring *r = arg;
    char text[8];
    for (uint64_t i = 1; i <= N_RACED; i++) {
        memset(text, (int)(i & 0x7f), sizeof text);
        (void)watch_ring_put(r, &(struct watch_event){.gid = i}, bytes_of(text, i % 9));
        if (i % 64 == 0)
            sched_yield();
    }
    (void)!watch_ring_put(r, &(struct watch_event){.gid = 0}, bytes_of(NULL, 0));
    return NULL;
}

/* Events arrive whole and in order, as many as were not dropped. */
static void
test_two_threads(void **state)
{
    (void)state;
    struct watch_ring r;
    struct watch_event e;
    char text[WATCH_TEXT_MAX];
    pthread_t thread;
    uint64_t n = 0, last = 0;
    assert_true(watch_ring_init(&r, 2000));
    assert_int_equal(pthread_create(&thread, NULL, put_many, &r), 0);
    while (counter_read(&r.n_written) + counter_read(&r.n_dropped) <= N_RACED || watch_ring_used(&r) > 0) {
        if (!watch_ring_take(&r, &e, text))
            continue;
        n++;
        if (e.gid == 0)
            continue;
        assert_true(e.gid > last && e.n_text == e.gid % 9);
        for (unsigned i = 0; i < e.n_text; i++)
            assert_int_equal(text[i], (int)(e.gid & 0x7f));
        last = e.gid;
    }
    pthread_join(thread, NULL);
    assert_int_equal(n, counter_read(&r.n_written));
    assert_int_equal(n + counter_read(&r.n_dropped), N_RACED + 1);
    watch_ring_fini(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
