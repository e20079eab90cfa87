/*
 * epoch: it advances only when every thread inside has seen the present one, and a raid and its victim are
 * never inside at once.
 */
#include "slab/mem/epoch.h"

#include "tests/unit/unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

static struct epoch e;

static int
init(void **state)
{
    (void)state;
    epoch_init(&e);
    return 0;
}

static void
test_every_thread_gets_a_record_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < EPOCH_RECORDS; i++)
        assert_int_equal(epoch_join(&e), i);
    assert_int_equal(epoch_join(&e), EPOCH_NO_RECORD);
    epoch_part(&e, 100);
    assert_int_equal(epoch_join(&e), 100);
    assert_int_equal(epoch_join(&e), EPOCH_NO_RECORD);
}

static void
test_an_absent_thread_does_not_delay_the_epoch(void **state)
{
    (void)state;
    int a = epoch_join(&e);
    uint64_t before = epoch_now(&e);
    for (int i = 0; i < 10; i++)
        assert_true(epoch_try_advance(&e));
    assert_int_equal(epoch_now(&e), before + 10);
    assert_false(epoch_inside(&e, a));
}

static void
test_a_thread_inside_lets_one_epoch_pass_and_no_more(void **state)
{
    (void)state;
    int a = epoch_join(&e), b = epoch_join(&e), c = epoch_join(&e);
    epoch_enter(&e, a);
    assert_true(epoch_inside(&e, a));
    uint64_t unlinked = epoch_now(&e);
    assert_true(epoch_try_advance(&e));
    for (int i = 0; i < 10; i++)
        assert_false(epoch_try_advance(&e));
    assert_false(epoch_passed(
        unlinked, epoch_now(&e))); /* a may still hold a pointer to memory unlinked in this epoch */
    epoch_enter(&e, b);
    epoch_leave(&e, a);
    assert_true(epoch_try_advance(&e)); /* b entered in the present epoch */
    assert_false(epoch_passed(
        unlinked, epoch_now(&e))); /* the unlinking may have become visible only while a was inside */
    assert_false(epoch_try_advance(&e));
    epoch_enter(&e, c);
    epoch_leave(&e, b);
    assert_true(epoch_try_advance(&e));
    assert_int_equal(epoch_now(&e), unlinked + EPOCH_GRACE);
    assert_true(epoch_passed(unlinked, epoch_now(&e)));
    assert_false(epoch_try_advance(&e));
    epoch_leave(&e, c);
}

static void
test_only_threads_outside_can_be_raided(void **state)
{
    (void)state;
    int a = epoch_join(&e);
    epoch_enter(&e, a);
    assert_false(epoch_try_raid(&e, a));
    epoch_leave(&e, a);
    assert_true(epoch_try_raid(&e, a));
    assert_false(epoch_try_raid(&e, a)); /* only one raid at a time */
    assert_true(epoch_try_advance(&e));  /* a raid does not hold up the epoch */
    epoch_end_raid(&e, a);
    epoch_part(&e, a);
    assert_false(epoch_try_raid(&e, a)); /* the record belongs to no thread */
}

static void
enter_twice(void)
{
    int a = epoch_join(&e);
    epoch_enter(&e, a);
    epoch_enter(&e, a);
}

static void
part_inside(void)
{
    int a = epoch_join(&e);
    epoch_enter(&e, a);
    epoch_part(&e, a);
}

static void
test_entering_twice_and_parting_inside_abort(void **state)
{
    (void)state;
    unit_must_die(enter_twice, "s & 1");
    unit_must_die(part_inside, "outside & 1");
}

static void
end_a_raid_that_was_not_begun(void)
{
    epoch_end_raid(&e, epoch_join(&e));
}

static void
be_inside_where_no_thread_may(void)
{
    int a = epoch_join(&e);
    epoch_must_be_outside(&e, a);
    epoch_enter(&e, a);
    epoch_must_be_outside(&e, a);
}

static void
leave_from_outside(void)
{
    epoch_leave(&e, epoch_join(&e));
}

static void *
leave_for_another(void *record)
{
    epoch_must_be_inside(&e, *(int *)record);
    return NULL;
}

static void
use_the_record_of_another_thread(void)
{
    pthread_t other;
    int a = epoch_join(&e);
    epoch_enter(&e, a);
    epoch_must_be_inside(&e, a);
    epoch_must_own(&e, a);
    pthread_create(&other, NULL, leave_for_another, &a);
    pthread_join(other, NULL);
}

static void
own_what_was_not_raided(void)
{
    int a = epoch_join(&e);
    if (epoch_try_raid(&e, a)) {
        epoch_must_own(&e, a);
        epoch_end_raid(&e, a);
    }
    epoch_must_own(&e, a);
}

