/*
 * cold: what is packed, repacked, made plain, tried in vain or left alone; and that without a budget, or with
 * compression off, exactly the same items are evicted as without all of this.
 */
#include "slab/codec/effort.h"
#include "slab/reclaim/evict.h"
#include "slab/reclaim/sweep.h"
#include "tests/unit/slab/training.h"

enum { OLD = 1000, CUT_AGE = 500 }; /* ages, in stamps */

/* The linker lets this function be called in the place of clock_ns: tests/local.mk. */
uint64_t __real_clock_ns(void);
uint64_t __wrap_clock_ns(void);
static uint64_t ns_per_call, ns_added;

uint64_t
__wrap_clock_ns(void)
{
    ns_added += ns_per_call;
    return __real_clock_ns() + ns_added;
}

static struct cold *cold;
static struct cold_pass pass;
static uint32_t slot;

/* The step of an item of that age which was never read. */
static uint32_t
step_at(uint32_t age)
{
    return cutoff_step((2 * (uint64_t)age + 1) * 64, false);
}

static int
open_cold(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.limit = (size_t)8 << 20;
    o.compression = STORE_COMPRESSION_AUTO;
    open_store(&o);
    assert_true(pack_join(self));
    cold = the_store->cold;
    slot = adopt_common(&the_store->dictionaries, CODEC_zstd);
    use(slot);
    again_met(&cold->again, o.limit); /* it is not new any more */
    atomic_store(&cold->cut.at, step_at(CUT_AGE));
    return 0;
}

static int
close_cold(void **state)
{
    pack_part(self);
    return close_store(state);
}

static uint64_t
count(const _Atomic uint64_t *n)
{
    return atomic_load(n);
}

static void
begin(void)
{
    cold_begin(self, &pass);
}

static void
end(void)
{
    cold_end(self, &pass, UINT64_MAX);
}

/* What the hand decides about the item, if it has that age and heat. */
static enum cold_plan
judge(struct store_key key, uint32_t age, unsigned heat, bool fresh)
{
    struct item *it = peek(key);
    atomic_store(&it->heat, (uint8_t)heat);
    begin();
    assert_true(pass.packs);
    store_enter(self);
    enum cold_plan plan = cold_judge(self, &pass, it, 400, age, fresh);
    store_leave(self);
    end();
    return plan;
}

static uint64_t
carry_out(struct store_key key, enum cold_plan plan)
{
    begin();
    store_enter(self);
    uint64_t saved = cold_carry_out(self, &pass, peek_inside(key), key.hash, plan);
    store_leave(self);
    end();
    return saved;
}

/* The slot of a packed value; UINT32_MAX: it is plain. */
static uint32_t
slot_of(struct store_key key)
{
    const struct item *it = peek(key);
    return item_flags(it) & ITEM_FORM ? item_packed(it).slot : UINT32_MAX;
}

/* ---- judging ---------------------------------------------------------------- */

static void
test_an_item_that_was_never_read_is_cold(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    assert_int_equal(set_record(1, 300), STORE_OK);
    assert_int_equal(judge(key, 1, 0, false), COLD_PACK);
    assert_int_equal(judge(key, OLD, 0, false), COLD_PACK);
    assert_int_equal(judge(key, 1, 0, true), COLD_LEAVE); /* stored a moment ago */
}

static void
test_an_item_that_is_read_is_cold_over_the_cut(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    assert_int_equal(set_record(1, 300), STORE_OK);
    assert_int_equal(judge(key, CUT_AGE - 100, 1, false), COLD_LEAVE);
    assert_int_equal(judge(key, CUT_AGE * 3 + 10, 1, false), COLD_PACK);  /* heat 1 divides by 3 */
    assert_int_equal(judge(key, CUT_AGE * 3 + 10, 7, false), COLD_LEAVE); /* 7 by 15 */
    assert_int_equal(judge(key, CUT_AGE * 16, 7, false), COLD_PACK);
}

static void
test_some_items_are_never_packed(void **state)
{
    (void)state;
    struct store_spec spec = {.n_value = 300, .pin = true};
    struct store_put how = {.mode = STORE_SET};
    assert_int_equal(put_as(key_number(1), &spec, &how, record(1, 300)), STORE_OK);
    assert_int_equal(judge(key_number(1), OLD, 0, false), COLD_LEAVE); /* pinned */
    assert_int_equal(set_record(2, 47), STORE_OK);
    assert_int_equal(judge(key_number(2), OLD, 0, false), COLD_LEAVE); /* short */
    assert_int_equal(set_record(2, 48), STORE_OK);
    assert_int_equal(judge(key_number(2), OLD, 0, false), COLD_PACK);
    assert_int_equal(set_pattern(3, 7000), STORE_OK);
    assert_int_equal(judge(key_number(3), OLD, 0, false), COLD_PACK);
    assert_int_equal(set_pattern(3, CODEC_LARGE_MAX), STORE_OK);
    assert_int_equal(judge(key_number(3), OLD, 0, false), COLD_PACK); /* chained */
    assert_int_equal(set_pattern(4, CODEC_LARGE_MAX + 1), STORE_OK);
    assert_int_equal(judge(key_number(4), OLD, 0, false), COLD_LEAVE);
    assert_int_equal(set_record(5, 300), STORE_OK);
    item_set_status(peek(key_number(5)), ITEM_VAIN);
    assert_int_equal(judge(key_number(5), OLD, 0, false), COLD_LEAVE);
}

