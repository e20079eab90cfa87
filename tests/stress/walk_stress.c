/*
 * walk_stress: walks over the whole store while other threads write.
 *
 * Each key of a stable set belongs to one writer, which overwrites and touches but
 * never removes it.  Other keys come and go, so that the index splits and, in the
 * second variant, items are evicted.  No key may be shown twice in a walk.  A stable
 * key must be shown, unless it was evicted: then its writer has set it again since
 * the walk began, or was about to when it began.
 *
 *   walk_stress [writers [walks [seed]]]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "slab/store.h"

enum { N_STABLE = 2000, N_CHURN = 60000, STEP = 20 };
#ifdef __SANITIZE_THREAD__
enum { N_WALKS = 20 }; /* every access takes twenty times as long */
#else
enum { N_WALKS = 60 };
#endif

struct shared {
    struct store *store;
    _Atomic bool stop;
    /*
     * Incremented by the key's writer before and after it sets an evicted key again (odd in between);
     * release.
     */
    _Atomic uint32_t n_lost[N_STABLE];
    uint32_t n_writers;
};

struct writer {
    struct shared *shared;
    struct store_thread *t;
    pthread_t id;
    uint32_t number;
    uint64_t random;
};

static uint64_t
next_random(struct writer *w)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return w->random;
}

static struct store_key
name(char *buffer, size_t n_buffer, char kind, uint64_t i)
{
    int n = snprintf(buffer, n_buffer, "%c%llu", kind, (unsigned long long)i);
    return store_key(bytes_of(buffer, (size_t)n));
}

static enum store_result
write_value(struct store_thread *t, const struct store_key *key, uint32_t n, enum store_mode mode)
{
    static const char zeros[2048];
    struct store_spec spec = {.n_value = n};
    struct store_put put = {.mode = mode};
    struct store_slot slot;
    struct store_stored stored;
    enum store_result r = store_reserve(t, key, &spec, &slot);
    if (r != STORE_OK)
        return r;
    store_slot_fill(t, &slot, 0, zeros, n);
    return store_commit(t, key, &slot, &put, &stored);
}

/* Replaces one of the writer's own keys, and sets it again only if it was evicted. */
static void
keep_stable(struct writer *w)
{
    char buffer[32];
    struct shared *s = w->shared;
    uint64_t i = next_random(w) % (N_STABLE / s->n_writers) * s->n_writers + w->number;
    struct store_key key = name(buffer, sizeof buffer, 's', i);
    if (next_random(w) % 4 == 0) {
        (void)!store_touch(w->t, &key, 0);
        return;
    }
    uint32_t n = 8 + (uint32_t)(next_random(w) % 4) * 150; /* no more classes than there are pages for */
    enum store_result r = write_value(w->t, &key, n, STORE_REPLACE);
    if (r != STORE_NOT_STORED)
        return;
    atomic_fetch_add_explicit(&s->n_lost[i], 1, memory_order_release);
    (void)!write_value(w->t, &key, n, STORE_SET);
    atomic_fetch_add_explicit(&s->n_lost[i], 1, memory_order_release);
}

static void
churn(struct writer *w)
{
    char buffer[32];
    struct store_key key = name(buffer, sizeof buffer, 'c', next_random(w) % N_CHURN);
    if (next_random(w) % 4 == 0)
        (void)!store_remove(w->t, &key, false, 0);
    else
        (void)!write_value(w->t, &key, (uint32_t)(next_random(w) % 4) * 30, STORE_SET);
}

static void *
run_writer(void *arg)
{
    struct writer *w = arg;
    while (!atomic_load_explicit(&w->shared->stop, memory_order_relaxed)) {
        store_enter(w->t);
        for (int i = 0; i < 16; i++) {
            keep_stable(w);
            churn(w);
        }
        store_leave(w->t);
    }
    return NULL;
}

struct seen {
    uint8_t stable[N_STABLE], churned[N_CHURN];
    uint64_t n;
};

static bool
see(void *arg, const struct store_meta *m)
{
    struct seen *seen = arg;
    char text[32];
    snprintf(text, sizeof text, "%.*s", (int)m->key.n, m->key.p);
    unsigned long i = strtoul(text + 1, NULL, 10);
    uint8_t *times = text[0] == 's' ? seen->stable : seen->churned;
    MUST(i < (text[0] == 's' ? N_STABLE : N_CHURN));
    MUST(m->cas != 0);
    MUST(times[i]++ == 0); /* no key is shown twice */
    seen->n++;
    return true;
}

