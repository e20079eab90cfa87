/*
 * library_probe: uses liblarder as programs do, for library.py and
 * troubles.py.
 *
 *     library_probe SCENARIO SERVERS [OPTION=VALUE...]
 *
 * "all" runs every scenario that needs healthy servers.  "get" reads the key on each
 * line of standard input, and prints the result and the milliseconds that it took.
 * The line +N stores N bytes, *N reads one key N times at once, and OPTION=VALUE sets
 * the option.
 */
#include <time.h>

#include "tests/client/probe.h"

struct larder *probe_handle;

/* ---- one item ----------------------------------------------------------- */

static void
writes(struct probe *p)
{
    struct larder *l = p->l;
    struct larder_item item;

    CHECK_CODE(larder_get(l, "key", 3, &item), LARDER_MISS);
    CHECK_CODE(larder_replace(l, "key", 3, "x", 1, 0, 0), LARDER_NOT_STORED);
    CHECK_CODE(larder_append(l, "key", 3, "x", 1), LARDER_NOT_STORED);
    CHECK_CODE(larder_add(l, "key", 3, "one", 3, 5, 0), LARDER_OK);
    CHECK_CODE(larder_add(l, "key", 3, "two", 3, 5, 0), LARDER_NOT_STORED);
    CHECK_CODE(larder_get(l, "key", 3, &item), LARDER_OK);
    CHECK(has_value(&item, "one") && item.flags == 5);
    CHECK_CODE(larder_replace(l, "key", 3, "two", 3, 4294967295u, 100), LARDER_OK);
    CHECK_CODE(larder_append(l, "key", 3, "!", 1), LARDER_OK);
    CHECK_CODE(larder_prepend(l, "key", 3, "<", 1), LARDER_OK);
    CHECK_CODE(larder_gets(l, "key", 3, &item), LARDER_OK);
    CHECK(has_value(&item, "<two!") && item.flags == 4294967295u && item.cas != 0);
    uint64_t cas = item.cas;
    CHECK_CODE(larder_cas(l, "key", 3, "a", 1, 0, 0, cas + 1000000), LARDER_EXISTS);
    CHECK_CODE(larder_cas(l, "key", 3, "a", 1, 0, 0, cas), LARDER_OK);
    CHECK_CODE(larder_cas(l, "gone", 4, "a", 1, 0, 0, cas), LARDER_MISS);
    CHECK_CODE(larder_cas(l, "key", 3, "a", 1, 0, 0, 0), LARDER_BAD_ARGUMENT);
    CHECK_CODE(larder_set(l, "key", 3, "", 0, 0, 0), LARDER_OK);
    CHECK_CODE(larder_get(l, "key", 3, &item), LARDER_OK);
    CHECK(item.n_value == 0);
    CHECK_CODE(larder_delete(l, "key", 3), LARDER_OK);
    CHECK_CODE(larder_delete(l, "key", 3), LARDER_MISS);
}

static void
times(struct probe *p)
{
    struct larder_item item;

    CHECK_CODE(larder_touch(p->l, "t", 1, 100), LARDER_MISS);
    CHECK_CODE(larder_set(p->l, "t", 1, "v", 1, 0, 100), LARDER_OK);
    CHECK_CODE(larder_touch(p->l, "t", 1, 200), LARDER_OK);
    CHECK_CODE(larder_gat(p->l, "t", 1, 300, &item), LARDER_OK);
    CHECK(has_value(&item, "v"));
    CHECK_CODE(larder_gat(p->l, "gone", 4, 300, &item), LARDER_MISS);
    CHECK_CODE(larder_touch(p->l, "t", 1, -1), LARDER_OK);
    CHECK_CODE(larder_get(p->l, "t", 1, &item), LARDER_MISS);
}

static void
arithmetic(struct probe *p)
{
    uint64_t n = 0;

    CHECK_CODE(larder_incr(p->l, "n", 1, 1, &n), LARDER_MISS);
    CHECK_CODE(larder_set(p->l, "n", 1, "18446744073709551610", 20, 0, 0), LARDER_OK);
    CHECK_CODE(larder_incr(p->l, "n", 1, 5, &n), LARDER_OK);
    CHECK(n == UINT64_MAX);
    CHECK_CODE(larder_set(p->l, "n", 1, "12", 2, 0, 0), LARDER_OK);
    CHECK_CODE(larder_decr(p->l, "n", 1, 5, &n), LARDER_OK);
    CHECK(n == 7);
    CHECK_CODE(larder_decr(p->l, "n", 1, 50, NULL), LARDER_OK);
    CHECK_CODE(larder_incr(p->l, "n", 1, 0, &n), LARDER_OK);
    CHECK(n == 0);
    CHECK_CODE(larder_set(p->l, "n", 1, "word", 4, 0, 0), LARDER_OK);
    CHECK_CODE(larder_incr(p->l, "n", 1, 1, &n), LARDER_NOT_NUMBER);
    int code = larder_count(p->l, "made", 4, -1, 40, 0, &n);
    CHECK(is_text(p) ? code == LARDER_NOT_SUPPORTED : code == LARDER_OK && n == 40);
    if (!is_text(p)) {
        CHECK_CODE(larder_count(p->l, "made", 4, -1, 40, 0, &n), LARDER_OK);
        CHECK(n == 39);
    }
}

