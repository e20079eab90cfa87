/*
 * route: rules that hold for every dialect.  That each dialect answers as its client does is shown by the
 * vectors below, which that client computed, and by tests/client/rings.py.
 */
#include "tests/unit/unit.h"

#include "tests/client/ring_words.h"

#include <errno.h>
#include <stdio.h>

enum { N_KEYS = 500, N_SERVERS = 12 };

static struct bytes
text(const char *s)
{
    return bytes_of(s, strlen(s));
}

static char names[N_SERVERS][24];

static void
fill(struct route_server *servers)
{
    for (int i = 0; i < N_SERVERS; i++) {
        snprintf(names[i], sizeof names[i], "10.0.0.%d", i + 1);
        servers[i] = (struct route_server){.host = text(names[i]), .port = (uint16_t)(ROUTE_PORT + i % 3)};
    }
}

static struct route *
make(struct route_rules rules, const struct route_server *servers, unsigned n)
{
    struct route *r;
    assert_int_equal(route_new(&r, &rules, servers, n), 0);
    return r;
}

/* Keys that differ in many bits: some of the hashes map keys that only count up to few points. */
static struct bytes
key_of(int i, char out[32])
{
    return bytes_of(out, (size_t)snprintf(out, 32, "%08x:%d", (uint32_t)i * 2654435761u, i));
}

static void
names_are_found(void **state)
{
    (void)state;
    for (int d = 0; d < N_ROUTE_DIALECTS; d++) {
        struct route_rules rules = {.dialect = N_ROUTE_DIALECTS, .hash = KEYHASH_CRC16};
        assert_true(route_named(route_word((enum route_dialect)d), &rules));
        assert_int_equal(rules.dialect, d);
        assert_int_equal(rules.hash, KEYHASH_OWN);
    }
    struct route_rules rules = {.tag = {'{', '}'}};
    assert_true(route_named("twemproxy-ketama/fnv1a-32", &rules));
    assert_int_equal(rules.dialect, ROUTE_TWEMPROXY_KETAMA);
    assert_int_equal(rules.hash, KEYHASH_FNV1A_32);
    assert_int_equal(rules.tag[0], '{');
    assert_true(route_named("ketama", &rules));
    assert_int_equal(rules.dialect, ROUTE_LIBMEMCACHED_WEIGHTED);
    assert_false(route_named("ketama/", &rules));
    assert_false(route_named("ketam", &rules));
    assert_false(route_named("/md5", &rules));
    assert_int_equal(rules.dialect, ROUTE_LIBMEMCACHED_WEIGHTED);
}

static void
no_server_and_one(void **state)
{
    (void)state;
    struct route_server servers[N_SERVERS];
    fill(servers);
    for (int d = 0; d < N_ROUTE_DIALECTS; d++) {
        struct route_rules rules = {.dialect = (enum route_dialect)d};
        uint32_t choice[4];
        struct route *r = make(rules, servers, 0);
        assert_int_equal(route_find(r, BYTES("k")), ROUTE_NONE);
        assert_int_equal(route_choose(r, BYTES("k"), choice, 4), 0);
        route_free(&r);
        assert_null(r);
        route_free(&r);
        r = make(rules, servers, 1);
        assert_int_equal(route_find(r, BYTES("")), 0);
        assert_int_equal(route_choose(r, BYTES("k"), choice, 0), 0);
        assert_int_equal(route_choose(r, BYTES("k"), choice, 4), 1);
        route_free(&r);
        for (int i = 0; i < N_SERVERS; i++)
            servers[i].out = i != 7;
        r = make(rules, servers, N_SERVERS);
        assert_int_equal(route_find(r, BYTES("k")), 7);
        route_free(&r);
        servers[7].out = true;
        r = make(rules, servers, N_SERVERS);
        assert_int_equal(route_find(r, BYTES("k")), ROUTE_NONE);
        route_free(&r);
        fill(servers);
    }
}

