/* conn_body: values in pieces of any size; values that are refused, wait for memory, or stop arriving. */
#include "server/conn/conn_body.h"

#include "tests/unit/server/conn_playing.h"

#include "base/clock.h"
#include "server/conn/body.h"

static const char *const keys = "get a\r\n";

static void
test_pieces(void **state)
{
    static const struct exchange exchanges[] = {
        {"set a 1 0 10\r\n0123456789\r\nget a\r\n", "STORED\r\nVALUE a 1 10\r\n0123456789\r\nEND\r\n"},
        {"set a 0 0 10\r\n0123456789abcd\r\nmn\r\n", "CLIENT_ERROR bad data chunk\r\nERROR\r\nMN\r\n"},
        {"set a 0 0 2\r\nabxyzuv\r\nget a\r\n", "CLIENT_ERROR bad data chunk\r\nERROR\r\nEND\r\n"},
        {"set a 0 0 0\r\n\r\nset b 0 0 0\r\n\r\nget a b\r\n",
            "STORED\r\nSTORED\r\nVALUE a 0 0\r\n\r\nVALUE b 0 0\r\n\r\nEND\r\n"},
        {"set a 0 0 3 noreply\r\nabc\r\nappend a 0 0 3 noreply\r\ndef\r\nget a\r\n",
            "VALUE a 0 6\r\nabcdef\r\nEND\r\n"},
        {"ms a 3 T90 c F5 q\r\nabc\r\nmg a v f t\r\nmn\r\n", "VA 3 f5 t90\r\nabc\r\nMN\r\n"},
        {"ms YQ== 3 b k O77\r\nabc\r\nget a\r\n", "HD kYQ== b O77\r\nVALUE a 0 3\r\nabc\r\nEND\r\n"},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

/* Values up to the largest, read directly into their items. */
static void
test_sizes(void **state)
{
    static const size_t sizes[] = {1, 4095, 8192, 65535, 65536, 70000, 300000, 1000000};
    static const size_t pieces[] = {SIZE_MAX, 65537, 4096, 1013};
    static char value[1000000], line[64];
    (void)state;
    for (size_t i = 0; i < sizeof value; i++)
        value[i] = (char)(i * 11 % 251);
    play_begin("");
    for (size_t i = 0; i < N_OF(sizes); i++) {
        for (size_t j = 0; j < N_OF(pieces); j++) {
            struct client *c = client_open(0);
            c->piece = pieces[j];
            client_adds(c, line, (size_t)snprintf(line, sizeof line, "set a 0 0 %zu\r\n", sizes[i]));
            client_adds(c, value, sizes[i]);
            client_says(c, "\r\n");
            client_expects(c, "STORED\r\n");
            client_says(c, keys);
            size_t n = (size_t)snprintf(line, sizeof line, "VALUE a 0 %zu\r\n", sizes[i]);
            assert_int_equal(c->n_taken, n + sizes[i] + 7);
            assert_memory_equal(c->taken + n, value, sizes[i]);
            client_hangs_up(c);
        }
    }
    play_end();
}

/* A refused value is discarded in pieces of any size, and the older value is removed. */
static void
test_refused(void **state)
{
    static const size_t pieces[] = {SIZE_MAX, 4096, 333};
    static char value[20000];
    (void)state;
    memset(value, 'v', sizeof value);
    play_begin("-I 8k");
    for (size_t j = 0; j < N_OF(pieces); j++) {
        struct client *c = client_open(0);
        c->piece = pieces[j];
        client_asks(c, "set a 0 0 1\r\nx\r\n", "STORED\r\n");
        client_adds(c, "set a 0 0 20000\r\n", 17);
        client_adds(c, value, sizeof value);
        client_says(c, "\r\nmn\r\n");
        client_expects(c, "SERVER_ERROR object too large for cache\r\nMN\r\n");
        client_asks(c, keys, "END\r\n");
        client_hangs_up(c);
    }
    play_end();
}

/* Without eviction, the memory is used up in the middle of a value. */
static void
test_no_memory(void **state)
{
    enum { VALUE = 500000, N = 100 };
    static char value[VALUE];
    char line[64];
    unsigned n_stored = 0, n_refused = 0;
    (void)state;
    memset(value, 'v', VALUE);
    play_begin("-M");
    struct client *c = client_open(0);
    c->piece = 50000;
    for (int i = 0; i < N; i++) {
        c->n_says = c->at = 0;
        client_adds(c, line, (size_t)snprintf(line, sizeof line, "set k%d 0 0 %d\r\n", i, VALUE));
        client_adds(c, value, VALUE);
        client_says(c, "\r\n");
        bool stored = c->n_taken == 8;
        client_expects(c, stored ? "STORED\r\n" : "SERVER_ERROR out of memory storing object\r\n");
        *(stored ? &n_stored : &n_refused) += 1;
    }
    assert_true(n_stored > 10 && n_refused > 10);
    client_asks(c, "mn\r\n", "MN\r\n");
    play_end();
}

/* ---- waiting for the memory of other values ---------------------------------- */

enum { BIG = 900000 };

static char big[BIG];

static void
begin_big(struct client *c, const char *key, size_t n_first)
{
    char line[64];
    client_adds(c, line, (size_t)snprintf(line, sizeof line, "set %s 0 0 %d\r\n", key, BIG));
    client_adds(c, big, n_first);
    play_on();
}

static void
end_big(struct client *c, size_t n_first)
{
    client_adds(c, big + n_first, BIG - n_first);
    client_says(c, "\r\n");
}

enum { FIRST = 600000 };

/*
 * All incomplete values together have a bound.  The first stays below it, the second is the one that may
 * exceed it, and the third waits.
 */
static void
begin_three(struct client **a, struct client **b, struct client **c)
{
    memset(big, 'b', BIG);
    play_begin("-o body_memory=1m");
    *a = client_open(0);
    *b = client_open(1);
    *c = client_open(2);
    begin_big(*a, "a", FIRST);
    begin_big(*b, "b", FIRST);
    begin_big(*c, "c", FIRST);
    assert_int_equal(conn_state(client_conn(*a)), CONN_NREAD);
    assert_int_equal(conn_state(client_conn(*b)), CONN_NREAD);
    assert_true(client_conn(*c)->parked && client_conn(*c)->body->waits);
    assert_int_equal(store_partial_contention(play.server.store), STORE_PARTIALS_WAIT);
}

/* A value that waits continues when another is complete, or its connection closes. */
static void
test_waits_for_others(void **state)
{
    struct client *a, *b, *c, *small;
    (void)state;
    for (int hangs_up = 0; hangs_up < 2; hangs_up++) {
        begin_three(&a, &b, &c);
        small = client_open(3);
        client_asks(small, "set s 0 0 1\r\nx\r\n", "STORED\r\n"); /* a complete value does not wait */
        if (hangs_up) {
            client_hangs_up(b);
        } else {
            end_big(b, FIRST);
            client_expects(b, "STORED\r\n");
        }
        end_big(a, FIRST);
        end_big(c, FIRST);
        client_expects(a, "STORED\r\n");
        client_expects(c, "STORED\r\n");
        assert_true(counter_read(&play.counters[WORKER_N_MEMORY_WAITS]) > 0);
        client_asks(small, "mg a s\r\nmg b s\r\nmg c s\r\n",
            hangs_up ? "HD s900000\r\nEN\r\nHD s900000\r\n" : "HD s900000\r\nHD s900000\r\nHD s900000\r\n");
        play_end();
    }
}

/* All connections are closed, one while its value waits. */
static void
test_gone_while_waiting(void **state)
{
    struct client *a, *b, *c;
    (void)state;
    begin_three(&a, &b, &c);
    play_end();
}

/* ---- values that stop arriving ------------------------------------------------ */

static void
run_body_timer(void)
{
    event_active(&play.set.body_timer, EV_TIMEOUT, 1);
    play_on();
}

static void
test_timeout(void **state)
{
    (void)state;
    play_begin("-o body_timeout=10");
    struct client *a = client_open(0), *b = client_open(1);
    client_says(a, "set a 0 0 10\r\n01234");
    client_says(b, "set b 0 0 10\r\n01234");
    clock_shift(10);
    run_body_timer();
    client_says(b, "5");
    clock_shift(1);
    run_body_timer();
    assert_false(client_is_open(a));
    assert_true(client_is_open(b));
    assert_int_equal(counter_read(&play.counters[WORKER_N_BODY_TIMEOUTS]), 1);
    client_asks(b, "6789\r\nget a b\r\n", "STORED\r\nVALUE b 0 10\r\n0123456789\r\nEND\r\n");
    play_end();
}

/* While another value waits, an overdue one is refused at once, and its memory is freed. */
static void
test_overdue(void **state)
{
    struct client *a, *b, *c;
    (void)state;
    begin_three(&a, &b, &c);
    client_conn(a)->body->since_ns -= UINT64_C(10000000000);
    run_body_timer();
    client_expects(a, "SERVER_ERROR out of memory storing object\r\n");
    assert_int_equal(counter_read(&play.counters[WORKER_N_BODY_OVERDUE]), 1);
    end_big(a, FIRST);
    client_asks(a, "mn\r\n", "MN\r\n"); /* the rest was discarded */
    end_big(b, FIRST);
    end_big(c, FIRST);
    client_expects(b, "STORED\r\n");
    client_expects(c, "STORED\r\n");
    play_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_waits_for_others),
        cmocka_unit_test(test_gone_while_waiting),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_overdue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