static void
test_a_packed_item_is_made_plain_an_octave_below_the_cut(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    assert_int_equal(set_record(1, 300), STORE_OK);
    assert_int_equal(pack_key(key, slot), PACK_DONE);
    assert_int_equal(judge(key, OLD, 0, false), COLD_LEAVE);
    assert_int_equal(judge(key, CUT_AGE * 9 / 4, 1, false), COLD_LEAVE); /* hotter than the cut, not enough */
    assert_int_equal(judge(key, CUT_AGE * 9 / 8, 1, false), COLD_UNPACK); /* heat 1 divides by 3 */
    assert_int_equal(judge(key, CUT_AGE / 8, 0, false), COLD_LEAVE);      /* never read */
    atomic_store(&peek(key)->heat, 5);
    assert_int_equal(carry_out(key, COLD_UNPACK), 0);
    assert_int_equal(slot_of(key), UINT32_MAX);
    assert_true(has_record(1, 300));
    assert_int_equal(count(&cold->counts.n_unpacked), 1);
}

static void
test_an_item_of_a_retired_dictionary_is_packed_anew(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    assert_int_equal(set_record(1, 300), STORE_OK);
    assert_true(carry_out(key, COLD_PACK) > 0);
    assert_int_equal(slot_of(key), slot);
    assert_int_equal(judge(key, OLD, 0, false), COLD_LEAVE);
    uint32_t next = adopt_common(&the_store->dictionaries, CODEC_lz4);
    use(next);
    assert_int_equal(judge(key, OLD, 0, false), COLD_REPACK);
    assert_int_equal(carry_out(key, COLD_REPACK), 0);
    assert_int_equal(slot_of(key), next);
    assert_true(has_record(1, 300));
    assert_int_equal(count(&cold->counts.n_repacked), 1);
    assert_int_equal(judge(key, OLD, 0, false), COLD_LEAVE);
    assert_int_equal(forms_referers(the_store, slot), 0);
}

/* Values that the new dictionary does not make smaller become plain, so that the old one can be freed. */
static void
test_what_cannot_be_packed_anew_becomes_plain(void **state)
{
    (void)state;
    static const char useless[] = "0123456789abcdef0123456789abcdef";
    struct store_key key = key_number(1);
    assert_int_equal(put_until(key, common_text, sizeof common_text - 1, STORE_SET, 0), STORE_OK);
    assert_true(carry_out(key, COLD_PACK) > 0);
    use(dictionary_adopt(&the_store->dictionaries, CODEC_lz4, useless, sizeof useless - 1, 1 << 20));
    assert_int_equal(judge(key, OLD, 0, false), COLD_REPACK);
    (void)carry_out(key, COLD_REPACK);
    assert_int_equal(slot_of(key), UINT32_MAX);
    assert_memory_equal(get_key(key), common_text, sizeof common_text - 1);
    assert_int_equal(forms_referers(the_store, slot), 0);
}

/* ---- kinds of keys, and dictionaries that are new ---------------------------- */

/* Adopts a dictionary of a whole record for keys like that one. */
static uint32_t
adopt_for(struct store_key key)
{
    struct kind kind;
    uint32_t before,
        own = dictionary_adopt(&the_store->dictionaries, CODEC_zstd, record(7, 300), 300, 1 << 20);
    assert_int_not_equal(own, DICTIONARY_NONE);
    (void)kind_dict_note(&cold->kinds, bytes_of(key.p, key.n), 1);
    kind_of_key(&kind, bytes_of(key.p, key.n));
    assert_true(cold_use_for(the_store, kind_hash(&kind, 0), own, NULL, 0, &before));
    assert_int_equal(before, DICTIONARY_NONE);
    return own;
}

static void
end_round(void)
{
    again_met(&cold->again, (uint64_t)8 << 20);
}

static void
test_a_key_s_kind_has_its_own_dictionary(void **state)
{
    (void)state;
    uint32_t own = adopt_for(key_number(1));
    assert_int_equal(set_record(1, 300), STORE_OK);
    assert_int_equal(put_until(key_of("other"), record(2, 300), 300, STORE_SET, 0), STORE_OK);
    assert_true(carry_out(key_number(1), COLD_PACK) > 0);
    assert_true(carry_out(key_of("other"), COLD_PACK) > 0);
    assert_int_equal(slot_of(key_number(1)), own);
    assert_int_equal(slot_of(key_of("other")), slot);
    assert_true(has_record(1, 300));
    assert_true(drift_ratio(&cold->drift, own) > drift_ratio(&cold->drift, slot));
}

