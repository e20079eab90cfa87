/*
 * outq: queued bytes are sent in order, however many the socket accepts at a time, and no value stays held.
 */
#include "server/net/outq.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { N_VALUE = 200000 };

struct fixture {
    struct store *store;
    struct store_thread *thread;
    struct buffer_pool pool;
    struct outq out;
    struct stream ours;
    int theirs;
    struct outq_sent sent;
};

static counter lent;

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct store_options options = store_defaults();
    char why[256];
    int pair[2];
    options.background = false;
    f->store = store_new(&options, why, sizeof why);
    assert_non_null(f->store);
    f->thread = store_thread_new(f->store);
    assert_non_null(f->thread);
    buffer_pool_init(&f->pool, &lent);
    assert_true(outq_init(&f->out));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    f->ours = stream_tcp(pair[0]);
    f->theirs = pair[1];
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;
    char why[256];
    outq_fini(&f->out);
    buffer_pool_fini(&f->pool);
    assert_true(store_check(f->store, why, sizeof why));
    store_thread_free(&f->thread);
    store_free(&f->store);
    stream_close(&f->ours);
    if (f->theirs >= 0)
        close(f->theirs);
    free(f);
    return 0;
}

static char
byte_of_value(size_t i)
{
    return (char)('a' + i * 31 % 23);
}

/* Stores a large value and holds it in the queue. */
static void
pin_value(struct fixture *f)
{
    static char value[N_VALUE];
    const struct store_key key = store_key(BYTES("k"));
    const struct store_spec spec = {.n_value = N_VALUE};
    const struct store_put put = {.mode = STORE_SET};
    struct store_slot slot;
    struct store_stored stored;
    struct store_view view;
    for (size_t i = 0; i < N_VALUE; i++)
        value[i] = byte_of_value(i);
    store_enter(f->thread);
    assert_int_equal(store_reserve(f->thread, &key, &spec, &slot), STORE_OK);
    store_slot_fill(f->thread, &slot, 0, value, N_VALUE);
    assert_int_equal(store_commit(f->thread, &key, &slot, &put, &stored), STORE_OK);
    assert_int_equal(store_get(f->thread, &key, &view), STORE_OK);
    outq_hold(&f->out, f->thread, &view);
    assert_int_equal(store_remove(f->thread, &key, false, 0), STORE_OK); /* only the queue holds it now */
    store_leave(f->thread);
}

static void
add(struct outq *q, const char *text)
{
    assert_false(outq_full(q));
    size_t n = strlen(text);
    memcpy(outq_end(q), text, n);
    outq_wrote(q, outq_end(q) + n);
}

/* Reads until nothing is left; returns the number of bytes. */
static size_t
receive(struct fixture *f, char *buf, size_t room)
{
    size_t n = 0;
    ssize_t part;
    while (n < room && (part = recv(f->theirs, buf + n, room - n, 0)) > 0)
        n += (size_t)part;
    return n;
}

static void
test_bytes(void **state)
{
    struct fixture *f = *state;
    char buf[64];
    assert_true(outq_empty(&f->out));
    assert_int_equal(outq_send(&f->out, &f->ours, f->thread, &f->sent), OUTQ_SENT);
    assert_int_equal(f->sent.calls, 0);
    add(&f->out, "STORED\r\n");
    add(&f->out, "END\r\n");
    assert_int_equal(outq_send(&f->out, &f->ours, f->thread, &f->sent), OUTQ_SENT);
    assert_int_equal(f->sent.calls, 1);
    assert_int_equal(f->sent.bytes, 13);
    assert_true(outq_empty(&f->out));
    assert_int_equal(receive(f, buf, sizeof buf), 13);
    assert_memory_equal(buf, "STORED\r\nEND\r\n", 13);
}

/* Sends the rest of `q` through a socket that accepts little at a time, and checks all bytes that arrive. */
static void
must_deliver(struct fixture *f, struct outq *q, const char *before, const char *after)
{
    enum outq_result result = OUTQ_BLOCKED;
    size_t n_before = strlen(before), n_after = strlen(after), n = 0;
    size_t n_all = n_before + N_VALUE + n_after;
    char *buf = malloc(n_all + 1);
    n += receive(f, buf, n_all + 1);
    for (int i = 0; result == OUTQ_BLOCKED && i < 100000; i++) {
        result = outq_send(q, &f->ours, f->thread, &f->sent);
        n += receive(f, buf + n, n_all + 1 - n);
    }
    assert_int_equal(result, OUTQ_SENT);
    assert_int_equal(n, n_all);
    assert_int_equal(f->sent.bytes, n_all);
    assert_memory_equal(buf, before, n_before);
    for (size_t i = 0; i < N_VALUE; i++)
        assert_int_equal(buf[n_before + i], byte_of_value(i));
    assert_memory_equal(buf + n_before + N_VALUE, after, n_after);
    free(buf);
}

