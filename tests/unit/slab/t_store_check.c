/* store_check: the test breaks each invariant once, and the check must detect it. */
#include "slab/index/chain.h"
#include "slab/store.h"

#include "slab/core/forms.h"
#include "slab/form/cold.h"
#include "tests/unit/slab/packing.h"

enum { N_SMALL = 600, N_TIMED = 50, LARGE = N_SMALL, TIMED_FROM = 300 };

/*
 * A store with a little of everything: chains, overflow buckets, limbo, magazines, pages of many classes
 * and of none.
 */
static int
open_populated(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.limit *= 4;
    open_store(&o);
    for (uint64_t i = 0; i < 20000; i++)
        assert_int_equal(set_pattern(i, 1), STORE_OK);
    for (uint64_t i = N_SMALL; i < 20000; i++)
        assert_int_equal(drop(key_number(i)), STORE_OK);
    pass_epochs();
    store_settle(self);
    for (uint64_t i = 0; i < N_TIMED; i++)
        assert_int_equal(set_pattern_until(TIMED_FROM + i, 1, clock_now_s() + 1000), STORE_OK);
    assert_int_equal(set_pattern(LARGE, 50000), STORE_OK);
    assert_sound();
    return 0;
}

/* ---- breaking and restoring --------------------------------------------- */

static struct wound {
    void *at;
    size_t n;
    uint64_t before;
} wounds[4];
static size_t n_wounds;

static void
hurt(void *at, size_t n, uint64_t value)
{
    struct wound *w = &wounds[n_wounds++];
    assert_true(n_wounds <= N_OF(wounds));
    *w = (struct wound){.at = at, .n = n};
    memcpy(&w->before, at, n);
    memcpy(at, &value, n);
}

#define HURT(field, value) hurt((void *)&(field), sizeof(field), (uint64_t)(value))

static void
heal(void)
{
    while (n_wounds > 0) {
        n_wounds--;
        memcpy(wounds[n_wounds].at, &wounds[n_wounds].before, wounds[n_wounds].n);
    }
}

static void
must_complain(const char *says, int line)
{
    char why[256] = "";
    bool good = store_check(the_store, why, sizeof why);
    heal();
    assert_sound_at(line);
    if (good || strstr(why, says) == NULL)
        fail_msg("line %d: expected \"%s\", got \"%s\"", line, says, good ? "no error" : why);
}

#define MUST_COMPLAIN(says) must_complain(says, __LINE__)

/* ---- what is broken ----------------------------------------------------- */

static struct item *
some_item(void)
{
    return peek(key_number(5));
}

static struct class *
class_of(const struct item *it)
{
    return class_of_chunk(&the_store->classes, offset_of(it));
}

static uint64_t *
free_map_of(const struct item *it)
{
    struct arena *a = &the_store->arena;
    return arena_at(a, arena_page_offset(a, arena_page_of(a, offset_of(it))));
}

static uint32_t
chunk_number(const struct item *it)
{
    const struct class *c = class_of(it);
    return (uint32_t)((offset_of(it) - class_chunk(c, arena_page_of(&the_store->arena, offset_of(it)), 0)) /
                      c->geometry->size);
}

static _Atomic uint64_t *
slot_of(struct store_key key)
{
    struct index_guard g;
    index_lock(&the_store->index, key.hash, &g);
    _Atomic uint64_t *slot = index_locked_find(&the_store->index, &g, &key);
    index_unlock(&g);
    return slot;
}

static struct bucket *
bucket_with_overflow(void)
{
    for (uint64_t i = 0; i < index_size(&the_store->index); i++)
        if (the_store->index.buckets[i].head >> 32 != 0)
            return &the_store->index.buckets[i];
    fail_msg("no bucket has overflow");
    return NULL;
}

/* ---- pages and chunks ---------------------------------------------------- */

