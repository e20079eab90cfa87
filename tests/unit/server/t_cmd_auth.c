/*
 * cmd_auth and cmd_login: the text protocol's login, the commands before it, and logins that the checker checks
 * while their connection is parked.
 */
#include "tests/unit/server/login_playing.h"

#define REFUSED "CLIENT_ERROR unauthenticated\r\n"
#define FAILED  "CLIENT_ERROR authentication failure\r\n"

static void
test_pieces(void **state)
{
    static const struct exchange exchanges[] = {
        {"get a\r\nset k 0 0 7\r\nfoo bar\r\nget a\r\n", REFUSED "STORED\r\nEND\r\n"},
        {"set k 0 0 7\r\nfoo bab\r\nset k 0 0 6\r\nfoobar\r\nget a\r\n",
            FAILED "CLIENT_ERROR bad authentication token format\r\n" REFUSED},
        {"mg a v\r\nincr a 1\r\nadd a 0 0 1\r\nx\r\nversion\r\nstats\r\nnonsense\r\n",
            REFUSED REFUSED REFUSED REFUSED REFUSED REFUSED},
        {"set k 0 0 7 noreply\r\nfoo bab\r\nflush_all noreply\r\n", FAILED REFUSED},
        {"set k 0 0 -1\r\nset k 0 0\r\n", REFUSED REFUSED},
        {"quit\r\nget a\r\n", ""},
        {"set k 0 0 3\r\nr r\r\nset a 0 0 1\r\nx\r\nget a\r\n",
            "STORED\r\nCLIENT_ERROR permission denied\r\nEND\r\n"},
    };
    (void)state;
    login_begin("foo:bar\nr role=read:r\n", "");
    for (size_t i = 0; i < N_OF(exchanges); i++)
        play_exchange(&exchanges[i]);
    play_end();
}

/*
 * A login that is too long is refused at its line, and the connection does not wait for its value.
 * The bytes of the value are lines, however many of them arrive with the login.
 */
static void
test_too_long(void **state)
{
    (void)state;
    for (size_t piece = 7; piece < 10000; piece *= 9) {
        login_begin("foo:bar\n", "");
        struct client *c = client_open(0);
        c->piece = piece;
        client_asks(c, "set k 0 0 100000\r\nget a\r\n", "CLIENT_ERROR auth token too long\r\n" REFUSED);
        play_end();
    }
    char login[4096] = "set k 0 0 2049\r\nget a\r\n";
    size_t n = strlen(login), n_value = 2049 - strlen("get a\r\n");
    snprintf(login + n, sizeof login - n, "%0*d\r\nget b\r\n", (int)n_value, 0);
    for (size_t piece = 7; piece < 10000; piece *= 9) {
        login_begin("foo:bar\n", "");
        struct client *c = client_open(0);
        c->piece = piece;
        client_asks(c, login, "CLIENT_ERROR auth token too long\r\n" REFUSED REFUSED REFUSED);
        assert_int_equal(counter_read(&play.counters[WORKER_N_REQUESTS]), 4);
        play_end();
    }
}

/* The eighth failure closes the connection; each connection counts its own failures. */
static void
test_failures(void **state)
{
    (void)state;
    login_begin("foo:bar\n", "");
    struct client *c = client_open(0), *other = client_open(1);
    for (int i = 1; i <= LOGIN_FAILURES_MAX; i++) {
        client_asks(c, "set k 0 0 7\r\nfoo bab\r\n", FAILED);
        assert_int_equal(client_is_open(c), i < LOGIN_FAILURES_MAX);
    }
    assert_int_equal(counter_read(&play.counters[WORKER_N_AUTH_ERRORS]), LOGIN_FAILURES_MAX);
    client_asks(other, "set k 0 0 7\r\nfoo bab\r\nset k 0 0 7\r\nfoo bar\r\n", FAILED "STORED\r\n");
    assert_int_equal(counter_read(&play.counters[WORKER_N_AUTH_CMDS]), LOGIN_FAILURES_MAX + 2);
    play_end();
}

/* No password stays in a buffer that it was read into. */
static void
test_wiped(void **state)
{
    (void)state;
    login_begin("foo:very-secret-word\n", "");
    struct client *c = client_open(0);
    client_says(c, "set k 0 0 20\r\nfoo very-sec");
    client_asks(c, "ret-word\r\n", "STORED\r\n");
    assert_null(memmem(play.set.input.p, play.set.input.size, "very-sec", 8));
    struct buffer kept; /* half of the login waited in this one */
    assert_true(buffer_take(&play.set.read_pool, &kept, 1));
    assert_null(memmem(kept.p, kept.size, "very-sec", 8));
    buffer_give(&play.set.read_pool, &kept);
    play_end();
}

/* ---- on the checker's thread -------------------------------------------------- */

/* The connection is parked, others are served, and the requests after the login run with its rights. */
static void
test_hashed(void **state)
{
    static const char login[] = "set k 0 0 4\r\nr pw\r\nset a 0 0 1\r\nx\r\nget a\r\n";
    (void)state;
    for (size_t cut = 1; cut < sizeof login; cut += 5) {
        login_begin(LOGIN_HASHES, "");
        struct client *c = client_open(0), *other = client_open(1);
        login_hold_checker();
        client_adds(c, login, cut);
        play_on();
        client_adds(c, login + cut, sizeof login - 1 - cut);
        play_on();
        client_asks(other, "get a\r\n", REFUSED);
        client_expects(c, "");
        assert_true(client_conn(c)->parked);
        login_expects(c, "STORED\r\nCLIENT_ERROR permission denied\r\nEND\r\n");
        assert_int_equal(auth_n_hashes(play.server.auth), 1);
        play_end();
    }
}

static void
test_hashed_refused(void **state)
{
    (void)state;
    login_begin(LOGIN_HASHES, "");
    struct client *c = client_open(0);
    login_hold_checker();
    client_says(c, "set k 0 0 9\r\nfoo secre\r\nget a\r\nset k 0 0 10\r\nfoo secret\r\nget a\r\n");
    client_expects(c, "");
    login_expects(c, FAILED REFUSED "STORED\r\nEND\r\n");
    play_end();
}

/* Connections close while their login waits, or while the checker computes: all its memory is freed. */
static void
test_gone_while_checked(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        login_begin(LOGIN_HASHES, "");
        for (int j = 0; j < CLIENTS; j++)
            client_says(client_open(j), "set k 0 0 10\r\nfoo secreT\r\n");
        play_end();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_wiped),
        cmocka_unit_test(test_hashed),
        cmocka_unit_test(test_hashed_refused),
        cmocka_unit_test(test_gone_while_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
