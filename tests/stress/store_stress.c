/*
 * store_stress: many threads, few keys, little memory, every operation.
 *
 * A value is a pure function of its key, a version and its length, so a reader
 * detects a torn or misplaced value.  After each round the threads stop, and
 * store_check checks the whole store.
 *
 * There are seven variants: with the mover; without; with freed memory wiped; with a mover that
 * packs, while dictionaries are made, used, retired and freed all the time; with all values
 * packed at once, and wiped, too; with a mover that packs and shares the few values that there are; and with
 * all values shared and packed at once, and wiped.  A variant ends after its rounds, once it has also
 * evicted and packed enough.
 *
 *   store_stress [threads [rounds [milliseconds a round [seed [variant]]]]]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "slab/core/store_thread.h"
#include "slab/form/cold.h"
#include "slab/store.h"

enum { N_KEYS = 3000, N_NUMBERS = 8, N_FAR = 16, VALUE_MAX = 300 << 10, SPANS = 8, HELD_MAX = 4 };

/* What a variant that packs must have done, items; and the longest time that it may take for that. */
enum { PACKED_LEAST = 2000, PACKED_ANEW_LEAST = 500, MADE_PLAIN_LEAST = 1, EXTRA_MS = 60000 };

enum variant { WITH_MOVER, WITHOUT_MOVER, WIPING, PACKING, PACKING_ALL, SHARING, SHARING_ALL, N_VARIANTS };

struct shared {
    struct store *store;
    enum variant variant;
    size_t limit; /* the lowest limit of its resizes */
    _Atomic bool stop;
    _Atomic uint64_t n_ops, n_hits, n_no_memory;
};

struct actor {
    struct shared *shared;
    struct store_thread *t;
    pthread_t id;
    uint64_t random;
    char *value;
    char key[64];
    const struct item *held[HELD_MAX]; /* held across epochs, as by a slow sender */
    uint64_t held_sum[HELD_MAX];
    struct store_cursor cursor; /* of a walk that goes on between the other operations */
    uint8_t met[N_KEYS];        /* how often the walk has shown each key */
    bool reads_far;             /* reads the far keys; otherwise sets them */
    uint64_t n_walks;
};

static uint64_t
next_random(struct actor *a)
{
    a->random ^= a->random << 13;
    a->random ^= a->random >> 7;
    a->random ^= a->random << 17;
    return a->random;
}

static struct store_key
make_key(struct actor *a, char kind, uint64_t i)
{
    int n = snprintf(a->key, sizeof a->key, "%c%llu%.*s", kind, (unsigned long long)i, (int)(i % 30),
        "..............................");
    return store_key(bytes_of(a->key, (size_t)n));
}

/* Values of every second key consist of these, so that they can be packed. */
static const char words[] =
    "{\"name\":\"email\":\"id\": \"roles\":[\"admin\"\"reader\",\"created\":false, \"active\":true,  "
    "\"lang\":\"de-de\"},\"theme\":\"dark\",  \"followers\":";
enum { WORD = 8, N_WORDS = (sizeof words - 1) / WORD };

/* The first 8 bytes are the version; the others follow from it and the key's number. */
static void
make_value(char *dst, uint32_t n, uint64_t i, uint64_t version)
{
    memcpy(dst, &version, n < 8 ? n : 8);
    uint64_t x = (i + 1) * UINT64_C(0x9E3779B97F4A7C15) ^ version * UINT64_C(0xD1B54A32D192ED03) ^ n;
    for (uint32_t at = 8; at < n; at += 8) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
        const void *from = i % 2 ? (const void *)&x : words + (x >> 33) % N_WORDS * WORD;
        memcpy(dst + at, from, n - at < 8 ? n - at : 8);
    }
}

/* The number that a value is made of: that of its key, unless keys are to have equal ones. */
static uint64_t
number_of(const struct actor *a, uint64_t i)
{
    return a->shared->variant >= SHARING ? i % 2 : i;
}