static void
test_a_value_unlike_its_kind_is_packed_with_the_shared_one(void **state)
{
    (void)state;
    uint32_t own = adopt_for(key_number(1));
    static const char other[] = "<<<>>>[][][](((^^^^%%%%$$$$####!!!!";
    struct probe *probe = probe_new(bytes_of(other, sizeof other - 1));
    assert_non_null(probe);
    atomic_store(&cold->probe[own], probe); /* records have nothing in common with it */
    assert_int_equal(set_record(1, 300), STORE_OK);
    assert_true(carry_out(key_number(1), COLD_PACK) > 0);
    assert_int_equal(slot_of(key_number(1)), slot);
}

static void
test_a_kind_s_items_are_improved_for_one_round(void **state)
{
    (void)state;
    assert_int_equal(set_record(1, 300), STORE_OK);
    assert_int_equal(pack_key(key_number(1), CODEC_zstd), PACK_DONE);
    assert_int_equal(put_until(key_of("other"), record(2, 300), 300, STORE_SET, 0), STORE_OK);
    assert_true(carry_out(key_of("other"), COLD_PACK) > 0);
    assert_int_equal(judge(key_number(1), OLD, 0, false), COLD_LEAVE);
    uint32_t own = adopt_for(key_number(1));
    assert_int_equal(judge(key_number(1), OLD, 0, false), COLD_IMPROVE);
    assert_int_equal(carry_out(key_of("other"), COLD_IMPROVE), 0); /* of another kind */
    assert_int_equal(slot_of(key_of("other")), slot);
    uint32_t chunk = the_store->classes.geometry[store_thread_class_of(self, peek(key_number(1)))].size;
    uint64_t saved = carry_out(key_number(1), COLD_IMPROVE);
    assert_int_equal(
        saved, chunk - the_store->classes.geometry[store_thread_class_of(self, peek(key_number(1)))].size);
    assert_true(saved > 0 && slot_of(key_number(1)) == own && has_record(1, 300));
    assert_int_equal(count(&cold->counts.n_improved), 1);
    assert_int_equal(judge(key_number(1), OLD, 0, false), COLD_LEAVE);
    end_round();
    assert_int_equal(judge(key_of("other"), OLD, 0, false), COLD_LEAVE);
    assert_int_equal(carry_out(key_of("other"), COLD_IMPROVE), 0);
}

/* What is plain comes first. */
static void
test_nothing_is_improved_when_half_of_the_credit_is_used(void **state)
{
    (void)state;
    assert_int_equal(set_record(1, 300), STORE_OK);
    assert_int_equal(pack_key(key_number(1), CODEC_zstd), PACK_DONE);
    (void)adopt_for(key_number(1));
    budget_spend(&cold->budget, (uint64_t)budget_credit_ns(&cold->budget, clock_ns()) * 6 / 10, clock_ns());
    uint64_t met = count(&cold->again.met);
    assert_int_equal(judge(key_number(1), OLD, 0, false), COLD_LEAVE);
    assert_int_equal(count(&cold->again.met), met); /* the round waits, too */
    assert_int_equal(set_record(2, 300), STORE_OK);
    assert_int_equal(judge(key_number(2), OLD, 0, false), COLD_PACK);
}

/* To move it to a chunk of the same size would gain nothing. */
static void
test_what_is_not_smaller_by_a_class_is_not_improved(void **state)
{
    (void)state;
    uint32_t own = adopt_for(key_number(1));
    assert_int_equal(set_record(1, 300), STORE_OK);
    assert_int_equal(pack_key(key_number(1), own), PACK_DONE);
    assert_int_equal(carry_out(key_number(1), COLD_IMPROVE), 0);
    assert_int_equal(count(&cold->counts.n_improved), 0);
}

static void
test_a_retired_dictionary_of_a_kind_is_replaced_by_the_shared_one(void **state)
{
    (void)state;
    uint32_t own = adopt_for(key_number(1));
    assert_int_equal(set_record(1, 300), STORE_OK);
    assert_true(carry_out(key_number(1), COLD_PACK) > 0);
    assert_true(kind_dict_end(&cold->kinds, own));
    dictionary_retire(&the_store->dictionaries, own);
    assert_int_equal(judge(key_number(1), OLD, 0, false), COLD_REPACK);
    (void)carry_out(key_number(1), COLD_REPACK);
    assert_true(slot_of(key_number(1)) == slot && has_record(1, 300));
    assert_int_equal(forms_referers(the_store, own), 0);
}