/* One walk, in small steps; returns how many stable keys existed during all of it. */
static unsigned
walk(struct shared *s, struct store_thread *t, struct seen *seen)
{
    static uint32_t lost[N_STABLE];
    struct store_cursor c = {0};
    char buffer[32];
    unsigned n_lived = 0;
    memset(seen, 0, sizeof *seen);
    for (unsigned i = 0; i < N_STABLE; i++)
        lost[i] = atomic_load_explicit(&s->n_lost[i], memory_order_acquire);
    for (bool more = true; more;) {
        store_enter(t);
        more = store_walk_some(t, &c, see, seen, STEP);
        store_leave(t);
    }
    store_enter(t);
    for (unsigned i = 0; i < N_STABLE; i++) {
        struct store_view v;
        struct store_key key = name(buffer, sizeof buffer, 's', i);
        bool there = store_get(t, &key, &v) == STORE_OK;
        /*
         * Only its writer sets it again.  If the writer was doing so when the walk began, the key may have
         * been missing during the walk.
         */
        bool settled = lost[i] % 2 == 0;
        bool lived = there && settled && atomic_load_explicit(&s->n_lost[i], memory_order_acquire) == lost[i];
        MUST(!lived || seen->stable[i] == 1);
        n_lived += lived;
    }
    store_leave(t);
    return n_lived;
}

static void
open_shared(struct shared *s, size_t limit, uint32_t n_writers)
{
    char why[256];
    struct store_options o = store_defaults();
    o.limit = limit;
    o.item_max = limit / 2;
    memset(s, 0, sizeof *s);
    s->n_writers = n_writers;
    s->store = store_new(&o, why, sizeof why);
    MUST(s->store != NULL);
}

static void
set_all_stable(struct store_thread *t)
{
    char buffer[32];
    store_enter(t);
    for (unsigned i = 0; i < N_STABLE; i++) {
        struct store_key key = name(buffer, sizeof buffer, 's', i);
        MUST(write_value(t, &key, 10, STORE_SET) == STORE_OK);
    }
    store_leave(t);
}

static struct writer *
start_writers(struct shared *s, uint64_t seed)
{
    struct writer *writers = calloc(s->n_writers, sizeof *writers);
    MUST(writers != NULL);
    for (uint32_t i = 0; i < s->n_writers; i++) {
        writers[i] = (struct writer){.shared = s, .t = store_thread_new(s->store), .number = i};
        writers[i].random = seed * 7919 + i * 104729 + 1;
        MUST(writers[i].t != NULL);
        MUST(pthread_create(&writers[i].id, NULL, run_writer, &writers[i]) == 0);
    }
    return writers;
}

static void
stop_writers(struct shared *s, struct writer *writers)
{
    atomic_store(&s->stop, true);
    for (uint32_t i = 0; i < s->n_writers; i++) {
        pthread_join(writers[i].id, NULL);
        store_thread_free(&writers[i].t);
    }
    free(writers);
}

static void
run_variant(size_t limit, uint32_t n_writers, long walks, uint64_t seed)
{
    static struct shared s;
    static struct seen seen;
    struct store_stats st;
    char why[256];
    uint64_t n_lived = 0, n_seen = 0;
    open_shared(&s, limit, n_writers);
    struct store_thread *t = store_thread_new(s.store);
    MUST(t != NULL);
    set_all_stable(t);
    struct writer *writers = start_writers(&s, seed);
    for (long k = 0; k < walks; k++) {
        n_lived += walk(&s, t, &seen);
        n_seen += seen.n;
    }
    stop_writers(&s, writers);
    store_stats(s.store, &st);
    printf("limit %zu MiB: %ld walks met %llu items, %llu stable ones lived; %llu buckets, %llu evicted\n",
        limit >> 20, walks, (unsigned long long)n_seen, (unsigned long long)n_lived,
        (unsigned long long)st.n_buckets, (unsigned long long)st.n[STORE_N_EVICTED]);
    MUST(n_lived > 0);
    store_thread_free(&t);
    if (!store_check(s.store, why, sizeof why))
        must_fail(why, __FILE__, __LINE__, __func__);
    store_free(&s.store);
}

int
main(int argc, char **argv)
{
    uint32_t n_writers = argc > 1 ? (uint32_t)atoi(argv[1]) : 3;
    long walks = argc > 2 ? atol(argv[2]) : N_WALKS;
    uint64_t seed = argc > 3 ? (uint64_t)atol(argv[3]) : 1;
    clock_init();
    run_variant((size_t)64 << 20, n_writers, walks, seed); /* with splits */
    run_variant((size_t)2 << 20, n_writers, walks, seed);  /* and with evictions */
    return 0;
}