static void
test_a_chunk_of_an_item_that_the_map_calls_free(void **state)
{
    (void)state;
    uint32_t i = chunk_number(some_item());
    uint64_t *word = &free_map_of(some_item())[i / 64];
    HURT(*word, *word ^ UINT64_C(1) << i % 64);
    MUST_COMPLAIN("n_free");
    HURT(*word, *word ^ UINT64_C(1) << i % 64); /* the counts match the map */
    HURT(page_of(some_item())->n_free, page_of(some_item())->n_free + 1);
    HURT(class_of(some_item())->n_free, class_of(some_item())->n_free + 1);
    HURT(page_of(some_item())->hint, 0);
    MUST_COMPLAIN("two owners");
}

static void
test_a_chunk_without_an_owner(void **state)
{
    (void)state;
    struct page *page = page_of(some_item());
    uint64_t *map = free_map_of(some_item());
    while (*map == 0)
        map++;
    HURT(*map, *map & (*map - 1));
    HURT(page->n_free, page->n_free - 1);
    HURT(class_of(some_item())->n_free, class_of(some_item())->n_free - 1);
    MUST_COMPLAIN("has no owner");
}

static void
test_a_count_of_free_chunks_that_is_off(void **state)
{
    (void)state;
    struct class *c = class_of(some_item());
    HURT(c->n_free, c->n_free + 1);
    MUST_COMPLAIN("free");
    HURT(page_of(some_item())->n_free, page_of(some_item())->n_free + 1);
    MUST_COMPLAIN("n_free");
    HURT(c->n_pages, c->n_pages + 1);
    MUST_COMPLAIN("pages");
}

static void
test_lists_of_pages_that_are_broken(void **state)
{
    (void)state;
    struct class *c = class_of(some_item());
    assert_true(c->n_pages > 0 && c->avail != 0);
    HURT(c->avail, 0);
    MUST_COMPLAIN("in reach");
    struct page *hand = arena_page(&the_store->arena, c->hand);
    HURT(hand->ring_prev, hand->ring_prev == 1 ? 2 : 1);
    MUST_COMPLAIN("ring broken");
    HURT(hand->class_id, hand->class_id + 1);
    MUST_COMPLAIN("class");
}

static void
test_a_page_that_is_still_held(void **state)
{
    (void)state;
    HURT(page_of(some_item())->n_holds, 1);
    MUST_COMPLAIN("held");
}

static void
test_a_free_map_hint_that_is_past_a_free_chunk(void **state)
{
    (void)state;
    struct page *page = page_of(some_item());
    assert_true(page->n_free > 0);
    HURT(page->hint, class_of(some_item())->geometry->n_chunks / 64);
    MUST_COMPLAIN("hint");
}

static void
test_a_pool_that_has_lost_a_page(void **state)
{
    (void)state;
    struct page_pool *pool = &the_store->classes.pools[0];
    assert_true(pool->n_free > 1);
    HURT(pool->n_free, pool->n_free - 1);
    MUST_COMPLAIN("pool");
    HURT(pool->free, arena_page(&the_store->arena, pool->free)->ring_next);
    HURT(pool->n_free, pool->n_free - 1); /* the count matches the list, but the page is in no list */
    MUST_COMPLAIN("page");
}

static void
test_a_budget_that_is_off_by_one(void **state)
{
    (void)state;
    HURT(the_store->arena.budget, the_store->arena.budget + 1);
    MUST_COMPLAIN("budget");
    HURT(the_store->arena.budget, the_store->arena.budget - 1);
    MUST_COMPLAIN("budget");
    HURT(the_store->arena.budget, -1);
    MUST_COMPLAIN("budget");
}

static void
test_an_expiry_sooner_than_its_page_says(void **state)
{
    (void)state;
    struct page *page = page_of(peek(key_number(TIMED_FROM)));
    HURT(page->soonest, 0);
    MUST_COMPLAIN("expire");
    HURT(page->soonest, page->soonest + 1);
    MUST_COMPLAIN("expire");
}

/* ---- index --------------------------------------------------------------- */

