/*
 * The client out of memory: one allocation of a call fails, each in turn.  The call ends, each item has its value
 * or an error, and the servers get whole requests only.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "client/handle.h"

#include "tests/unit/client/fake_peer.h"

enum { MANY = 20, ALLOCATIONS_MOST = 1000 };

/* ---- an allocator that fails once ---------------------------------------- */

static unsigned n_until; /* the n'th allocation from now fails; 0: none does */

/* tests/local.mk has the linker call these functions instead of the C library's. */
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool
fails(void)
{
    return n_until > 0 && --n_until == 0;
}

void *
__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : __real_realloc(p, n);
}

/* ---- servers that the test plays ----------------------------------------- */

/* Answers "get KEY..." and "mg KEY ..."; the value of a key is the key. */
static void
answer_line(struct fake_peer *f, char *line)
{
    char reply[64], *rest, *command = strtok_r(line, " \r", &rest), *key;

    assert_non_null(command); /* else it is an empty line */
    key = strtok_r(NULL, " \r", &rest);
    assert_non_null(key);
    if (strcmp(command, "mg") == 0) {
        snprintf(reply, sizeof reply, "VA %zu f0\r\n%s\r\n", strlen(key), key);
        fake_says_text(f, reply);
        return;
    }
    assert_string_equal(command, "get");
    for (; key != NULL; key = strtok_r(NULL, " \r", &rest)) {
        snprintf(reply, sizeof reply, "VALUE %s 0 %zu\r\n%s\r\n", key, strlen(key), key);
        fake_says_text(f, reply);
    }
    fake_says_text(f, "END\r\n");
}

static void
answer_all(struct fake_peer *f)
{
    const char *end;

    while ((end = memchr(f->sent + f->answered, '\n', f->n_sent - f->answered)) != NULL) {
        char line[4096];
        size_t n = (size_t)(end - (f->sent + f->answered));
        assert_true(n < sizeof line);
        memcpy(line, f->sent + f->answered, n);
        line[n] = '\0';
        f->answered += n + 1;
        answer_line(f, line);
    }
}

/* A second connection to a server fails: no socket has its path. */
static struct larder *
new_handle(const char *protocol)
{
    struct larder *l = larder_new();

    assert_non_null(l);
    assert_int_equal(larder_option(l, "protocol", protocol), LARDER_OK);
    assert_int_equal(larder_servers(l, "/no/such/a,/no/such/b"), LARDER_OK);
    for (unsigned i = 0; i < l->n_conns; i++) {
        assert_int_equal(conn_open_on(l->conns[i], fake_begin(i), clock_ns()), LARDER_OK);
        fake_peers[i].answer = answer_all;
    }
    return l;
}

/* ---- calls --------------------------------------------------------------- */

/* Reads `n_items` items.  True if there were fewer than `n` allocations, so that none failed. */
static bool
get_without(const char *protocol, int n_items, unsigned n)
{
    struct larder *l = new_handle(protocol);
    char keys[MANY][16];
    struct larder_item items[MANY];
    int n_good = 0;

    for (int i = 0; i < n_items; i++) {
        snprintf(keys[i], sizeof keys[i], "key%d", i);
        items[i] = (struct larder_item){.key = keys[i], .n_key = strlen(keys[i])};
    }
    n_until = n;
    int code = larder_get_many(l, items, (size_t)n_items);
    bool all = n_until > 0;
    n_until = 0;
    for (int i = 0; i < n_items; i++) {
        if (items[i].code != LARDER_OK) {
            assert_true(items[i].code >= LARDER_TIMEOUT);
            continue;
        }
        n_good++;
        assert_int_equal(items[i].n_value, items[i].n_key);
        assert_memory_equal(items[i].value, keys[i], items[i].n_key);
    }
    assert_true((code == LARDER_OK) == (n_good == n_items));
    assert_true(!all || n_good == n_items);
    larder_free(l);
    return all;
}

static void
get_many(void **state)
{
    (void)state;
    static const char *const protocols[] = {"text", "meta"};

    for (size_t i = 0; i < N_OF(protocols); i++) {
        for (int n_items = 1; n_items <= MANY; n_items++) {
            unsigned n = 1;
            while (!get_without(protocols[i], n_items, n))
                assert_true(++n < ALLOCATIONS_MOST);
            assert_true(n > 3); /* several allocations did fail */
        }
    }
}

/* After an error the servers are the ones from before. */
static bool
change_without(unsigned n)
{
    struct larder *l = new_handle("meta"), *copy;
    struct larder_pool *pool;

    n_until = n;
    int code = larder_servers(l, "/no/such/b,/no/such/c,/no/such/d");
    assert_int_equal(code, n_until > 0 ? LARDER_OK : LARDER_NO_MEMORY);
    assert_int_equal(larder_n_servers(l), code == LARDER_OK ? 3 : 2);
    copy = larder_clone(l);
    pool = larder_pool_new(l, 2);
    bool all = n_until > 0;
    n_until = 0;
    assert_true((code == LARDER_OK && copy != NULL && pool != NULL) == all);
    larder_free(copy);
    larder_pool_free(pool);
    larder_free(l);
    return all;
}

static void
change_servers(void **state)
{
    (void)state;
    unsigned n = 1;

    while (!change_without(n))
        assert_true(++n < ALLOCATIONS_MOST);
    assert_true(n > 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(get_many),
        cmocka_unit_test(change_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