/* A value that no dictionary made smaller is tried once more when its kind, or all, have a new one. */
static void
test_a_vain_item_is_tried_again_when_a_dictionary_is_new(void **state)
{
    (void)state;
    char value[300];
    for (size_t i = 0; i < sizeof value; i++)
        value[i] = (char)(128 + i * 37 % 101 + i / 101);
    assert_int_equal(put_until(key_number(1), value, sizeof value, STORE_SET, 0), STORE_OK);
    assert_int_equal(carry_out(key_number(1), COLD_PACK), 0);
    assert_int_equal(judge(key_number(1), OLD, 0, false), COLD_LEAVE);
    (void)adopt_for(key_of("x:1:y"));
    assert_int_equal(judge(key_number(1), OLD, 0, false), COLD_RETRY);
    assert_int_equal(judge(key_number(1), OLD, 0, true), COLD_LEAVE); /* fresh */
    uint64_t n = count(&cold->counts.n_unpromising);
    assert_int_equal(carry_out(key_number(1), COLD_RETRY), 0);
    assert_int_equal(count(&cold->counts.n_unpromising), n); /* its own is not new */
    uint32_t next = dictionary_adopt(&the_store->dictionaries, CODEC_zstd, value, sizeof value, 1 << 20);
    use(next);
    assert_true(carry_out(key_number(1), COLD_RETRY) > 0);
    assert_int_equal(slot_of(key_number(1)), next);
    assert_memory_equal(get_key(key_number(1)), value, sizeof value);
    assert_int_equal(put_until(key_number(2), value, sizeof value, STORE_SET, 0), STORE_OK);
    item_set_status(peek(key_number(2)), ITEM_VAIN);
    end_round();
    assert_int_equal(judge(key_number(2), OLD, 0, false), COLD_LEAVE);
    assert_int_equal(carry_out(key_number(2), COLD_RETRY), 0);
}

/* ---- carrying out ------------------------------------------------------------- */

static void
test_the_dictionary_is_read_inside_the_epoch(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    assert_int_equal(set_record(1, 300), STORE_OK);
    begin();
    uint32_t next = adopt_common(&the_store->dictionaries, CODEC_lz4);
    use(next);
    cold_forget(the_store, slot);
    dictionary_free(&the_store->dictionaries, slot);
    store_enter(self);
    assert_true(cold_carry_out(self, &pass, peek_inside(key), key.hash, COLD_PACK) > 0);
    store_leave(self);
    end();
    assert_int_equal(slot_of(key), next);
    begin();
    dictionary_retire(
        &the_store->dictionaries, cold_use(the_store, DICTIONARY_NONE, NULL)); /* as a flush does */
    assert_int_equal(set_record(2, 300), STORE_OK);
    key = key_number(2);
    store_enter(self);
    assert_int_equal(cold_carry_out(self, &pass, peek_inside(key), key.hash, COLD_PACK), 0);
    assert_int_equal(item_flags(peek_inside(key)) & (ITEM_FORM | ITEM_VAIN), 0);
    key = key_number(1);
    assert_int_equal(cold_carry_out(self, &pass, peek_inside(key), key.hash, COLD_REPACK), 0);
    store_leave(self);
    assert_int_equal(slot_of(key), UINT32_MAX);
    end();
}

/* So much of it is left. */
static void
set_time_for_large(uint64_t ns)
{
    atomic_store(&cold->large_zero_ns, ns == 0 ? UINT64_MAX : clock_ns() - ns * 8);
}

static void
test_large_values_are_packed_without_a_dictionary(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    dictionary_retire(&the_store->dictionaries, cold_use(the_store, DICTIONARY_NONE, NULL));
    assert_int_equal(set_record(1, 30000), STORE_OK);
    assert_int_equal(judge(key, OLD, 0, false), COLD_PACK);
    uint32_t ratio = atomic_load(&cold->ratio);
    assert_true(carry_out(key, COLD_PACK) > 20000);
    assert_true(slot_of(key) == CODEC_lz4 && has_record(1, 30000));
    assert_int_equal(atomic_load(&cold->ratio), ratio); /* the trainer compares that of small values */
    assert_true(atomic_load(&cold->ratio_large) < ratio);
    assert_int_equal(judge(key, OLD, 0, false), COLD_LEAVE);
    assert_int_equal(judge(key, CUT_AGE * 9 / 8, 1, false), COLD_UNPACK);
    assert_int_equal(carry_out(key, COLD_UNPACK), 0);
    assert_true(slot_of(key) == UINT32_MAX && has_record(1, 30000));
    assert_int_equal(set_record(2, 300), STORE_OK); /* a small one needs a dictionary */
    assert_int_equal(judge(key_number(2), OLD, 0, false), COLD_LEAVE);
    store_set_compression(the_store, STORE_COMPRESSION_LZ4);
    assert_int_equal(judge(key, OLD, 0, false), COLD_PACK);
    store_set_compression(the_store, STORE_COMPRESSION_ZSTD);
    begin();
    assert_false(pass.packs);
    end();
}

static void
test_large_random_values_are_not_tried(void **state)
{
    (void)state;
    struct store_key key = key_number(1);
    assert_int_equal(set_pattern(1, 30000), STORE_OK);
    assert_int_equal(carry_out(key, COLD_PACK), 0);
    assert_true(count(&cold->counts.n_unpromising) == 1 && count(&cold->counts.n_tries) == 0);
    assert_int_equal(judge(key, OLD, 0, false), COLD_LEAVE);
}