static uint64_t
random_version(struct actor *a)
{
    uint64_t r = next_random(a);
    return a->shared->variant >= SHARING ? r % 3 : r;
}

static uint32_t
random_length(struct actor *a)
{
    static const uint32_t few[] = {70, 300, 300, 300, 1000, 3000, 9000, 40000};
    uint64_t r = next_random(a);
    if (a->shared->variant >= SHARING && r % 16 < 12)
        return few[(r >> 8) % (sizeof few / sizeof *few)];
    if (a->shared->variant >= PACKING && r % 16 < 5)
        return (uint32_t)(r >> 8) % (r % 64 == 0 ? STORE_COPIED_MAX + 1000 : 8300);
    switch (r % 16) {
    case 0: return (uint32_t)(r >> 8) % VALUE_MAX;
    case 1:
    case 2: return (uint32_t)(r >> 8) % 20000;
    case 3:
    case 4: return (uint32_t)(r >> 8) % 5000;
    case 5: return (uint32_t)(r >> 8) % 8;
    default: return (uint32_t)(r >> 8) % 300;
    }
}

static void
read_out(struct actor *a, const struct store_view *v)
{
    struct iovec spans[SPANS];
    size_t n;
    uint32_t at = 0, to = 0;
    if (store_must_copy(v)) {
        store_copy_value(a->t, v, a->value);
        return;
    }
    while ((n = store_value_spans(a->t, v->holder, &at, spans, SPANS)) > 0) {
        for (size_t i = 0; i < n; i++) {
            memcpy(a->value + to, spans[i].iov_base, spans[i].iov_len);
            to += (uint32_t)spans[i].iov_len;
        }
    }
    MUST(to == v->n_value);
}

static void
verify(struct actor *a, uint64_t i, const struct store_view *v)
{
    static _Thread_local char expected[VALUE_MAX];
    uint64_t version = 0;
    read_out(a, v);
    memcpy(&version, a->value, v->n_value < 8 ? v->n_value : 8);
    make_value(expected, v->n_value, number_of(a, i), version);
    MUST(memcmp(a->value, expected, v->n_value) == 0);
    MUST(v->client_flags == (uint32_t)(i % 3 == 0 ? 0 : i));
}

static uint64_t
checksum(struct actor *a, const struct item *it)
{
    struct iovec spans[SPANS];
    uint64_t sum = 0;
    size_t n;
    for (uint32_t at = 0; (n = store_value_spans(a->t, it, &at, spans, SPANS)) > 0;)
        for (size_t i = 0; i < n; i++)
            sum = sum * 31 + hash_key(spans[i].iov_base, spans[i].iov_len);
    return sum;
}

static void
op_get(struct actor *a, uint64_t i)
{
    struct store_key key = make_key(a, 'k', i);
    struct store_view v;
    if (next_random(a) & 1) {
        store_prefetch_index(a->t, &key);
        store_prefetch_item(a->t, &key);
    }
    if (store_get(a->t, &key, &v) != STORE_OK)
        return;
    atomic_fetch_add_explicit(&a->shared->n_hits, 1, memory_order_relaxed);
    verify(a, i, &v);
    unsigned h = next_random(a) % HELD_MAX;
    if (v.n_value >= STORE_HOLD_MIN && !store_must_copy(&v) && a->held[h] == NULL) {
        store_hold(a->t, v.holder);
        a->held[h] = v.holder;
        a->held_sum[h] = checksum(a, v.holder);
    }
}

static void
op_release(struct actor *a, uint64_t i)
{
    const struct item *it = a->held[i % HELD_MAX];
    if (it == NULL)
        return;
    MUST(checksum(a, it) == a->held_sum[i % HELD_MAX]); /* unchanged while it is held */
    store_release(a->t, it);
    a->held[i % HELD_MAX] = NULL;
}

