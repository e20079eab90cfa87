/* lock: mutual exclusion, the wait counter, timed waits, and the abort on a wrong lock order. */
#include "base/lock.h"

#include "base/clock.h"
#include "tests/unit/unit.h"

static void
test_excludes(void **state)
{
    (void)state;
    struct lock l;
    lock_init(&l, LOCK_CLASS);
    lock_take(&l);
    lock_must_own(&l);
    lock_give(&l);
    assert_true(lock_try_take(&l));
    lock_give(&l);
    assert_int_equal(atomic_load(&l.n_waits), 0);
    lock_fini(&l);
}

enum { N_ROUNDS = 100000 };

struct shared {
    struct lock lock;
    pthread_cond_t cond;
    uint64_t n;
    bool woken;
};

static void *
add_many(void *arg)
{
    struct shared *sh = arg;
    for (int i = 0; i < N_ROUNDS; i++) {
        lock_take(&sh->lock);
        sh->n++;
        lock_give(&sh->lock);
    }
    return NULL;
}

static void
test_mutual_exclusion(void **state)
{
    (void)state;
    struct shared sh = {.n = 0};
    lock_init(&sh.lock, LOCK_PAGES);
    pthread_t threads[4];
    for (size_t i = 0; i < N_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, &sh), 0);
    for (size_t i = 0; i < N_OF(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(sh.n, N_OF(threads) * N_ROUNDS);
    lock_fini(&sh.lock);
}

static void *
take_and_give(void *arg)
{
    struct shared *sh = arg;
    lock_take(&sh->lock);
    lock_give(&sh->lock);
    return NULL;
}

static void
test_counts_waits(void **state)
{
    (void)state;
    struct shared sh = {.n = 0};
    lock_init(&sh.lock, LOCK_LEAF);
    lock_take(&sh.lock);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, take_and_give, &sh), 0);
    while (atomic_load(&sh.lock.n_waits) == 0)
        sched_yield(); /* the thread increments it before it waits */
    lock_give(&sh.lock);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&sh.lock.n_waits), 1);
    lock_fini(&sh.lock);
}

static void *
wake(void *arg)
{
    struct shared *sh = arg;
    lock_take(&sh->lock);
    sh->woken = true;
    pthread_cond_signal(&sh->cond);
    lock_give(&sh->lock);
    return NULL;
}

static void
test_timed_wait(void **state)
{
    (void)state;
    struct shared sh = {.n = 0};
    lock_init(&sh.lock, LOCK_MOVER);
    lock_cond_init(&sh.cond);

    lock_take(&sh.lock);
    uint64_t before = clock_ns();
    while (lock_wait(&sh.lock, &sh.cond, before + 5000000))
        continue; /* a spurious wakeup, which POSIX permits */
    assert_true(clock_ns() - before >= 5000000);
    lock_must_own(&sh.lock);

    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wake, &sh), 0);
    while (!sh.woken)
        assert_true(lock_wait(&sh.lock, &sh.cond, clock_ns() + UINT64_C(60000000000)));
    lock_must_own(&sh.lock);
    lock_give(&sh.lock);
    pthread_join(thread, NULL);
    pthread_cond_destroy(&sh.cond);
    lock_fini(&sh.lock);
}

static struct lock a, b;

static void
take_downwards(void)
{
    lock_init(&a, LOCK_CLASS);
    lock_init(&b, LOCK_PAGES);
    lock_take(&a);
    lock_take(&b);
    lock_give(&a); /* the order of release is free */
    lock_give(&b);
    lock_take(&a);
    lock_give(&a);
    lock_rank_enter(LOCK_BUCKET);
    lock_take(&a);
    lock_give(&a);
    lock_rank_leave(LOCK_BUCKET);
}

static void
test_order_kept(void **state)
{
    (void)state;
    char said[256];
    assert_int_equal(unit_in_child(take_downwards, said, sizeof said), 0);
    assert_string_equal(said, "");
}

static void
take_upwards(void)
{
    lock_init(&a, LOCK_PAGES);
    lock_init(&b, LOCK_CLASS);
    lock_take(&a);
    lock_take(&b);
}

static void
try_upwards(void)
{
    lock_init(&a, LOCK_PAGES);
    lock_init(&b, LOCK_CLASS);
    lock_take(&a);
    if (lock_try_take(&b))
        lock_give(&b);
}

static void
take_two_of_a_rank(void)
{
    lock_init(&a, LOCK_CLASS);
    lock_init(&b, LOCK_CLASS);
    lock_take(&a);
    lock_take(&b);
}

static void
take_twice(void)
{
    lock_init(&a, LOCK_CLASS);
    lock_take(&a);
    lock_take(&a);
}

static void
take_bucket_under_class(void)
{
    lock_init(&a, LOCK_CLASS);
    lock_take(&a);
    lock_rank_enter(LOCK_BUCKET);
}

static void
leave_what_is_not_held(void)
{
    lock_rank_enter(LOCK_BUCKET);
    lock_rank_leave(LOCK_CLASS);
}

static void
give_what_is_not_owned(void)
{
    lock_init(&a, LOCK_CLASS);
    lock_give(&a);
}

static void *
take_and_keep(void *arg)
{
    lock_take(arg);
    return NULL;
}

static void
own_what_another_took(void)
{
    lock_init(&a, LOCK_CLASS);
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, take_and_keep, &a) == 0);
    pthread_join(thread, NULL);
    lock_must_own(&a);
}

static void
test_order_enforced(void **state)
{
    (void)state;
#ifdef LARDER_CHECKS
    unit_must_die(take_upwards, "held[n_held - 1] < r");
    unit_must_die(try_upwards, "held[n_held - 1] < r");
    unit_must_die(take_two_of_a_rank, "held[n_held - 1] < r");
    unit_must_die(take_twice, "held[n_held - 1] < r");
    unit_must_die(take_bucket_under_class, "held[n_held - 1] < r");
    unit_must_die(leave_what_is_not_held, "held[i] == r");
    unit_must_die(give_what_is_not_owned, "lock_must_own");
    unit_must_die(own_what_another_took, "lock_must_own");
#else
    (void)take_upwards, (void)try_upwards, (void)take_two_of_a_rank, (void)take_twice;
    (void)take_bucket_under_class, (void)leave_what_is_not_held;
    (void)give_what_is_not_owned, (void)own_what_another_took;
    skip(); /* only builds with --enable-checks check the order */
#endif
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_excludes),
        cmocka_unit_test(test_mutual_exclusion),
        cmocka_unit_test(test_counts_waits),
        cmocka_unit_test(test_timed_wait),
        cmocka_unit_test(test_order_kept),
        cmocka_unit_test(test_order_enforced),
    };
    return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
