/* find: an expired or flushed item is not found, and the thread that meets it unlinks it. */
#include "slab/core/find.h"

#include "tests/unit/slab/storing.h"

static struct item *
find(const char *name)
{
    struct store_key key = key_of(name);
    store_enter(self);
    struct item *it = find_live(self, &key);
    store_leave(self);
    return it;
}

static void
test_a_live_item_is_found(void **state)
{
    (void)state;
    assert_null(find("a"));
    assert_int_equal(put_until(key_of("a"), "1", 1, STORE_SET, clock_now_s() + 10), STORE_OK);
    clock_shift(9);
    assert_ptr_equal(find("a"), peek(key_of("a")));
}

static void
test_an_expired_item_is_unlinked_by_its_finder(void **state)
{
    (void)state;
    assert_int_equal(put_until(key_of("a"), "1", 1, STORE_SET, clock_now_s() + 10), STORE_OK);
    clock_shift(10);
    assert_non_null(peek(key_of("a")));
    assert_null(find("a"));
    assert_null(peek(key_of("a")));
    assert_int_equal(counted(STORE_N_EXPIRED), 1);
    assert_int_equal(counted(STORE_N_GET_EXPIRED), 1);
    assert_null(find("a"));
    assert_int_equal(counted(STORE_N_GET_EXPIRED), 1);
}

static void
test_a_flushed_item_is_unlinked_by_its_finder(void **state)
{
    (void)state;
    assert_int_equal(set("a", "1"), STORE_OK);
    flush(0);
    assert_non_null(peek(key_of("a")));
    assert_null(find("a"));
    assert_null(peek(key_of("a")));
    assert_int_equal(counted(STORE_N_FLUSHED), 1);
    assert_int_equal(counted(STORE_N_GET_FLUSHED), 1);
}

static void
test_the_replacement_of_an_expired_item_is_found(void **state)
{
    (void)state;
    struct store_key key = key_of("a");
    assert_int_equal(put_until(key, "1", 1, STORE_SET, clock_now_s() + 10), STORE_OK);
    struct item *dead = peek(key);
    clock_shift(10);
    store_enter(self); /* this thread found the expired item; then another thread sets the key */
    assert_int_equal(set_inside(key, "2"), STORE_OK);
    struct item *it = find_past_expired(self, &key, dead);
    assert_non_null(it);
    assert_memory_equal(item_value(it), "2", 1);
    store_leave(self);
    assert_int_equal(counted(STORE_N_EXPIRED), 1);
    assert_int_equal(counted(STORE_N_GET_EXPIRED), 0);
}

static void
test_under_the_lock_the_cause_is_returned(void **state)
{
    (void)state;
    struct store_key key = key_of("a");
    struct index_guard g;
    _Atomic uint64_t *slot;
    struct item *dead;
    enum loss why;
    assert_int_equal(put_until(key, "1", 1, STORE_SET, clock_now_s() + 10), STORE_OK);
    struct item *it = peek(key);
    store_enter(self);
    index_lock(self->index, key.hash, &g);
    assert_ptr_equal(find_live_locked(self, &g, &key, &slot, &dead, &why), it);
    assert_non_null(slot);
    assert_null(dead);
    clock_shift(10);
    assert_null(find_live_locked(self, &g, &key, &slot, &dead, &why));
    assert_non_null(slot);
    assert_ptr_equal(dead, it);
    assert_int_equal(why, LOSS_EXPIRED);
    index_unlock(&g);
    key = key_of("b");
    index_lock(self->index, key.hash, &g);
    assert_null(find_live_locked(self, &g, &key, &slot, &dead, &why));
    assert_null(slot);
    assert_null(dead);
    index_unlock(&g);
    store_leave(self);
}

static void
test_the_cas_number_is_the_clients_own_if_it_chose_one(void **state)
{
    (void)state;
    struct store_put how = {.mode = STORE_SET};
    struct store_spec spec = {.n_value = 1, .has_cas_new = true, .cas_new = 4711};
    assert_int_equal(set("a", "1"), STORE_OK);
    assert_true(find_cas(find("a")) == item_seq(find("a")));
    assert_int_equal(put_as(key_of("a"), &spec, &how, "1"), STORE_OK);
    assert_true(find_cas(find("a")) == 4711);
    spec.cas_new = 0;
    assert_int_equal(put_as(key_of("a"), &spec, &how, "1"), STORE_OK);
    assert_true(find_cas(find("a")) == 0);
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_a_live_item_is_found),
        ON_STORE(test_an_expired_item_is_unlinked_by_its_finder),
        ON_STORE(test_a_flushed_item_is_unlinked_by_its_finder),
        ON_STORE(test_the_replacement_of_an_expired_item_is_found),
        ON_STORE(test_under_the_lock_the_cause_is_returned),
        ON_STORE(test_the_cas_number_is_the_clients_own_if_it_chose_one),
    };
    return cmocka_run_group_tests_name("find", tests, NULL, NULL);
}