static void
test_a_slot_that_was_lost_or_doubled(void **state)
{
    (void)state;
    _Atomic uint64_t *slot = slot_of(key_number(5)), *other = slot_of(key_number(7));
    HURT(*slot, 0);
    MUST_COMPLAIN("");
    HURT(*slot, *other);
    MUST_COMPLAIN("");
    HURT(*slot, *slot + 8);
    MUST_COMPLAIN("");
    HURT(*slot, (*slot & ~SLOT_OFFSET_MASK) | 4096);
    MUST_COMPLAIN("does not lie within its page");
}

/* A lookup could not find this item. */
static void
test_a_slot_with_the_tag_of_another(void **state)
{
    (void)state;
    _Atomic uint64_t *slot = slot_of(key_number(5));
    HURT(*slot, *slot ^ UINT64_C(1) << 60);
    MUST_COMPLAIN("is not found by its key");
}

static void
test_a_bucket_that_is_left_locked_or_in_motion(void **state)
{
    (void)state;
    HURT(the_store->index.buckets[3].head, BUCKET_LOCKED);
    MUST_COMPLAIN("locked or in motion");
    HURT(the_store->index.buckets[3].head, BUCKET_VERSION_ONE);
    MUST_COMPLAIN("locked or in motion");
}

static void
test_overflow_behind_a_hole(void **state)
{
    (void)state;
    for (uint64_t i = 1000; i < 20000; i++)
        assert_int_equal(set_pattern(i, 1), STORE_OK);
    struct bucket *b = bucket_with_overflow();
    HURT(b->slot[2], 0);
    MUST_COMPLAIN("hole");
}

static void
test_an_overflow_bucket_without_an_owner(void **state)
{
    (void)state;
    assert_true(self->spares.n > 0);
    HURT(self->spares.n, self->spares.n - 1);
    MUST_COMPLAIN("overflow");
}

static void
test_a_count_of_items_that_lets_the_index_grow_wrongly(void **state)
{
    (void)state;
    HURT(the_store->index.n_items, the_store->index.n_items + 1);
    MUST_COMPLAIN("items");
}

/* ---- items ---------------------------------------------------------------- */

static void
test_an_item_without_a_number_or_with_one_from_the_future(void **state)
{
    (void)state;
    HURT(some_item()->seq, 0);
    MUST_COMPLAIN("number");
    HURT(some_item()->seq, self->sb->seq);
    MUST_COMPLAIN("number");
}

static void
test_a_key_that_hashes_elsewhere(void **state)
{
    (void)state;
    HURT(*item_key(some_item()), 'K');
    MUST_COMPLAIN("bucket");
}

static void
test_a_length_that_does_not_fit_its_class(void **state)
{
    (void)state;
    HURT(some_item()->vlen, 100);
    MUST_COMPLAIN("class");
}

static void
test_a_broken_chain(void **state)
{
    (void)state;
    struct item *it = peek(key_number(LARGE));
    struct link *link = chain_first(self->base, it);
    HURT(link->mark, LINK_MARK | 64);
    MUST_COMPLAIN("marked");
    HURT(link->next, 0);
    MUST_COMPLAIN("bytes");
    HURT(link->n, link->n - 1);
    MUST_COMPLAIN("");
    HURT(link->next, *item_next(it)); /* a cycle */
    MUST_COMPLAIN("two owners");
}

static void
test_counters_that_do_not_add_up(void **state)
{
    (void)state;
    HURT(self->counters[3].n_items, self->counters[3].n_items + 1);
    MUST_COMPLAIN("accounts");
    HURT(self->counters[3].n_bytes, self->counters[3].n_bytes - 8);
    MUST_COMPLAIN("accounts");
    HURT(the_store->n_pinned, 1);
    MUST_COMPLAIN("pinned items");
    HURT(the_store->pinned_bytes, 8);
    MUST_COMPLAIN("pinned items");
}

