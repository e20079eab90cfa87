/*
 * conn_run: requests in pieces of any size, more of them than a turn runs, malformed ones, and commands that wait,
 * for memory or for another thread.  The test puts commands of its own into the table of commands.
 */
#include "server/conn/conn_run.h"

#include "tests/unit/server/conn_playing.h"

#include "base/clock.h"

#define TWENTY   "0123456789abcdefghij"
#define KEY_LONG TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY

static void
test_pieces(void **state)
{
    static const struct exchange exchanges[] = {
        {"mn\r\n", "MN\r\n"},
        {"mn\nmn\nmn\n", "MN\r\nMN\r\nMN\r\n"},
        {"\r\n", "CLIENT_ERROR bad command line format\r\n"},
        {"nonsense\r\nmn\r\n", "ERROR\r\nMN\r\n"},
        {"get " KEY_LONG "\r\nmn\r\n", "CLIENT_ERROR bad command line format\r\nMN\r\n"},
        {"set " KEY_LONG " 0 0 2\r\nab\r\nmn\r\n", "CLIENT_ERROR bad command line format\r\nMN\r\n"},
        {"set a 0 0 2\r\nabcd\r\nmn\r\n",
            "CLIENT_ERROR bad data chunk\r\nCLIENT_ERROR bad command line format\r\nMN\r\n"},
        {"set a 0 0 2 noreply\r\nab\r\nget a\r\n", "VALUE a 0 2\r\nab\r\nEND\r\n"},
        {"mn\r\nquit\r\nmn\r\n", "MN\r\n"},
        {"version\r\n", "VERSION 1.6.45\r\n"},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

/* Many requests at once: more than a batch, more than -R allows in a turn, and more replies than a queue holds. */
static void
test_pipeline(void **state)
{
    enum { N = 40000 };
    (void)state;
    play_begin("-R 50");
    struct client *c = client_open(0), *other = client_open(1);
    for (int i = 0; i < N; i++)
        client_adds(c, "mn\r\n", 4);
    client_adds(other, "version\r\n", 9);
    play_on();
    client_expects(other, "VERSION 1.6.45\r\n");
    assert_int_equal(c->n_taken, N * 4);
    for (size_t i = 0; i < N; i++)
        assert_memory_equal(c->taken + 4 * i, "MN\r\n", 4);
    assert_int_equal(counter_read(&play.counters[WORKER_N_REQUESTS]), N + 1);
    assert_true(counter_read(&play.counters[WORKER_N_CONN_YIELDS]) >= N / 50 - N * 4 / (64 << 10) - 1);
    play_end();
}

/* A line that does not end: the connection is closed, as memcached does, without a reply. */
static void
test_long_line(void **state)
{
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    for (int i = 0; i < 5000 && client_is_open(c); i++)
        client_says(c, "too long ");
    assert_false(client_is_open(c));
    client_expects(c, "");
    play_end();
}

/* ---- errors of the stream ---------------------------------------------------- */

static void
test_hangs_up(void **state)
{
    static const char requests[] = "set a 0 0 5\r\nhello\r\nget a b c\r\n";
    static const int ends[] = {0, -ECONNRESET, -EPIPE, -ETIMEDOUT, -ENOMEM};
    (void)state;
    play_begin("");
    for (size_t e = 0; e < N_OF(ends); e++) {
        for (size_t i = 0; i < sizeof requests; i++) {
            struct client *c = client_open(0);
            client_adds(c, requests, i);
            c->end = ends[e];
            play_on();
            assert_false(client_is_open(c));
        }
    }
    assert_int_equal(atomic_load(&play.server.n_conns_closed), N_OF(ends) * sizeof requests);
    play_end();
}

/* ---- commands that wait ------------------------------------------------------ */

static int n_short; /* how often the command will find no memory */
static uint64_t n_asked;

static void
cmd_short(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    if (n_short > 0) {
        n_short--;
        if (n_asked != 0) /* the mover was asked for room: such requests have a queue of their own */
            store_thread_retry(ctx->thread, (struct store_ask){.number = n_asked});
        cmd_wait_for_memory(ctx);
    } else {
        rights_tables.of[RIGHTS_ALL][req->kind](ctx, req, rsp);
    }
}

static void
begin_short(cmd_fn *fn, enum cmd_kind kind)
{
    play_begin("");
    play.tables.of[RIGHTS_ALL][kind] = fn;
}

/* The command is run again, once and in its order, when memory was freed; until then other clients are served. */
static void
test_waits_for_memory(void **state)
{
    (void)state;
    for (int i = 1; i < 7; i++) {
        begin_short(cmd_short, CMD_SET);
        n_asked = i < 4 ? 0 : 7;
        struct client *c = client_open(0), *other = client_open(1);
        n_short = i % 4 + 1;
        client_asks(c, "mn\r\nset a 0 0 2\r\nab\r\nget a\r\n", "MN\r\n");
        assert_true(client_conn(c)->parked);
        client_says(c, "mn\r\n"); /* is not read */
        client_expects(c, "");
        client_asks(other, "get a\r\n", "END\r\n");
        for (int j = 1; j < i % 4 + 1; j++) {
            play_freed(NULL);
            play_on();
            client_expects(c, "");
        }
        play_freed(NULL);
        play_on();
        client_expects(c, "STORED\r\nVALUE a 0 2\r\nab\r\nEND\r\nMN\r\n");
        assert_int_equal(counter_read(&play.counters[WORKER_N_MEMORY_WAITS]), i % 4 + 1);
        n_asked = 0;
        play_end();
    }
}

/* Connections that wait run in the order in which they began to wait, and one may be closed while it waits. */
static void
test_many_wait_for_memory(void **state)
{
    (void)state;
    begin_short(cmd_short, CMD_SET);
    n_short = 3;
    for (int i = 0; i < 3; i++)
        client_says(client_open(i), i == 0   ? "set a 0 0 1\r\n0\r\n"
                                    : i == 1 ? "set a 0 0 1\r\n1\r\n"
                                             : "set a 0 0 1\r\n2\r\n");
    clock_shift(10);
    conn_set_kick_idle(&play.set, 1); /* they are not idle */
    assert_true(client_is_open(&play.clients[1]));
    play_freed(NULL);
    play_on();
    for (int i = 0; i < 3; i++)
        client_expects(&play.clients[i], "STORED\r\n");
    client_asks(client_open(3), "get a\r\n", "VALUE a 0 1\r\n2\r\nEND\r\n");
    n_short = 1;
    client_says(&play.clients[0], "set a 0 0 1\r\n0\r\n");
    play_end(); /* it still waits */
}

/* A command that writes three lines, one a turn, and then waits for a note. */
static struct {
    struct cmd_job job;
    int n_steps, n_freed;
    bool ready;
} job;

static enum cmd_step
step_job(struct cmd_ctx *ctx, struct cmd_job *j)
{
    assert_ptr_equal(j, &job.job);
    if (job.n_steps == 3 && !job.ready)
        return CMD_STEP_WAITS;
    char *end = outq_end(ctx->out);
    memcpy(end, "STEP\r\n", 6);
    outq_wrote(ctx->out, end + 6);
    return job.n_steps++ == 3 ? CMD_STEP_DONE : CMD_STEP_MORE;
}

static void
free_job(struct cmd_job *j)
{
    assert_ptr_equal(j, &job.job);
    job.n_freed++;
}

static void
cmd_job_begin(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    static const struct cmd_job_ops ops = {step_job, free_job};
    (void)req;
    job.job.ops = &ops;
    job.n_steps = job.n_freed = 0;
    job.ready = false;
    ctx->job = &job.job;
    ctx->goes_on = true;
    rsp->kind = RSP_SILENT;
}

static void
test_job(void **state)
{
    (void)state;
    for (size_t bite = 1; bite < 9; bite++) {
        begin_short(cmd_job_begin, CMD_VERSION);
        struct client *c = client_open(0);
        c->bite = bite;
        client_asks(c, "mn\r\nversion\r\nmn\r\n", "MN\r\nSTEP\r\nSTEP\r\nSTEP\r\n");
        assert_true(client_conn(c)->parked);
        assert_false(conn_set_close_resting(&play.set)); /* it is not at rest */
        job.ready = true;
        inbox_post(&play.inbox, &client_conn(c)->peer.wake);
        play_on();
        client_expects(c, "STEP\r\nMN\r\n");
        assert_int_equal(job.n_freed, 1);
        assert_true(conn_set_close_resting(&play.set));
        assert_false(client_is_open(c));
        play_end();
    }
}

/* The connection is closed in the middle of a job. */
static void
test_job_dropped(void **state)
{
    (void)state;
    for (size_t takes = 0; takes < 4; takes++) {
        begin_short(cmd_job_begin, CMD_VERSION);
        struct client *c = client_open(0);
        c->takes = takes * 6;
        client_says(c, "version\r\n");
        assert_int_equal(job.n_freed, 0);
        c->refuses = -EPIPE;
        play_on();
        assert_int_equal(client_is_open(c), takes == 3); /* it waits for no event */
        play_end();
        assert_int_equal(job.n_freed, 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_pipeline),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_hangs_up),
        cmocka_unit_test(test_waits_for_memory),
        cmocka_unit_test(test_many_wait_for_memory),
        cmocka_unit_test(test_job),
        cmocka_unit_test(test_job_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
