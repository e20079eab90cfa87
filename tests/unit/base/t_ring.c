/* ring: what is free and what is filled, at every place of the wrap, and between two threads. */
#include "base/ring.h"

#include "tests/unit/unit.h"

#include <pthread.h>
#include <sched.h>

enum { N_SLOTS = 7 }; /* no power of two */

static void
test_empty_and_full(void **state)
{
    (void)state;
    struct ring r = {0};
    assert_int_equal(ring_free(&r, N_SLOTS), N_SLOTS);
    assert_int_equal(ring_filled(&r), 0);
    ring_publish(&r, N_SLOTS);
    assert_int_equal(ring_free(&r, N_SLOTS), 0);
    assert_int_equal(ring_filled(&r), N_SLOTS);
    assert_int_equal(ring_length(&r), N_SLOTS);
    ring_release(&r, 2);
    assert_int_equal(ring_free(&r, N_SLOTS), 2);
    assert_int_equal(ring_filled(&r), N_SLOTS - 2);
    ring_publish_in_order(&r, 1);
    assert_int_equal(ring_length(&r), N_SLOTS - 1);
    assert_int_equal(ring_put_at(&r), N_SLOTS + 1);
    assert_int_equal(ring_taken_at(&r), 2);
}

static void
test_the_threads_write_to_lines_of_their_own(void **state)
{
    (void)state;
    assert_true(offsetof(struct ring, taken) - offsetof(struct ring, put) >= RING_LINE);
    assert_true(sizeof(struct ring) - offsetof(struct ring, taken) >= RING_LINE);
}

struct pair {
    struct ring ring;
    uint64_t slot[N_SLOTS];
};

enum { N_SENT = 200000 };

static void *
write_many(void *arg)
{
    struct pair *p = arg;
    for (uint64_t next = 0; next < N_SENT;) {
        size_t n = ring_free(&p->ring, N_SLOTS), most = 1 + (size_t)(next % 3);
        n = n < most ? n : most;
        for (size_t i = 0; i < n; i++)
            p->slot[(ring_put_at(&p->ring) + i) % N_SLOTS] = next + i;
        ring_publish(&p->ring, n);
        next += n;
        if (n == 0)
            sched_yield();
    }
    return NULL;
}

/* Slots are plain memory: the thread sanitizer sees whether the positions order them. */
static void
test_two_threads(void **state)
{
    (void)state;
    static struct pair p;
    pthread_t thread;
    uint64_t n_read = 0;
    assert_int_equal(pthread_create(&thread, NULL, write_many, &p), 0);
    while (n_read < N_SENT) {
        size_t n = ring_filled(&p.ring);
        for (size_t i = 0; i < n; i++, n_read++)
            assert_int_equal(p.slot[(ring_taken_at(&p.ring) + i) % N_SLOTS], n_read);
        ring_release(&p.ring, n);
        if (n == 0)
            sched_yield();
    }
    pthread_join(thread, NULL);
    assert_int_equal(ring_length(&p.ring), 0);
}

#ifdef LARDER_CHECKS
static void
release_too_many(void)
{
    struct ring r = {0};
    ring_publish(&r, 1);
    ring_release(&r, 2);
}
#endif

static void
test_a_wrong_count_aborts_in_checked_builds(void **state)
{
    (void)state;
#ifdef LARDER_CHECKS
    unit_must_die(release_too_many, "ring.h");
#endif
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_and_full),
        cmocka_unit_test(test_the_threads_write_to_lines_of_their_own),
        cmocka_unit_test(test_two_threads),
        cmocka_unit_test(test_a_wrong_count_aborts_in_checked_builds),
    };
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
