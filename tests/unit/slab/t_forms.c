/*
 * forms: clients cannot tell which form a value has.
 *
 * Two stores do the same random operations on few keys.  In one of them, all values stay plain.  In the other,
 * items are packed, unpacked, packed with another dictionary, shared and moved at random moments, so are bodies, and
 * dictionaries are retired and freed.  All results and all facts about items must be equal after each step.
 *
 *   t_forms [seed]        LARDER_FORMS_STEPS: how many steps, 30000 if it is not set
 */
#include "slab/core/forms.h"
#include "slab/form/relocate.h"
#include "tests/unit/slab/sharing.h"
#include "slab/train/train.h"

enum { N_KEYS = 14, VALUE_MAX = 70000, LONGEST = 90000, STEPS = 30000 };

struct side {
    struct store *store;
    struct store_thread *t;
};

static struct side sides[2]; /* plain; of all forms */
static struct side *const plain = &sides[0], *const formed = &sides[1];
static uint64_t seed = 1, first_seed, n_changes[6];
static unsigned long step;
static uint32_t present[2]; /* slots of the dictionaries of two codecs */
static char value[VALUE_MAX + 512];

static uint32_t
draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)((seed >> 33) % below);
}

static struct store_key
some_key(void)
{
    return key_number(draw(N_KEYS));
}

/* ---- values ------------------------------------------------------------------- */

static uint32_t
some_length(void)
{
    switch (draw(8)) {
    case 0: return draw(VALUE_MAX + 1) >> draw(4);
    case 1:
        return (draw(4) ? 8180 : CODEC_LARGE_MAX - 15) +
               draw(30); /* about the longest values of each codec */
    case 2: return draw(12);
    case 3: return draw(3000);
    case 4:
    case 5: return 100 * draw(3);
    default: return draw(500);
    }
}

/* Fills `value` with n bytes of some kind. */
static void
make_value(uint32_t n)
{
    switch (draw(7)) {
    case 5: memcpy(value, pattern(1, VALUE_MAX), n); break; /* like those of others with that length */
    case 0: memset(value, (int)draw(256), n); break;
    case 1: memcpy(value, pattern(draw(1000), n), n); break; /* random */
    case 2:                                                  /* a number with spaces behind it */
        memset(value, ' ', n);
        for (uint32_t i = 0; i < n && i < 1 + draw(20); i++)
            value[i] = (char)('0' + draw(10));
        break;
    case 3: /* half of it random: a large one is packed into a chain */
        memcpy(value, record(draw(1000), n), n);
        memcpy(value + n / 2, pattern(draw(1000), n - n / 2), n - n / 2);
        break;
    default: memcpy(value, record(draw(1000), n), n); break;
    }
}

static uint32_t
some_expiry(void)
{
    return draw(4) == 0 ? clock_now_s() + draw(4) : draw(2) ? clock_now_s() + 1000 : 0;
}

/* ---- what is compared ------------------------------------------------------------ */

static void
differ(const char *what)
{
    fail_msg("step %lu of seed %llu: %s", step, (unsigned long long)first_seed, what);
}

