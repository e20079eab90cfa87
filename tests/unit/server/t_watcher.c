/* watcher: lines that fit, lines that do not, and the line that reports how many were skipped. */
#include "server/watch/watcher.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <sys/socket.h>

#include "server/watch/watch_format.h"

/* Makes a watcher and the other end of its socket, both non-blocking. */
static struct watcher *
watcher_on(int *other)
{
    int fd[2], small = 4096;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
    assert_int_equal(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    struct watcher *w = watcher_new(1, 0);
    assert_non_null(w);
    w->stream = stream_tcp(fd[0]);
    *other = fd[1];
    return w;
}

/* Reads all bytes that have arrived, at most `n`. */
static size_t
receive(int fd, char *p, size_t n)
{
    size_t had = 0;
    ssize_t got;
    while (had < n && (got = read(fd, p + had, n - had)) > 0)
        had += (size_t)got;
    return had;
}

static void
test_lines(void **state)
{
    (void)state;
    int other;
    char text[256];
    struct watcher *w = watcher_on(&other);
    assert_true(watcher_offer(w, "one\n", 4));
    assert_true(watcher_offer(w, "two\n", 4));
    assert_true(watcher_has_lines(w));
    assert_true(watcher_send(w));
    assert_false(watcher_has_lines(w));
    size_t n = receive(other, text, sizeof text);
    assert_int_equal(n, 12);
    assert_memory_equal(text, "OK\r\none\ntwo\n", 12);
    watcher_free(&w);
    assert_int_equal(read(other, text, 1), 0); /* closed */
    close(other);
}

/*
 * A watcher that does not read: every line either arrives, in order, or is counted in a line that reports
 * skipped ones.
 */
static void
test_skipped(void **state)
{
    (void)state;
    enum { LINES = 2000 };
    static char text[LINES * 128];
    int other;
    char line[64];
    size_t n = 0;
    struct watcher *w = watcher_on(&other);
    for (int i = 0; i < LINES; i++) {
        memset(line, 'x', sizeof line);
        int n_line = snprintf(line, sizeof line, "line=%d ", i);
        line[n_line] = 'x';
        line[sizeof line - 1] = '\n';
        (void)!watcher_offer(w, line, sizeof line);
        if (i % 500 == 499) { /* the client reads again */
            n += receive(other, text + n, sizeof text - n);
            assert_true(watcher_send(w));
        }
    }
    while (watcher_has_lines(w)) {
        assert_true(watcher_send(w));
        n += receive(other, text + n, sizeof text - n);
    }
    n += receive(other, text + n, sizeof text - n);
    text[n] = '\0';
    assert_memory_equal(text, "OK\r\n", 4);
    int expected = 0, skipped, number, markers = 0;
    for (char *p = strtok(text + 4, "\n"); p != NULL; p = strtok(NULL, "\n")) {
        if (sscanf(p, "skipped=%d", &skipped) == 1) {
            expected += skipped;
            markers++;
        } else {
            assert_int_equal(sscanf(p, "line=%d", &number), 1);
            assert_int_equal(number, expected++);
        }
    }
    assert_true(markers > 0);
    assert_int_equal(expected + (int)w->n_skipped, LINES);
    watcher_free(&w);
    close(other);
}

static void
test_ends(void **state)
{
    (void)state;
    int other;
    bool normally;
    struct watcher *w = watcher_on(&other);
    assert_true(watcher_listen(w, &normally)); /* no input is no error */
    assert_int_equal(write(other, "quit\r\n", 6), 6);
    assert_true(watcher_listen(w, &normally)); /* any input is ignored */
    close(other);
    assert_false(watcher_listen(w, &normally));
    assert_true(normally);
    assert_false(watcher_send(w)); /* the OK cannot be sent */
    watcher_free(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_skipped),
        cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