static void
choices_differ_and_begin_with_the_server(void **state)
{
    (void)state;
    struct route_server servers[N_SERVERS];
    fill(servers);
    servers[3].out = true;
    for (int d = 0; d < N_ROUTE_DIALECTS; d++) {
        struct route *r = make((struct route_rules){.dialect = (enum route_dialect)d}, servers, N_SERVERS);
        unsigned asked[N_SERVERS] = {0};
        for (int i = 0; i < N_KEYS; i++) {
            char text[32];
            uint32_t choice[N_SERVERS + 5];
            struct bytes key = key_of(i, text);
            unsigned n = route_choose(r, key, choice, N_OF(choice)), met = 0;
            assert_in_range(n, 3, N_SERVERS - 1);
            if (d != ROUTE_RANDOM)
                assert_int_equal(route_find(r, key), choice[0]);
            for (unsigned c = 0; c < n; c++) {
                assert_in_range(choice[c], 0, N_SERVERS - 1);
                assert_false(met & 1u << choice[c]);
                met |= 1u << choice[c];
            }
            asked[choice[0]]++;
        }
        for (int i = 0; i < N_SERVERS; i++)
            if ((asked[i] > 0) != (i != 3))
                fail_msg("%s asks %d %u times", route_word((enum route_dialect)d), i, asked[i]);
        route_free(&r);
    }
}

/*
 * If every server has the same number of points with and without the removed server, the ring without it
 * gives the second choice of the whole ring.
 */
static void
the_second_choice_is_the_ring_without_the_first(void **state)
{
    (void)state;
    static const enum route_dialect walked[] = {ROUTE_LIBMEMCACHED_KETAMA, ROUTE_LIBMEMCACHED_WEIGHTED,
        ROUTE_TWEMPROXY_KETAMA, ROUTE_PYMEMCACHE, ROUTE_JUMP, ROUTE_LIBMEMCACHED_MODULA, ROUTE_PROXY_RING};
    for (size_t d = 0; d < N_OF(walked); d++) {
        struct route_server servers[N_SERVERS];
        fill(servers);
        struct route_rules rules = {.dialect = walked[d]};
        struct route *whole = make(rules, servers, N_SERVERS);
        servers[5].out = true;
        struct route *less = make(rules, servers, N_SERVERS);
        for (int i = 0; i < N_KEYS; i++) {
            char text[32];
            uint32_t choice[2];
            struct bytes key = key_of(i, text);
            assert_int_equal(route_choose(whole, key, choice, 2), 2);
            assert_int_equal(route_find(less, key), choice[0] == 5 ? choice[1] : choice[0]);
        }
        route_free(&whole);
        route_free(&less);
    }
}

static void
only_the_tag_is_hashed(void **state)
{
    (void)state;
    struct route_server servers[N_SERVERS];
    fill(servers);
    for (int d = 0; d < N_ROUTE_DIALECTS; d++) {
        if (d == ROUTE_RANDOM)
            continue;
        struct route *plain =
            make((struct route_rules){.dialect = (enum route_dialect)d}, servers, N_SERVERS);
        struct route *tagged = make(
            (struct route_rules){.dialect = (enum route_dialect)d, .tag = {'{', '}'}}, servers, N_SERVERS);
        for (int i = 0; i < N_KEYS; i++) {
            char with[48], without[32];
            struct bytes id = key_of(i, without);
            snprintf(with, sizeof with, "user:{%s}:{x}", without);
            assert_int_equal(route_find(tagged, text(with)), route_find(plain, id));
            assert_int_equal(route_find(tagged, id), route_find(plain, id));
            snprintf(with, sizeof with, "%s{}", without); /* an empty tag is no tag */
            assert_int_equal(route_find(tagged, text(with)), route_find(plain, text(with)));
            snprintf(with, sizeof with, "}%s{", without);
            assert_int_equal(route_find(tagged, text(with)), route_find(plain, text(with)));
        }
        route_free(&plain);
        route_free(&tagged);
    }
}