static void
test_large_values_are_packed_while_there_is_time(void **state)
{
    (void)state;
    set_time_for_large(UINT64_C(1000) * 1000 * 1000);
    assert_int_equal(set_record(1, 60000), STORE_OK);
    assert_true(carry_out(key_number(1), COLD_PACK) > 0);
    assert_true(atomic_load(&cold->large_zero_ns) > clock_ns() - 160000000); /* no more than 20 ms are kept */
    set_time_for_large(0);
    begin();
    assert_true(pass.packs && !pass.packs_large && pass.packs_small);
    end();
    assert_int_equal(set_record(2, 60000), STORE_OK);
    assert_int_equal(judge(key_number(2), OLD, 0, false), COLD_LEAVE);
    set_time_for_large(1000000);
    assert_int_equal(judge(key_number(2), OLD, 0, false), COLD_PACK);
    begin(); /* the time ends within the run */
    set_time_for_large(0);
    store_enter(self);
    assert_int_equal(
        cold_carry_out(self, &pass, peek_inside(key_number(2)), key_number(2).hash, COLD_PACK), 0);
    store_leave(self);
    end();
    assert_int_equal(item_flags(peek(key_number(2))) & (ITEM_FORM | ITEM_VAIN), 0);
}

static void
test_random_values_are_tried_once_and_not_even_that(void **state)
{
    (void)state;
    assert_int_equal(set_pattern(1, 300), STORE_OK);
    assert_int_equal(carry_out(key_number(1), COLD_PACK), 0);
    assert_true(count(&cold->counts.n_unpromising) == 1 && count(&cold->counts.n_tries) == 0);
    assert_int_equal(judge(key_number(1), OLD, 0, false), COLD_LEAVE);
    char value[100];
    for (size_t i = 0; i < sizeof value; i++) /* text without a repeated byte: ASCII, so it is tried */
        value[i] = (char)(' ' + i * 37 % 95);
    assert_int_equal(put_until(key_number(2), value, sizeof value, STORE_SET, 0), STORE_OK);
    assert_int_equal(carry_out(key_number(2), COLD_PACK), 0);
    assert_true(count(&cold->counts.n_tries) == 1 && count(&cold->counts.n_vain) == 1);
    assert_int_equal(judge(key_number(2), OLD, 0, false), COLD_LEAVE);
}

static void
test_few_are_tried_when_few_pay(void **state)
{
    (void)state;
    char value[100];
    unsigned n = 4 * EFFORT_WINDOW;
    for (unsigned i = 0; i < n; i++) {
        for (size_t k = 0; k < sizeof value; k++)
            value[k] = (char)(' ' + (k + i) * 37 % 95);
        assert_int_equal(put_until(key_of("a"), value, sizeof value, STORE_SET, 0), STORE_OK);
        (void)carry_out(key_of("a"), COLD_PACK);
    }
    assert_int_equal(count(&cold->counts.n_tries) + count(&cold->counts.n_skipped), n);
    assert_in_range(count(&cold->counts.n_tries), EFFORT_WINDOW, EFFORT_WINDOW + n / 8);
    assert_int_equal(count(&cold->counts.n_vain), count(&cold->counts.n_tries));
    assert_int_equal(set_record(1, 300), STORE_OK); /* those of the dictionary are tried all the same */
    assert_true(carry_out(key_number(1), COLD_PACK) > 0);
}

static void
test_no_chunk_is_no_reason_to_lose_the_value(void **state)
{
    (void)state;
    unsigned n = 0;
    the_store->options.evict = false;
    while (set_record(n, 4000) == STORE_OK)
        n++;
    struct store_key key = key_number(1);
    assert_int_equal(carry_out(key, COLD_PACK), 0);
    assert_int_equal(count(&cold->counts.n_no_chunk), 1);
    assert_int_equal(slot_of(key), UINT32_MAX);
    assert_int_equal(judge(key, OLD, 0, false), COLD_PACK); /* later */
    for (unsigned i = 0; i < n; i++)
        assert_true(has_record(i, 4000));
}

static void
test_a_run_ends_soon(void **state)
{
    (void)state;
    uint64_t before = clock_ns();
    begin();
    assert_in_range(pass.until_ns, before, clock_ns() + 200000);
    assert_false(cold_is_over(&(struct cold_pass){.until_ns = UINT64_MAX}));
    assert_true(cold_is_over(&(struct cold_pass){.until_ns = before}));
    end();
}

static void
test_runs_cost_the_budget_and_end_with_it(void **state)
{
    (void)state;
    begin();
    for (uint64_t i = 0; i < 100; i++) {
        assert_int_equal(set_record(i, 300), STORE_OK);
        struct store_key key = key_number(i);
        store_enter(self);
        assert_true(cold_carry_out(self, &pass, peek_inside(key), key.hash, COLD_PACK) > 0);
        store_leave(self);
    }
    end();
    assert_true(count(&cold->counts.cpu_ns) > 0);
    budget_spend(&cold->budget, UINT64_C(600000000000), clock_ns());
    begin();
    assert_false(pass.packs || pass.grows);
    end();
    assert_int_equal(count(&cold->counts.n_packed), 100);
}

