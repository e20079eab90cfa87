/* rewrite: if the item changes between the decision and the swing, the decision is made again. */
#include "slab/store/rewrite.h"

#include "slab/form/relocate.h"
#include "tests/unit/slab/storing.h"

/* The change made to the item after the decision (or after the filling), the first time. */
enum meddling { NOTHING, SET, REMOVE, MOVE, FLUSH, TOUCH };

enum { TOUCHED = 4321 };

struct trial {
    enum meddling after_decision, after_fill;
    int n_decisions, n_settled;
    enum store_result decision;
    uint32_t n_old;
};

static void
meddle(enum meddling *with)
{
    struct store_key key = key_of("a");
    enum meddling what = *with;
    *with = NOTHING;
    switch (what) {
    case NOTHING: return;
    case SET: assert_int_equal(set_inside(key, "another"), STORE_OK); return;
    case REMOVE: assert_int_equal(store_remove(self, &key, false, 0), STORE_OK); return;
    case MOVE:
        assert_int_equal(relocate(self, peek_inside(key), key.hash, self->node), RELOCATE_DONE);
        return;
    case FLUSH: store_flush(self, 0); return;
    case TOUCH: assert_int_equal(store_touch(self, &key, TOUCHED), STORE_OK); return;
    }
}

/* The new value is the old one with a "!" appended. */
static enum store_result
decide(void *arg, struct store_thread *t, const struct item *old, uint64_t cas, struct store_spec *spec)
{
    struct trial *trial = arg;
    assert_ptr_equal(t, self);
    assert_true(cas == find_cas((struct item *)old));
    trial->n_decisions++;
    trial->n_old = item_n_value(old);
    *spec = (struct store_spec){.n_value = item_n_value(old) + 1};
    meddle(&trial->after_decision);
    return trial->decision;
}

static void
copy_and_add(void *arg, struct store_thread *t, struct item *to, const struct item *old)
{
    struct trial *trial = arg;
    assert_int_equal(item_n_value(old), trial->n_old);
    write_value_of(t, to, 0, old);
    write_value(t, to, item_n_value(old), "!", 1);
    meddle(&trial->after_fill);
}

static void
keep_expiry(void *arg, struct item *to, const struct item *old)
{
    struct trial *trial = arg;
    trial->n_settled++;
    rewrite_keep_expiry(to, old);
}

static const struct rewrite exclaim = {decide, copy_and_add, keep_expiry};
static struct rewritten result;

static enum store_result
rewrite_a(struct trial *trial)
{
    struct store_key key = key_of("a");
    store_enter(self);
    enum store_result r = rewrite_item(self, &key, &exclaim, trial, &result);
    store_leave(self);
    return r;
}

static void
test_the_new_item_takes_the_place_of_the_old(void **state)
{
    (void)state;
    struct trial trial = {0};
    assert_int_equal(put_until(key_of("a"), "one", 3, STORE_SET, clock_now_s() + 9), STORE_OK);
    assert_int_equal(rewrite_a(&trial), STORE_OK);
    assert_int_equal(trial.n_decisions, 1);
    assert_string_equal(get("a"), "one!");
    assert_int_equal(result.n_value, 4);
    assert_int_equal(result.exptime, clock_now_s() + 9);
    assert_true(result.cas == item_seq(peek(key_of("a"))));
    assert_int_equal(stats().n_items, 1);
}

static void
test_without_an_item_nothing_is_written(void **state)
{
    (void)state;
    struct trial trial = {0};
    assert_int_equal(rewrite_a(&trial), STORE_MISSING);
    assert_int_equal(trial.n_decisions, 0);
}

static void
test_a_refusal_is_the_result(void **state)
{
    (void)state;
    struct trial trial = {.decision = STORE_NOT_NUMBER};
    assert_int_equal(set("a", "one"), STORE_OK);
    assert_int_equal(rewrite_a(&trial), STORE_NOT_NUMBER);
    assert_string_equal(get("a"), "one");
}

