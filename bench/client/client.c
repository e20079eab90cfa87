/*
 * client: compares liblarder with libmemcached on the same server.
 *
 *     bench/client/client HOST PORT [SECONDS]
 *
 * It measures the client's own processor time for a get of one key and for a get
 * of 100 keys, with values of 32 bytes and no misses, and the number of values per
 * second of wall time, which also depends on the server and the kernel.  The
 * libraries alternate in rounds, and the best round of each is printed.  If the
 * machine has no libmemcached, its rows say so.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "client/larder.h"

enum { N_KEYS = 10000, N_MANY = 100, N_VALUE = 32, N_ROUNDS = 5, N_KEY_MAX = 24, N_BETWEEN = 16 };

static char keys[N_KEYS][N_KEY_MAX];
static size_t n_keys[N_KEYS];

/* ---- the part of libmemcached that we use ------------------------------- */

struct theirs {
    void *memc;
    void *(*create)(void *);
    int (*server_add)(void *, const char *, unsigned short);
    int (*behavior_set)(void *, int, uint64_t);
    char *(*get)(void *, const char *, size_t, size_t *, uint32_t *, int *);
    int (*mget)(void *, const char *const *, const size_t *, size_t);
    void *(*fetch_result)(void *, void *, int *);
    void *(*result_create)(void *, void *);
    size_t (*result_length)(const void *);
};

enum { THEIR_TCP_NODELAY = 1, THEIR_BINARY_PROTOCOL = 18 }; /* of enum memcached_behavior_t */

static bool
load_theirs(struct theirs *t, const char *host, unsigned short port, bool binary)
{
    void *so = dlopen("libmemcached.so.11", RTLD_NOW);

    *t = (struct theirs){0};
    if (so == NULL)
        return false;
    *(void **)&t->create = dlsym(so, "memcached_create");
    *(void **)&t->server_add = dlsym(so, "memcached_server_add");
    *(void **)&t->behavior_set = dlsym(so, "memcached_behavior_set");
    *(void **)&t->get = dlsym(so, "memcached_get");
    *(void **)&t->mget = dlsym(so, "memcached_mget");
    *(void **)&t->fetch_result = dlsym(so, "memcached_fetch_result");
    *(void **)&t->result_create = dlsym(so, "memcached_result_create");
    *(void **)&t->result_length = dlsym(so, "memcached_result_length");
    if (t->create == NULL || t->server_add == NULL || t->behavior_set == NULL || t->get == NULL ||
        t->mget == NULL || t->fetch_result == NULL || t->result_create == NULL || t->result_length == NULL)
        return false;
    t->memc = t->create(NULL);
    t->behavior_set(t->memc, THEIR_TCP_NODELAY, 1);
    t->behavior_set(t->memc, THEIR_BINARY_PROTOCOL, binary);
    t->server_add(t->memc, host, port);
    return true;
}

/* ---- what is measured --------------------------------------------------- */

/* Runs one operation, from the i'th key on; returns how many values it got. */
typedef size_t operation(void *client, size_t i);

static size_t
our_get(void *client, size_t i)
{
    struct larder_item item;

    return larder_get(client, keys[i], n_keys[i], &item) == LARDER_OK && item.n_value == N_VALUE;
}

static size_t
our_many(void *client, size_t i)
{
    static struct larder_item items[N_MANY];
    size_t n = 0;

    for (size_t k = 0; k < N_MANY; k++) {
        items[k].key = keys[(i + k) % N_KEYS];
        items[k].n_key = n_keys[(i + k) % N_KEYS];
    }
    larder_get_many(client, items, N_MANY);
    for (size_t k = 0; k < N_MANY; k++)
        n += items[k].code == LARDER_OK && items[k].n_value == N_VALUE;
    return n;
}

static size_t
their_get(void *client, size_t i)
{
    struct theirs *t = client;
    size_t n = 0;
    uint32_t flags;
    int error;
    char *value = t->get(t->memc, keys[i], n_keys[i], &n, &flags, &error);

    free(value);
    return value != NULL && n == N_VALUE;
}

static size_t
their_many(void *client, size_t i)
{
    struct theirs *t = client;
    const char *names[N_MANY];
    size_t lengths[N_MANY], n = 0;
    int error;

    for (size_t k = 0; k < N_MANY; k++) {
        names[k] = keys[(i + k) % N_KEYS];
        lengths[k] = n_keys[(i + k) % N_KEYS];
    }
    t->mget(t->memc, names, lengths, N_MANY);
    void *result = t->result_create(t->memc, NULL); /* the library frees it after the last value */
    while (t->fetch_result(t->memc, result, &error) != NULL)
        n += t->result_length(result) == N_VALUE;
    return n;
}