static void
test_a_chunk_that_is_not_one(void **state)
{
    (void)state;
    struct magazine *m = &self->magazines[class_of(some_item())->id];
    assert_true(m->n > 0);
    HURT(m->chunk[0], 4096);
    MUST_COMPLAIN("lies outside the pages");
    HURT(m->chunk[0], m->chunk[0] + 8);
    MUST_COMPLAIN("does not begin on a chunk");
    HURT(m->chunk[0], offset_of(peek(key_number(LARGE))));
    MUST_COMPLAIN("of class");
}

static void
test_a_chunk_with_two_owners(void **state)
{
    (void)state;
    struct magazine *m = &self->magazines[class_of(some_item())->id];
    assert_true(m->n > 0);
    HURT(m->chunk[0], offset_of(some_item()));
    MUST_COMPLAIN("two owners");
    HURT(m->n, m->n - 1);
    MUST_COMPLAIN("has no owner");
    assert_int_equal(drop(key_number(6)), STORE_OK);
    assert_true(self->limbo.head != self->limbo.tail);
    HURT(self->limbo.head, self->limbo.tail);
    MUST_COMPLAIN("has no owner");
}

/* ---- packed values -------------------------------------------------------- */

static uint32_t slot;

static int
open_packed(void **state)
{
    int r = open_large(state);
    assert_true(pack_join(self));
    slot = adopt_common(&the_store->dictionaries, CODEC_zstd);
    assert_int_equal(cold_use(the_store, slot, NULL), DICTIONARY_NONE);
    for (uint64_t i = 0; i < 20; i++) {
        assert_int_equal(set_record(i, 300), STORE_OK);
        assert_int_equal(pack_key(key_number(i), i % 2 ? slot : CODEC_lz4), PACK_DONE);
    }
    assert_sound();
    return r;
}

static int
close_packed(void **state)
{
    pack_part(self);
    return close_store(state);
}

static void
test_a_packed_value_that_does_not_unpack(void **state)
{
    (void)state;
    struct item *it = some_item();
    unsigned char *head = (unsigned char *)item_value(it);
    assert_int_equal(*head, slot);
    HURT(*head, slot + 1);
    MUST_COMPLAIN("does not exist");
    HURT(*head, N_CODECS);
    MUST_COMPLAIN("does not exist");
    HURT(head[1], head[1] + 1); /* the length */
    MUST_COMPLAIN("does not unpack");
    HURT(it->flags, it->flags | ITEM_FORM);
    MUST_COMPLAIN("unknown form");
    HURT(head[2], head[2] | 0x80); /* a length without an end */
    HURT(head[3], 0x80);
    HURT(head[4], 0x80);
    MUST_COMPLAIN("has no head");
}

static void
test_counts_of_forms_that_do_not_add_up(void **state)
{
    (void)state;
    HURT(self->forms->n_packed, 19);
    MUST_COMPLAIN("packed items");
    HURT(self->forms->stored_bytes, 1);
    MUST_COMPLAIN("stored bytes");
    HURT(self->forms->value_bytes, 1);
    MUST_COMPLAIN("value bytes");
    HURT(self->forms->referers[slot], 9);
    MUST_COMPLAIN("referers");
    HURT(self->forms->referers[CODEC_zstd], 1);
    MUST_COMPLAIN("referers");
}

static void
test_dictionaries_that_are_damaged(void **state)
{
    (void)state;
    struct dictionaries *d = &the_store->dictionaries;
    struct dictionary *place = dictionary_at(d, slot), *free_place = dictionary_at(d, slot + 1);
    struct dictionary_use *dict_use = &d->use[slot];
    HURT(place->codec, N_CODECS);
    MUST_COMPLAIN("does not unpack");
    HURT(place->state, DICTIONARY_RETIRED);
    MUST_COMPLAIN("not live");
    HURT(place->state, DICTIONARY_FREE);
    MUST_COMPLAIN("does not exist");
    HURT(free_place->state, DICTIONARY_LIVE);
    MUST_COMPLAIN("is damaged");
    HURT(d->use[slot + 1].encode, dict_use->encode);
    MUST_COMPLAIN("is free, but prepared");
    HURT(dict_use->encode, NULL);
    MUST_COMPLAIN("is not prepared");
    HURT(place->n, DICTIONARY_MAX + 1);
    MUST_COMPLAIN("is damaged");
}