static struct store_spec
random_spec(struct actor *a, uint64_t i, uint32_t n)
{
    uint64_t r = next_random(a);
    return (struct store_spec){
        .client_flags = (uint32_t)(i % 3 == 0 ? 0 : i),
        .exptime = r % 8 == 0 ? clock_now_s() + (uint32_t)(r >> 8) % 3 : 0,
        .n_value = n,
        .key_is_binary = r % 16 == 1,
        .has_cas_new = r % 16 == 2,
        .cas_new = r >> 32,
        .pin = r % 32 == 3 && store_may_pin(a->shared->store, n),
    };
}

static void
op_put(struct actor *a, uint64_t i)
{
    static const enum store_mode modes[] = {
        STORE_SET, STORE_SET, STORE_SET, STORE_ADD, STORE_REPLACE, STORE_CAS};
    uint32_t n = random_length(a);
    struct store_key key = make_key(a, 'k', i);
    struct store_spec spec = random_spec(a, i, n);
    struct store_slot slot;
    struct store_stored stored;
    struct store_put put = {.mode = modes[next_random(a) % 6]};
    struct store_view v;
    if (put.mode == STORE_CAS && store_get(a->t, &key, &v) == STORE_OK &&
        store_view_cas(a->t, &v) == STORE_OK)
        put.cas = v.cas - (next_random(a) % 4 == 0);
    put.allow_stale = next_random(a) % 4 == 0;
    enum store_result r = store_reserve(a->t, &key, &spec, &slot);
    if (r != STORE_OK) {
        MUST(r == STORE_NO_MEMORY);
        atomic_fetch_add_explicit(&a->shared->n_no_memory, 1, memory_order_relaxed);
        return;
    }
    make_value(a->value, n, number_of(a, i), random_version(a));
    if (next_random(a) % 8 == 0) { /* like a body that arrives in pieces */
        uint32_t half = n / 2;
        store_slot_fill(a->t, &slot, 0, a->value, half);
        store_leave(a->t);
        store_enter(a->t);
        store_slot_fill(a->t, &slot, half, a->value + half, n - half);
    } else {
        store_slot_fill(a->t, &slot, 0, a->value, n);
    }
    if (next_random(a) % 32 == 0) {
        store_cancel(a->t, &slot);
        return;
    }
    r = store_commit(a->t, &key, &slot, &put, &stored);
    MUST(r != STORE_OK || stored.n_value == n);
    if (r == STORE_NO_MEMORY) /* the index needs a page, and held values occupy all of them */
        atomic_fetch_add_explicit(&a->shared->n_no_memory, 1, memory_order_relaxed);
}

static void
op_number(struct actor *a, uint64_t i)
{
    struct store_key key = make_key(a, 'n', i % N_NUMBERS);
    struct store_arith how = {.delta = 1, .vivify = true, .initial = 0};
    struct store_number out;
    enum store_result r = store_arith(a->t, &key, &how, &out);
    MUST(r == STORE_OK || r == STORE_NO_MEMORY);
}

static void
op_text(struct actor *a, uint64_t i)
{
    struct store_key key = make_key(a, 'a', i % N_NUMBERS);
    struct store_spec spec = {.n_value = 3};
    struct store_slot slot;
    struct store_stored stored;
    struct store_put put = {.mode = next_random(a) & 1 ? STORE_APPEND : STORE_PREPEND, .vivify = true};
    struct store_view v;
    if (store_reserve(a->t, &key, &spec, &slot) != STORE_OK)
        return;
    store_slot_fill(a->t, &slot, 0, "abc", 3);
    (void)!store_commit(a->t, &key, &slot, &put, &stored);
    if (store_get(a->t, &key, &v) == STORE_OK) {
        read_out(a, &v);
        MUST(v.n_value % 3 == 0);
        for (uint32_t k = 0; k < v.n_value; k++)
            MUST(a->value[k] == "abc"[k % 3]);
        if (v.n_value > 30000)
            (void)!store_remove(a->t, &key, false, 0);
    }
}

