/*
 * tour: liblarder's calls that the other examples do not use, one after the other.
 *
 *     tour SERVERS [FILE]
 *
 * With FILE, the program writes the list of servers to that file and reads it from
 * there, as a program does whose servers change while it runs.
 *
 *     cc tour.c $(pkg-config --cflags --libs liblarder)
 */
#include <larder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int n_surprises;

/* Reports the result of a call if it is not the expected one. */
static void
expect(const struct larder *l, const char *what, int code, int wanted)
{
    if (code == wanted)
        return;
    n_surprises++;
    fprintf(
        stderr, "%s: %s, not %s (%s)\n", what, larder_strerror(code), larder_strerror(wanted), larder_why(l));
}

static void
store(struct larder *l)
{
    struct larder_item item;
    char room[64];

    expect(l, "set", larder_set(l, "tour", 4, "middle", 6, 7, 600), LARDER_OK);
    expect(l, "add", larder_add(l, "tour", 4, "another", 7, 0, 0), LARDER_NOT_STORED); /* it exists */
    expect(l, "replace", larder_replace(l, "tour", 4, "Middle", 6, 7, 600), LARDER_OK);
    expect(l, "append", larder_append(l, "tour", 4, " end", 4), LARDER_OK);
    expect(l, "prepend", larder_prepend(l, "tour", 4, "beginning ", 10), LARDER_OK);

    /* The value is valid until the next call. */
    expect(l, "get", larder_get(l, "tour", 4, &item), LARDER_OK);
    printf("%.*s, flags %u\n", (int)item.n_value, item.value, (unsigned)item.flags);

    /* Or copy it to a buffer, with the CAS number, which changes when the item changes. */
    expect(l, "get_into", larder_get_into(l, "tour", 4, room, sizeof room, &item), LARDER_OK);
    expect(l, "gets", larder_gets(l, "tour", 4, &item), LARDER_OK);
    expect(l, "cas", larder_cas(l, "tour", 4, "new", 3, 0, 600, item.cas), LARDER_OK);
    expect(l, "cas again", larder_cas(l, "tour", 4, "newer", 5, 0, 600, item.cas), LARDER_EXISTS);

    expect(l, "gat", larder_gat(l, "tour", 4, 60, &item), LARDER_OK); /* read, and expire in a minute */
    expect(l, "touch", larder_touch(l, "tour", 4, 3600), LARDER_OK);  /* ... an hour */
    expect(l, "delete", larder_delete(l, "tour", 4), LARDER_OK);
    expect(l, "get", larder_get(l, "tour", 4, &item), LARDER_MISS);
}

static void
count(struct larder *l)
{
    uint64_t n = 0;

    expect(l, "set", larder_set(l, "n", 1, "10", 2, 0, 0), LARDER_OK);
    expect(l, "incr", larder_incr(l, "n", 1, 5, &n), LARDER_OK);
    expect(l, "decr", larder_decr(l, "n", 1, 100, &n), LARDER_OK); /* it stops at 0 */
    expect(l, "delete", larder_delete(l, "n", 1), LARDER_OK);
    expect(l, "count", larder_count(l, "n", 1, 1, 42, 0, &n), LARDER_OK); /* created with 42 */
    printf("counted to %llu\n", (unsigned long long)n);
}

/* Many items with one call, on all servers in parallel. */
static void
many(struct larder *l)
{
    struct larder_item items[] = {
        {.key = "one", .n_key = 3, .value = "1", .n_value = 1, .exptime_s = 60},
        {.key = "two", .n_key = 3, .value = "2", .n_value = 1, .exptime_s = 60},
        {.key = "three", .n_key = 5},
    };

    expect(l, "set_many", larder_set_many(l, items, 2), LARDER_OK);
    expect(l, "get_many", larder_get_many(l, items, 3), LARDER_OK);
    for (int i = 0; i < 3; i++) {
        const struct larder_item *item = &items[i];
        bool found = item->code == LARDER_OK;
        printf("%s: %.*s\n", item->key, found ? (int)item->n_value : 100,
            found ? item->value : larder_strerror(item->code));
    }
}

static bool
on_line(void *arg, const char *server, const char *name, const char *value)
{
    (void)server;
    (void)name;
    (void)value;
    ++*(int *)arg;
    return true; /* receive the next line */
}

static void
ask_servers(struct larder *l)
{
    int n = 0;

    expect(l, "version", larder_version(l, on_line, &n), LARDER_OK);
    expect(l, "stats", larder_stats(l, "settings", on_line, &n), LARDER_OK);
    size_t server = larder_server_of(l, "tour", 4);
    printf("%d lines of %zu servers, of which the key's is %s\n", n > 10 ? 10 : n, larder_n_servers(l),
        larder_server_alive(l, server) && larder_server_name(l, server)[0] != '\0' ? "alive" : "dead");
    expect(l, "command", larder_command(l, server, "verbosity 0", false, 20000, NULL, NULL), LARDER_OK);
    expect(l, "flush", larder_flush(l, 0), LARDER_OK);
}

/* Other programs may change the file; the library reads it every refresh_ms, and now. */
static void
follow(struct larder *l, const char *servers, const char *path)
{
    char source[512];
    FILE *f = fopen(path, "w");

    if (f == NULL || fprintf(f, "# the cache's servers\n%s\n", servers) < 0 || fclose(f) != 0)
        exit(2);
    snprintf(source, sizeof source, "file+%s", path);
    expect(l, "option", larder_option(l, "refresh_ms", "1000"), LARDER_OK);
    expect(l, "servers", larder_servers(l, source), LARDER_OK);
    expect(l, "refresh", larder_refresh(l), LARDER_OK);
}

/* Each handle of the pool gets the new servers when it is taken next. */
static void
change_pool(const struct larder *model, const char *servers)
{
    struct larder_pool *pool = larder_pool_new(model, 2);
    struct larder *copy = larder_clone(model);

    if (pool == NULL || copy == NULL)
        exit(2);
    expect(model, "pool_servers", larder_pool_servers(pool, servers), LARDER_OK);
    larder_pool_free(pool);
    larder_free(copy);
}

int
main(int argc, char **argv)
{
    const char *servers = argc > 1 ? argv[1] : "127.0.0.1";
    struct larder *l = larder_new();

    if (l == NULL)
        return 2;
    /* A busy server might not answer within the default of one second, so wait longer. */
    expect(l, "option", larder_option(l, "connect_timeout_ms", "20000"), LARDER_OK);
    expect(l, "option", larder_option(l, "timeout_ms", "20000"), LARDER_OK);
    if (larder_servers(l, servers) != LARDER_OK)
        return 2;
    store(l);
    count(l);
    many(l);
    ask_servers(l);
    if (argc > 2)
        follow(l, servers, argv[2]);
    change_pool(l, servers);
    larder_free(l);
    return n_surprises == 0 ? 0 : 1;
}
