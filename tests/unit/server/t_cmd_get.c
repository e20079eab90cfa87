/* cmd_get: the gets of the text protocol in pieces of any size, and those of packets. */
#include "tests/unit/server/conn_playing.h"

static void
test_text(void **state)
{
    static const struct exchange exchanges[] = {
        {"get a\r\n", "END\r\n"},
        {"set a 5 0 3\r\nabc\r\nget a\r\n", "STORED\r\nVALUE a 5 3\r\nabc\r\nEND\r\n"},
        {"set a 0 0 0\r\n\r\nget a\r\n", "STORED\r\nVALUE a 0 0\r\n\r\nEND\r\n"},
        {"set a 0 0 1\r\nx\r\nset c 0 0 1\r\ny\r\nget a b c a\r\n",
            "STORED\r\nSTORED\r\nVALUE a 0 1\r\nx\r\nVALUE c 0 1\r\ny\r\nVALUE a 0 1\r\nx\r\nEND\r\n"},
        {"gat 100 a\r\nset a 0 0 1\r\nx\r\ngat 100 a b\r\nmg a t\r\n",
            "END\r\nSTORED\r\nVALUE a 0 1\r\nx\r\nEND\r\nHD t100\r\n"},
        {"set a 0 0 1\r\nx\r\ngat -1 a\r\nget a\r\n", "STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\nEND\r\n"},
        {"get\r\n", "CLIENT_ERROR bad command line format\r\n"},
        {"gat x a\r\n", "CLIENT_ERROR invalid exptime argument\r\n"},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

/* gets and gats show the CAS number; with -C it is 0. */
static void
test_cas(void **state)
{
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    client_asks(c, "ms a 1 E77\r\nx\r\n", "HD\r\n");
    client_asks(c, "gets a b\r\n", "VALUE a 0 1 77\r\nx\r\nEND\r\n");
    client_asks(c, "gats 0 a\r\n", "VALUE a 0 1 77\r\nx\r\nEND\r\n");
    play_end();
    play_begin("-C");
    c = client_open(0);
    client_asks(c, "set a 0 0 1\r\nx\r\ngets a\r\ngats 0 a\r\n",
        "STORED\r\nVALUE a 0 1 0\r\nx\r\nEND\r\nVALUE a 0 1 0\r\nx\r\nEND\r\n");
    play_end();
}

enum { KEYS = 300 };

/* A line with more groups of keys than -R: the connection yields to others, and END is sent once. */
static void
test_many_keys(void **state)
{
    (void)state;
    play_begin("-R 2");
    struct client *c = client_open(0);
    char line[KEYS * 5 + 8], reply[KEYS * 24 + 8];
    char *p = line + sprintf(line, "get"), *q = reply;
    for (int i = 0; i < KEYS; i++) {
        char set[64];
        snprintf(set, sizeof set, "set %03d 0 0 3 noreply\r\n%03d\r\n", i, i);
        client_says(c, set);
        p += sprintf(p, " %03d", i);
        q += sprintf(q, "VALUE %03d 0 3\r\n%03d\r\n", i, i);
    }
    strcpy(p, "\r\n");
    strcpy(q, "END\r\n");
    uint64_t before = counter_read(&play.counters[WORKER_N_CMD_GET]);
    uint64_t yields = counter_read(&play.counters[WORKER_N_CONN_YIELDS]);
    client_asks(c, line, reply);
    assert_int_equal(counter_read(&play.counters[WORKER_N_CMD_GET]) - before, KEYS);
    assert_true(counter_read(&play.counters[WORKER_N_CONN_YIELDS]) > yields);
    play_end();
}

/* The values fill the queue before the end of the line: the next turns look up the other keys. */
static void
test_many_values(void **state)
{
    enum { N = 40, BYTES_EACH = 8000 };
    static char value[BYTES_EACH + 1], reply[N * (BYTES_EACH + 32)];
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    char line[512], *p = line + sprintf(line, "get"), *q = reply;
    memset(value, 'v', BYTES_EACH);
    for (int i = 0; i < N; i++) {
        char set[64];
        int n = snprintf(set, sizeof set, "set k%d 0 0 %d noreply\r\n", i, BYTES_EACH);
        client_adds(c, set, (size_t)n);
        client_adds(c, value, BYTES_EACH);
        client_adds(c, "\r\n", 2);
        p += sprintf(p, " k%d", i);
        q += sprintf(q, "VALUE k%d 0 %d\r\n%s\r\n", i, BYTES_EACH, value);
    }
    strcpy(p, "\r\n");
    strcpy(q, "END\r\n");
    play_on();
    client_asks(c, line, reply);
    assert_true(c->n_sends > 2); /* a queue's worth at a time */
    c->bite = 5000;
    client_asks(c, line, reply);
    play_end();
}

/* ---- packets ---------------------------------------------------------------- */

enum { GET = 0x00, SET = 0x01, GETQ = 0x09, NOOP = 0x0a, GETK = 0x0c, TOUCH = 0x1c, GAT = 0x1d };

static void
test_packets(void **state)
{
    static const char ten[4] = {0, 0, 0, 10}, eight[8] = {0};
    struct bytes value;
    (void)state;
    for (size_t piece = 1; piece < 60; piece += 7) {
        play_begin("");
        struct client *c = client_open(0);
        c->piece = c->bite = piece;
        client_adds_packet(c, GET, "", 0, "a", "", 0);
        client_adds_packet(c, SET, eight, 8, "a", "hello", 5);
        client_adds_packet(c, GET, "", 0, "a", "", 0);
        client_adds_packet(c, GETQ, "", 0, "none", "", 0); /* a miss without a reply */
        client_adds_packet(c, TOUCH, ten, 4, "a", "", 0);
        client_adds_packet(c, TOUCH, ten, 4, "none", "", 0);
        client_adds_packet(c, GAT, ten, 4, "a", "", 0);
        client_adds_packet(c, NOOP, "", 0, "", "", 0);
        play_on();
        assert_int_equal(client_takes_packet(c, GET, &value), 1);
        assert_int_equal(client_takes_packet(c, SET, &value), 0);
        assert_int_equal(client_takes_packet(c, GET, &value), 0);
        assert_true(bytes_equal(value, BYTES("hello")));
        assert_int_equal(client_takes_packet(c, TOUCH, &value), 0);
        assert_int_equal(value.n, 0);
        assert_int_equal(client_takes_packet(c, TOUCH, &value), 1);
        assert_int_equal(client_takes_packet(c, GAT, &value), 0);
        assert_true(bytes_equal(value, BYTES("hello")));
        assert_int_equal(client_takes_packet(c, NOOP, &value), 0);
        assert_int_equal(c->n_taken, 0);
        play_end();
    }
}

/* `stats detail` counts the lookups, hits, sets and deletes of a prefix. */
static void
test_counted_by_prefix(void **state)
{
    struct text text = {0};
    (void)state;
    play_begin("-D :");
    atomic_fetch_or(&play.server.traced, (uint32_t)TRACED_DETAIL);
    struct client *c = client_open(0);
    client_asks(c, "set p:a 0 0 1\r\nx\r\nget p:a p:b\r\ndelete p:a\r\n",
        "STORED\r\nVALUE p:a 0 1\r\nx\r\nEND\r\nDELETED\r\n");
    prefix_dump(play.server.prefixes, &text);
    assert_true(bytes_equal(text_bytes(&text), BYTES("PREFIX p get 2 hit 1 set 1 del 1\r\nEND\r\n")));
    text_fini(&text);
    play_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_cas),
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_many_values),
        cmocka_unit_test(test_packets),
        cmocka_unit_test(test_counted_by_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