static void
make_socket_small(struct fixture *f)
{
    int small = 4096;
    setsockopt(f->ours.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
}

/* Queues the reply of a get, with a held value. */
static void
add_reply(struct fixture *f)
{
    add(&f->out, "VALUE k 0 200000\r\n");
    pin_value(f);
    add(&f->out, "\r\nEND\r\n");
}

static void
test_pinned(void **state)
{
    struct fixture *f = *state;
    make_socket_small(f);
    add_reply(f);
    assert_int_equal(outq_send(&f->out, &f->ours, f->thread, &f->sent), OUTQ_BLOCKED);
    must_deliver(f, &f->out, "VALUE k 0 200000\r\n", "\r\nEND\r\n");
}

static void
test_saved(void **state)
{
    struct fixture *f = *state;
    make_socket_small(f);
    add_reply(f);
    assert_int_equal(outq_send(&f->out, &f->ours, f->thread, &f->sent), OUTQ_BLOCKED);
    struct outq *saved = outq_save(&f->out, &f->pool);
    assert_non_null(saved);
    assert_true(outq_empty(&f->out));
    add(&f->out, "not of this connection"); /* overwrites the memory that the saved queue was copied from */
    must_deliver(f, saved, "VALUE k 0 200000\r\n", "\r\nEND\r\n");
    outq_free(&saved, &f->pool);
    assert_null(saved);
    outq_drop(&f->out, f->thread);
    assert_true(outq_empty(&f->out));
}

/* Bytes only: the socket accepts a part, and the rest is saved from there. */
static void
test_short_send(void **state)
{
    struct fixture *f = *state;
    static char sent[OUTQ_BYTES], got[OUTQ_BYTES];
    size_t n = 0, n_got = 0;
    make_socket_small(f);
    while (!outq_full(&f->out)) {
        char line[32];
        snprintf(line, sizeof line, "line %zu\r\n", n);
        memcpy(sent + n, line, strlen(line));
        n += strlen(line);
        add(&f->out, line);
    }
    assert_int_equal(outq_send(&f->out, &f->ours, f->thread, &f->sent), OUTQ_BLOCKED);
    struct outq *saved = outq_save(&f->out, &f->pool);
    enum outq_result result = OUTQ_BLOCKED;
    n_got += receive(f, got, sizeof got);
    for (int i = 0; result == OUTQ_BLOCKED && i < 100000; i++) {
        result = outq_send(saved, &f->ours, f->thread, &f->sent);
        n_got += receive(f, got + n_got, sizeof got - n_got);
    }
    assert_int_equal(result, OUTQ_SENT);
    assert_int_equal(n_got, n);
    assert_memory_equal(got, sent, n);
    outq_free(&saved, &f->pool);
}

static void
test_borrowed_bytes(void **state)
{
    struct fixture *f = *state;
    char text[] = "STAT pid 1\r\nEND\r\n", buf[64];
    add(&f->out, "OK\r\n");
    outq_borrow(&f->out, bytes_of(text, strlen(text)));
    assert_true(outq_full(&f->out));
    struct outq *saved = outq_save(&f->out, &f->pool);
    memset(text, 'x', sizeof text);
    assert_false(outq_full(&f->out));
    assert_int_equal(outq_send(saved, &f->ours, f->thread, &f->sent), OUTQ_SENT);
    outq_free(&saved, &f->pool);
    assert_int_equal(receive(f, buf, sizeof buf), 21);
    assert_memory_equal(buf, "OK\r\nSTAT pid 1\r\nEND\r\n", 21);
}

/* The values that one turn of a connection may hold are limited. */
static void
test_limit_of_held_values(void **state)
{
    struct fixture *f = *state;
    int n = 0;
    for (; !outq_full(&f->out); n++) {
        add(&f->out, "VALUE k 0 200000\r\n");
        pin_value(f);
    }
    assert_true(n * N_VALUE >= OUTQ_HELD_MAX || n >= OUTQ_RUNS_MAX / 2 - 2);
    assert_true(n * N_VALUE < OUTQ_HELD_MAX + 2 * N_VALUE);
    outq_drop(&f->out, f->thread);
    assert_false(outq_full(&f->out));
}

static void
test_broken_socket(void **state)
{
    struct fixture *f = *state;
    close(f->theirs);
    f->theirs = -1;
    add_reply(f);
    assert_int_equal(outq_send(&f->out, &f->ours, f->thread, &f->sent), OUTQ_BROKEN);
    outq_drop(&f->out, f->thread);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pinned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_saved, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_short_send, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_borrowed_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limit_of_held_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_broken_socket, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