static void
op_change(struct actor *a, uint64_t i)
{
    struct store_key key = make_key(a, 'k', i);
    struct store_view v;
    struct store_fetched f;
    uint64_t r = next_random(a);
    switch (r % 6) {
    case 0: (void)!store_remove(a->t, &key, false, 0); return;
    case 1: (void)!store_touch(a->t, &key, r % 3 == 0 ? clock_now_s() + 1 : 0); return;
    case 2:
        if (store_get_and_touch(a->t, &key, 0, &v) == STORE_OK)
            verify(a, i, &v);
        return;
    case 3: {
        struct store_invalidate how = {.mark_stale = true, .has_cas_new = r & 64, .cas_new = r >> 32};
        (void)!store_invalidate(a->t, &key, &how);
        return;
    }
    case 4: {
        struct store_fetch how = {.recache = true, .recache_before = clock_now_s() + 1};
        if (store_fetch(a->t, &key, &how, false, &f) == STORE_OK)
            verify(a, i, &f.view);
        return;
    }
    case 5: {
        struct store_meta meta;
        (void)!store_describe(a->t, &key, &meta);
        if (r >> 20 == 0)
            store_flush(a->t, 0);
        return;
    }
    }
}

/*
 * Threads of one node set these keys and threads of other nodes read them, so with several nodes the items
 * migrate.
 */
static void
op_far(struct actor *a, uint64_t i)
{
    struct store_key key = make_key(a, 'f', i %= N_FAR);
    struct store_view v;
    struct store_slot slot;
    struct store_stored stored;
    struct store_spec spec = {.client_flags = (uint32_t)(i % 3 == 0 ? 0 : i), .n_value = 100};
    struct store_put put = {.mode = STORE_ADD};
    if (a->reads_far) {
        if (store_get(a->t, &key, &v) == STORE_OK)
            verify(a, i, &v);
        if (next_random(a) % 4096 == 0)
            (void)!store_remove(a->t, &key, false, 0);
    } else if (store_reserve(a->t, &key, &spec, &slot) == STORE_OK) {
        make_value(a->value, spec.n_value, number_of(a, i), random_version(a));
        store_slot_fill(a->t, &slot, 0, a->value, spec.n_value);
        (void)!store_commit(a->t, &key, &slot, &put, &stored);
    }
}

static bool
meet(void *arg, const struct store_meta *m)
{
    struct actor *a = arg;
    char key[64];
    snprintf(key, sizeof key, "%.*s", (int)m->key.n, m->key.p);
    if (key[0] == 'k')
        MUST(a->met[strtoul(key + 1, NULL, 10)]++ ==
             0); /* at most once in a walk, whatever happens to the item */
    return true;
}

static void
op_walk(struct actor *a)
{
    if (store_walk_some(a->t, &a->cursor, meet, a, 50))
        return;
    a->n_walks++;
    a->cursor = (struct store_cursor){0};
    memset(a->met, 0, sizeof a->met);
}

static void *
act(void *arg)
{
    struct actor *a = arg;
    uint64_t n = 0;
    while (!atomic_load_explicit(&a->shared->stop, memory_order_relaxed)) {
        store_enter(a->t);
        for (unsigned k = next_random(a) % 40; k > 0; k--, n++) {
            uint64_t i = next_random(a) % N_KEYS;
            i = next_random(a) & 1 ? i % 50 : i; /* some keys are hot */
            switch (next_random(a) % 16) {
            case 0: op_number(a, i); break;
            case 1: op_text(a, i); break;
            case 2:
            case 3: op_change(a, i); break;
            case 4: op_release(a, i); break;
            case 9: op_walk(a); break;
            case 10: op_far(a, i); break;
            case 5:
            case 6:
            case 7:
            case 8: op_put(a, i); break;
            default: op_get(a, i); break;
            }
        }
        store_leave(a->t);
    }
    store_enter(a->t);
    for (uint64_t h = 0; h < HELD_MAX; h++)
        op_release(a, h);
    store_leave(a->t);
    atomic_fetch_add_explicit(&a->shared->n_ops, n, memory_order_relaxed);
    return NULL;
}

