/* conn: what is asked is what is sent, and what comes back is its answer, however either is cut. */
#include "tests/unit/client/conn_playing.h"

static void
ask_all(struct asked *asked)
{
    for (size_t i = 0; i < N_OF(questions); i++)
        assert_int_equal(ask(&asked[i], questions[i].ask, 2 * NOW_NS), LARDER_OK);
    assert_int_equal(env.n_outstanding, N_OF(questions));
    conn_flush(&conn, NOW_NS);
}

static void
check_all(const struct asked *asked)
{
    for (size_t i = 0; i < N_OF(questions); i++) {
        const struct question *q = &questions[i];
        assert_int_equal(asked[i].answer.left, 0);
        assert_int_equal(asked[i].answer.code, q->code);
        if (q->expected != NULL) {
            assert_int_equal(asked[i].item.n_value, strlen(q->expected));
            assert_memory_equal(asked[i].item.value, q->expected, strlen(q->expected));
        }
        assert_int_equal(asked[i].item.number, q->number);
    }
    assert_int_equal(conn.state, CONN_UP);
    assert_int_equal(conn.n_answered, N_OF(questions));
    assert_int_equal(conn_events(&conn, false), 0);
}

static const char *const dialects[] = {"text", "meta", "binary"};

/* The first part ends at every byte of the replies once. */
static void
split_anywhere(void **state)
{
    (void)state;
    for (size_t d = 0; d < N_OF(dialects); d++) {
        for (size_t cut = 0, n = 1; cut < n; cut++) {
            struct fake_peer *f = begin_up(dialects[d]);
            struct asked asked[N_OF(questions)];
            ask_all(asked);
            say_all(f, env.config.dialect);
            n = f->n_reply;
            f->n_reply = cut;
            conn_step(&conn, POLLIN, NOW_NS);
            f->n_reply = n;
            step_all(f);
            check_all(asked);
            end();
        }
    }
}

static void
byte_by_byte(void **state)
{
    (void)state;
    for (size_t d = 0; d < N_OF(dialects); d++) {
        struct fake_peer *f = begin_up(dialects[d]);
        struct asked asked[N_OF(questions)];
        ask_all(asked);
        say_all(f, env.config.dialect);
        f->piece = 1;
        step_all(f);
        check_all(asked);
        end();
    }
}

/* A value that almost fills a chunk is received in its place, although at its end little room is left. */
static void
long_value(void **state)
{
    (void)state;
    enum { N_VALUE = 65000 };
    static char value[N_VALUE];
    struct fake_peer *f = begin_up("meta");
    struct asked asked;

    memset(value, 'v', sizeof value);
    assert_int_equal(ask(&asked, questions[0].ask, 2 * NOW_NS), LARDER_OK);
    conn_flush(&conn, NOW_NS);
    fake_says_text(f, "VA 65000 f0\r\n");
    fake_says(f, value, N_VALUE);
    fake_says_text(f, "\r\n");
    f->piece = 100;
    conn_step(&conn, POLLIN, NOW_NS);
    const char *place = conn.in.bytes;
    step_all(f);
    assert_int_equal(asked.answer.code, LARDER_OK);
    assert_int_equal(asked.item.n_value, N_VALUE);
    assert_memory_equal(asked.item.value, value, N_VALUE);
    assert_ptr_equal(conn.in.bytes, place);
    end();
}

/* What a blocked peer takes later is what it would have taken at once. */
static void
sent_in_parts(void **state)
{
    (void)state;
    struct asked asked[N_OF(questions)];
    static char whole[64 << 10];
    struct fake_peer *f = begin_up("meta");

    ask_all(asked);
    size_t n = f->n_sent;
    memcpy(whole, f->sent, n);
    conn_drop(&conn, LARDER_CLOSED, false, NOW_NS);
    end();

    f = begin_up("meta");
    f->n_takes = 0;
    ask_all(asked);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(f->n_sent, i);
        assert_int_equal(conn_events(&conn, false), POLLIN | POLLOUT);
        f->n_takes = 1;
        conn_step(&conn, POLLOUT, NOW_NS);
    }
    assert_int_equal(f->n_sent, n);
    assert_memory_equal(f->sent, whole, n);
    conn_step(&conn, POLLOUT, NOW_NS);
    assert_int_equal(conn_events(&conn, false), POLLIN);
    say_all(f, DIALECT_META);
    step_all(f);
    check_all(asked);
    end();
}

/* ---- many are out ------------------------------------------------------- */

enum { MANY = 100 };

/* The answers come in the order of the questions, however they are cut. */
static void
pipelined(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 40; piece++) {
        struct fake_peer *f = begin_up("meta");
        struct asked asked[MANY];
        const struct ask get = {.kind = ASK_GET, .flags = F('v')};
        for (int i = 0; i < MANY; i++)
            assert_int_equal(ask(&asked[i], get, 2 * NOW_NS), LARDER_OK);
        conn_flush(&conn, NOW_NS);
        f->piece = piece;
        for (int i = 0; i < MANY; i++) {
            char reply[32];
            snprintf(reply, sizeof reply, "VA 3\r\n%03d\r\n", i);
            fake_says_text(f, i % 3 == 0 ? "EN\r\n" : reply);
        }
        step_all(f);
        assert_int_equal(env.n_outstanding, 0);
        for (int i = 0; i < MANY; i++) {
            char value[16];
            snprintf(value, sizeof value, "%03d", i);
            assert_int_equal(asked[i].answer.code, i % 3 == 0 ? LARDER_MISS : LARDER_OK);
            if (i % 3 != 0)
                assert_memory_equal(asked[i].item.value, value, 3);
        }
        end();
    }
}

static unsigned n_again;

/* Asks again until it has asked often enough. */
static void
again_sink(const struct pending *p, int code, const struct reply *reply, bool last)
{
    struct ask get = {.kind = ASK_GET, .flags = F('v'), .key = BYTES("k")};

    (void)reply;
    assert_true(last);
    assert_int_equal(code, LARDER_MISS);
    if (n_again++ < MANY)
        assert_int_equal(conn_ask(&conn, &get, NULL, *p, NOW_NS), LARDER_OK);
}

/* A sink may ask: its question is sent before the step returns. */
static void
asks_while_it_hears(void **state)
{
    (void)state;
    struct fake_peer *f = begin_up("meta");
    struct ask get = {.kind = ASK_GET, .flags = F('v'), .key = BYTES("k")};
    struct pending p = {.sink = again_sink, .deadline_ns = 2 * NOW_NS};

    n_again = 0;
    assert_int_equal(conn_ask(&conn, &get, NULL, p, NOW_NS), LARDER_OK);
    conn_flush(&conn, NOW_NS);
    size_t n_each = f->n_sent;
    for (unsigned i = 1; i <= MANY + 1; i++) {
        assert_int_equal(f->n_sent, i * n_each);
        fake_says_text(f, "EN\r\n");
        conn_step(&conn, POLLIN, NOW_NS);
    }
    assert_int_equal(n_again, MANY + 1);
    assert_int_equal(env.n_outstanding, 0);
    end();
}

static void
use_no_connection(void)
{
    struct conn none = {0};
    conn_flush(&none, NOW_NS);
}

static void
magic(void **state)
{
    (void)state;
    unit_must_die(use_no_connection, "CONN_MAGIC");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_anywhere),
        cmocka_unit_test(byte_by_byte),
        cmocka_unit_test(long_value),
        cmocka_unit_test(sent_in_parts),
        cmocka_unit_test(pipelined),
        cmocka_unit_test(asks_while_it_hears),
        cmocka_unit_test(magic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
