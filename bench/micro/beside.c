/*
 * beside: how long a get takes while the store frees memory for new items.
 *
 * One thread writes to a full store at full speed, with sizes that change every
 * two seconds, so that the mover sweeps, evicts and empties pages all the time.
 * Another thread gets, as a worker does, and times every get.  Gets that the kernel
 * interrupts for another process say nothing about the engine and are counted
 * separately; with fewer than two cores most gets are of this kind.
 *
 *   quiet   without a writer
 *   beside  with the writer
 *
 * usage: beside [-m MiB] [-s seconds]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"
#include "bench/load/run/hist.h"
#include "slab/store.h"

enum { KEY_BYTES = 15, VALUE_MAX = 300000, BATCH = 16, SIZE_S = 2 };

static const uint32_t sizes[] = {100, 4096, 1000, VALUE_MAX, 20};

struct writer {
    struct store *store;
    _Atomic uint64_t next; /* the next key to write; lower ones are or were stored; relaxed */
    _Atomic bool stop;     /* relaxed: joining the thread orders the rest */
};

static void
make_key(char *dst, uint64_t i)
{
    char text[32];
    snprintf(text, sizeof text, "key-%011llu", (unsigned long long)i);
    memcpy(dst, text, KEY_BYTES);
}

static uint32_t
size_now(void)
{
    return sizes[clock_ns() / 1000000000 / SIZE_S % (sizeof sizes / sizeof *sizes)];
}

static void
put(struct store_thread *t, uint64_t i, const char *value, uint32_t n)
{
    char key[KEY_BYTES];
    make_key(key, i);
    struct store_key k = store_key(bytes_of(key, KEY_BYTES));
    struct store_spec spec = {.n_value = n};
    struct store_put how = {.mode = STORE_SET};
    struct store_slot slot;
    struct store_stored stored;
    if (store_reserve(t, &k, &spec, &slot) != STORE_OK)
        MUST(!"a full store accepts new items");
    store_slot_fill(t, &slot, 0, value, n);
    if (store_commit(t, &k, &slot, &how, &stored) != STORE_OK)
        MUST(!"and keeps them");
}

static void *
write_on(void *arg)
{
    struct writer *w = arg;
    struct store_thread *t = store_thread_new(w->store);
    char *value = calloc(1, VALUE_MAX);
    MUST(t != NULL && value != NULL);
    while (!atomic_load_explicit(&w->stop, memory_order_relaxed)) {
        uint64_t next = atomic_load_explicit(&w->next, memory_order_relaxed);
        uint32_t n = size_now();
        store_enter(t);
        for (int i = 0; i < BATCH; i++)
            put(t, next + (uint64_t)i, value, n);
        store_leave(t);
        atomic_store_explicit(&w->next, next + BATCH, memory_order_relaxed);
    }
    free(value);
    store_thread_free(&t);
    return NULL;
}

/* Writes until memory is full of items of the smallest size. */
static void
fill(struct writer *w, size_t limit)
{
    struct store_thread *t = store_thread_new(w->store);
    char value[100] = {0};
    MUST(t != NULL);
    for (uint64_t i = 0; i < limit / sizeof value; i++) {
        store_enter(t);
        put(t, i, value, sizeof value);
        store_leave(t);
        w->next = i;
    }
    store_thread_free(&t);
}

static uint64_t
times_preempted(void)
{
    struct rusage u;
    MUST(getrusage(RUSAGE_THREAD, &u) == 0);
    return (uint64_t)u.ru_nivcsw;
}

/* A batch of gets of recently written items, each timed. */
static void
time_batch(struct store_thread *t, uint64_t newest, uint64_t *state, uint64_t *ns, uint64_t *found)
{
    struct store_view v;
    for (int i = 0; i < BATCH; i++) {
        char key[KEY_BYTES];
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        make_key(key, newest - (*state >> 40) % (newest + 1));
        struct store_key k = store_key(bytes_of(key, KEY_BYTES));
        uint64_t start = clock_ns();
        store_enter(t);
        *found += store_get(t, &k, &v) == STORE_OK;
        store_leave(t);
        ns[i] = clock_ns() - start;
    }
}

