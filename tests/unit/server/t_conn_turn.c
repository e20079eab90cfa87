/* conn_turn: replies that the client reads slowly or never, and the memory that they hold until then. */
#include "server/conn/conn_turn.h"

#include "tests/unit/server/conn_playing.h"

enum { LARGE = 300000 };

static char large[LARGE];

/* Stores the large value under `key`, with `first` as its first byte. */
static void
store_large(struct client *c, const char *key, char first)
{
    char line[64];
    size_t n = (size_t)snprintf(line, sizeof line, "set %s 0 0 %d\r\n", key, LARGE);
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (char)('a' + i * 7 % 25);
    large[0] = first;
    client_adds(c, line, n);
    client_adds(c, large, LARGE);
    client_adds(c, "\r\n", 2);
    play_on();
    client_expects(c, "STORED\r\n");
}

static void
expect_large(struct client *c, const char *key, char first)
{
    char line[64];
    size_t n = (size_t)snprintf(line, sizeof line, "VALUE %s 0 %d\r\n", key, LARGE);
    large[0] = first;
    assert_int_equal(c->n_taken, n + LARGE + 7);
    assert_memory_equal(c->taken, line, n);
    assert_memory_equal(c->taken + n, large, LARGE);
    assert_memory_equal(c->taken + n + LARGE, "\r\nEND\r\n", 7);
    c->n_taken = 0;
}

/* A large value is sent from its place in the store, in spans. */
static void
test_large_value(void **state)
{
    static const size_t bites[] = {SIZE_MAX, 100000, 4096, 997, 61};
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    store_large(c, "a", 'A');
    for (size_t i = 0; i < N_OF(bites); i++) {
        c->bite = bites[i];
        client_says(c, "get a\r\n");
        expect_large(c, "a", 'A');
    }
    play_end();
}

/* A value that is deleted, replaced or flushed during its send is sent unchanged; then its memory is freed. */
static void
test_changed_while_sent(void **state)
{
    static const char *const changes[] = {
        "delete a\r\n", "flush_all\r\n", "touch a -1\r\n", "set a 0 0 1\r\nx\r\n", "append a 0 0 1\r\nx\r\n"};
    (void)state;
    for (size_t i = 0; i < N_OF(changes); i++) {
        play_begin("");
        struct client *slow = client_open(0), *c = client_open(1);
        store_large(c, "a", 'A');
        slow->takes = 1000;
        client_says(slow, "get a\r\n");
        assert_int_equal(conn_state(client_conn(slow)), CONN_MWRITE);
        client_says(c, changes[i]);
        c->n_taken = 0;
        store_large(c, "b", 'B');
        slow->takes = SIZE_MAX;
        play_on();
        expect_large(slow, "a", 'A');
        client_asks(slow, "get none\r\n", "END\r\n");
        play_end();
    }
}

/* The connection breaks during the send of a value: no item stays held (play_end checks the store). */
static void
test_gone_while_sent(void **state)
{
    static const int errors[] = {-EPIPE, -ECONNRESET, -ETIMEDOUT};
    (void)state;
    for (size_t i = 0; i < N_OF(errors); i++) {
        for (size_t takes = 0; takes <= 2000; takes += 500) {
            play_begin("");
            struct client *c = client_open(0), *other = client_open(1);
            store_large(other, "a", 'A');
            c->takes = takes;
            client_says(c, "get a\r\n");
            client_asks(other, "delete a\r\n", "DELETED\r\n");
            c->refuses = errors[i];
            play_on();
            assert_false(client_is_open(c));
            client_asks(other, "get a\r\n", "END\r\n");
            play_end();
        }
    }
}

/* If the kernel has no memory for a send, the connection stays open and sends again. */
static void
test_kernel_short_of_memory(void **state)
{
    static const int errors[] = {-EAGAIN, -ENOMEM, -ENOBUFS};
    (void)state;
    play_begin("");
    for (size_t i = 0; i < N_OF(errors); i++) {
        struct client *c = client_open(0);
        c->refuses = errors[i];
        client_asks(c, "mn\r\nversion\r\n", "");
        assert_true(client_is_open(c));
        assert_int_equal(conn_state(client_conn(c)), CONN_MWRITE);
        c->refuses = 0;
        play_on();
        client_expects(c, "MN\r\nVERSION 1.6.45\r\n");
        client_hangs_up(c);
    }
    play_end();
}

