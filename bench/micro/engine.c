/*
 * engine: the store alone, in nanoseconds per operation.
 *
 *   get     random reads of many items, one at a time and in prefetched batches
 *   set     steady-state writes into a full store: each one evicts
 *   hot     one key read by one thread, then by two at once
 *   packed  random reads of many JSON values, copied out, from a store without compression and from one that
 *           has packed them, until -m is used
 *   memory  one load that depends on the one before, over the same amount of memory:
 *           the machine's part.  A single get needs two such loads, one after the other.
 *
 * Figures vary with the machine: compare them with `memory` of the same run.
 * usage: engine [-n items] [-m MiB] [-L] [memory|get|set|hot|packed]...
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"
#include "bench/load/plan/values.h"
#include "slab/store.h"

enum { KEY_BYTES = 15, VALUE_BYTES = 100, BATCH = 16, ROUNDS = 5, KEYS_MADE = 1 << 16 };

struct setup {
    uint64_t n_items;
    size_t limit;
    bool huge_pages;
};

static uint64_t random_state = 88172645463325252u;

static uint64_t
next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void
make_key(char *dst, uint64_t i)
{
    char text[32];
    snprintf(text, sizeof text, "key-%011llu", (unsigned long long)i);
    memcpy(dst, text, KEY_BYTES);
}

static struct store *
open_store(const struct setup *s)
{
    char why[256];
    struct store_options o = store_defaults();
    o.limit = s->limit;
    o.huge_pages = s->huge_pages;
    struct store *store = store_new(&o, why, sizeof why);
    if (store == NULL) {
        fprintf(stderr, "engine: %s\n", why);
        exit(1);
    }
    return store;
}

static void
put(struct store_thread *t, const char *key)
{
    static const char value[VALUE_BYTES] = "a value of a hundred bytes";
    struct store_key k = store_key(bytes_of(key, KEY_BYTES));
    struct store_spec spec = {.n_value = VALUE_BYTES};
    struct store_put how = {.mode = STORE_SET};
    struct store_slot slot;
    struct store_stored stored;
    if (store_reserve(t, &k, &spec, &slot) != STORE_OK)
        abort();
    store_slot_fill(t, &slot, 0, value, VALUE_BYTES);
    if (store_commit(t, &k, &slot, &how, &stored) != STORE_OK)
        abort();
}

static void
load(struct store_thread *t, uint64_t n)
{
    char key[KEY_BYTES];
    for (uint64_t i = 0; i < n; i++) {
        if (i % 64 == 0)
            store_enter(t);
        make_key(key, i);
        put(t, key);
        if (i % 64 == 63 || i == n - 1)
            store_leave(t);
    }
}

/* The keys are made beforehand, so the times include the hash but not the formatting. */
static char (*make_keys(uint64_t n_items))[KEY_BYTES]
{
    char(*keys)[KEY_BYTES] = malloc((size_t)KEYS_MADE * KEY_BYTES);
    for (size_t i = 0; i < KEYS_MADE; i++)
        make_key(keys[i], next_random() % n_items);
    return keys;
}

static uint64_t
read_batch(struct store_thread *t, char (*keys)[KEY_BYTES], size_t n)
{
    struct store_key k[BATCH];
    struct store_view v;
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        k[i] = store_key(bytes_of(keys[i], KEY_BYTES));
        if (n > 1)
            store_prefetch_index(t, &k[i]);
    }
    for (size_t i = 0; n > 1 && i < n; i++)
        store_prefetch_item(t, &k[i]);
    for (size_t i = 0; i < n; i++)
        if (store_get(t, &k[i], &v) == STORE_OK)
            sum += (unsigned char)v.value[VALUE_BYTES - 1] + 1;
    return sum;
}

static double
time_gets(struct store_thread *t, uint64_t n_items, size_t batch)
{
    double best = 1e9;
    for (int r = 0; r < ROUNDS; r++) {
        char(*keys)[KEY_BYTES] = make_keys(n_items);
        uint64_t found = 0, start = clock_ns();
        for (size_t i = 0; i + batch <= KEYS_MADE; i += batch) {
            store_enter(t);
            found += read_batch(t, keys + i, batch);
            store_leave(t);
        }
        double ns = (double)(clock_ns() - start) / KEYS_MADE;
        best = ns < best ? ns : best;
        if (found == 0)
            fprintf(stderr, "nothing was found\n");
        free(keys);
    }
    return best;
}