static void
too_large_rings_are_refused(void **state)
{
    (void)state;
    static char long_name[1024];
    memset(long_name, 'x', sizeof long_name);
    struct route_server many[2] = {
        {.host = BYTES("a")}, {.host = BYTES("b"), .weight = ROUTE_WEIGHT_MAX + 1}};
    struct route *r;
    for (int d = 0; d < N_ROUTE_DIALECTS; d++) {
        struct route_rules rules = {.dialect = (enum route_dialect)d};
        many[1] = (struct route_server){.host = BYTES("b"), .weight = ROUTE_WEIGHT_MAX + 1};
        assert_int_equal(route_new(&r, &rules, many, 2), -EINVAL);
        assert_null(r);
        many[1] = (struct route_server){.host = bytes_of(long_name, sizeof long_name)};
        assert_int_equal(route_new(&r, &rules, many, 2), -EINVAL);
        assert_int_equal(route_new(&r, &rules, many, ROUTE_SERVERS_MAX + 1), -EINVAL);
        many[1] = (struct route_server){.host = bytes_of(long_name, 512), .alias = bytes_of(long_name, 512)};
        assert_int_equal(route_new(&r, &rules, many, 2), 0);
        uint32_t choice[2];
        assert_in_range(route_choose(r, bytes_of(long_name, sizeof long_name), choice, 2), 1, 2);
        route_free(&r);
    }
    many[1] = (struct route_server){.host = BYTES("b"), .weight = ROUTE_WEIGHT_MAX};
    assert_int_equal(
        route_new(&r, &(struct route_rules){.dialect = ROUTE_PECL_CONSISTENT}, many, 2), -EINVAL);
    assert_null(r);
}

/* A server's share of the keys is proportional to its weight, approximately. */
static void
shares_follow_weights(void **state)
{
    (void)state;
    static const enum route_dialect weighted[] = {ROUTE_LIBMEMCACHED_KETAMA, ROUTE_LIBMEMCACHED_WEIGHTED,
        ROUTE_TWEMPROXY_KETAMA, ROUTE_TWEMPROXY_MODULA, ROUTE_SPYMEMCACHED_WEIGHTED, ROUTE_DALLI,
        ROUTE_PECL_MEMCACHE, ROUTE_PECL_CONSISTENT};
    for (size_t d = 0; d < N_OF(weighted); d++) {
        struct route_server servers[N_SERVERS];
        fill(servers);
        servers[0].weight = 3;
        servers[1].weight = 1;
        struct route *r = make((struct route_rules){.dialect = weighted[d]}, servers, 2);
        unsigned first = 0;
        for (int i = 0; i < 10 * N_KEYS; i++) {
            char text[32];
            first += route_find(r, key_of(i, text)) == 0;
        }
        assert_in_range(first, 10 * N_KEYS * 60 / 100, 10 * N_KEYS * 90 / 100);
        route_free(&r);
    }
}

enum { LINE_SIZE = 8192, SERVERS_MAX = 256 };

/* Parses "ring DIALECT SERVER...". */
static struct route *
ring_of(char *line)
{
    static struct route_server servers[SERVERS_MAX];
    struct route_rules rules = {0};
    unsigned n = 0;
    char *rest, *word = strtok_r(line, " \n", &rest);
    assert_string_equal(word, "ring");
    word = strtok_r(NULL, " \n", &rest);
    if (!route_named(word, &rules))
        fail_msg("no dialect %s", word);
    while ((word = strtok_r(NULL, " \n", &rest)) != NULL) {
        assert_true(n < SERVERS_MAX);
        ring_words_server(word, &servers[n++]);
    }
    return make(rules, servers, n);
}

/* The answers of the real clients; tests/client/rings.py --write made the file. */
static void
keys_are_where_the_clients_put_them(void **state)
{
    (void)state;
    const char *top = getenv("TOP_SRCDIR");
    char path[4096], line[LINE_SIZE], name[LINE_SIZE];
    snprintf(path, sizeof path, "%s/tests/client/ring_vectors", top == NULL ? "." : top);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    struct route *r = NULL;
    unsigned n = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "ring ", 5) == 0) {
            route_free(&r);
            strcpy(name, line);
            r = ring_of(line);
            continue;
        }
        char *key;
        uint32_t wanted = (uint32_t)strtoul(line, &key, 10);
        assert_int_equal(*key++, ' ');
        uint32_t got = route_find(r, bytes_of(key, strcspn(key, "\n")));
        if (got != wanted)
            fail_msg("%s%s is at %u, not %u", name, key, wanted, got);
        n++;
    }
    route_free(&r);
    fclose(f);
    assert_in_range(n, 500, 100000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(no_server_and_one),
        cmocka_unit_test(choices_differ_and_begin_with_the_server),
        cmocka_unit_test(the_second_choice_is_the_ring_without_the_first),
        cmocka_unit_test(only_the_tag_is_hashed),
        cmocka_unit_test(too_large_rings_are_refused),
        cmocka_unit_test(shares_follow_weights),
        cmocka_unit_test(keys_are_where_the_clients_put_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