#define SAME(a, b)      \
    do {                \
        if ((a) != (b)) \
            differ(#a); \
    } while (0)

static void
compare_values(const struct store_view *a, const struct store_view *b)
{
    static char left[LONGEST + VALUE_MAX], right[LONGEST + VALUE_MAX];
    SAME(a->n_value, b->n_value);
    assert_true(a->n_value + STORE_COPY_SPARE <= sizeof left);
    store_copy_value(plain->t, a, left);
    store_copy_value(formed->t, b, right);
    if (memcmp(left, right, a->n_value) != 0)
        differ("the values");
}

static void
compare_views(const struct store_view *a, const struct store_view *b)
{
    SAME(a->item == NULL, b->item == NULL);
    if (a->item == NULL)
        return;
    SAME(a->client_flags, b->client_flags);
    SAME(a->exptime, b->exptime);
    SAME(a->stale, b->stale);
    SAME(a->token_sent, b->token_sent);
    SAME(a->key_is_binary, b->key_is_binary);
    SAME(a->fetched, b->fetched);
    SAME(a->stamp, b->stamp);
    compare_values(a, b);
}

static void
compare_meta(const struct store_meta *a, const struct store_meta *b)
{
    SAME(a->key.n, b->key.n);
    SAME(a->key_is_binary, b->key_is_binary);
    SAME(a->fetched, b->fetched);
    SAME(a->exptime, b->exptime);
    SAME(a->atime, b->atime);
    SAME(a->client_flags, b->client_flags);
    SAME(a->class_id, b->class_id);
    SAME(a->n_item, b->n_item);
    SAME(a->n_value, b->n_value);
}

/* The parts of an item that no client sees at once. */
static void
compare_items(struct store_key key)
{
    const struct item *a = index_find(plain->t->index, &key), *b = index_find(formed->t->index, &key);
    SAME(a == NULL, b == NULL);
    if (a == NULL)
        return;
    SAME(a->heat, b->heat);
    SAME(a->atime, b->atime);
    SAME(item_seq(a), item_seq(b));
    SAME(item_flags(a) & ITEM_KEPT, item_flags(b) & ITEM_KEPT);
}

static void
compare_everything(void)
{
    for (uint64_t i = 0; i < N_KEYS; i++) {
        struct store_key key = key_number(i);
        struct store_meta meta[2];
        memset(meta, 0, sizeof meta);
        compare_items(key);
        enum store_presence a = store_look(plain->t, &key, &meta[0]),
                            b = store_look(formed->t, &key, &meta[1]);
        SAME(a, b);
        if (a == STORE_PRESENT)
            compare_meta(&meta[0], &meta[1]);
    }
}

/* ---- operations ---------------------------------------------------------------- */

static void
op_put(enum store_mode mode)
{
    struct store_key key = some_key();
    bool extends = mode == STORE_APPEND || mode == STORE_PREPEND;
    struct store_spec spec = {
        .client_flags = draw(2) ? 0 : draw(1000),
        .exptime = some_expiry(),
        .n_value = extends ? draw(300) : some_length(),
        .key_is_binary = draw(16) == 0,
        .pin = draw(32) == 0,
        .has_cas_new = draw(8) == 0,
        .cas_new = draw(1000),
    };
    struct store_put how = {.mode = mode, .vivify = draw(2), .allow_stale = draw(2)};
    make_value(spec.n_value);
    struct store_stored out[2];
    enum store_result r[2];
    struct store_view v;
    if (store_get_with_cas(plain->t, &key, &v) == STORE_OK) {
        struct store_view w;
        SAME(store_get_with_cas(formed->t, &key, &w), STORE_OK);
        SAME(v.cas, w.cas);
        how.has_cas = mode == STORE_CAS || (extends && draw(4) == 0);
        how.cas = v.cas - (draw(4) == 0);
    } else {
        SAME(store_get_with_cas(formed->t, &key, &v), STORE_MISSING);
    }
    for (int i = 0; i < 2; i++) {
        struct store_slot slot;
        assert_int_equal(store_reserve(sides[i].t, &key, &spec, &slot), STORE_OK);
        store_slot_fill(sides[i].t, &slot, 0, value, spec.n_value);
        r[i] = store_commit(sides[i].t, &key, &slot, &how, &out[i]);
    }
    SAME(r[0], r[1]);
    SAME(out[0].cas, out[1].cas);
    SAME(out[0].n_value, out[1].n_value);
    if (out[0].n_value > LONGEST - 1000)
        for (int i = 0; i < 2; i++)
            (void)!store_remove(sides[i].t, &key, false, 0);
}

static void
op_arith(void)
{
    struct store_key key = some_key();
    struct store_arith how = {
        .decr = draw(2),
        .delta = draw(2) ? draw(10) : UINT64_C(1) << draw(64),
        .touch = draw(4) == 0,
        .exptime = some_expiry(),
        .vivify = draw(2),
        .vivify_exptime = some_expiry(),
        .initial = draw(1000),
        .has_cas_new = draw(8) == 0,
        .cas_new = draw(1000),
    };
    struct store_number out[2] = {{0}, {0}};
    enum store_result a = store_arith(plain->t, &key, &how, &out[0]),
                      b = store_arith(formed->t, &key, &how, &out[1]);
    SAME(a, b);
    if (a != STORE_OK)
        return;
    SAME(out[0].number, out[1].number);
    SAME(out[0].cas, out[1].cas);
    SAME(out[0].exptime, out[1].exptime);
    SAME(out[0].exptime_after, out[1].exptime_after);
    SAME(out[0].created, out[1].created);
}

static void
op_touch(void)
{
    struct store_key key = some_key();
    uint32_t exptime = some_expiry();
    struct store_view v[2];
    if (draw(2)) {
        SAME(store_touch(plain->t, &key, exptime), store_touch(formed->t, &key, exptime));
        return;
    }
    SAME(store_get_and_touch(plain->t, &key, exptime, &v[0]),
        store_get_and_touch(formed->t, &key, exptime, &v[1]));
    compare_views(&v[0], &v[1]);
    SAME(v[0].item != NULL && v[0].cas != v[1].cas, 0);
}

static void
op_read(void)
{
    struct store_key key = some_key();
    struct store_view v[2];
    bool won[2] = {false, false}, with_cas = draw(2), may_win = draw(2);
    SAME(store_get_or_win(plain->t, &key, with_cas, may_win, &v[0], &won[0]),
        store_get_or_win(formed->t, &key, with_cas, may_win, &v[1], &won[1]));
    SAME(won[0], won[1]);
    compare_views(&v[0], &v[1]);
}

static void
op_fetch(void)
{
    struct store_key key = some_key();
    struct store_fetch how = {
        .no_bump = draw(4) == 0,
        .no_win = draw(4) == 0,
        .touch = draw(4) == 0,
        .vivify = draw(4) == 0,
        .recache = draw(4) == 0,
        .touch_first = draw(2),
        .exptime = some_expiry(),
        .vivify_exptime = some_expiry(),
        .recache_before = clock_now_s() + draw(2000),
        .has_cas_new = draw(8) == 0,
        .cas_new = draw(1000),
    };
    struct store_fetched f[2];
    enum store_result a = store_fetch(plain->t, &key, &how, false, &f[0]),
                      b = store_fetch(formed->t, &key, &how, false, &f[1]);
    SAME(a, b);
    compare_views(&f[0].view, &f[1].view);
    if (f[0].view.item == NULL)
        return;
    SAME(f[0].exptime_after, f[1].exptime_after);
    SAME(f[0].won, f[1].won);
    SAME(f[0].created, f[1].created);
}

static void
op_invalidate(void)
{
    struct store_key key = some_key();
    struct store_invalidate how = {
        .mark_stale = draw(2),
        .drop_value = draw(4) == 0,
        .touch = draw(2),
        .exptime = some_expiry(),
        .client_flags = draw(10),
        .has_cas_new = draw(4) == 0,
        .cas_new = draw(1000),
    };
    if (!how.mark_stale && !how.drop_value)
        SAME(store_remove(plain->t, &key, false, 0), store_remove(formed->t, &key, false, 0));
    else
        SAME(store_invalidate(plain->t, &key, &how), store_invalidate(formed->t, &key, &how));
}

static void
op_describe(void)
{
    struct store_key key = some_key();
    struct store_meta meta[2];
    memset(meta, 0, sizeof meta);
    SAME(store_describe(plain->t, &key, &meta[0]), store_describe(formed->t, &key, &meta[1]));
    compare_meta(&meta[0], &meta[1]);
    SAME(meta[0].cas, meta[1].cas);
}

static void
op_flush(void)
{
    uint32_t at = draw(2) ? 0 : clock_now_s() + 1 + draw(3);
    store_flush(plain->t, at);
    store_flush(formed->t, at);
}

static void
operate(void)
{
    static const enum store_mode modes[] = {
        STORE_SET, STORE_SET, STORE_ADD, STORE_REPLACE, STORE_CAS, STORE_APPEND, STORE_PREPEND};
    switch (draw(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4: op_put(modes[draw(N_OF(modes))]); break;
    case 5:
    case 6: op_arith(); break;
    case 7:
    case 8: op_touch(); break;
    case 9:
    case 10: op_fetch(); break;
    case 11: op_invalidate(); break;
    case 12: op_describe(); break;
    case 13:
        if (draw(60) == 0)
            op_flush();
        break;
    default: op_read(); break;
    }
}

/* ---- forms --------------------------------------------------------------------- */

static void
change_form(void)
{
    struct store_thread *t = formed->t;
    struct store_key key = some_key();
    struct item *it = index_find(t->index, &key);
    uint64_t saved;
    if (it == NULL)
        return;
    if (draw(3) == 0) {
        n_changes[5] += bodies_may(it) && share_inside(t, key) == PACK_DONE;
        it = index_find(t->index, &key);
    }
    uint64_t content = 0;
    if (item_is_shared(it) && draw(2)) { /* the same with its body */
        it = body_find(t->index, item_shared(it).hash);
        content = body_content(it);
        key = body_key(&content);
    }
    bool may = pack_may(it), packed = (item_flags(it) & ITEM_FORM) == ITEM_PACKED;
    uint32_t slot = draw(2) ? present[draw(2)] : draw(N_CODECS);
    if (may && item_n_value(it) > CODEC_SMALL_MAX)
        slot = CODEC_lz4;
    switch (draw(8)) {
    case 0: n_changes[1] += relocate(t, it, key.hash, t->node) == RELOCATE_DONE; break;
    case 1: n_changes[2] += packed && pack_undo(t, it, key.hash) == PACK_DONE; break;
    case 2: n_changes[3] += may && pack_item(t, it, key.hash, slot, &saved) == PACK_DONE; break;
    default:
        if (may)
            n_changes[0] += pack_anyway(t, it, key.hash, slot) == PACK_DONE;
        break;
    }
}

/* A new dictionary takes the place of one, which is freed once no item names it. */
static void
change_dictionary(void)
{
    enum codec_id codec = draw(N_CODECS);
    struct dictionaries *d = &formed->store->dictionaries;
    uint32_t n = 40 + draw(sizeof common_text - 40);
    uint32_t slot = dictionary_adopt(d, codec, common_text, n, 1 << 20), *p = &present[draw(2)];
    if (slot == DICTIONARY_NONE)
        return;
    if (*p != DICTIONARY_NONE)
        dictionary_retire(d, *p);
    *p = slot;
    n_changes[4]++;
}

/* ---- the steps ------------------------------------------------------------------- */

static void
open_side(struct side *s)
{
    struct store_options o = small_store();
    char why[256];
    o.limit = (size_t)32 << 20;
    s->store = store_new(&o, why, sizeof why);
    assert_non_null(s->store);
    s->t = store_thread_new(s->store);
    assert_non_null(s->t);
}

/* Work on chunks and pages, of which the two sides have different ones. */
static bool
depends_on_chunks(enum store_counter which)
{
    return which == STORE_N_BUCKET_LOCKS || which == STORE_N_RELOCATED || which == STORE_N_FREED ||
           which == STORE_N_SWEPT_VISITED;
}

static void
check_sides(void)
{
    char why[256] = "";
    for (int i = 0; i < 2; i++)
        if (!store_check(sides[i].store, why, sizeof why))
            differ(why);
    struct store_stats a, b;
    store_stats(plain->store, &a);
    store_stats(formed->store, &b);
    SAME(a.n_items, b.n_items);
    SAME(a.n_pinned, b.n_pinned);
#define COUNTER(name, stat, help)           \
    if (!depends_on_chunks(STORE_N_##name)) \
        SAME(a.n[STORE_N_##name], b.n[STORE_N_##name]);
#include STORE_COUNTERS_DEF
#undef COUNTER
}

/* Outside an epoch: time, and the mover's work. */
static void
pass_time(void)
{
    for (int i = 0; i < 2; i++)
        (void)epoch_try_advance(sides[i].t->epoch);
    train_tend(formed->t); /* frees retired dictionaries */
    if (draw(200) == 0)
        clock_shift(1);
    if (draw(500) != 0)
        return;
    for (int i = 0; i < 2; i++)
        maintain_all(sides[i].t);
    check_sides();
}

static void
test_no_client_can_tell_the_form(void **state)
{
    (void)state;
    const char *steps = getenv("LARDER_FORMS_STEPS");
    unsigned long n = steps != NULL ? strtoul(steps, NULL, 10) : STEPS;
    printf("seed %llu\n", (unsigned long long)seed);
    first_seed = seed;
    for (step = 0; step < n; step++) {
        for (int i = 0; i < 2; i++)
            store_enter(sides[i].t);
        operate();
        for (uint32_t i = draw(6); i > 0; i--)
            change_form();
        compare_everything();
        for (int i = 0; i < 2; i++)
            store_leave(sides[i].t);
        if (draw(40) == 0)
            change_dictionary();
        pass_time();
    }
    for (size_t i = 0; i < N_OF(n_changes); i++)
        assert_true(n_changes[i] > n / 200);
}

static int
open_sides(void **state)
{
    (void)state;
    open_side(plain);
    open_side(formed);
    assert_true(pack_join(formed->t));
    assert_true(train_start(formed->store));
    present[0] = adopt_common(&formed->store->dictionaries, CODEC_zstd);
    present[1] = adopt_common(&formed->store->dictionaries, CODEC_lz4);
    return 0;
}

static int
close_sides(void **state)
{
    (void)state;
    train_stop(formed->store);
    pack_part(formed->t);
    for (int i = 0; i < 2; i++) {
        if (epoch_inside(sides[i].t->epoch, sides[i].t->record))
            store_leave(sides[i].t);
        store_thread_free(&sides[i].t);
        store_free(&sides[i].store);
    }
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_client_can_tell_the_form, open_sides, close_sides),
    };
    return cmocka_run_group_tests_name("forms", tests, NULL, NULL);
}