struct rate {
    double cpu_us, per_s; /* of a value */
};

static double
cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
measure(operation *op, void *client, double seconds, struct rate *best)
{
    uint64_t begin = clock_ns(), now;
    double cpu = cpu_s();
    size_t n = 0, i = 0;

    do {
        for (int k = 0; k < N_BETWEEN; k++, i += 7919)
            n += op(client, i % N_KEYS);
        now = clock_ns();
    } while ((double)(now - begin) < seconds * 1e9);
    if (n == 0) {
        fprintf(stderr, "the server returns no values\n");
        exit(1);
    }
    struct rate got = {(cpu_s() - cpu) * 1e6 / (double)n, (double)n * 1e9 / (double)(now - begin)};
    if (best->per_s == 0 || got.cpu_us < best->cpu_us)
        best->cpu_us = got.cpu_us;
    if (got.per_s > best->per_s)
        best->per_s = got.per_s;
}

/* ---- the table ---------------------------------------------------------- */

struct row {
    const char *name;
    operation *op;
    void *client;
    struct rate best;
};

static void
show(const struct row *rows, size_t n, const struct row *than)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].client == NULL) {
            printf("%-34s skipped: libmemcached.so.11 is not installed\n", rows[i].name);
            continue;
        }
        printf("%-34s %8.3f us of CPU per value  %10.0f values/s", rows[i].name, rows[i].best.cpu_us,
            rows[i].best.per_s);
        if (than->client != NULL)
            printf("  %5.2fx CPU  %5.2fx rate", than->best.cpu_us / rows[i].best.cpu_us,
                rows[i].best.per_s / than->best.per_s);
        printf("\n");
    }
}

static struct larder *
new_client(const char *place, const char *protocol)
{
    struct larder *l = larder_new();

    if (l == NULL || larder_option(l, "protocol", protocol) != LARDER_OK ||
        larder_servers(l, place) != LARDER_OK)
        exit(1);
    return l;
}

static void
fill(struct larder *l)
{
    char value[N_VALUE];

    memset(value, 'v', sizeof value);
    for (size_t i = 0; i < N_KEYS; i++) {
        n_keys[i] = (size_t)snprintf(keys[i], sizeof keys[i], "client-bench-%06zu", i);
        int code = larder_set(l, keys[i], n_keys[i], value, sizeof value, 0, 0);
        if (code != LARDER_OK) {
            fprintf(stderr, "%s: %s\n", larder_strerror(code), larder_why(l));
            exit(1);
        }
    }
}

int
main(int argc, char **argv)
{
    struct theirs text, binary;
    char place[300];
    double seconds = argc > 3 ? atof(argv[3]) : 1;

    if (argc < 3) {
        fprintf(stderr, "usage: %s HOST PORT [SECONDS]\n", argv[0]);
        return 64;
    }
    unsigned short port = (unsigned short)atoi(argv[2]);
    snprintf(place, sizeof place, "%s:%s", argv[1], argv[2]);
    bool there = load_theirs(&text, argv[1], port, false) && load_theirs(&binary, argv[1], port, true);
    struct larder *meta = new_client(place, "meta"), *classic = new_client(place, "text");
    struct row one[] = {
        {"libmemcached text, get of 1", their_get, there ? &text : NULL, {0, 0}},
        {"libmemcached binary, get of 1", their_get, there ? &binary : NULL, {0, 0}},
        {"liblarder meta, get of 1", our_get, meta, {0, 0}},
        {"liblarder text, get of 1", our_get, classic, {0, 0}},
    };
    struct row many[] = {
        {"libmemcached text, get of 100", their_many, there ? &text : NULL, {0, 0}},
        {"libmemcached binary, get of 100", their_many, there ? &binary : NULL, {0, 0}},
        {"liblarder meta, get of 100", our_many, meta, {0, 0}},
        {"liblarder text, get of 100", our_many, classic, {0, 0}},
    };
    fill(meta);
    for (int round = 0; round < N_ROUNDS; round++) {
        for (size_t i = 0; i < sizeof one / sizeof one[0]; i++) {
            if (one[i].client != NULL)
                measure(one[i].op, one[i].client, seconds, &one[i].best);
            if (many[i].client != NULL)
                measure(many[i].op, many[i].client, seconds, &many[i].best);
        }
    }
    show(one, sizeof one / sizeof one[0], &one[0]);
    show(many, sizeof many / sizeof many[0], &many[0]);
    larder_free(meta);
    larder_free(classic);
    return 0;
}
