/* conn: replies that are wrong, peers that go away or are late, and logins. */
#include "tests/unit/client/conn_playing.h"

/* ---- what goes wrong ---------------------------------------------------- */

/* Three gets of text are out, and `reply` is what comes, then the peer's end: what each comes to. */
static void
assert_codes(const char *reply, enum fake_end peer_end, int first, int second, int third, size_t n_failures)
{
    for (size_t piece = 1; piece <= 64; piece += piece < 8 ? 1 : 56) {
        struct fake_peer *f = begin_up("text");
        struct asked asked[3];
        const struct ask get = {.kind = ASK_GET, .flags = F('v') | F('f')};
        const int codes[] = {first, second, third};
        set_option("value_max", "1000");
        conn.reader.value_max = 1000;
        for (int i = 0; i < 3; i++)
            assert_int_equal(ask(&asked[i], get, 2 * NOW_NS), LARDER_OK);
        conn_flush(&conn, NOW_NS);
        fake_says_text(f, reply);
        f->end = peer_end;
        f->piece = piece;
        for (int i = 0; i < 500 && conn.state == CONN_UP; i++)
            conn_step(&conn, POLLIN, NOW_NS);
        for (int i = 0; i < 3; i++) {
            if (asked[i].answer.code != codes[i])
                fail_msg("\"%s\": question %d comes to %d, not %d", reply, i, asked[i].answer.code, codes[i]);
        }
        assert_int_equal(env.n_failures, n_failures);
        assert_int_equal(f->n_closed, 1);
        end();
    }
}

#define HIT "VALUE k 0 2\r\nhi\r\nEND\r\n"

static void
broken_replies(void **state)
{
    (void)state;
    const int ok = LARDER_OK, closed = LARDER_CLOSED, protocol = LARDER_PROTOCOL;
    /* lost: before the first answer it counts against the server, afterwards it does not */
    assert_codes("", FAKE_CLOSED, closed, closed, closed, 1);
    assert_codes("", FAKE_RESET, closed, closed, closed, 1);
    assert_codes("VALUE k 0 2\r\nh", FAKE_CLOSED, closed, closed, closed, 1);
    assert_codes(HIT, FAKE_CLOSED, ok, closed, closed, 0);
    assert_codes(HIT "VALUE k 0 2\r\nhi\r\n", FAKE_RESET, ok, closed, closed, 0);
    /* no reply, or none to what was asked */
    assert_codes(HIT "VALUE k 0 2\r\nhiXX" HIT, FAKE_WAITS, ok, protocol, protocol, 1);
    assert_codes(HIT "STORED\r\n" HIT, FAKE_WAITS, ok, protocol, protocol, 1);
    assert_codes(
        HIT "VALUE k 0 2\r\nhi\r\nVALUE k 0 2\r\nhi\r\nEND\r\n", FAKE_WAITS, ok, protocol, protocol, 1);
    assert_codes("VALUE k 0 x\r\n", FAKE_WAITS, protocol, protocol, protocol, 1);
    /* an error ends its question alone; that it comes behind a value changes nothing */
    assert_codes("SERVER_ERROR out of memory\r\n" HIT, FAKE_CLOSED, LARDER_SERVER_MEMORY, ok, closed, 0);
    assert_codes("VALUE k 0 2\r\nhi\r\nSERVER_ERROR it broke\r\n" HIT, FAKE_CLOSED, LARDER_SERVER_ERROR, ok,
        closed, 0);
    /* the rest of a value that is too large is not read: the connection ends */
    assert_codes(HIT "VALUE k 0 1001\r\nx", FAKE_WAITS, ok, LARDER_TOO_LARGE, closed, 0);
}

/* The second answer has a number that no question has. */
static void
wrong_opaque(void **state)
{
    (void)state;
    struct fake_peer *f = begin_up("binary");
    struct asked asked[2];

    for (int i = 0; i < 2; i++)
        assert_int_equal(ask(&asked[i], questions[0].ask, 2 * NOW_NS), LARDER_OK);
    conn_flush(&conn, NOW_NS);
    say_packet(f, &questions[0], 0);
    say_packet(f, &questions[0], 2);
    conn_step(&conn, POLLIN, NOW_NS);
    assert_int_equal(asked[0].answer.code, LARDER_OK);
    assert_int_equal(asked[1].answer.code, LARDER_PROTOCOL);
    assert_int_equal(conn.state, CONN_DOWN);
    end();
}