static void
test_being_on_the_wrong_side_aborts(void **state)
{
    (void)state;
    unit_must_die(end_a_raid_that_was_not_begun, "EPOCH_RAIDED");
    unit_must_die(be_inside_where_no_thread_may, "!epoch_inside(e, record)");
#ifdef LARDER_CHECKS
    unit_must_die(leave_from_outside, "epoch_inside(e, record)");
    unit_must_die(use_the_record_of_another_thread, "is_owner(e, record)");
    unit_must_die(own_what_was_not_raided, "EPOCH_RAIDED");
#else
    (void)leave_from_outside;
    (void)use_the_record_of_another_thread;
    (void)own_what_was_not_raided;
#endif
}

/* ---- two threads ------------------------------------------------------ */

enum { N_ROUNDS = 30000 };

struct private_parts {
    int record;
    uint64_t n; /* of the thread inside; not atomic, so that the thread sanitizer finds two */
    _Atomic bool stop;
};

static void *
raid(void *arg)
{
    struct private_parts *p = arg;
    uint64_t n_raids = 0;
    while (!atomic_load(&p->stop)) {
        if (!epoch_try_raid(&e, p->record))
            continue;
        p->n++;
        n_raids++;
        epoch_end_raid(&e, p->record);
    }
    return (void *)(uintptr_t)n_raids;
}

static void
test_a_raid_and_its_victim_are_never_inside_at_once(void **state)
{
    (void)state;
    struct private_parts p = {.record = epoch_join(&e)};
    pthread_t raider;
    assert_int_equal(pthread_create(&raider, NULL, raid, &p), 0);
    for (int i = 0; i < N_ROUNDS; i++) {
        epoch_enter(&e, p.record);
        p.n++;
        epoch_leave(&e, p.record);
        if (i % 64 == 0)
            sched_yield();
    }
    atomic_store(&p.stop, true);
    void *n_raids;
    pthread_join(raider, &n_raids);
    assert_int_equal(p.n, N_ROUNDS + (uintptr_t)n_raids);
}

enum { ALIVE = 0x600D, POISON = 0xDEAD, N_NODES = 64 };

struct node {
    _Atomic int state;
};

struct published {
    struct node *_Atomic node;
    _Atomic bool stop;
};

static void *
read_nodes(void *arg)
{
    struct published *p = arg;
    int me = epoch_join(&e);
    uintptr_t n_bad = 0;
    while (!atomic_load_explicit(&p->stop, memory_order_relaxed)) {
        epoch_enter(&e, me);
        struct node *node = atomic_load_explicit(&p->node, memory_order_acquire);
        for (int i = 0; i < 20; i++)
            n_bad += atomic_load_explicit(&node->state, memory_order_relaxed) != ALIVE;
        epoch_leave(&e, me);
    }
    epoch_part(&e, me);
    return (void *)n_bad;
}

static void
test_a_reader_never_sees_freed_memory(void **state)
{
    (void)state;
    struct node nodes[N_NODES];
    uint64_t unlinked[N_NODES] = {0};
    for (int i = 0; i < N_NODES; i++)
        nodes[i].state = POISON;
    nodes[0].state = ALIVE;
    struct published p = {.node = &nodes[0]};
    pthread_t reader;
    assert_int_equal(pthread_create(&reader, NULL, read_nodes, &p), 0);
    int me = epoch_join(&e), at = 0;
    for (int i = 0; i < N_ROUNDS; i++) {
        int next = (at + 1) % N_NODES;
        while (!epoch_passed(unlinked[next], epoch_now(&e))) {
            (void)epoch_try_advance(&e);
            sched_yield();
        }
        epoch_enter(&e, me);
        atomic_store_explicit(&nodes[next].state, ALIVE, memory_order_relaxed);
        atomic_store_explicit(&p.node, &nodes[next], memory_order_release);
        unlinked[at] = epoch_now(&e);
        epoch_leave(&e, me);
        at = next;
        int oldest = (at + N_NODES / 2) % N_NODES;
        if (oldest != at && epoch_passed(unlinked[oldest], epoch_now(&e)))
            atomic_store_explicit(&nodes[oldest].state, POISON, memory_order_relaxed);
    }
    atomic_store(&p.stop, true);
    void *n_bad;
    pthread_join(reader, &n_bad);
    assert_null(n_bad);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_every_thread_gets_a_record_of_its_own, init),
        cmocka_unit_test_setup(test_an_absent_thread_does_not_delay_the_epoch, init),
        cmocka_unit_test_setup(test_a_thread_inside_lets_one_epoch_pass_and_no_more, init),
        cmocka_unit_test_setup(test_only_threads_outside_can_be_raided, init),
        cmocka_unit_test_setup(test_entering_twice_and_parting_inside_abort, init),
        cmocka_unit_test_setup(test_being_on_the_wrong_side_aborts, init),
        cmocka_unit_test_setup(test_a_raid_and_its_victim_are_never_inside_at_once, init),
        cmocka_unit_test_setup(test_a_reader_never_sees_freed_memory, init),
    };
    return cmocka_run_group_tests_name("epoch", tests, NULL, NULL);
}