/* Calls what an operator may call at any time: limit, policy, pressure, page moves, crawls, page maps. */
static void
meddle(struct shared *s, struct store_thread *t, uint64_t r)
{
    struct store_page page;
    struct store_stats stats;
    struct store_shadow shadow;
    bool wanted[STORE_CLASSES_MAX + 1];
    memset(wanted, 1, sizeof wanted);
    (void)!store_move_page(s->store, -1, 1 + (int32_t)(r % store_n_classes(s->store)));
    store_set_automove(s->store, r % 3);
    store_set_policy(s->store, (enum store_policy)(r / 3 % STORE_N_POLICIES));
    store_set_pressure(s->store, (enum store_pressure)(r / 5 % STORE_PRESSURE_EMERGENCY));
    MUST(store_resize(s->store, s->limit + (size_t)(r % 3) * s->limit / 2));
    if (r % 4 == 0)
        (void)!store_crawl(s->store, wanted, sizeof wanted);
    for (uint32_t after = 0; store_next_page(t, after, &page); after = page.number)
        MUST(page.n_used <= page.n_chunks);
    store_stats(s->store, &stats);
    store_shadow(s->store, &shadow);
}

/* The same for the kind of keys that is due; if none is, one kind loses its dictionary. */
static void
renew_for_kind(struct store *store, uint32_t slot, uint64_t r)
{
    struct kind_dict *kinds = &store->cold->kinds;
    struct kind_dict_kind first;
    const struct kind_dict_ask ask = {r / 64 % N_CODECS, UINT64_MAX, true, true, &store->cold->drift};
    uint64_t kind, flushed = atomic_load(&arena_superblock(&store->arena)->flush_seq);
    uint32_t before;
    if (kind_dict_due(kinds, &ask, &kind, &before) &&
        cold_use_for(store, kind, slot, NULL, flushed, &before)) {
        if (before != DICTIONARY_NONE)
            dictionary_retire(&store->dictionaries, before);
        return;
    }
    dictionary_retire(&store->dictionaries, slot);
    if (kind_dict_list(kinds, &first, 1) == 1 && kind_dict_end(kinds, first.slot))
        dictionary_retire(&store->dictionaries, first.slot);
}

/* A new dictionary, of either codec, takes the place of the present one, which the mover frees. */
static void
renew_dictionary(struct store *store, uint64_t r)
{
    uint32_t from = (uint32_t)(r % (sizeof words / 2)), n = (uint32_t)(sizeof words - 1 - from);
    uint32_t slot = dictionary_adopt(
        &store->dictionaries, r / 64 % N_CODECS, words + from, n, store->options.limit / DICTIONARY_PART);
    if (slot == DICTIONARY_NONE)
        return;
    if (r % 4 == 0) {
        renew_for_kind(store, slot, r);
        return;
    }
    uint32_t before = cold_use(store, slot, NULL);
    if (before != DICTIONARY_NONE)
        dictionary_retire(&store->dictionaries, before);
}

/* Flushes retire dictionaries, and another codec makes a training due. */
static void
meddle_with_packing(struct shared *s, struct store_thread *t, uint64_t r)
{
    struct store_cold cold;
    struct store_kind kinds[STORE_KINDS_MAX];
    if (r % 16 == 0) {
        store_enter(t);
        store_flush(t, 0);
        store_leave(t);
    }
    store_set_compression(s->store, r % 8 == 1 ? STORE_COMPRESSION_OFF : (enum store_compression)(r / 8 % 3));
    store_set_compression_cpu(s->store, 100, 1 + r % 4);
    store_cold(s->store, &cold);
    MUST(cold.n_trainings >= cold.n_adopted);
    MUST(store_kinds(s->store, kinds) <= STORE_KINDS_MAX);
}

