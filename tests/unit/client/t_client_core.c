/* core: calls that wait, and requests that do not, with servers that the test plays. */
#include "base/clock.h"
#include "client/handle.h"

#include "tests/unit/client/fake_peer.h"

enum { MANY = 100 };

/* Answers each `mg` with its peer's letter and the key. */
static void
answer_gets(struct fake_peer *f)
{
    const char *line = f->sent + f->answered, *line_end;

    while ((line_end = memchr(line, '\n', (size_t)(f->sent + f->n_sent - line))) != NULL) {
        char key[32], reply[64];
        assert_int_equal(sscanf(line, "mg %31s", key), 1);
        snprintf(reply, sizeof reply, "VA %zu\r\n%c%s\r\n", strlen(key) + 1, f->letter, key);
        fake_says_text(f, reply);
        line = line_end + 1;
        f->answered = (size_t)(line - f->sent);
    }
}

/* A handle whose servers the test plays.  A second connection to one of them fails: no socket has its path. */
static struct larder *
new_handle(const char *servers)
{
    struct larder *l = larder_new();

    assert_non_null(l);
    assert_int_equal(larder_servers(l, servers), LARDER_OK);
    assert_int_equal(larder_option(l, "timeout_ms", "20"), LARDER_OK);
    for (unsigned i = 0; i < l->n_conns; i++) {
        assert_int_equal(conn_open_on(l->conns[i], fake_begin(i), clock_ns()), LARDER_OK);
        fake_peers[i].answer = answer_gets;
    }
    return l;
}

static void
get_waits(void **state)
{
    (void)state;
    struct larder *l = new_handle("/no/such/socket");
    struct larder_item item;

    assert_int_equal(larder_get(l, "key", 3, &item), LARDER_OK);
    assert_int_equal(item.n_value, 4);
    assert_memory_equal(item.value, "akey", 4);
    fake_peers[0].answer = NULL; /* silent from now on */
    assert_int_equal(larder_get(l, "key", 3, &item), LARDER_TIMEOUT);
    assert_int_equal(fake_peers[0].n_closed, 1);
    larder_free(l);
}

/* A get whose connection breaks after it has served is asked again, on a new connection; here that one fails. */
static void
get_again(void **state)
{
    (void)state;
    struct larder *l = new_handle("/no/such/socket");
    struct larder_item item;

    assert_int_equal(larder_get(l, "key", 3, &item), LARDER_OK);
    fake_peers[0].answer = NULL;
    fake_peers[0].end = FAKE_CLOSED;
    assert_int_equal(larder_get(l, "key", 3, &item), LARDER_UNREACHABLE);
    larder_free(l);

    l = new_handle("/no/such/socket"); /* the first get of a connection is not */
    fake_peers[0].answer = NULL;
    fake_peers[0].end = FAKE_CLOSED;
    assert_int_equal(larder_get(l, "key", 3, &item), LARDER_CLOSED);
    larder_free(l);
}

/* Many keys of several servers, one of which is silent: the others' values are there. */
static void
get_many(void **state)
{
    (void)state;
    struct larder *l = new_handle("/no/such/a,/no/such/b,/no/such/c");
    char keys[MANY][16];
    struct larder_item items[MANY];
    unsigned n_of[3] = {0};

    fake_peers[1].answer = NULL;
    for (int i = 0; i < MANY; i++) {
        snprintf(keys[i], sizeof keys[i], "key%d", i);
        items[i] = (struct larder_item){.key = keys[i], .n_key = strlen(keys[i])};
    }
    assert_int_equal(larder_get_many(l, items, MANY), LARDER_TIMEOUT);
    for (int i = 0; i < MANY; i++) {
        size_t server = larder_server_of(l, keys[i], strlen(keys[i]));
        n_of[server]++;
        assert_int_equal(items[i].code, server == 1 ? LARDER_TIMEOUT : LARDER_OK);
        if (server == 1)
            continue;
        assert_int_equal(items[i].n_value, strlen(keys[i]) + 1);
        assert_int_equal(((const char *)items[i].value)[0], 'a' + (int)server);
        assert_memory_equal((const char *)items[i].value + 1, keys[i], strlen(keys[i]));
    }
    assert_true(n_of[0] > 0 && n_of[1] > 0 && n_of[2] > 0);
    larder_free(l);
}

