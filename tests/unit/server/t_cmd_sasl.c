/* cmd_sasl: PLAIN in one step or two, in pieces of any size; a hash is checked on the checker's thread. */
#include "tests/unit/server/login_playing.h"

enum {
    GET = 0x00,
    LIST = 0x20,
    AUTH = 0x21,
    STEP = 0x22,
    NO_KEY = 1,
    REFUSED = 0x20,
    CONTINUE = 0x21,
    UNKNOWN = 0x81
};

static struct bytes value;

/* A mechanism and a message, which may have bytes of 0. */
static void
adds_login(struct client *c, int opcode, const char *mechanism, struct bytes message)
{
    client_adds_packet(c, opcode, "", 0, mechanism, message.p, message.n);
}

static void
asks_login(struct client *c, int opcode, const char *mechanism, struct bytes message, int status)
{
    adds_login(c, opcode, mechanism, message);
    play_on();
    assert_int_equal(client_takes_packet(c, opcode, &value), status);
}

static void
asks_get(struct client *c, int status)
{
    client_adds_packet(c, GET, "", 0, "a", "", 0);
    play_on();
    assert_int_equal(client_takes_packet(c, GET, &value), status);
}

static void
test_plain(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 80; piece += 6) {
        login_begin("foo:bar\n", "-S");
        struct client *c = client_open(0);
        c->piece = c->bite = piece;
        client_adds_packet(c, LIST, "", 0, "", "", 0);
        play_on();
        assert_int_equal(client_takes_packet(c, LIST, &value), 0);
        assert_true(bytes_equal(value, BYTES("PLAIN")));
        asks_login(c, AUTH, "PLAIN", BYTES("\0foo\0bab"), REFUSED);
        asks_login(c, AUTH, "NONE", BYTES("\0foo\0bar"), REFUSED);
        asks_login(c, AUTH, "PLAIN", BYTES("foo"), REFUSED);
        asks_login(c, AUTH, "PLAIN", BYTES("me\0foo\0bar"), REFUSED);
        asks_login(c, STEP, "PLAIN", BYTES("\0foo\0bar"), REFUSED);
        asks_login(c, AUTH, "PLAIN", BYTES("\0foo\0bar"), 0);
        assert_true(bytes_equal(value, BYTES("Authenticated")));
        asks_get(c, NO_KEY);
        play_end();
    }
}

/* A login in two steps; a client that begins another login is logged out. */
static void
test_two_steps(void **state)
{
    (void)state;
    login_begin("foo:bar\n", "-S");
    struct client *c = client_open(0);
    asks_login(c, AUTH, "plain", BYTES(""), CONTINUE);
    asks_login(c, STEP, "PLAIN", BYTES("foo\0foo\0bar"), 0);
    asks_get(c, NO_KEY);
    asks_login(c, AUTH, "PLAIN", BYTES(""), CONTINUE);
    asks_get(c, REFUSED);
    assert_false(client_is_open(c));
    play_end();
}

/* Before a login only version is answered; any other command closes the connection. */
static void
test_before_login(void **state)
{
    (void)state;
    login_begin("foo:bar\n", "-S");
    struct client *c = client_open(0);
    client_adds_packet(c, 0x0b, "", 0, "", "", 0);
    client_adds_packet(c, GET, "", 0, "a", "", 0);
    client_adds_packet(c, GET, "", 0, "a", "", 0);
    play_on();
    assert_int_equal(client_takes_packet(c, 0x0b, &value), 0);
    assert_int_equal(client_takes_packet(c, GET, &value), REFUSED);
    assert_int_equal(c->n_taken, 0);
    assert_false(client_is_open(c));
    play_end();
}

/* If no client has to log in, the commands of SASL are unknown. */
static void
test_off(void **state)
{
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    client_adds_packet(c, LIST, "", 0, "", "", 0);
    play_on();
    assert_int_equal(client_takes_packet(c, LIST, &value), UNKNOWN);
    asks_login(c, AUTH, "PLAIN", BYTES("\0foo\0bar"), UNKNOWN);
    asks_login(c, STEP, "PLAIN", BYTES("\0foo\0bar"), UNKNOWN);
    asks_get(c, NO_KEY);
    play_end();
}

static void
test_failures(void **state)
{
    (void)state;
    login_begin("foo:bar\n", "-S");
    struct client *c = client_open(0);
    for (int i = 1; i <= LOGIN_FAILURES_MAX; i++) {
        assert_true(client_is_open(c));
        asks_login(c, AUTH, "PLAIN", BYTES("\0foo\0bab"), REFUSED);
    }
    assert_false(client_is_open(c));
    play_end();
}

static void
test_hashed(void **state)
{
    (void)state;
    login_begin(LOGIN_HASHES, "-S");
    struct client *c = client_open(0);
    login_hold_checker();
    adds_login(c, AUTH, "PLAIN", BYTES("\0foo\0secreT"));
    adds_login(c, AUTH, "PLAIN", BYTES("\0foo\0secret"));
    client_adds_packet(c, GET, "", 0, "a", "", 0);
    play_on();
    assert_int_equal(c->n_taken, 0);
    login_await(c, 3 * BINARY_HEAD);
    assert_int_equal(client_takes_packet(c, AUTH, &value), REFUSED);
    assert_int_equal(client_takes_packet(c, AUTH, &value), 0);
    assert_int_equal(client_takes_packet(c, GET, &value), NO_KEY);
    play_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_two_steps),
        cmocka_unit_test(test_before_login),
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_hashed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
