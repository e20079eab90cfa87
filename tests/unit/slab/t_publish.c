/* publish: an item is counted once when it is linked and once, by cause, when it is unlinked. */
#include "slab/index/chain.h"
#include "slab/core/publish.h"

#include "tests/unit/slab/storing.h"

static void
assert_accounts(uint64_t n_items, uint64_t n_bytes)
{
    struct store_stats s = stats();
    assert_int_equal(s.n_items, n_items);
    assert_int_equal(s.n_bytes, n_bytes);
}

/* Unlinks the item under the key, for a cause. */
static bool
drop_for(const char *name, enum loss why)
{
    struct store_key key = key_of(name);
    struct item *it = peek(key);
    store_enter(self);
    bool dropped = publish_drop(self, it, key.hash, why);
    store_leave(self);
    return dropped;
}

static void
test_bytes_and_items_are_those_of_linked_items(void **state)
{
    (void)state;
    assert_accounts(0, 0);
    assert_int_equal(set("a", "12345"), STORE_OK);
    assert_accounts(1, 24 + 1 + 5);
    assert_int_equal(set("a", "12"), STORE_OK);
    assert_accounts(1, 24 + 1 + 2);
    assert_int_equal(set_pattern(1, 20000), STORE_OK); /* "key:1", chained: two words more */
    assert_accounts(2, 24 + 1 + 2 + 24 + 8 + 4 + 5 + 20000);
    assert_int_equal(drop(key_of("a")), STORE_OK);
    assert_int_equal(drop(key_number(1)), STORE_OK);
    assert_accounts(0, 0);
    assert_int_equal(counted(STORE_N_LINKED), 3);
}

static void
test_every_loss_is_counted_once_by_its_cause(void **state)
{
    (void)state;
    static const struct {
        enum loss why;
        uint64_t expired, expired_unfetched, flushed, evicted, evicted_unfetched, active;
    } rows[] = {
        {LOSS_REMOVED, 0, 0, 0, 0, 0, 0},
        {LOSS_REPLACED, 0, 0, 0, 0, 0, 0},
        {LOSS_EXPIRED, 1, 1, 0, 0, 0, 0},
        {LOSS_FLUSHED, 0, 0, 1, 0, 0, 0},
        {LOSS_EVICTED, 0, 0, 0, 1, 1, 0},
        {LOSS_PAGE, 0, 0, 0, 1, 1, 1},
    };
    for (size_t i = 0; i < N_OF(rows); i++) {
        store_stats_reset(the_store);
        uint32_t exptime = rows[i].why == LOSS_EXPIRED ? clock_now_s() + 1 : 0;
        assert_int_equal(put_until(key_of("a"), "1", 1, STORE_SET, exptime), STORE_OK);
        if (rows[i].why == LOSS_EXPIRED)
            clock_shift(1);
        if (rows[i].why == LOSS_FLUSHED)
            flush(0);
        assert_true(drop_for("a", rows[i].why));
        struct store_stats s = stats();
        assert_int_equal(s.n[STORE_N_EXPIRED], rows[i].expired);
        assert_int_equal(s.n[STORE_N_EXPIRED_UNFETCHED], rows[i].expired_unfetched);
        assert_int_equal(s.n[STORE_N_FLUSHED], rows[i].flushed);
        assert_int_equal(s.n[STORE_N_EVICTED], rows[i].evicted);
        assert_int_equal(s.n[STORE_N_EVICTED_UNFETCHED], rows[i].evicted_unfetched);
        assert_int_equal(s.n[STORE_N_EVICTED_ACTIVE], rows[i].active);
        assert_int_equal(s.n[STORE_N_EVICTED_TTL], 0);
        assert_accounts(0, 0);
        assert_null(get("a"));
    }
}

static void
test_a_fetched_item_with_a_time_is_counted_as_such(void **state)
{
    (void)state;
    assert_int_equal(put_until(key_of("a"), "1", 1, STORE_SET, clock_now_s() + 100), STORE_OK);
    assert_string_equal(get("a"), "1");
    assert_true(drop_for("a", LOSS_EVICTED));
    assert_int_equal(counted(STORE_N_EVICTED_TTL), 1);
    assert_int_equal(counted(STORE_N_EVICTED_UNFETCHED), 0);
}

static void
test_an_item_is_dropped_once(void **state)
{
    (void)state;
    struct store_key key = key_of("a");
    assert_int_equal(set("a", "1"), STORE_OK);
    struct item *it = peek(key);
    store_enter(self);
    assert_true(publish_drop(self, it, key.hash, LOSS_EVICTED));
    assert_false(publish_drop(self, it, key.hash, LOSS_EVICTED));
    store_leave(self);
    assert_int_equal(counted(STORE_N_EVICTED), 1);
}

/* publish_drop checks the cause again, because its caller judged the item without the lock. */
static void
test_a_live_item_is_not_dropped_as_expired(void **state)
{
    (void)state;
    assert_int_equal(set("a", "1"), STORE_OK);
    assert_false(drop_for("a", LOSS_EXPIRED));
    assert_false(drop_for("a", LOSS_FLUSHED));
    assert_string_equal(get("a"), "1");
    assert_int_equal(counted(STORE_N_EXPIRED), 0);
    assert_int_equal(counted(STORE_N_FLUSHED), 0);
    assert_accounts(1, 26);
}