static void
keys(struct probe *p)
{
    struct larder_item item;
    char key[251];

    memset(key, 'k', sizeof key);
    CHECK_CODE(larder_set(p->l, key, 250, "v", 1, 0, 0), LARDER_OK);
    CHECK_CODE(larder_get(p->l, key, 250, &item), LARDER_OK);
    CHECK_CODE(larder_get(p->l, key, 251, &item), LARDER_BAD_KEY);
    CHECK_CODE(larder_get(p->l, key, 0, &item), LARDER_BAD_KEY);
    int code = larder_set(p->l, "a b\r\n\0c", 7, "odd", 3, 0, 0);
    CHECK(code == (is_text(p) ? LARDER_BAD_KEY : LARDER_OK));
    if (code == LARDER_OK) {
        CHECK_CODE(larder_get(p->l, "a b\r\n\0c", 7, &item), LARDER_OK);
        CHECK(has_value(&item, "odd"));
    }
}

static void
large(struct probe *p)
{
    static const size_t sizes[] = {1, 4095, 65000, 65534, 65536, 70000, 1000000};
    char *value = malloc(2000000), *room = malloc(1000000);
    struct larder_item item;

    CHECK(value != NULL && room != NULL);
    for (size_t i = 0; i < 2000000; i++)
        value[i] = (char)(i * 31 + i / 256);
    for (size_t i = 0; i < N_OF(sizes); i++) {
        CHECK_CODE(larder_set(p->l, "large", 5, value, sizes[i], 0, 0), LARDER_OK);
        CHECK_CODE(larder_get(p->l, "large", 5, &item), LARDER_OK);
        CHECK(item.n_value == sizes[i] && memcmp(item.value, value, sizes[i]) == 0);
        CHECK_CODE(larder_get_into(p->l, "large", 5, room, sizes[i], &item), LARDER_OK);
        CHECK(item.value == room && memcmp(room, value, sizes[i]) == 0);
        CHECK_CODE(larder_get_into(p->l, "large", 5, room, sizes[i] - 1, &item), LARDER_NO_ROOM);
        CHECK(item.n_value == sizes[i]);
    }
    CHECK_CODE(larder_set(p->l, "large", 5, value, 2000000, 0, 0), LARDER_TOO_LARGE);
    CHECK(larder_get(p->l, "key", 3, &item) == LARDER_MISS); /* the connection still works */
    free(value);
    free(room);
}

void
probe_one(struct probe *p)
{
    writes(p);
    times(p);
    arithmetic(p);
    keys(p);
    large(p);
}

/* ---- many items --------------------------------------------------------- */

enum { N_MANY = 5000 };

void
probe_many(struct probe *p)
{
    static struct larder_item items[N_MANY];
    static char names[N_MANY][16], values[N_MANY][64];

    for (size_t i = 0; i < N_MANY; i++) {
        items[i].key = names[i];
        items[i].n_key = (size_t)snprintf(names[i], sizeof names[i], "many%zu", i);
        items[i].value = values[i];
        items[i].n_value = (size_t)snprintf(values[i], sizeof values[i], "%0*zu", (int)(i % 50), i);
        items[i].flags = (uint32_t)i;
    }
    CHECK_CODE(larder_set_many(p->l, items, N_MANY), LARDER_OK);
    for (size_t i = 0; i < N_MANY; i += 7)
        CHECK_CODE(larder_delete(p->l, names[i], items[i].n_key), LARDER_OK);
    for (int again = 0; again < 2; again++) {
        CHECK_CODE(larder_get_many(p->l, items, N_MANY), LARDER_OK);
        for (size_t i = 0; i < N_MANY; i++) {
            CHECK(items[i].code == (i % 7 == 0 ? LARDER_MISS : LARDER_OK));
            if (items[i].code == LARDER_OK)
                CHECK(has_value(&items[i], values[i]) && items[i].flags == i);
        }
    }
    items[3].n_key = 0;
    CHECK_CODE(larder_get_many(p->l, items, 6), LARDER_BAD_KEY);
    CHECK(items[3].code == LARDER_BAD_KEY && items[5].code == LARDER_OK);
    CHECK_CODE(larder_get_many(p->l, items, 0), LARDER_OK);
}

