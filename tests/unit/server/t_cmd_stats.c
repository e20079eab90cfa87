/* cmd_stats: a group that reads no other worker does not hold the lock that threads with freed memory take. */
#include "tests/unit/server/conn_playing.h"

#include <sched.h>

static struct {
    bool watches;
    unsigned n_calls, n_free; /* calls, and those that found the lock free */
} waits;

/* Replaces the C library's: the engine calls it while it waits for another thread, in the middle of a group. */
int
sched_yield(void)
{
    if (!waits.watches)
        return 0;
    waits.n_calls++;
    if (lock_try_take(&play.server.looking)) {
        waits.n_free++;
        lock_give(&play.server.looking);
    }
    return 0;
}

static void
test_lock_is_free(void **state)
{
    static const char *const groups[] = {"stats slabs\r\n", "stats pages\r\n", "stats json slabs\r\n"};
    static struct worker *workers[1]; /* the played one has no thread of its own */
    (void)state;
    play_begin("");
    play.server.workers = workers;
    struct store_thread *other = store_thread_new(play.server.store);
    struct client *c = client_open(0);
    client_asks(c, "set a 0 0 1\r\nx\r\n", "STORED\r\n");
    assert_non_null(other);
    store_enter(other);
    for (size_t i = 0; i < N_OF(groups); i++) {
        memset(&waits, 0, sizeof waits);
        waits.watches = true;
        client_says(c, groups[i]);
        waits.watches = false;
        assert_in_range(c->n_taken, 1, SAYS_MAX);
        assert_memory_equal(c->taken, "STAT ", 5);
        c->n_taken = 0;
        assert_true(waits.n_calls > 0);
        assert_int_equal(waits.n_free, waits.n_calls);
    }
    store_leave(other);
    store_thread_free(&other);
    play_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lock_is_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