/* The worker does not read from a client that does not read its replies; it answers when the client reads again. */
static void
test_does_not_read(void **state)
{
    enum { ASKS = 200, VALUE = 7000 };
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    client_adds(c, "set a 0 0 7000\r\n", 16);
    memset(large, 'v', VALUE);
    client_adds(c, large, VALUE);
    client_says(c, "\r\n");
    client_expects(c, "STORED\r\n");
    c->takes = 0;
    for (int i = 0; i < ASKS; i++)
        client_adds(c, "get a\r\n", 7);
    play_on();
    size_t at = c->at;
    client_says(c, "mn\r\n");
    assert_int_equal(c->at, at);
    uint64_t held = counter_read(&play.set.memory.lent) - play.set.memory.fixed;
    assert_in_range(held, 1, 2 * OUTQ_BYTES + (64 << 10)); /* the replies of one turn, of 1.4 MB in all */
    c->takes = SIZE_MAX;
    play_on();
    assert_int_equal(c->n_taken, ASKS * (16 + VALUE + 7) + 4);
    assert_memory_equal(c->taken + c->n_taken - 4, "MN\r\n", 4);
    assert_int_equal(counter_read(&play.set.memory.lent), play.set.memory.fixed);
    play_end();
}

/* The connection of a quit closes after the earlier replies are sent. */
static void
test_quit_waits_for_replies(void **state)
{
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    c->takes = 3;
    client_asks(c, "mn\r\nmn\r\nquit\r\nmn\r\n", "MN\r");
    assert_true(client_is_open(c));
    c->takes = SIZE_MAX;
    play_on();
    assert_false(client_is_open(c));
    client_expects(c, "\nMN\r\n");
    play_end();
}

/* Near the bound of all connections' memory, a client that reads its replies is served, a little at a time. */
static void
test_squeezed(void **state)
{
    enum { ASKS = 50 };
    (void)state;
    play_begin("-o conn_memory=64k");
    struct client *hoarder = client_open(0), *c = client_open(1);
    store_large(c, "a", 'A');
    client_asks(c, "set s 0 0 5\r\nsmall\r\n", "STORED\r\n");
    hoarder->takes = 0;
    for (int i = 0; i < 9000; i++)
        client_adds(hoarder, "get s\r\n", 7);
    play_on();
    assert_true(conn_memory_of_set(&play.set) > 32 << 10);
    for (int i = 0; i < ASKS; i++)
        client_asks(c, "get s\r\n", "VALUE s 0 5\r\nsmall\r\nEND\r\n");
    assert_true(client_conn(c)->tight);
    uint64_t full = UINT64_MAX - 1,
             was; /* the kernel has replies that it has not sent: the descriptor is not writable */
    assert_int_equal(write(c->fd, &full, sizeof full), sizeof full);
    c->readable = true;
    client_asks(c, "mn\r\n", "");
    assert_int_equal(counter_read(&play.counters[WORKER_N_SQUEEZES]), 1);
    assert_int_equal(read(c->fd, &was, sizeof was), sizeof was);
    c->readable = false;
    play_on();
    client_expects(c, "MN\r\n");
    client_says(c, "get a\r\n");
    expect_large(c, "a", 'A');
    hoarder->takes = SIZE_MAX;
    play_on();
    assert_int_equal(hoarder->n_taken, 9000 * 25);
    assert_int_equal(conn_memory_of_set(&play.set), 0);
    client_asks(c, "mn\r\n", "MN\r\n");
    assert_false(client_conn(c)->tight);
    play_end();
}

static void
count(void *arg, const struct conn_info *info)
{
    unsigned *n = arg;
    n[strcmp(info->state, "conn_read") == 0 ? 0 : strcmp(info->state, "conn_mwrite") == 0 ? 1 : 2]++;
}

/* Idle connections are closed, also those with half a request or with unread replies. */
static void
test_idle(void **state)
{
    unsigned n[3] = {0};
    (void)state;
    play_begin("");
    struct client *idle = client_open(0), *slow = client_open(1), *half = client_open(2);
    slow->takes = 0;
    client_says(slow, "mn\r\n");
    client_says(half, "get a");
    conn_set_each(&play.set, count, n);
    assert_true(n[0] == 2 && n[1] == 1 && n[2] == 0);
    clock_shift(10);
    conn_set_kick_idle(&play.set, 10);
    client_asks(half, " b\r\n", "END\r\n");
    clock_shift(1);
    conn_set_kick_idle(&play.set, 10);
    assert_false(client_is_open(idle));
    assert_false(client_is_open(slow));
    assert_true(client_is_open(half));
    assert_int_equal(counter_read(&play.counters[WORKER_N_IDLE_KICKS]), 2);
    play_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_large_value),
        cmocka_unit_test(test_changed_while_sent),
        cmocka_unit_test(test_gone_while_sent),
        cmocka_unit_test(test_kernel_short_of_memory),
        cmocka_unit_test(test_does_not_read),
        cmocka_unit_test(test_quit_waits_for_replies),
        cmocka_unit_test(test_squeezed),
        cmocka_unit_test(test_idle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