/* At rest, a server that hangs up has done nothing wrong; one that speaks has. */
static void
at_rest(void **state)
{
    (void)state;
    struct fake_peer *f = begin_up("text");
    assert_int_equal(conn_events(&conn, false), 0);
    assert_int_equal(conn_events(&conn, true), POLLIN);
    assert_int_equal(conn_deadline_ns(&conn), UINT64_MAX);
    f->end = FAKE_CLOSED;
    conn_step(&conn, POLLIN, NOW_NS);
    assert_int_equal(conn.state, CONN_DOWN);
    assert_int_equal(env.n_failures, 0);
    end();

    f = begin_up("text");
    fake_says_text(f, "END\r\n");
    conn_step(&conn, POLLIN, NOW_NS);
    assert_int_equal(conn.state, CONN_DOWN);
    assert_non_null(strstr(env.why, "server:1: "));
    end();
}

/* A peer that takes nothing any more: what waits to be sent is answered. */
static void
send_fails(void **state)
{
    (void)state;
    struct fake_peer *f = begin_up("text");
    struct asked asked;

    f->n_takes = 0;
    f->end = FAKE_RESET;
    assert_int_equal(ask(&asked, questions[0].ask, 2 * NOW_NS), LARDER_OK);
    conn_flush(&conn, NOW_NS);
    assert_int_equal(asked.answer.code, LARDER_CLOSED);
    assert_int_equal(conn.state, CONN_DOWN);
    assert_int_equal(env.n_failures, 1);
    end();
}

/* ---- time --------------------------------------------------------------- */

/* The oldest question's time is the connection's; when it is over all are answered. */
static void
time_is_up(void **state)
{
    (void)state;
    struct fake_peer *f = begin_up("meta");
    struct asked asked[3];
    const struct ask get = {.kind = ASK_GET, .flags = F('v')};

    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(&asked[i], get, NOW_NS + 100 + (uint64_t)i * 100), LARDER_OK);
    conn_flush(&conn, NOW_NS);
    assert_int_equal(conn_deadline_ns(&conn), NOW_NS + 100);
    conn_step(&conn, 0, NOW_NS + 99);
    assert_int_equal(conn.state, CONN_UP);
    fake_says_text(f, "EN\r\n");
    conn_step(&conn, POLLIN, NOW_NS + 100); /* it is here, so it is in time */
    assert_int_equal(asked[0].answer.code, LARDER_MISS);
    assert_int_equal(conn_deadline_ns(&conn), NOW_NS + 200);
    conn_step(&conn, 0, NOW_NS + 200);
    assert_int_equal(asked[1].answer.code, LARDER_TIMEOUT);
    assert_int_equal(asked[2].answer.code, LARDER_TIMEOUT);
    assert_int_equal(conn.state, CONN_DOWN);
    assert_int_equal(env.n_failures, 1);
    end();
}

/* A request that is answered before all of it is sent: the rest has the time that the request had. */
static void
answered_early(void **state)
{
    (void)state;
    struct fake_peer *f = begin_up("meta");
    struct asked asked;

    f->n_takes = 4;
    assert_int_equal(ask(&asked, (struct ask){.kind = ASK_PUT, .n_value = 3}, NOW_NS + 100), LARDER_OK);
    conn_flush(&conn, NOW_NS);
    fake_says_text(f, "SERVER_ERROR object too large for cache\r\n");
    conn_step(&conn, POLLIN, NOW_NS);
    assert_int_equal(asked.answer.code, LARDER_TOO_LARGE);
    assert_int_equal(conn_events(&conn, false), POLLOUT);
    assert_int_equal(conn_deadline_ns(&conn), NOW_NS + 100);
    conn_step(&conn, 0, NOW_NS + 99);
    assert_int_equal(conn.state, CONN_UP);
    conn_step(&conn, 0, NOW_NS + 100);
    assert_int_equal(conn.state, CONN_DOWN);
    end();
}

/* ---- logging in --------------------------------------------------------- */

static struct fake_peer *
begin_login(const char *dialect)
{
    begin(dialect);
    set_option("username", "me");
    set_option("password", "secret");
    assert_int_equal(conn_open_on(&conn, fake_begin(0), NOW_NS), LARDER_OK);
    assert_int_equal(conn.state, CONN_LOGIN);
    assert_int_equal(conn_deadline_ns(&conn), conn.open_by_ns);
    return &fake_peers[0];
}