static void
run_round(struct shared *s, struct actor *actors, int n, long ms)
{
    struct store_thread *t = store_thread_new(s->store);
    MUST(t != NULL);
    atomic_store(&s->stop, false);
    for (int i = 0; i < n; i++)
        MUST(pthread_create(&actors[i].id, NULL, act, &actors[i]) == 0);
    uint64_t end = clock_ns() + (uint64_t)ms * 1000000u, tick = clock_ns();
    while (clock_ns() < end) {
        struct timespec nap = {0, 2000000};
        nanosleep(&nap, NULL);
        if (s->variant >= PACKING)
            renew_dictionary(s->store, clock_ns() / 1000);
        if (clock_ns() - tick > 100000000u) {
            tick = clock_ns();
            clock_shift(1); /* ten seconds pass in one, so that items expire and the mover has work */
            meddle(s, t, tick / 1000);
            if (s->variant >= PACKING)
                meddle_with_packing(s, t, tick / 1000);
            store_tick(s->store);
        }
    }
    atomic_store(&s->stop, true);
    for (int i = 0; i < n; i++)
        pthread_join(actors[i].id, NULL);
    store_thread_free(&t);
}

static long
argument(int argc, char **argv, int i, long otherwise)
{
    return argc > i ? atol(argv[i]) : otherwise;
}

static struct store_options
options_of(enum variant variant)
{
    struct store_options o = store_defaults();
    /* Packing: so little that items are evicted, and so much that they become old enough to be packed. */
    o.limit = (size_t)(variant == WITHOUT_MOVER ? 2 : variant >= PACKING ? 4 : 12) << 20;
    o.limit_max = o.limit * 2;
    o.item_max = variant == WITHOUT_MOVER ? 1 << 19 : 1 << 20;
    o.shadow = 2;
    o.pin_pct = 20;
    o.background = variant != WITHOUT_MOVER;
    o.wipe_on_free = variant == WIPING || variant == PACKING_ALL ||
                     variant == SHARING_ALL; /* store_check looks at free memory */
    if (variant >= PACKING) {
        o.compression = STORE_COMPRESSION_AUTO;
        o.compression_cpu = 100;
    }
    o.share = variant >= SHARING;
    return o;
}

static struct actor *
start_actors(struct shared *s, int n, long seed)
{
    struct actor *actors = calloc((size_t)n, sizeof *actors);
    MUST(actors != NULL);
    for (int i = 0; i < n; i++) {
        actors[i] = (struct actor){.shared = s,
            .t = store_thread_new_on(s->store, store_deal_node(s->store, i)),
            .value = malloc(VALUE_MAX)};
        actors[i].reads_far = store_deal_node(s->store, i) != 0;
        actors[i].random = (uint64_t)seed * 7919 + (uint64_t)i * 104729 + 1;
        MUST(actors[i].t != NULL && actors[i].value != NULL);
        /* Like movers of other nodes: these evict, too, since nothing defers here. */
        MUST(s->variant < PACKING || i % 2 == 0 || pack_join(actors[i].t));
    }
    return actors;
}

static void
end_actors(struct actor *actors, int n)
{
    for (int i = 0; i < n; i++) {
        pack_part(actors[i].t);
        store_thread_free(&actors[i].t);
        free(actors[i].value);
    }
    free(actors);
}

static bool
has_done_enough(const struct shared *s)
{
    struct store_stats st;
    struct store_cold cold;
    store_stats(s->store, &st);
    store_cold(s->store, &cold);
    if (s->n_hits == 0 || st.n[STORE_N_EVICTED] == 0)
        return false;
    if (s->variant < PACKING)
        return true;
    if (s->variant >= SHARING)
        return s->variant == SHARING_ALL || cold.n_sharings > 0;
    /* If all are packed at once, the hand meets hardly any that are not. */
    uint64_t n_packed = s->store->packs_always ? cold.n_repackings : cold.n_packings;
    return n_packed >= PACKED_LEAST && cold.n_repackings >= PACKED_ANEW_LEAST &&
           cold.n_unpackings >= MADE_PLAIN_LEAST;
}