/* Sweeps all pages of a class. */
static void
sweep_all(uint32_t id, struct sweep_tally *tally)
{
    struct class *c = class_at(&the_store->classes, 0, id);
    for (uint32_t p = 0; (p = class_next_page(&the_store->classes, p)) != 0;) {
        if (class_hold(&the_store->classes, p) == NULL)
            continue;
        if (arena_page(&the_store->arena, p)->class_id == id)
            sweep_page(self, c, p, SWEEP_EVICT, &the_store->cutoff, tally);
        class_hold_end(class_at(&the_store->classes, 0, arena_page(&the_store->arena, p)->class_id), p);
    }
}

/*
 * Values that take as long to pack as the slowest that were found: a run inside one epoch packs two of them,
 * and the hand goes on.
 */
static void
test_slow_values_do_not_hold_an_epoch(void **state)
{
    (void)state;
    enum { N = 300 };
    for (uint64_t i = 0; i < N; i++)
        assert_int_equal(set_record(i, 300), STORE_OK);
    for (uint64_t i = N; i < 3 * N; i++) /* the newest items are left alone */
        assert_int_equal(set_record(i, 20), STORE_OK);
    clock_shift(100);
    struct sweep_tally tally = {0};
    uint32_t id = store_thread_class_of(self, peek(key_number(0)));
    uint64_t n_runs = (pages_in(id) * class_at(&the_store->classes, 0, id)->geometry->n_chunks + 31) / 32;
    atomic_store(&the_store->cutoff.at, UINT32_MAX - 1);
    ns_per_call = 100000;
    sweep_all(id, &tally);
    ns_per_call = 0;
    assert_in_range(count(&cold->counts.n_packed), 1, 2 * n_runs);
    assert_int_equal(counted(STORE_N_EVICTED), 0);
    assert_int_equal(tally.n_visited, N);
}

/* ---- room instead of evictions -------------------------------------------------- */

static void
test_packing_makes_room_while_much_is_plain(void **state)
{
    (void)state;
    atomic_store(&cold->met, 8000);
    atomic_store(&cold->plain_met, 500);
    begin();
    assert_false(pass.grows);
    end();
    atomic_store(&cold->plain_met, 501);
    begin();
    assert_true(pass.packs && pass.grows);
    end();
    assert_false(cold_grows(the_store)); /* no mover: a writer has to evict itself */
    store_set_compression(the_store, STORE_COMPRESSION_OFF);
    begin();
    assert_false(pass.packs || pass.grows);
    end();
}

/* ---- rests ----------------------------------------------------------------------- */

enum { WINDOW = 1 << 20, ENOUGH = WINDOW / 64, RUNS = 16 };

/* The next run that judges items ends with these sums. */
static void
run_with(uint64_t met, uint64_t tried, uint64_t freed)
{
    do
        begin();
    while (pass.rests);
    pass.met = met;
    pass.tried = tried;
    pass.freed = freed;
    cold_end(self, &pass, WINDOW);
}

/* How many of the next runs rest. */
static int
count_rests(void)
{
    int n = 0;
    for (int i = 0; i < RUNS; i++) {
        begin();
        n += pass.rests;
        assert_true(!pass.rests || !(pass.packs || pass.grows));
        end();
    }
    return n;
}

static void
test_runs_rest_while_tries_do_not_pay(void **state)
{
    (void)state;
    run_with(WINDOW, ENOUGH - 1, 0); /* not enough tries to know */
    assert_int_equal(count_rests(), 0);
    run_with(0, 1, ENOUGH / 32);
    assert_int_equal(count_rests(), RUNS - 1);
    assert_false(cold_may_pack(the_store));
    atomic_store(
        &cold->plain_met, atomic_load(&cold->met)); /* what is cold and plain does not stop evictions */
    run_with(0, ENOUGH / 2, ENOUGH / 2);
    assert_int_equal(count_rests(), RUNS - 1);
    run_with(0, ENOUGH / 2, 0);
    assert_int_equal(count_rests(), 0);
    assert_true(cold_may_pack(the_store));
}

static void
test_runs_rest_without_a_dictionary_until_there_is_one(void **state)
{
    (void)state;
    run_with(WINDOW, 0, 0); /* nothing was to be tried, perhaps since all was fresh */
    assert_int_equal(count_rests(), 0);
    dictionary_retire(&the_store->dictionaries, cold_use(the_store, DICTIONARY_NONE, NULL));
    dictionary_free(&the_store->dictionaries, slot);
    cold_forget(the_store, slot);
    run_with(WINDOW / 4, 0, 0);
    assert_int_equal(count_rests(), RUNS - 1);
    use(adopt_common(&the_store->dictionaries, CODEC_zstd));
    again_met(&cold->again, the_store->options.limit);
    assert_int_equal(count_rests(), 0);
}

static void
test_no_run_rests_while_dictionaries_are_retired_or_new(void **state)
{
    (void)state;
    run_with(0, ENOUGH, 0);
    assert_int_equal(count_rests(), RUNS - 1);
    uint32_t other = adopt_common(&the_store->dictionaries, CODEC_zstd);
    dictionary_retire(&the_store->dictionaries, other);
    assert_int_equal(count_rests(), 0);
    dictionary_free(&the_store->dictionaries, other);
    assert_int_equal(count_rests(), RUNS - 1);
    again_begin(&cold->again, slot, the_store->options.limit);
    assert_int_equal(count_rests(), 0);
}