/* A random walk through all cache lines of as much memory as the items use. */
static void
bench_memory(const struct setup *s)
{
    enum { LINE = 64, ITEM = 160, LOADS = 2000000 };
    size_t n = (size_t)s->n_items * ITEM / LINE;
    char *lines = mmap(NULL, n * LINE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint32_t *order = malloc(n * sizeof *order);
    MUST(lines != MAP_FAILED && order != NULL && n <= UINT32_MAX);
    if (s->huge_pages)
        (void)madvise(lines, n * LINE, MADV_HUGEPAGE);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    for (size_t i = n - 1; i > 0; i--) {
        size_t j = next_random() % (i + 1);
        uint32_t swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    for (size_t i = 0; i < n; i++)
        *(uint64_t *)(lines + (size_t)order[i] * LINE) = (uint64_t)order[(i + 1) % n] * LINE;
    uint64_t at = 0, start = clock_ns();
    for (int i = 0; i < LOADS; i++)
        at = *(volatile uint64_t *)(lines + at);
    printf("memory: dependent load %6.1f ns\n", (double)(clock_ns() - start) / LOADS);
    munmap(lines, n * LINE);
    free(order);
}

static void
bench_get(const struct setup *s)
{
    struct store *store = open_store(s);
    struct store_thread *t = store_thread_new(store);
    load(t, s->n_items);
    struct store_stats st;
    store_stats(store, &st);
    printf("get: %llu items, %llu buckets, %llu overflow buckets, index %.1f bytes an item\n",
        (unsigned long long)st.n_items, (unsigned long long)st.n_buckets,
        (unsigned long long)st.n_overflow_buckets, (double)st.index_bytes / (double)st.n_items);
    printf("get: one at a time     %6.1f ns\n", time_gets(t, s->n_items, 1));
    printf("get: in batches of %d  %6.1f ns\n", BATCH, time_gets(t, s->n_items, BATCH));
    store_thread_free(&t);
    store_free(&store);
}

static void
bench_set(const struct setup *s)
{
    struct setup half = *s;
    half.limit = s->limit / 2;
    struct store *store = open_store(&half);
    struct store_thread *t = store_thread_new(store);
    uint64_t fill = half.limit / 120, n = 1000000, at = 0;
    char(*keys)[KEY_BYTES] = malloc((size_t)n * KEY_BYTES);
    load(t, fill);
    double best = 1e9;
    for (int r = 0; r < ROUNDS; r++) {
        for (uint64_t i = 0; i < n; i++)
            make_key(keys[i], fill + at++);
        struct store_stats before, after;
        store_stats(store, &before);
        uint64_t start = clock_ns();
        for (uint64_t i = 0; i < n; i += 32) {
            store_enter(t);
            for (uint64_t j = i; j < i + 32 && j < n; j++)
                put(t, keys[j]);
            store_leave(t);
        }
        double ns = (double)(clock_ns() - start) / (double)n;
        best = ns < best ? ns : best;
        store_stats(store, &after);
        printf("set: new keys, full    %6.1f ns  (%llu evicted, %llu freed by the writer)\n", ns,
            (unsigned long long)(after.n[STORE_N_EVICTED] - before.n[STORE_N_EVICTED]),
            (unsigned long long)(after.n_direct - before.n_direct));
    }
    printf("set: best              %6.1f ns\n", best);
    free(keys);
    store_thread_free(&t);
    store_free(&store);
}

struct reader {
    struct store *store;
    pthread_barrier_t *start;
    uint64_t n;
    double ns;
};

static void *
read_hot(void *arg)
{
    struct reader *r = arg;
    struct store_thread *t = store_thread_new(r->store);
    struct store_key k = store_key(BYTES("the hot key"));
    struct store_view v;
    pthread_barrier_wait(r->start);
    uint64_t start = clock_ns();
    for (uint64_t i = 0; i < r->n; i += 32) {
        store_enter(t);
        for (int j = 0; j < 32; j++)
            if (store_get(t, &k, &v) != STORE_OK)
                abort();
        store_leave(t);
    }
    r->ns = (double)(clock_ns() - start) / (double)r->n;
    store_thread_free(&t);
    return NULL;
}

static double
time_hot(struct store *store, int n_threads)
{
    enum { THREADS_MAX = 2 };
    pthread_t id[THREADS_MAX];
    struct reader r[THREADS_MAX];
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, (unsigned)n_threads);
    for (int i = 0; i < n_threads; i++) {
        r[i] = (struct reader){store, &barrier, 20000000, 0};
        MUST(pthread_create(&id[i], NULL, read_hot, &r[i]) == 0);
    }
    double rate = 0;
    for (int i = 0; i < n_threads; i++) {
        pthread_join(id[i], NULL);
        rate += 1000 / r[i].ns;
    }
    pthread_barrier_destroy(&barrier);
    return rate;
}

static void
bench_hot(const struct setup *s)
{
    struct store *store = open_store(s);
    struct store_thread *t = store_thread_new(store);
    struct store_key k = store_key(BYTES("the hot key"));
    struct store_spec spec = {.n_value = 0};
    struct store_put how = {.mode = STORE_SET};
    struct store_slot slot;
    struct store_stored stored;
    store_enter(t);
    if (store_reserve(t, &k, &spec, &slot) != STORE_OK ||
        store_commit(t, &k, &slot, &how, &stored) != STORE_OK)
        abort();
    store_leave(t);
    double one = time_hot(store, 1), two = time_hot(store, 2);
    printf("hot: one thread        %6.1f million reads/s\n", one);
    printf("hot: two threads       %6.1f million reads/s, %.2f times one\n", two, two / one);
    store_thread_free(&t);
    store_free(&store);
}

/* ---- packed values --------------------------------------------------------- */

enum { PACKED_BURST = 4096, PACKED_GETS = 1 << 20, VALUE_MOST = 512, INTERRUPTED_NS = 20000 };

static void
put_json(struct store_thread *t, const struct values *values, uint64_t i, uint32_t n)
{
    char key[KEY_BYTES], value[VALUE_MOST + CONTENT_SLACK];
    make_key(key, i);
    values_write(values, value, i, n);
    struct store_key k = store_key(bytes_of(key, KEY_BYTES));
    struct store_spec spec = {.n_value = n};
    struct store_put how = {.mode = STORE_SET};
    struct store_slot slot;
    struct store_stored stored;
    store_enter(t);
    MUST(store_reserve(t, &k, &spec, &slot) == STORE_OK);
    store_slot_fill(t, &slot, 0, value, n);
    MUST(store_commit(t, &k, &slot, &how, &stored) == STORE_OK);
    store_leave(t);
}

/* Waits until the mover packs no more. */
static void
await_packing(struct store *store)
{
    struct store_cold before, now;
    store_cold(store, &now);
    do {
        before = now;
        usleep(10000);
        store_cold(store, &now);
    } while (now.n_tries != before.n_tries || now.n_samples != before.n_samples);
}

/* Slowly, with a second of the store's time between bursts, so that the mover can train and pack. */
static void
load_json(struct store *store, struct store_thread *t, uint64_t n_items, uint32_t n, bool slowly)
{
    struct values values;
    MUST(values_init(&values, VALUES_OF_CONTENT, &content_json, 0));
    for (uint64_t i = 0; i < n_items; i++) {
        put_json(t, &values, i, n);
        if (!slowly || i % PACKED_BURST != 0)
            continue;
        clock_shift(1);
        store_tick(store);
        await_packing(store);
    }
    values_fini(&values);
}

static const char *const compression_names[STORE_N_COMPRESSIONS] = {
    [STORE_COMPRESSION_ZSTD] = "zstd", [STORE_COMPRESSION_LZ4] = "lz4", [STORE_COMPRESSION_OFF] = "plain"};

/*
 * The sum of the times of gets and of copies, and how many, by whether the value was packed.  Without those
 * that took INTERRUPTED_NS: the kernel ran another process meanwhile.
 */
struct get_times {
    uint64_t n[2], ns[2];
};

static void
time_copies(struct store_thread *t, uint64_t n_items, struct get_times *out)
{
    char key[KEY_BYTES], to[VALUE_MOST];
    struct store_view v;
    *out = (struct get_times){0};
    for (int i = 0; i < PACKED_GETS; i++) {
        make_key(key, next_random() % n_items);
        struct store_key k = store_key(bytes_of(key, KEY_BYTES));
        store_enter(t);
        uint64_t start = clock_ns();
        if (store_get(t, &k, &v) == STORE_OK) {
            if (v.value != NULL)
                memcpy(to, v.value, v.n_value);
            else
                store_copy_value(t, &v, to);
            uint64_t ns = clock_ns() - start;
            out->ns[v.value == NULL] += ns < INTERRUPTED_NS ? ns : 0;
            out->n[v.value == NULL] += ns < INTERRUPTED_NS;
        }
        store_leave(t);
    }
}

/* The lowest mean of a few rounds, without what reading the clock takes. */
static double
time_json(const struct setup *s, enum store_compression compression, uint64_t n_items, uint32_t n)
{
    char why[256];
    struct store_options o = store_defaults();
    bool packs = compression != STORE_COMPRESSION_OFF;
    o.limit = packs ? n_items * n / 3 * 2 : s->limit;
    o.huge_pages = s->huge_pages;
    o.compression = compression;
    o.compression_cpu = 100;
    struct store *store = store_new(&o, why, sizeof why);
    MUST(store != NULL);
    struct store_thread *t = store_thread_new(store);
    load_json(store, t, n_items, n, packs);
    uint64_t clock_start = clock_ns();
    for (int i = 0; i < PACKED_GETS; i++)
        (void)clock_ns();
    double clock_cost = (double)(clock_ns() - clock_start) / PACKED_GETS, best = 1e9;
    struct get_times times;
    for (int r = 0; r < ROUNDS; r++) {
        time_copies(t, n_items, &times);
        double ns = (double)times.ns[packs] / (double)(times.n[packs] + 1) - clock_cost;
        best = ns < best ? ns : best;
    }
    struct store_cold cold;
    store_cold(store, &cold);
    printf("packed: %u B, %-5s %8.1f ns, %4.1f %% of the gets met packed values, ratio %.2f\n", n,
        compression_names[compression], best,
        100.0 * (double)times.n[1] / (double)(times.n[0] + times.n[1] + 1),
        cold.stored_bytes > 0 ? (double)cold.value_bytes / (double)cold.stored_bytes : 1.0);
    store_thread_free(&t);
    store_free(&store);
    return best;
}

static void
bench_packed(const struct setup *s)
{
    static const uint32_t sizes[] = {212, 500};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint64_t n_items = s->limit / (sizes[i] + 100);
        double plain = time_json(s, STORE_COMPRESSION_OFF, n_items, sizes[i]);
        for (int c = STORE_COMPRESSION_ZSTD; c <= STORE_COMPRESSION_LZ4; c++)
            printf("packed: %u B, more  %8.1f ns\n", sizes[i],
                time_json(s, (enum store_compression)c, n_items, sizes[i]) - plain);
    }
}

int
main(int argc, char **argv)
{
    struct setup s = {.n_items = 4000000, .limit = (size_t)2048 << 20};
    for (int c; (c = getopt(argc, argv, "n:m:Lh")) != -1;) {
        switch (c) {
        case 'n': s.n_items = strtoull(optarg, NULL, 10); break;
        case 'm': s.limit = (size_t)strtoull(optarg, NULL, 10) << 20; break;
        case 'L': s.huge_pages = true; break;
        default:
            fprintf(stderr, "usage: engine [-n items] [-m MiB] [-L] [memory|get|set|hot|packed]...\n");
            return 64;
        }
    }
    clock_init();
    bool all = optind == argc;
    for (int i = optind; i < argc || all; i++) {
        if (all || strcmp(argv[i], "memory") == 0)
            bench_memory(&s);
        if (all || strcmp(argv[i], "get") == 0)
            bench_get(&s);
        if (all || strcmp(argv[i], "set") == 0)
            bench_set(&s);
        if (all || strcmp(argv[i], "hot") == 0)
            bench_hot(&s);
        if (all || strcmp(argv[i], "packed") == 0)
            bench_packed(&s);
        if (all)
            break;
    }
    return 0;
}