static void
report(const struct shared *s, const struct actor *actors, int n)
{
    uint64_t n_walks = 0;
    for (int i = 0; i < n; i++)
        n_walks += actors[i].n_walks;
    struct store_stats st;
    struct store_cold cold;
    store_stats(s->store, &st);
    store_cold(s->store, &cold);
    printf("limit %zu MiB: %llu operations, %llu hits, %llu items, %llu evicted, %llu moved pages, %llu "
           "relocated, %llu to their readers, "
           "%llu refused, %llu walks\n",
        s->limit >> 20, (unsigned long long)s->n_ops, (unsigned long long)s->n_hits,
        (unsigned long long)st.n_items, (unsigned long long)st.n[STORE_N_EVICTED],
        (unsigned long long)st.n_pages_moved, (unsigned long long)st.n[STORE_N_RELOCATED],
        (unsigned long long)st.n[STORE_N_MIGRATED], (unsigned long long)s->n_no_memory,
        (unsigned long long)n_walks);
    if (s->variant >= PACKING)
        printf("  packed %llu, anew %llu, better %llu, made plain %llu, in vain %llu; now %llu; %llu "
               "dictionaries, %llu "
               "retired; %llu trained, %llu adopted\n",
            (unsigned long long)cold.n_packings, (unsigned long long)cold.n_repackings,
            (unsigned long long)cold.n_improved, (unsigned long long)cold.n_unpackings,
            (unsigned long long)cold.n_vain, (unsigned long long)cold.n_packed,
            (unsigned long long)cold.n_dictionaries, (unsigned long long)cold.n_retired,
            (unsigned long long)cold.n_trainings, (unsigned long long)cold.n_adopted);
    if (s->variant >= SHARING)
        printf("  shared %llu at the hand; now %llu, with %llu bodies\n", (unsigned long long)cold.n_sharings,
            (unsigned long long)cold.n_shared, (unsigned long long)cold.n_bodies);
    fflush(stdout);
    MUST(has_done_enough(s));
}

/* false: store_check has found a mistake. */
static bool
play(enum variant variant, int n, long rounds, long ms, long seed)
{
    char why[256];
    struct store_options o = options_of(variant);
    unsetenv("LARDER_PACK");
    unsetenv("LARDER_SHARE");
    if (variant == PACKING_ALL || variant == SHARING_ALL)
        setenv("LARDER_PACK", "1", 1);
    if (variant == SHARING_ALL)
        setenv("LARDER_SHARE", "1", 1);
    struct shared s = {.store = store_new(&o, why, sizeof why), .variant = variant, .limit = o.limit};
    MUST(s.store != NULL);
    struct actor *actors = start_actors(&s, n, seed);
    for (long r = 0; r < rounds || (r < rounds + EXTRA_MS / ms && !has_done_enough(&s)); r++) {
        run_round(&s, actors, n, ms);
        if (!store_check(s.store, why, sizeof why)) {
            fprintf(stderr, "variant %d round %ld: %s\n", (int)variant, r, why);
            return false;
        }
    }
    report(&s, actors, n);
    end_actors(actors, n);
    MUST(store_check(s.store, why, sizeof why));
    store_free(&s.store);
    return true;
}

int
main(int argc, char **argv)
{
    int n = (int)argument(argc, argv, 1, 4);
    long rounds = argument(argc, argv, 2, 4), ms = argument(argc, argv, 3, 700),
         seed = argument(argc, argv, 4, 1), only = argument(argc, argv, 5, -1);
    clock_init();
    for (int variant = 0; variant < N_VARIANTS; variant++)
        if ((only < 0 || variant == only) && !play((enum variant)variant, n, rounds, ms, seed))
            return 1;
    return 0;
}
