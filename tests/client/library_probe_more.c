/*
 * library_probe_more: the scenarios of probe.h beyond single calls: submitted requests, streams of lines,
 * fetch, pools.
 */
#include "tests/client/probe.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

/* ---- without waiting ---------------------------------------------------- */

enum { N_ASYNC = 300 };

struct heard {
    struct probe *p;
    size_t n_done;
    int codes[N_ASYNC];
};

struct one {
    struct heard *heard;
    size_t i;
    bool again; /* its callback submits a read of the key that it has stored */
};

static void
on_read(void *arg, int code, const struct larder_item *item)
{
    struct one *one = arg;
    char want[32];

    snprintf(want, sizeof want, "async value %zu", one->i);
    CHECK_CODE(code, LARDER_OK);
    CHECK(has_value(item, want) && item->flags == one->i);
    CHECK(one->heard->codes[one->i]++ == 1);
    one->heard->n_done++;
}

static void
on_stored(void *arg, int code, const struct larder_item *item)
{
    struct one *one = arg;
    char key[32];
    struct larder_request get = {.operation = LARDER_GET, .key = key};

    (void)item;
    CHECK_CODE(code, LARDER_OK);
    CHECK(one->heard->codes[one->i]++ == 0);
    get.n_key = (size_t)snprintf(key, sizeof key, "async%zu", one->i);
    CHECK_CODE(larder_submit(one->heard->p->l, &get, on_read, one), LARDER_OK);
}

static void
wait_as_a_loop_does(struct larder *l)
{
    struct larder_pollfd fds[16];
    int timeout_ms;

    while (larder_outstanding(l) > 0) {
        size_t n = larder_pollfds(l, fds, N_OF(fds), &timeout_ms);
        CHECK(n > 0 && n <= N_OF(fds) && timeout_ms >= 0);
        CHECK(poll((struct pollfd *)fds, n, timeout_ms) >= 0);
        CHECK_CODE(larder_service(l, 0), LARDER_OK);
    }
}

static void
on_missed(void *arg, int code, const struct larder_item *item)
{
    (void)item;
    CHECK_CODE(code, LARDER_MISS);
    ++*(size_t *)arg;
}

static void
on_refused(void *arg, int code, const struct larder_item *item)
{
    (void)item;
    CHECK_CODE(code, LARDER_NOT_STORED);
    ++*(size_t *)arg;
}

static void
on_number(void *arg, int code, const struct larder_item *item)
{
    CHECK_CODE(code, LARDER_OK);
    *(uint64_t *)arg = item->number;
}

void
probe_async(struct probe *p)
{
    static struct heard heard;
    static struct one ones[N_ASYNC];
    struct larder_item item;
    size_t n_missed = 0;
    uint64_t number = 0;

    heard.p = p;
    for (size_t i = 0; i < N_ASYNC; i++) {
        char key[32], value[32];
        struct larder_request set = {
            .operation = LARDER_SET, .key = key, .value = value, .flags = (uint32_t)i};
        set.n_key = (size_t)snprintf(key, sizeof key, "async%zu", i);
        set.n_value = (size_t)snprintf(value, sizeof value, "async value %zu", i);
        ones[i] = (struct one){.heard = &heard, .i = i};
        CHECK_CODE(larder_submit(p->l, &set, on_stored, &ones[i]), LARDER_OK);
    }
    CHECK(larder_outstanding(p->l) == N_ASYNC);
    wait_as_a_loop_does(p->l);
    CHECK(heard.n_done == N_ASYNC);

    struct larder_request get = {.operation = LARDER_GET, .key = "nothing", .n_key = 7};
    struct larder_request add = {
        .operation = LARDER_ADD, .key = "an", .n_key = 2, .value = "5", .n_value = 1};
    struct larder_request incr = {.operation = LARDER_INCR, .key = "an", .n_key = 2, .delta = 37};
    CHECK_CODE(larder_submit(p->l, &get, on_missed, &n_missed), LARDER_OK);
    CHECK_CODE(larder_add(p->l, "an", 2, "5", 1, 0, 0),
        LARDER_OK); /* while this call waits, submitted requests proceed */
    CHECK_CODE(larder_submit(p->l, &incr, on_number, &number), LARDER_OK);
    while (larder_outstanding(p->l) > 0)
        CHECK_CODE(larder_service(p->l, -1), LARDER_OK);
    CHECK(n_missed == 1 && number == 42);
    struct larder_request replace = {
        .operation = LARDER_REPLACE, .key = "nothing", .n_key = 7, .value = "5", .n_value = 1};
    struct larder_request cas = {.operation = LARDER_SET, .bits = LARDER_IF_CAS, .key = "an", .n_key = 2};
    CHECK_CODE(larder_submit(p->l, &add, on_refused, &n_missed), LARDER_OK);
    CHECK_CODE(larder_submit(p->l, &replace, on_refused, &n_missed), LARDER_OK);
    CHECK_CODE(larder_submit(p->l, &cas, on_refused, &n_missed), LARDER_BAD_ARGUMENT);
    while (larder_outstanding(p->l) > 0)
        CHECK_CODE(larder_service(p->l, -1), LARDER_OK);
    CHECK(n_missed == 3);
    add.operation = 99;
    CHECK_CODE(larder_submit(p->l, &add, on_missed, &n_missed), LARDER_BAD_ARGUMENT);
    CHECK_CODE(larder_get(p->l, "an", 2, &item), LARDER_OK);
}