/* What is asked before the login is answered is sent afterwards, and has all its time then. */
static void
login(void **state)
{
    (void)state;
    const char hello[] = "set login 0 0 9\r\nme secret\r\n";
    struct asked asked;
    struct fake_peer *f = begin_login("meta");
    uint64_t later = NOW_NS + 5000000;

    assert_int_equal(ask(&asked, questions[0].ask, NOW_NS + 100), LARDER_OK);
    conn_flush(&conn, NOW_NS);
    assert_int_equal(f->n_sent, strlen(hello));
    assert_memory_equal(f->sent, hello, strlen(hello));
    assert_int_equal(conn_events(&conn, false), POLLIN);
    fake_says_text(f, "STORED\r\n");
    f->piece = 1;
    while (conn.state == CONN_LOGIN)
        conn_step(&conn, POLLIN, later);
    assert_int_equal(conn.state, CONN_UP);
    assert_true(f->n_sent > strlen(hello));
    assert_int_equal(conn_deadline_ns(&conn), later + 100);
    fake_says_text(f, questions[0].meta);
    step_all(f);
    assert_int_equal(asked.answer.code, LARDER_OK);
    end();
}

/* A change of the option while a connection opens moves no deadline of its requests. */
static void
login_with_another_timeout(void **state)
{
    (void)state;
    static const char *const timeouts_ms[] = {"1", "3600000"};

    for (size_t i = 0; i < N_OF(timeouts_ms); i++) {
        struct asked asked;
        struct fake_peer *f = begin_login("meta");
        uint64_t later = NOW_NS + 5000000;
        assert_int_equal(ask(&asked, questions[0].ask, NOW_NS + 100), LARDER_OK);
        set_option("connect_timeout_ms", timeouts_ms[i]);
        fake_says_text(f, "STORED\r\n");
        conn_step(&conn, POLLIN, later);
        assert_int_equal(conn.state, CONN_UP);
        assert_int_equal(conn_deadline_ns(&conn), later + 100);
        conn_drop(&conn, LARDER_CLOSED, false, later);
        end();
    }
}

/* The login's own bytes may have to wait, too. */
static void
login_in_parts(void **state)
{
    (void)state;
    begin("text");
    set_option("username", "me");
    struct stream stream = fake_begin(0);
    fake_peers[0].n_takes = 0;
    assert_int_equal(conn_open_on(&conn, stream, NOW_NS), LARDER_OK);
    while (conn_events(&conn, false) & POLLOUT) {
        fake_peers[0].n_takes = 1;
        conn_step(&conn, POLLOUT, NOW_NS);
    }
    assert_memory_equal(fake_peers[0].sent, "set login 0 0 3\r\nme \r\n", fake_peers[0].n_sent);
    fake_says_text(&fake_peers[0], "STORED\r\n");
    conn_step(&conn, POLLIN, NOW_NS);
    assert_int_equal(conn.state, CONN_UP);
    end();
}

/* `reply` and the peer's end, instead of a login; time passes if it is neither. */
static void
assert_no_login(const char *dialect, const char *reply, enum fake_end peer_end, int code)
{
    struct asked asked;
    struct fake_peer *f = begin_login(dialect);

    assert_int_equal(ask(&asked, questions[0].ask, NOW_NS + 100), LARDER_OK);
    fake_says_text(f, reply);
    f->end = peer_end;
    step_all(f);
    conn_step(&conn, POLLIN, conn.state == CONN_LOGIN && peer_end == FAKE_WAITS ? conn.open_by_ns : NOW_NS);
    assert_int_equal(asked.answer.code, code);
    assert_int_equal(conn.state, CONN_DOWN);
    assert_int_equal(env.n_failures, 1);
    assert_int_equal(f->n_closed, 1);
    assert_null(strstr(env.why, "secret"));
    end();
}

static void
login_fails(void **state)
{
    (void)state;
    assert_no_login("text", "CLIENT_ERROR authentication failure\r\n", FAKE_WAITS, LARDER_DENIED);
    assert_no_login("meta", "CLIENT_ERROR authentication failure\r\n", FAKE_WAITS, LARDER_DENIED);
    assert_no_login("meta", "HTTP/1.0 400\r\n", FAKE_WAITS, LARDER_DENIED);
    assert_no_login("meta", "VALUE k 0 x\r\n", FAKE_WAITS, LARDER_PROTOCOL);
    assert_no_login("meta", "STOR", FAKE_CLOSED, LARDER_CLOSED);
    assert_no_login("meta", "", FAKE_RESET, LARDER_CLOSED);
    assert_no_login("meta", "STOR", FAKE_WAITS, LARDER_TIMEOUT);
    assert_no_login("binary", "STORED\r\n", FAKE_WAITS, LARDER_PROTOCOL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_replies),
        cmocka_unit_test(wrong_opaque),
        cmocka_unit_test(at_rest),
        cmocka_unit_test(send_fails),
        cmocka_unit_test(time_is_up),
        cmocka_unit_test(answered_early),
        cmocka_unit_test(login),
        cmocka_unit_test(login_with_another_timeout),
        cmocka_unit_test(login_in_parts),
        cmocka_unit_test(login_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
