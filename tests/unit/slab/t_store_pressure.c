/* store_pressure: in an emergency, new keys are refused, and everything else works. */
#include "slab/store.h"

#include "tests/unit/slab/storing.h"

static enum store_result
reserve(const char *name)
{
    struct store_key key = key_of(name);
    struct store_spec spec = {.n_value = 3};
    struct store_slot slot;
    store_enter(self);
    enum store_result r = store_reserve(self, &key, &spec, &slot);
    if (r == STORE_OK)
        store_cancel(self, &slot);
    store_leave(self);
    return r;
}

static enum store_result
count(const char *name, bool vivify)
{
    struct store_key key = key_of(name);
    struct store_arith how = {.delta = 1, .vivify = vivify};
    struct store_number number;
    store_enter(self);
    enum store_result r = store_arith(self, &key, &how, &number);
    store_leave(self);
    return r;
}

static enum store_result
vivify(const char *name)
{
    struct store_key key = key_of(name);
    struct store_fetch how = {.vivify = true, .vivify_exptime = 100};
    struct store_fetched out;
    store_enter(self);
    enum store_result r = store_fetch(self, &key, &how, false, &out);
    bool refused = r == STORE_MISSING && out.vivify_result == STORE_NO_MEMORY;
    store_leave(self);
    return refused ? STORE_NO_MEMORY : r;
}

static void
only_new_keys_are_refused(void **state)
{
    (void)state;
    set("n", "9");
    set("k", "abc");
    store_set_pressure(the_store, STORE_PRESSURE_CRITICAL);
    assert_int_equal(store_pressure(the_store), STORE_PRESSURE_CRITICAL);
    assert_int_equal(reserve("x"), STORE_OK);
    store_set_pressure(the_store, STORE_PRESSURE_EMERGENCY);
    assert_int_equal(reserve("x"), STORE_NO_MEMORY);
    assert_int_equal(vivify("x"), STORE_NO_MEMORY);
    assert_int_equal(count("x", true), STORE_NO_MEMORY);
    assert_int_equal(counted(STORE_N_REFUSED), 3);

    struct store_key key = key_of("k");
    struct store_view view;
    struct store_invalidate drop = {.drop_value = true};
    assert_int_equal(count("n", true), STORE_OK); /* 10 has one digit more: a new item replaces the old one */
    store_enter(self);
    assert_int_equal(store_get(self, &key, &view), STORE_OK);
    assert_int_equal(store_touch(self, &key, 100), STORE_OK);
    assert_int_equal(store_invalidate(self, &key, &drop), STORE_OK);
    assert_int_equal(store_remove(self, &key, false, 0), STORE_OK);
    store_leave(self);
    store_set_pressure(the_store, STORE_PRESSURE_NORMAL);
    assert_int_equal(reserve("x"), STORE_OK);
    assert_sound();
}

/* The memory memory_taken grows by pages, and falls when they are given back. */
static void
memory_taken(void **state)
{
    (void)state;
    size_t before = store_taken(the_store);
    char name[32];
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "key%d", i);
        set(name, "0123456789012345678901234567890123456789012345678901234567890123456789");
    }
    size_t full = store_taken(the_store);
    assert_true(full >= before + 2000 * 100);
    assert_true(full <= (size_t)32 << 20);
    assert_true(store_resize(the_store, STORE_LIMIT_MIN));
    for (int i = 0; i < 10 && store_taken(the_store) > STORE_LIMIT_MIN; i++)
        maintain_all(self);
    assert_true(store_taken(the_store) <= STORE_LIMIT_MIN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_new_keys_are_refused, open_small, close_store),
        cmocka_unit_test_setup_teardown(memory_taken, open_large, close_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