static void
test_an_item_set_in_between_needs_a_new_decision(void **state)
{
    (void)state;
    struct trial early = {.after_decision = SET}, late = {.after_fill = SET};
    assert_int_equal(set("a", "one"), STORE_OK);
    assert_int_equal(rewrite_a(&early), STORE_OK);
    assert_int_equal(early.n_decisions, 2);
    assert_string_equal(get("a"), "another!");
    assert_int_equal(set("a", "one"), STORE_OK);
    assert_int_equal(rewrite_a(&late), STORE_OK);
    assert_int_equal(late.n_decisions, 2);
    assert_string_equal(get("a"), "another!");
}

static void
test_an_item_removed_in_between_is_missing(void **state)
{
    (void)state;
    struct trial early = {.after_decision = REMOVE}, late = {.after_fill = REMOVE};
    assert_int_equal(set("a", "one"), STORE_OK);
    assert_int_equal(rewrite_a(&early), STORE_MISSING);
    assert_int_equal(set("a", "one"), STORE_OK);
    assert_int_equal(rewrite_a(&late), STORE_MISSING);
    assert_null(get("a"));
    assert_int_equal(stats().n_items, 0);
}

static void
test_an_item_moved_in_between_is_still_the_same(void **state)
{
    (void)state;
    struct trial early = {.after_decision = MOVE}, late = {.after_fill = MOVE};
    assert_int_equal(set("a", "one"), STORE_OK);
    assert_int_equal(rewrite_a(&early), STORE_OK);
    assert_int_equal(early.n_decisions, 1);
    assert_int_equal(rewrite_a(&late), STORE_OK);
    assert_string_equal(get("a"), "one!!");
}

static void
test_an_item_flushed_in_between_is_not_restored(void **state)
{
    (void)state;
    struct trial early = {.after_decision = FLUSH}, late = {.after_fill = FLUSH};
    assert_int_equal(set("a", "one"), STORE_OK);
    assert_int_equal(rewrite_a(&early), STORE_MISSING);
    assert_null(get("a"));
    assert_int_equal(set("a", "one"), STORE_OK);
    (void)rewrite_a(&late); /* a rewrite before the flush succeeds, but then its item is flushed */
    assert_null(get("a"));
}

static void
test_changes_in_place_are_copied_last(void **state)
{
    (void)state;
    struct trial early = {.after_decision = TOUCH}, late = {.after_fill = TOUCH};
    assert_int_equal(set("a", "one"), STORE_OK);
    assert_int_equal(rewrite_a(&early), STORE_OK);
    assert_int_equal(result.exptime, TOUCHED);
    assert_int_equal(set("a", "one"), STORE_OK);
    assert_int_equal(rewrite_a(&late), STORE_OK);
    assert_int_equal(late.n_decisions, 1); /* it is the same item */
    assert_int_equal(late.n_settled, 1);
    assert_int_equal(result.exptime, TOUCHED);
    assert_int_equal(item_exptime(peek(key_of("a"))), TOUCHED);
    assert_string_equal(get("a"), "one!");
}

static void
test_history_is_copied_on_request(void **state)
{
    (void)state;
    struct store_key key = key_of("b");
    assert_int_equal(set("a", "one"), STORE_OK);
    assert_string_equal(get("a"), "one");
    assert_string_equal(get("a"), "one");
    struct item *old = peek(key_of("a")), *to;
    item_set_status(old, ITEM_STALE);
    clock_shift(5);
    store_enter(self);
    assert_int_equal(write_item(self, &key, &(struct store_spec){.client_flags = 5}, &to), STORE_OK);
    rewrite_keep_history(to, old);
    assert_int_equal(to->heat, 2);
    assert_int_equal(to->atime, old->atime);
    assert_int_equal(item_flags(to), ITEM_CLIENT_FLAGS | ITEM_STALE | ITEM_FETCHED);
    publish_abandon(self, to);
    store_leave(self);
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_the_new_item_takes_the_place_of_the_old),
        ON_STORE(test_without_an_item_nothing_is_written),
        ON_STORE(test_a_refusal_is_the_result),
        ON_STORE(test_an_item_set_in_between_needs_a_new_decision),
        ON_STORE(test_an_item_removed_in_between_is_missing),
        ON_STORE(test_an_item_moved_in_between_is_still_the_same),
        ON_STORE(test_an_item_flushed_in_between_is_not_restored),
        ON_STORE(test_changes_in_place_are_copied_last),
        ON_STORE(test_history_is_copied_on_request),
    };
    return cmocka_run_group_tests_name("rewrite", tests, NULL, NULL);
}
