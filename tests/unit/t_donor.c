/* donor: the page comes from where it is missed least, by a margin, and a class's last one comes last. */
#include "slab/donor.h"

#include "tests/unit/storing.h"

static struct donor_tried nobody;

static struct class *
class_of_size(uint32_t n_value)
{
    return class_at(&the_store->classes, 0, class_for(&the_store->classes, 24 + 8 + n_value));
}

static void
make_stale(struct class *c, uint64_t staleness, int n_pages)
{
    for (int i = 0; i < n_pages; i++)
        assert_true(class_grow(c));
    atomic_store(&c->staleness, staleness);
}

static void
test_the_stalest_gives_if_it_is_stale_enough(void **state)
{
    (void)state;
    struct class *a = class_of_size(100), *b = class_of_size(1000), *c = class_of_size(4000);
    assert_null(donor_choose(c, true, &nobody)); /* there is none to ask */
    make_stale(a, 1000, 2);
    make_stale(b, 500, 2);
    assert_ptr_equal(donor_choose(c, false, &nobody), a); /* it has no page itself */
    make_stale(c, 400, 1);
    assert_ptr_equal(donor_choose(c, false, &nobody), a);
    make_stale(c, 501, 0);
    assert_ptr_equal(donor_choose(c, false, &nobody), c); /* not by enough */
    assert_ptr_equal(donor_choose(c, true, &nobody), a);  /* but it cannot help itself */
}

static void
test_how_readily_pages_move_can_be_said(void **state)
{
    (void)state;
    struct class *a = class_of_size(100), *c = class_of_size(4000);
    make_stale(a, 1000, 2);
    make_stale(c, 900, 1);
    assert_ptr_equal(donor_choose(c, false, &nobody), c);
    store_set_automove(the_store, 2);
    assert_ptr_equal(donor_choose(c, false, &nobody), a);
    store_set_automove(the_store, 0);
    make_stale(a, 1000000, 0);
    assert_ptr_equal(donor_choose(c, false, &nobody), c);
    assert_ptr_equal(donor_choose(c, true, &nobody), a); /* forced */
    store_set_automove(the_store, 1);
    assert_ptr_equal(donor_choose(c, false, &nobody), a);
}

static void
test_a_last_page_comes_last_and_who_was_asked_is_not_asked_again(void **state)
{
    (void)state;
    struct class *a = class_of_size(100), *b = class_of_size(1000), *c = class_of_size(4000);
    struct donor_tried tried = nobody;
    make_stale(a, 1000000, 1);
    make_stale(b, 100, 2);
    make_stale(c, 10, 1);
    assert_ptr_equal(donor_choose(c, true, &tried), b);
    tried.class_id[b->id] = true;
    assert_ptr_equal(donor_choose(c, true, &tried), a);
    assert_ptr_equal(
        donor_choose(c, false, &tried), c); /* for a last page there is no margin that is enough */
    tried.class_id[a->id] = true;
    assert_null(donor_choose(c, true, &tried));
}

static void
test_a_sample_tells_how_stale_a_class_is(void **state)
{
    (void)state;
    struct class *c = class_of_size(100);
    fill(0, 50, 100);
    donor_sample(self, c);
    uint64_t fresh = c->staleness;
    fill(1000, 9000, 10); /* time is counted in items written */
    donor_sample(self, c);
    assert_true(c->staleness > fresh * 2);
    for (uint64_t i = 0; i < 50; i++)
        assert_true(has_pattern(i, 100));
    donor_sample(self, c);
    assert_int_equal(c->staleness, 0); /* warm ones will not go */
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_the_stalest_gives_if_it_is_stale_enough),
        ON_STORE(test_how_readily_pages_move_can_be_said),
        ON_STORE(test_a_last_page_comes_last_and_who_was_asked_is_not_asked_again),
        ON_STORE(test_a_sample_tells_how_stale_a_class_is),
    };
    clock_init();
    return cmocka_run_group_tests_name("donor", tests, NULL, NULL);
}