/* Refuses the first request before it has received all of it; stores the second one. */
static void
answer_early(struct fake_peer *f)
{
    if (f->answered == 0)
        fake_says_text(f, "SERVER_ERROR object too large for cache\r\n");
    else if (strstr(f->sent, "ms small") != NULL)
        fake_says_text(f, "HD\r\n");
    f->answered = f->n_sent;
}

/* The rest of a refused value fills the queue: the next item waits until it is sent. */
static void
set_many_early(void **state)
{
    (void)state;
    static char value[10000];
    memset(value, 'v', sizeof value);
    struct larder *l = new_handle("/no/such/socket");
    struct larder_item items[] = {{.key = "large", .n_key = 5, .value = value, .n_value = sizeof value},
        {.key = "small", .n_key = 5, .value = value, .n_value = 1}};

    assert_int_equal(larder_option(l, "timeout_ms", "60000"), LARDER_OK);
    assert_int_equal(larder_option(l, "queue_max", "1000"), LARDER_OK);
    fake_peers[0].answer = answer_early;
    fake_peers[0].n_takes = 100;
    fake_peers[0].n_waits = 10;
    assert_int_equal(larder_set_many(l, items, N_OF(items)), LARDER_TOO_LARGE);
    assert_int_equal(items[0].code, LARDER_TOO_LARGE);
    assert_int_equal(items[1].code, LARDER_OK);
    larder_free(l);
}

static unsigned n_done;

static void
done(void *arg, int code, const struct larder_item *item)
{
    assert_int_equal(code, *(int *)arg);
    assert_true((item != NULL) == (code == LARDER_OK));
    n_done++;
}

/* The callback of a submitted request is called with its answer, or with LARDER_CLOSED at the end. */
static void
submitted(void **state)
{
    (void)state;
    struct larder *l = new_handle("/no/such/socket");
    int expected = LARDER_OK;
    const struct larder_request get = {.operation = LARDER_GET, .key = "key", .n_key = 3};

    assert_int_equal(larder_submit(l, &get, NULL, NULL), LARDER_BAD_ARGUMENT);
    n_done = 0;
    for (int i = 0; i < MANY; i++)
        assert_int_equal(larder_submit(l, &get, done, &expected), LARDER_OK);
    assert_int_equal(larder_outstanding(l), MANY);
    while (larder_outstanding(l) > 0)
        assert_int_equal(larder_service(l, -1), LARDER_OK);
    assert_int_equal(n_done, MANY);

    fake_peers[0].answer = NULL;
    expected = LARDER_CLOSED;
    assert_int_equal(larder_submit(l, &get, done, &expected), LARDER_OK);
    core_give_up(l);
    assert_int_equal(n_done, MANY + 1);
    larder_free(l);

    l = new_handle("/no/such/socket");
    assert_int_equal(larder_submit(l, &get, done, &expected), LARDER_OK);
    assert_int_equal(larder_option(l, "protocol", "text"), LARDER_OK);
    assert_int_equal(n_done, MANY + 2);
    larder_free(l);
}

static void
close_connection(void *arg, int code, const struct larder_item *item)
{
    (void)code, (void)item;
    (void)larder_option(arg, "protocol", "text");
}

/* A value that is too large closes the connection, which its callback has closed already. */
static void
break_the_rule_of_callbacks(void)
{
    struct larder *l = new_handle("/no/such/socket");
    const struct larder_request get = {.operation = LARDER_GET, .key = "key", .n_key = 3};

    fake_peers[0].answer = NULL;
    fake_says_text(&fake_peers[0], "VA 2000000000 f0\r\n");
    if (larder_submit(l, &get, close_connection, l) == LARDER_OK)
        (void)larder_service(l, -1);
}

static void
misuse(void **state)
{
    (void)state;
    unit_must_die(break_the_rule_of_callbacks, "CONN_UP");
}

static void
use_no_handle(void)
{
    struct larder none = {0};
    (void)larder_n_servers(&none);
}

static void
magic(void **state)
{
    (void)state;
    unit_must_die(use_no_handle, "HANDLE_MAGIC");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(get_waits),
        cmocka_unit_test(get_again),
        cmocka_unit_test(get_many),
        cmocka_unit_test(set_many_early),
        cmocka_unit_test(submitted),
        cmocka_unit_test(misuse),
        cmocka_unit_test(magic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
