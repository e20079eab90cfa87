/* demand: which requests wake a mover, and which do not.  The test's thread waits in place of the mover. */
#include "slab/core/demand.h"

#include <pthread.h>
#include <sched.h>

#include "tests/unit/slab/storing.h"

static int
open_with_demands(void **state)
{
    open_small(state);
    assert_true(demand_init(the_store));
    return 0;
}

static int
close_with_demands(void **state)
{
    demand_fini(the_store);
    return close_store(state);
}

static struct demand *
first(void)
{
    return &the_store->demands[DEMAND_FIRST];
}

static bool
is_wanted(void)
{
    lock_take(&first()->lock);
    bool wanted = first()->wanted;
    first()->wanted = false;
    lock_give(&first()->lock);
    return wanted;
}

static void
test_without_movers_nothing_is_woken(void **state)
{
    (void)state;
    assert_null(the_store->demands);
    demand_note_order(the_store);
    demand_note_events(the_store);
    demand_note_requests(the_store, 0);
    demand_note_index(the_store);
    demand_note_pages(the_store, 0);
    demand_fini(the_store);
}

static void
test_a_request_before_the_wait_ends_it(void **state)
{
    (void)state;
    bool tick = true;
    demand_note_order(the_store);
    assert_true(demand_await(first(), &tick));
    assert_false(tick);
    demand_tick(first());
    demand_again(first());
    assert_true(demand_await(first(), &tick));
    assert_true(tick);
    assert_false(is_wanted()); /* one turn of the mover handled both */
    demand_stop(first());
    assert_false(demand_await(first(), &tick));
}

static void
test_while_awake_only_orders_and_asks_are_noted(void **state)
{
    (void)state;
    bool tick;
    demand_again(first());
    assert_true(demand_await(first(), &tick)); /* awake from here on */
    demand_note_events(the_store);
    demand_note_requests(the_store, 0);
    assert_false(is_wanted());
    demand_note_order(the_store);
    assert_true(is_wanted());
    demand_note_ask(the_store, 0);
    assert_true(is_wanted());
}

static void
test_the_index_wakes_only_while_it_needs_memory(void **state)
{
    (void)state;
    demand_note_index(the_store);
    assert_false(is_wanted());
    atomic_store(&the_store->index.needs_memory, true);
    demand_note_index(the_store);
    assert_true(is_wanted());
    atomic_store(&the_store->index.needs_memory, false);
}

static void
test_pages_are_wanted_when_memory_is_full_and_the_pool_is_low(void **state)
{
    (void)state;
    demand_note_pages(the_store, 0);
    assert_false(demand_is_full(the_store));
    assert_false(is_wanted());
    for (uint64_t i = 0; !demand_is_full(the_store); i += 100)
        fill(i, i + 100, 1000);
    demand_note_pages(the_store, 0);
    assert_true(is_wanted());
}

static void
test_pressure_makes_the_reserve_larger(void **state)
{
    (void)state;
    uint64_t reserve = demand_reserve(the_store);
    assert_false(demand_is_under_pressure(the_store));
    store_set_pressure(the_store, STORE_PRESSURE_WARNING);
    assert_true(demand_is_under_pressure(the_store));
    assert_true(demand_reserve(the_store) > reserve);
    store_set_pressure(the_store, STORE_PRESSURE_NORMAL);
    assert_int_equal(demand_reserve(the_store), reserve);
}

static void *
work(void *arg)
{
    bool tick;
    _Atomic uint64_t *n = arg;
    while (demand_await(first(), &tick))
        atomic_fetch_add(n, 1);
    return NULL;
}

static void
test_a_pause_outlasts_requests_made_during_it(void **state)
{
    (void)state;
    _Atomic uint64_t n = 0;
    pthread_t id;
    assert_int_equal(pthread_create(&id, NULL, work, (void *)&n), 0);
    demand_again(first());
    while (atomic_load(&n) == 0)
        sched_yield();
    demand_pause(first());
    uint64_t before = atomic_load(&n);
    demand_tick(first());
    assert_int_equal(atomic_load(&n), before);
    demand_resume(first());
    while (atomic_load(&n) == before)
        sched_yield();
    demand_stop(first());
    assert_int_equal(pthread_join(id, NULL), 0);
}

int
main(void)
{
#define ON_STORE(test)     cmocka_unit_test_setup_teardown(test, open_small, close_store)
#define WITH_DEMANDS(test) cmocka_unit_test_setup_teardown(test, open_with_demands, close_with_demands)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_without_movers_nothing_is_woken),
        WITH_DEMANDS(test_a_request_before_the_wait_ends_it),
        WITH_DEMANDS(test_while_awake_only_orders_and_asks_are_noted),
        WITH_DEMANDS(test_the_index_wakes_only_while_it_needs_memory),
        WITH_DEMANDS(test_pages_are_wanted_when_memory_is_full_and_the_pool_is_low),
        WITH_DEMANDS(test_pressure_makes_the_reserve_larger),
        WITH_DEMANDS(test_a_pause_outlasts_requests_made_during_it),
    };
    return cmocka_run_group_tests_name("demand", tests, NULL, NULL);
}
