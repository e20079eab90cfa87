/* cmd_watch: a connection becomes a watcher of the watch thread, or is refused and stays a client. */
#include "tests/unit/server/conn_playing.h"

static void
test_refused(void **state)
{
    static const struct exchange exchanges[] = {
        {"watch fetchersx\r\n", "ERROR\r\n"},
        {"watch mutations noreply\r\n", "ERROR\r\n"},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
    play_begin("");
    struct client *c = client_open(0);
    client_asks(
        c, "mn\r\nwatch\r\nmn\r\n", "MN\r\nERROR cannot pipeline other commands before watch\r\nMN\r\n");
    play_end();
    play_begin("-W");
    client_asks(client_open(0), "watch\r\n", "CLIENT_ERROR watch commands not allowed\r\n");
    play_end();
}

/* The worker frees the connection and discards the bytes after the command; watch_stop closes the stream. */
static void
test_becomes_watcher(void **state)
{
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    client_says(c, "watch connevents mutations\r\nget a\r\n");
    assert_true(TAILQ_EMPTY(&play.set.all));
    assert_int_equal(atomic_load(&play.server.n_conns_closed), 0);
    play_stop_watch();
    assert_null(c->stream);
    client_expects(c, "OK\r\n");
    client_asks(client_open(1), "watch\r\n", "WATCHER_FAILED failed to add log watcher\r\n");
    play_end();
}

/* The twenty-first watcher is refused, and stays a client. */
static void
test_too_many(void **state)
{
    struct watcher *watcher[WATCHERS_MAX];
    (void)state;
    play_begin("");
    for (int i = 0; i < WATCHERS_MAX; i++)
        assert_int_equal(watch_reserve(play.server.watch, WATCH_FETCHERS, &watcher[i]), WATCH_OK);
    struct client *c = client_open(0);
    client_asks(c, "watch\r\n", "WATCHER_TOO_MANY log watcher limit reached\r\n");
    client_asks(c, "mn\r\n", "MN\r\n");
    for (int i = 0; i < WATCHERS_MAX; i++)
        watcher_free(&watcher[i]);
    play_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_becomes_watcher),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