/* ---- servers ------------------------------------------------------------ */

struct lines {
    size_t n;
    bool pid, version, item;
    size_t enough, longest;
};

static bool
on_line(void *arg, const char *server, const char *name, const char *value)
{
    struct lines *lines = arg;

    CHECK(server[0] != '\0');
    lines->n++;
    lines->pid |= strcmp(name, "pid") == 0 && atoi(value) > 0;
    lines->version |= strcmp(name, "version") == 0 && value[0] >= '0' && value[0] <= '9';
    lines->item |= strncmp(value, "key=dumped ", 11) == 0;
    lines->longest = strlen(value) > lines->longest ? strlen(value) : lines->longest;
    return lines->enough == 0 || lines->n < lines->enough;
}

/* The reply to a command whose result is a value has the whole value. */
static void
long_value(struct probe *p, size_t of)
{
    enum { N_LONG = 300000 };
    struct lines lines = {0};
    char *value = malloc(N_LONG);

    CHECK(value != NULL);
    memset(value, 'v', N_LONG);
    CHECK_CODE(larder_set(p->l, "dumped", 6, value, N_LONG, 0, 0), LARDER_OK);
    CHECK_CODE(
        larder_command(p->l, of, is_meta(p) ? "mg dumped v" : "get dumped", false, 20000, on_line, &lines),
        LARDER_OK);
    CHECK(lines.longest == N_LONG);
    free(value);
}

void
probe_servers(struct probe *p)
{
    struct lines lines = {0};
    struct larder_item item;

    CHECK_CODE(larder_stats(p->l, NULL, on_line, &lines), LARDER_OK);
    CHECK(lines.pid && lines.n >= 40 * larder_n_servers(p->l));
    lines = (struct lines){0};
    CHECK_CODE(larder_version(p->l, on_line, &lines), LARDER_OK);
    CHECK(lines.version && lines.n == larder_n_servers(p->l));
    CHECK_CODE(larder_set(p->l, "dumped", 6, "v", 1, 0, 0), LARDER_OK);
    size_t of = larder_server_of(p->l, "dumped", 6);
    CHECK(of < larder_n_servers(p->l) && larder_server_alive(p->l, of) && larder_server_name(p->l, of)[0]);
    int code = larder_command(p->l, of, "lru_crawler metadump all", true, 20000, on_line, &lines);
    if (strcmp(p->protocol, "binary") == 0) {
        CHECK(code == LARDER_NOT_SUPPORTED);
        return;
    }
    CHECK_CODE(code, LARDER_OK);
    CHECK(lines.item);
    CHECK_CODE(larder_command(p->l, of, "verbosity 0", false, 20000, NULL, NULL), LARDER_OK);
    CHECK_CODE(larder_command(p->l, of, "nonsense", false, 20000, NULL, NULL), LARDER_NOT_SUPPORTED);
    CHECK_CODE(larder_command(p->l, of, "two\r\nlines", false, 20000, NULL, NULL), LARDER_BAD_ARGUMENT);
    lines = (struct lines){.enough = 1};
    CHECK_CODE(larder_command(p->l, of, "stats", false, 20000, on_line, &lines), LARDER_OK);
    CHECK(lines.n == 1);
    CHECK_CODE(larder_get(p->l, "dumped", 6, &item), LARDER_OK);
    long_value(p, of);
}

/* ---- fetch -------------------------------------------------------------- */

struct computing {
    atomic_uint n;
    bool fails;
};

static int
compute(void *arg, const void *key, size_t n_key, const char **value, size_t *n_value)
{
    struct computing *c = arg;

    (void)key;
    (void)n_key;
    atomic_fetch_add(&c->n, 1);
    if (c->fails)
        return LARDER_NO_MEMORY;
    poll(NULL, 0, 30); /* long enough for other threads to ask for the key */
    *value = "computed";
    *n_value = 8;
    return LARDER_OK;
}

struct fetcher {
    struct larder *l;
    struct larder_fetch how;
    pthread_t thread;
};

static void *
fetch(void *arg)
{
    struct fetcher *f = arg;
    struct larder_item item;

    CHECK_CODE(larder_fetch(f->l, "fetched", 7, &f->how, &item), LARDER_OK);
    CHECK(has_value(&item, "computed"));
    return NULL;
}

