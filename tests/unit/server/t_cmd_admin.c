/* cmd_admin: flush_all, verbosity, shutdown and refresh_certs, with and without the option or role that allows them. */
#include "tests/unit/server/conn_playing.h"

#include "base/clock.h"
#include "base/log.h"

static void
test_pieces(void **state)
{
    static const struct exchange exchanges[] = {
        {"verbosity 0\r\nverbosity x\r\nverbosity\r\nverbosity 0 noreply\r\nmn\r\n",
            "OK\r\nCLIENT_ERROR bad command line format\r\nCLIENT_ERROR bad command line format\r\nMN\r\n"},
        {"set a 0 0 1\r\nx\r\nflush_all\r\nget a\r\n", "STORED\r\nOK\r\nEND\r\n"},
        {"set a 0 0 1\r\nx\r\nflush_all noreply\r\nget a\r\n", "STORED\r\nEND\r\n"},
        {"set a 0 0 1\r\nx\r\nflush_all x\r\nmg a\r\n",
            "STORED\r\nCLIENT_ERROR invalid exptime argument\r\nHD\r\n"},
        {"shutdown\r\nshutdown noreply\r\nmn\r\n", "SERVER_ERROR: shutdown not enabled\r\nMN\r\n"},
        {"refresh_certs\r\n", "Error TLS not enabled\r\n"},
        {"debugitem lock a\r\n", "ERROR\r\n"},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

/* A flush in ten seconds removes the items of that time; a flush for a time before the start cancels it. */
static void
test_flush_later(void **state)
{
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    client_asks(c, "set a 0 0 1\r\nx\r\nflush_all 10\r\nmg a u\r\n", "STORED\r\nOK\r\nHD\r\n");
    clock_shift(8);
    store_tick(play.server.store);
    client_asks(c, "mg a u\r\n", "HD\r\n");
    clock_shift(3);
    store_tick(play.server.store);
    client_asks(c, "mg a u\r\nset a 0 0 1\r\nx\r\nmg a u\r\n", "EN\r\nSTORED\r\nHD\r\n");
    client_asks(c, "flush_all 10\r\nflush_all 1000000000\r\n", "OK\r\nOK\r\n");
    clock_shift(20);
    store_tick(play.server.store);
    client_asks(c, "mg a u\r\n", "HD\r\n");
    assert_int_equal(counter_read(&play.counters[WORKER_N_CMD_FLUSH]), 3);
    play_end();
}

static void
test_flush_refused(void **state)
{
    (void)state;
    play_begin("-F");
    struct client *c = client_open(0);
    client_asks(c, "set a 0 0 1\r\nx\r\nflush_all\r\nflush_all 1\r\nmg a\r\n",
        "STORED\r\nCLIENT_ERROR flush_all not allowed\r\nCLIENT_ERROR flush_all not allowed\r\nHD\r\n");
    assert_int_equal(counter_read(&play.counters[WORKER_N_CMD_FLUSH]), 2);
    play_end();
}

/* shutdown closes the connection without a reply, and asks the main loop to end. */
static void
test_shutdown(void **state)
{
    static const char *const words[] = {"shutdown\r\n", "shutdown graceful\r\n"};
    (void)state;
    for (int graceful = 0; graceful < 2; graceful++) {
        bool gracefully = false;
        play_begin("-A");
        int fd = eventfd(0, EFD_NONBLOCK);
        play.server.stop_fd = fd;
        struct client *c = client_open(0), *other = client_open(1);
        client_asks(c, "shutdown now\r\nshutdown graceful now\r\n",
            "CLIENT_ERROR invalid shutdown mode\r\nCLIENT_ERROR invalid shutdown mode\r\n");
        assert_false(server_asked_to_stop(fd, &gracefully));
        client_says(c, words[graceful]);
        assert_false(client_is_open(c));
        assert_true(server_asked_to_stop(fd, &gracefully));
        assert_int_equal(gracefully, graceful);
        client_asks(other, "mn\r\n", "MN\r\n");
        close(fd);
        play_end();
    }
}

static void
test_forbidden(void **state)
{
    static const char *const admins[] = {"flush_all\r\n", "verbosity 1\r\n", "shutdown\r\n",
        "refresh_certs\r\n", "cache_memlimit 64\r\n", "slabs automove 1\r\n", "lru mode flat\r\n",
        "lru_crawler enable\r\n", "lru_crawler metadump all\r\n", "watch\r\n", "debugtime 1\r\n"};
    static const enum rights roles[] = {RIGHTS_WRITE, RIGHTS_READ, RIGHTS_MONITOR};
    (void)state;
    play_begin("-A");
    for (size_t i = 0; i < N_OF(roles); i++) {
        struct client *c = client_open(0);
        client_becomes(c, roles[i]);
        play_each(c, admins, N_OF(admins), "CLIENT_ERROR permission denied\r\n");
        client_asks(c, "flush_all noreply\r\nmn\r\n", "MN\r\n");
        client_hangs_up(c);
    }
    play_end();
}

enum { FLUSH = 0x08, OP_VERSION = 0x0b, QUIT = 0x07 };

static void
test_packets(void **state)
{
    static const char eight[4] = {0, 0, 0, 8};
    struct bytes value;
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    c->piece = c->bite = 5;
    client_adds_packet(c, FLUSH, "", 0, "", "", 0);
    client_adds_packet(c, FLUSH, eight, 4, "", "", 0);
    client_adds_packet(c, OP_VERSION, "", 0, "", "", 0);
    client_adds_packet(c, QUIT, "", 0, "", "", 0);
    play_on();
    assert_int_equal(client_takes_packet(c, FLUSH, &value), 0);
    assert_int_equal(client_takes_packet(c, FLUSH, &value), 0);
    assert_int_equal(client_takes_packet(c, OP_VERSION, &value), 0);
    assert_true(bytes_equal(value, BYTES("1.6.45")));
    assert_int_equal(client_takes_packet(c, QUIT, &value), 0);
    assert_false(client_is_open(c));
    play_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_flush_later),
        cmocka_unit_test(test_flush_refused),
        cmocka_unit_test(test_shutdown),
        cmocka_unit_test(test_forbidden),
        cmocka_unit_test(test_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