static void
test_a_thread_that_does_not_pack_takes_no_turn(void **state)
{
    (void)state;
    run_with(0, ENOUGH, 0);
    pack_part(self);
    assert_int_equal(count_rests(), RUNS);
    assert_true(pack_join(self));
    assert_int_equal(count_rests(), RUNS - 1);
}

/* A value would be refused while others can be packed. */
static void
test_without_evictions_no_run_rests(void **state)
{
    (void)state;
    the_store->options.evict = false;
    run_with(WINDOW, ENOUGH, 0);
    assert_int_equal(count_rests(), 0);
    assert_true(cold_may_pack(the_store));
}

static void
test_with_compression_off_all_runs_rest(void **state)
{
    (void)state;
    store_set_compression(the_store, STORE_COMPRESSION_OFF);
    assert_int_equal(count_rests(), RUNS);
    atomic_store(&cold->cut.at, CUTOFF_UNKNOWN); /* until it is known which items are cold */
    assert_int_equal(count_rests(), 0);
}

static void
test_nothing_is_evicted_while_packing_makes_room(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 200; i++)
        assert_int_equal(set_record(i, 300), STORE_OK);
    for (uint64_t i = 200; i < 1000; i++) /* the newest items are left alone */
        assert_int_equal(set_record(i, 20), STORE_OK);
    clock_shift(100);
    uint32_t id = store_thread_class_of(self, peek(key_number(0)));
    struct sweep_tally tally = {0};
    /* A run ends after 200 us, which a busy machine can take from it; the hand comes again. */
    for (int round = 0; round < 1000 && count(&cold->counts.n_packed) < 200; round++) {
        atomic_store(&cold->cut.at, step_at(CUT_AGE));
        atomic_store(&cold->met, 8000);
        atomic_store(&cold->plain_met, 8000);
        atomic_store(&the_store->cutoff.at, 0); /* all of them rank over it */
        sweep_all(id, &tally);
    }
    assert_true(tally.n_bytes > 0 && tally.n_freed == 200);
    assert_int_equal(count(&cold->counts.n_packed), 200);
    assert_int_equal(counted(STORE_N_EVICTED), 0);
    for (uint64_t i = 0; i < 200; i++)
        assert_true(slot_of(key_number(i)) == slot && has_record(i, 300));
}

/* ---- the same evictions as ever -------------------------------------------------- */

enum { N_KEYS = 6000, N_OPS = 25000, N_VARIANTS = 4 };

/* Operations on a small store; the survivors, as a hash of their keys and their number. */
static uint64_t
play(unsigned variant)
{
    struct store_options o = small_store();
    o.compression = variant < 2 ? STORE_COMPRESSION_OFF : STORE_COMPRESSION_AUTO;
    o.compression_cpu = variant < 2 ? 5 : 0;
    open_store(&o);
    assert_true(variant == 0 || pack_join(self)); /* 0: no thread can pack at all */
    if (variant == 3)
        use(adopt_common(&the_store->dictionaries, CODEC_zstd));
    uint64_t seed = 11, sum = 0, n = 0;
    for (unsigned i = 0; i < N_OPS; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        uint64_t k = (seed >> 33) % N_KEYS, what = (seed >> 20) % 16;
        k = what % 2 ? k : k % 300;
        if (what < 9 && !(what & 4))
            (void)get_key(key_number(k));
        else
            assert_int_equal(set_record(k, 60 + (uint32_t)(seed >> 40) % 3 * 250), STORE_OK);
        if (i % 500 == 0)
            clock_shift(1);
        if (i % 5000 == 0)
            maintain_all(self);
    }
    for (uint64_t k = 0; k < N_KEYS; k++)
        if (peek(key_number(k)) != NULL) {
            n++;
            sum = sum * 31 + k;
        }
    assert_true(counted(STORE_N_EVICTED) > 1000 && n > 100);
    assert_int_equal(atomic_load(&the_store->cold->counts.n_tries), 0);
    pack_part(self);
    assert_int_equal(close_store(NULL), 0);
    return sum * N_KEYS + n;
}

static void
test_without_a_budget_the_same_items_stay(void **state)
{
    (void)state;
    uint64_t first = play(0);
    for (unsigned variant = 1; variant < N_VARIANTS; variant++)
        assert_int_equal(play(variant), first);
}

/* Prose, with a string of the dictionary here and there. */
static const char *
prose(uint64_t i)
{
    enum { LENGTH = 1500 };
    static const char *const words[] = {
        "harbour ", "the ", "of ", "winter ", "kitchen ", "and ", "gold ", "yellow "};
    static char text[LENGTH + 32];
    size_t at = 0;
    for (uint64_t x = i * UINT64_C(0x9E3779B97F4A7C15) + 1; at < LENGTH;) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
        at += (size_t)snprintf(
            text + at, sizeof text - at, "%s", x >> 40 & 15 ? words[x >> 61] : "example.com created_at ");
    }
    text[LENGTH] = '\0';
    return text;
}