/* With value_max=100, the results of longer values are an error, and the others arrive. */
static void
probe_too_large(struct probe *p)
{
    enum { N_ITEMS = 700, N_LONG = 101 };
    static struct larder_item items[N_ITEMS];
    static char names[N_ITEMS][16], value[N_LONG];

    memset(value, 'v', sizeof value);
    for (size_t i = 0; i < N_ITEMS; i++) {
        items[i] = (struct larder_item){.key = names[i], .value = value, .n_value = N_LONG - (i % 100 != 7)};
        items[i].n_key = (size_t)snprintf(names[i], sizeof names[i], "long%zu", i);
    }
    CHECK_CODE(larder_set_many(p->l, items, N_ITEMS), LARDER_OK);
    CHECK_CODE(larder_get_many(p->l, items, N_ITEMS), LARDER_TOO_LARGE);
    for (size_t i = 0; i < N_ITEMS; i++) {
        CHECK_CODE(items[i].code, i % 100 == 7 ? LARDER_TOO_LARGE : LARDER_OK);
        CHECK(items[i].n_value == (i % 100 == 7 ? 0 : N_LONG - 1));
    }
}

/* ---- one key, many times ------------------------------------------------ */

static uint64_t
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int
store_bytes(struct probe *p, size_t n)
{
    char *value = malloc(n + 1);

    CHECK(value != NULL);
    memset(value, 'v', n);
    int code = larder_set(p->l, "key", 3, value, n, 0, 0);
    free(value);
    return code;
}

static int
read_many(struct probe *p, size_t n)
{
    struct larder_item *items = calloc(n, sizeof *items);

    CHECK(items != NULL);
    for (size_t i = 0; i < n; i++)
        items[i] = (struct larder_item){.key = "key", .n_key = 3};
    int code = larder_get_many(p->l, items, n);
    free(items);
    return code;
}

/* Different keys, so that all servers get some. */
static int
store_many(struct probe *p, size_t n)
{
    struct larder_item *items = calloc(n, sizeof *items);
    char(*keys)[16] = calloc(n, sizeof *keys);
    int first = LARDER_OK;

    CHECK(items != NULL && keys != NULL);
    for (size_t i = 0; i < n; i++) {
        int n_key = snprintf(keys[i], sizeof keys[i], "many%zu", i);
        items[i] = (struct larder_item){.key = keys[i], .n_key = (size_t)n_key, .value = "v", .n_value = 1};
    }
    int code = larder_set_many(p->l, items, n);
    for (size_t i = n; i-- > 0;)
        first = items[i].code != LARDER_OK ? items[i].code : first;
    CHECK_CODE(code, first);
    free(keys);
    free(items);
    return code;
}

static int
do_line(struct probe *p, char *line, struct larder_item *item)
{
    char *value = strchr(line, '=');

    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '?') {
        item->value = larder_why(p->l);
        item->n_value = strlen(item->value);
        return LARDER_OK;
    }
    if (line[0] == '#')
        return store_many(p, (size_t)atol(line + 1));
    if (line[0] == '!')
        return larder_command(p->l, 0, line + 1, true, 0, NULL, NULL);
    if (line[0] == '+')
        return store_bytes(p, (size_t)atol(line + 1));
    if (line[0] == '*')
        return read_many(p, (size_t)atol(line + 1));
    if (value == NULL)
        return larder_get(p->l, line, strlen(line), item);
    *value++ = '\0';
    return larder_option(p->l, line, value);
}

/* Prints the result of each line. */
static void
probe_get(struct probe *p)
{
    char line[256];

    while (fgets(line, sizeof line, stdin) != NULL) {
        struct larder_item item = {0};
        uint64_t before = now_ms();
        int code = do_line(p, line, &item);
        printf("%d %llu %.*s\n", code, (unsigned long long)(now_ms() - before),
            code == LARDER_OK ? (int)item.n_value : 0, item.value != NULL ? item.value : "");
        fflush(stdout);
    }
}

/* ---- scenarios ---------------------------------------------------------- */

static void
probe_all(struct probe *p)
{
    CHECK_CODE(larder_flush(p->l, 0), LARDER_OK);
    probe_one(p);
    probe_many(p);
    probe_async(p);
    probe_servers(p);
    probe_fetch(p);
    probe_pool(p);
    probe_wide(p);
}

static const struct {
    const char *name;
    void (*run)(struct probe *);
} scenarios[] = {
    {"all", probe_all}, {"get", probe_get}, {"many", probe_many}, {"too_large", probe_too_large}};

static void
set_option(struct probe *p, char *word)
{
    char *value = strchr(word, '=');

    CHECK(value != NULL);
    *value++ = '\0';
    if (strcmp(word, "protocol") == 0)
        p->protocol = value;
    CHECK_CODE(larder_option(p->l, word, value), LARDER_OK);
}

int
main(int argc, char **argv)
{
    struct probe p = {.l = larder_new(), .protocol = "meta"};

    if (argc < 3 || p.l == NULL)
        return 2;
    probe_handle = p.l;
    p.servers = argv[2];
    for (int i = 3; i < argc; i++)
        set_option(&p, argv[i]);
    CHECK_CODE(larder_servers(p.l, argv[2]), LARDER_OK);
    for (size_t i = 0; i < N_OF(scenarios); i++) {
        if (strcmp(argv[1], scenarios[i].name) != 0)
            continue;
        scenarios[i].run(&p);
        larder_free(p.l);
        return 0;
    }
    return 2;
}