static void
test_sums_of_dictionaries_that_are_off(void **state)
{
    (void)state;
    struct dictionaries *d = &the_store->dictionaries;
    HURT(d->bytes, d->bytes + 1);
    MUST_COMPLAIN("bytes of dictionaries");
    HURT(d->prepared, 0);
    MUST_COMPLAIN("bytes of dictionaries");
    HURT(d->n_live, 2);
    MUST_COMPLAIN("states of dictionaries");
    HURT(d->n_retired, 1);
    MUST_COMPLAIN("states of dictionaries");
    HURT(the_store->cold->slot, slot + 1);
    MUST_COMPLAIN("not live");
    HURT(the_store->cold->probe[slot + 1], 8);
    MUST_COMPLAIN("has a probe");
}

static void
test_dictionaries_of_kinds_that_are_off(void **state)
{
    (void)state;
    struct kind_dict *kinds = &the_store->cold->kinds;
    struct kind kind;
    struct store_key key = key_number(1);
    uint32_t before, own = adopt_common(&the_store->dictionaries, CODEC_zstd);
    (void)kind_dict_note(kinds, bytes_of(key.p, key.n), 300);
    kind_of_key(&kind, bytes_of(key.p, key.n));
    assert_true(cold_use_for(the_store, kind_hash(&kind, 0), own, NULL, 0, &before));
    assert_sound();
    HURT(dictionary_at(&the_store->dictionaries, own)->state, DICTIONARY_RETIRED);
    MUST_COMPLAIN("not live");
    HURT(kinds->of_kind[own], false);
    MUST_COMPLAIN("the kinds' dictionaries");
    HURT(kinds->n, 2);
    MUST_COMPLAIN("the kinds' dictionaries");
}

int
main(void)
{
#define PACKED(test)    cmocka_unit_test_setup_teardown(test, open_packed, close_packed)
#define POPULATED(test) cmocka_unit_test_setup_teardown(test, open_populated, close_store)
    const struct CMUnitTest tests[] = {
        POPULATED(test_a_chunk_of_an_item_that_the_map_calls_free),
        POPULATED(test_a_chunk_without_an_owner),
        POPULATED(test_a_count_of_free_chunks_that_is_off),
        POPULATED(test_lists_of_pages_that_are_broken),
        POPULATED(test_a_page_that_is_still_held),
        POPULATED(test_a_free_map_hint_that_is_past_a_free_chunk),
        POPULATED(test_a_pool_that_has_lost_a_page),
        POPULATED(test_a_budget_that_is_off_by_one),
        POPULATED(test_an_expiry_sooner_than_its_page_says),
        POPULATED(test_a_slot_that_was_lost_or_doubled),
        POPULATED(test_a_slot_with_the_tag_of_another),
        POPULATED(test_a_bucket_that_is_left_locked_or_in_motion),
        POPULATED(test_overflow_behind_a_hole),
        POPULATED(test_an_overflow_bucket_without_an_owner),
        POPULATED(test_a_count_of_items_that_lets_the_index_grow_wrongly),
        POPULATED(test_an_item_without_a_number_or_with_one_from_the_future),
        POPULATED(test_a_key_that_hashes_elsewhere),
        POPULATED(test_a_length_that_does_not_fit_its_class),
        POPULATED(test_a_broken_chain),
        POPULATED(test_counters_that_do_not_add_up),
        POPULATED(test_a_chunk_that_is_not_one),
        POPULATED(test_a_chunk_with_two_owners),
        PACKED(test_a_packed_value_that_does_not_unpack),
        PACKED(test_counts_of_forms_that_do_not_add_up),
        PACKED(test_dictionaries_that_are_damaged),
        PACKED(test_sums_of_dictionaries_that_are_off),
        PACKED(test_dictionaries_of_kinds_that_are_off),
    };
    return cmocka_run_group_tests_name("store_check", tests, NULL, NULL);
}