/* zstd would compress it worse with a dictionary that was made of other values. */
static void
test_text_with_few_hits_is_packed_without_the_dictionary(void **state)
{
    (void)state;
    const struct probe *probe = atomic_load(&cold->probe[slot]);
    unsigned n_few = 0, n_many = 0;
    for (uint64_t i = 0; i < 200; i++) {
        struct store_key key = key_number(i);
        const char *text = prose(i);
        unsigned hits = probe_value(probe, bytes_of(text, strlen(text))).hits;
        assert_int_equal(put_until(key, text, (uint32_t)strlen(text), STORE_SET, 0), STORE_OK);
        assert_true(carry_out(key, COLD_PACK) > 0);
        assert_int_equal(slot_of(key), hits >= PROBE_HITS_TEXT ? slot : CODEC_zstd);
        n_few += hits >= PROBE_HITS && hits < PROBE_HITS_TEXT;
        n_many += hits >= PROBE_HITS_TEXT;
    }
    assert_true(n_few > 0 && n_many > 0);
}

static uint64_t
visited_by_evict_pack(uint64_t until_ns)
{
    uint64_t before = stats().n_visited;
    (void)evict_pack(self, 0, until_ns);
    return stats().n_visited - before;
}

/* Where all values are in vain, the mover would look at all of them each time it is woken. */
static void
test_a_search_for_cold_values_ends_at_a_time(void **state)
{
    (void)state;
    fill(0, RECORDS, RECORD);
    uint64_t all = visited_by_evict_pack(0);
    assert_true(all >= RECORDS - RECORDS / 8);
    ns_per_call = 1000000;
    uint64_t visited = visited_by_evict_pack(clock_ns() + 40 * ns_per_call);
    ns_per_call = 0;
    assert_in_range(visited, 1, all / 2);
}

/* For a store without evictions: each refused request for memory would cost a look at all items. */
static void
test_a_thread_that_may_not_pack_looks_at_no_item(void **state)
{
    (void)state;
    set_records();
    assert_true(visited_by_evict_pack(0) > 0);
    store_set_compression(the_store, STORE_COMPRESSION_OFF);
    assert_int_equal(visited_by_evict_pack(0), 0);
    store_set_compression(the_store, STORE_COMPRESSION_AUTO);
    assert_true(visited_by_evict_pack(0) > 0);
    pack_part(self);
    assert_int_equal(visited_by_evict_pack(0), 0);
}

int
main(void)
{
#define COLD(test) cmocka_unit_test_setup_teardown(test, open_cold, close_cold)
    const struct CMUnitTest tests[] = {
        COLD(test_an_item_that_was_never_read_is_cold),
        COLD(test_an_item_that_is_read_is_cold_over_the_cut),
        COLD(test_some_items_are_never_packed),
        COLD(test_a_packed_item_is_made_plain_an_octave_below_the_cut),
        COLD(test_an_item_of_a_retired_dictionary_is_packed_anew),
        COLD(test_what_cannot_be_packed_anew_becomes_plain),
        COLD(test_a_key_s_kind_has_its_own_dictionary),
        COLD(test_a_value_unlike_its_kind_is_packed_with_the_shared_one),
        COLD(test_a_kind_s_items_are_improved_for_one_round),
        COLD(test_nothing_is_improved_when_half_of_the_credit_is_used),
        COLD(test_what_is_not_smaller_by_a_class_is_not_improved),
        COLD(test_a_retired_dictionary_of_a_kind_is_replaced_by_the_shared_one),
        COLD(test_a_vain_item_is_tried_again_when_a_dictionary_is_new),
        COLD(test_the_dictionary_is_read_inside_the_epoch),
        COLD(test_large_values_are_packed_without_a_dictionary),
        COLD(test_large_random_values_are_not_tried),
        COLD(test_large_values_are_packed_while_there_is_time),
        COLD(test_random_values_are_tried_once_and_not_even_that),
        COLD(test_few_are_tried_when_few_pay),
        COLD(test_no_chunk_is_no_reason_to_lose_the_value),
        COLD(test_a_run_ends_soon),
        COLD(test_runs_cost_the_budget_and_end_with_it),
        COLD(test_slow_values_do_not_hold_an_epoch),
        COLD(test_packing_makes_room_while_much_is_plain),
        COLD(test_runs_rest_while_tries_do_not_pay),
        COLD(test_runs_rest_without_a_dictionary_until_there_is_one),
        COLD(test_no_run_rests_while_dictionaries_are_retired_or_new),
        COLD(test_a_thread_that_does_not_pack_takes_no_turn),
        COLD(test_without_evictions_no_run_rests),
        COLD(test_with_compression_off_all_runs_rest),
        COLD(test_nothing_is_evicted_while_packing_makes_room),
        COLD(test_text_with_few_hits_is_packed_without_the_dictionary),
        COLD(test_a_search_for_cold_values_ends_at_a_time),
        COLD(test_a_thread_that_may_not_pack_looks_at_no_item),
        cmocka_unit_test(test_without_a_budget_the_same_items_stay),
    };
    return cmocka_run_group_tests_name("cold", tests, NULL, NULL);
}