static void
test_no_mark_is_set_on_freed_chunks(void **state)
{
    (void)state;
    assert_int_equal(set_pattern(1, 30000), STORE_OK);
    struct item *it = peek(key_number(1));
    assert_true(item_seq(it) != 0);
    for (const struct link *link = chain_first(self->base, it); link != NULL;
         link = chain_next(self->base, link))
        assert_int_equal(link->mark, LINK_MARK | offset_of(it));
    assert_int_equal(drop(key_number(1)), STORE_OK);
    assert_int_equal(item_seq(it), 0);
    for (const struct link *link = chain_first(self->base, it); link != NULL;
         link = chain_next(self->base, link))
        assert_int_equal(link->mark, 0);
}

static void
test_a_replacement_needs_a_higher_number(void **state)
{
    (void)state;
    uint64_t last = 0;
    for (int i = 0; i < 600; i++) {
        assert_int_equal(set("a", "1"), STORE_OK);
        assert_true(last_stored.cas > last);
        assert_int_equal(item_seq(peek(key_of("a"))), last_stored.cas);
        last = last_stored.cas;
    }
    assert_accounts(1, 26);
}

static void
test_flushed_comes_before_expired(void **state)
{
    (void)state;
    enum loss why = LOSS_REMOVED;
    assert_int_equal(put_until(key_of("a"), "1", 1, STORE_SET, clock_now_s() + 1), STORE_OK);
    struct item *it = peek(key_of("a"));
    assert_false(publish_is_expired(self, it, clock_now_s(), &why));
    assert_true(publish_is_expired(self, it, clock_now_s() + 1, &why));
    assert_int_equal(why, LOSS_EXPIRED);
    flush(0);
    assert_true(publish_is_expired(self, it, clock_now_s() + 1, &why));
    assert_int_equal(why, LOSS_FLUSHED);
}

static void
test_a_page_knows_its_soonest_expiry(void **state)
{
    (void)state;
    uint32_t now = clock_now_s();
    assert_int_equal(set("a", "1"), STORE_OK);
    struct page *page = page_of(peek(key_of("a")));
    assert_int_equal(page->soonest, 0);
    assert_int_equal(put_until(key_of("b"), "1", 1, STORE_SET, now + 50), STORE_OK);
    assert_int_equal(page->soonest, now + 50);
    assert_int_equal(put_until(key_of("c"), "1", 1, STORE_SET, now + 20), STORE_OK);
    assert_int_equal(page->soonest, now + 20);
    assert_int_equal(put_until(key_of("d"), "1", 1, STORE_SET, now + 30), STORE_OK);
    assert_int_equal(page->soonest, now + 20);
}

/* Publishes an empty item under a new key, without a spare overflow bucket, and removes it again. */
static bool
try_without_spare(uint64_t i)
{
    struct store_key key = key_number(i);
    struct index_guard g;
    struct item *it;
    while (self->spares.n > 0)
        index_give_spare(self->index, self->spares.spare[--self->spares.n]);
    assert_int_equal(write_item(self, &key, &(struct store_spec){.n_value = 0}, &it), STORE_OK);
    index_lock(self->index, key.hash, &g);
    bool published = publish_locked(self, &g, key.hash, it, store_thread_next_seq(self));
    if (published)
        publish_remove_locked(self, &g, index_locked_find(self->index, &g, &key), it, LOSS_REMOVED);
    index_unlock(&g);
    if (published)
        publish_settle(self, it, 0);
    else
        publish_abandon(self, it); /* it has no number yet */
    return published;
}

static void
test_an_insert_without_a_spare_changes_nothing(void **state)
{
    (void)state;
    const uint64_t n = 6000; /* some buckets are full */
    for (uint64_t i = 0; i < n; i++)
        assert_int_equal(set_pattern(i, 1), STORE_OK);
    struct store_stats before = stats();
    uint64_t n_refused = 0;
    store_enter(self);
    for (uint64_t i = n; i < n + 200; i++)
        n_refused += !try_without_spare(i);
    store_leave(self);
    assert_in_range(n_refused, 1, 199);
    assert_int_equal(stats().n_items, before.n_items);
    assert_int_equal(stats().n_bytes, before.n_bytes);
}

int
main(void)
{
#define ON_STORE(test) cmocka_unit_test_setup_teardown(test, open_small, close_store)
    const struct CMUnitTest tests[] = {
        ON_STORE(test_bytes_and_items_are_those_of_linked_items),
        ON_STORE(test_every_loss_is_counted_once_by_its_cause),
        ON_STORE(test_a_fetched_item_with_a_time_is_counted_as_such),
        ON_STORE(test_an_item_is_dropped_once),
        ON_STORE(test_a_live_item_is_not_dropped_as_expired),
        ON_STORE(test_no_mark_is_set_on_freed_chunks),
        ON_STORE(test_a_replacement_needs_a_higher_number),
        ON_STORE(test_flushed_comes_before_expired),
        ON_STORE(test_a_page_knows_its_soonest_expiry),
        ON_STORE(test_an_insert_without_a_spare_changes_nothing),
    };
    return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