void
probe_fetch(struct probe *p)
{
    enum { N_FETCHERS = 8 };
    struct fetcher fetchers[N_FETCHERS];
    static struct computing computing;
    struct larder_fetch how = {.compute = compute, .arg = &computing, .ttl_s = 100, .lease_s = 20};
    struct larder_item item;

    if (!is_meta(p)) {
        CHECK_CODE(larder_fetch(p->l, "fetched", 7, &how, &item), LARDER_NOT_SUPPORTED);
        return;
    }
    computing.fails = true;
    CHECK_CODE(larder_fetch(p->l, "fetched", 7, &how, &item), LARDER_NO_MEMORY);
    computing = (struct computing){0};
    for (size_t i = 0; i < N_FETCHERS; i++) {
        fetchers[i] = (struct fetcher){.l = larder_clone(p->l), .how = how};
        CHECK(fetchers[i].l != NULL);
        CHECK(pthread_create(&fetchers[i].thread, NULL, fetch, &fetchers[i]) == 0);
    }
    for (size_t i = 0; i < N_FETCHERS; i++)
        CHECK(pthread_join(fetchers[i].thread, NULL) == 0);
    CHECK(atomic_load(&computing.n) == 1);

    CHECK_CODE(larder_invalidate(p->l, "fetched", 7, 60), LARDER_OK);
    CHECK_CODE(larder_gets(p->l, "fetched", 7, &item), LARDER_OK); /* this reader wins */
    CHECK(item.won && item.stale);
    CHECK_CODE(larder_fetch(fetchers[0].l, "fetched", 7, &how, &item), LARDER_OK);
    CHECK(item.stale && has_value(&item, "computed") && atomic_load(&computing.n) == 1);
    CHECK_CODE(larder_invalidate(p->l, "fetched", 7, 60), LARDER_OK);
    CHECK_CODE(larder_fetch(p->l, "fetched", 7, &how, &item), LARDER_OK);
    CHECK(!item.stale && atomic_load(&computing.n) == 2);
    CHECK_CODE(larder_get(p->l, "fetched", 7, &item), LARDER_OK);
    CHECK(!item.stale && !item.won);
    for (size_t i = 0; i < N_FETCHERS; i++)
        larder_free(fetchers[i].l);
}

/* ---- pool --------------------------------------------------------------- */

struct given_back {
    struct larder *l;
    unsigned n_told, n_refused;
};

static void
ask_again(void *arg, int code, const struct larder_item *item)
{
    struct given_back *g = arg;
    const struct larder_request again = {.operation = LARDER_GET, .key = "pooled", .n_key = 6};

    CHECK(item == NULL);
    CHECK_CODE(code, LARDER_CLOSED);
    g->n_told++;
    g->n_refused += larder_submit(g->l, &again, ask_again, g) == LARDER_CLOSED;
}

/*
 * The callbacks of a handle that is given back too early get LARDER_CLOSED at once, and so do requests
 * that they submit.
 */
static void
give_back_early(struct larder_pool *pool)
{
    struct given_back g = {.l = larder_pool_take(pool, 0)};
    const struct larder_request request = {.operation = LARDER_GET, .key = "pooled", .n_key = 6};
    struct larder_item item;

    CHECK(g.l != NULL);
    for (int i = 0; i < 3; i++)
        CHECK_CODE(larder_submit(g.l, &request, ask_again, &g), LARDER_OK);
    larder_pool_give(pool, g.l);
    CHECK(g.n_told == 3 && g.n_refused == 3);
    CHECK(larder_pool_take(pool, 0) == g.l);
    CHECK_CODE(larder_get(g.l, "pooled", 6, &item), LARDER_OK);
    larder_pool_give(pool, g.l);
}

static void *
use_pool(void *arg)
{
    struct larder_pool *pool = arg;

    for (int i = 0; i < 200; i++) {
        struct larder *l = larder_pool_take(pool, -1);
        struct larder_item item;
        CHECK(l != NULL);
        CHECK_CODE(larder_set(l, "pooled", 6, "v", 1, 0, 0), LARDER_OK);
        CHECK_CODE(larder_get(l, "pooled", 6, &item), LARDER_OK);
        CHECK(has_value(&item, "v"));
        larder_pool_give(pool, l);
    }
    return NULL;
}

void
probe_pool(struct probe *p)
{
    struct larder_pool *pool = larder_pool_new(p->l, 3);
    pthread_t threads[8];

    CHECK(pool != NULL);
    for (size_t i = 0; i < N_OF(threads); i++)
        CHECK(pthread_create(&threads[i], NULL, use_pool, pool) == 0);
    CHECK_CODE(larder_pool_servers(pool, p->servers), LARDER_OK);
    for (size_t i = 0; i < N_OF(threads); i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    struct larder *held[3];
    for (size_t i = 0; i < N_OF(held); i++)
        CHECK((held[i] = larder_pool_take(pool, 0)) != NULL);
    CHECK(larder_pool_take(pool, 20) == NULL);
    for (size_t i = 0; i < N_OF(held); i++)
        larder_pool_give(pool, held[i]);
    give_back_early(pool);
    CHECK_CODE(larder_pool_servers(pool, "bad:port"), LARDER_BAD_ARGUMENT);
    larder_pool_free(pool);
}