static void
report(const char *what, const struct hist *h, uint64_t n_preempted, uint64_t found)
{
    struct hist_sum *sum = calloc(1, sizeof *sum);
    MUST(sum != NULL);
    hist_add(sum, h);
    printf("%-7s %9llu gets: p50 %5.2f us, p99 %5.2f, p99.9 %6.2f, p99.99 %7.2f, slowest %8.2f; %llu "
           "interrupted, %.0f %% found\n",
        what, (unsigned long long)sum->n, (double)hist_percentile(sum, 50) / 1e3,
        (double)hist_percentile(sum, 99) / 1e3, (double)hist_percentile(sum, 99.9) / 1e3,
        (double)hist_percentile(sum, 99.99) / 1e3, (double)hist_percentile(sum, 100) / 1e3,
        (unsigned long long)n_preempted, 100.0 * (double)found / (double)(sum->n + n_preempted));
    free(sum);
}

static void
time_gets(const char *what, struct writer *w, struct store_thread *t, uint64_t seconds)
{
    struct hist *h = calloc(1, sizeof *h);
    MUST(h != NULL);
    uint64_t end = clock_ns() + seconds * 1000000000, tick = clock_ns(), state = 1, n_preempted = 0,
             found = 0, ns[BATCH];
    while (clock_ns() < end) {
        uint64_t before = times_preempted();
        time_batch(t, atomic_load_explicit(&w->next, memory_order_relaxed), &state, ns, &found);
        bool interrupted = times_preempted() != before;
        for (int i = 0; i < BATCH; i++)
            if (!interrupted)
                hist_record(h, ns[i]);
        n_preempted += interrupted ? BATCH : 0;
        if (clock_ns() - tick > 1000000000) {
            tick = clock_ns();
            store_tick(w->store);
        }
    }
    report(what, h, n_preempted, found);
    free(h);
}

int
main(int argc, char **argv)
{
    struct store_options o = store_defaults();
    uint64_t seconds = 10;
    o.limit = (size_t)64 << 20;
    o.background = true;
    for (int c; (c = getopt(argc, argv, "m:s:h")) != -1;) {
        switch (c) {
        case 'm': o.limit = (size_t)strtoull(optarg, NULL, 10) << 20; break;
        case 's': seconds = strtoull(optarg, NULL, 10); break;
        default: fprintf(stderr, "usage: beside [-m MiB] [-s seconds]\n"); return 64;
        }
    }
    char why[256];
    clock_init();
    struct writer w = {.store = store_new(&o, why, sizeof why)};
    if (w.store == NULL) {
        fprintf(stderr, "beside: %s\n", why);
        return 1;
    }
    fill(&w, o.limit);
    struct store_thread *t = store_thread_new(w.store);
    pthread_t id;
    struct store_stats before, after;
    time_gets("quiet", &w, t, seconds / 4 + 1);
    store_stats(w.store, &before);
    MUST(pthread_create(&id, NULL, write_on, &w) == 0);
    time_gets("beside", &w, t, seconds);
    atomic_store_explicit(&w.stop, true, memory_order_relaxed);
    pthread_join(id, NULL);
    store_stats(w.store, &after);
    printf("        at the same time %llu stored, %llu evicted, %llu moved, %llu pages changed class\n",
        (unsigned long long)(after.n[STORE_N_LINKED] - before.n[STORE_N_LINKED]),
        (unsigned long long)(after.n[STORE_N_EVICTED] - before.n[STORE_N_EVICTED]),
        (unsigned long long)(after.n[STORE_N_RELOCATED] - before.n[STORE_N_RELOCATED]),
        (unsigned long long)(after.n_pages_moved - before.n_pages_moved));
    store_thread_free(&t);
    store_free(&w.store);
    return 0;
}
