/*
 * cmd_top: top.  Shows what the servers do per second, from the differences of their statistics, until the user
 * presses q or interrupts it.
 *
 * On a terminal, keys change the view (top_view, top_screen); elsewhere, and with --json or --once, each round
 * is written as lines.  Rates need two rounds of statistics, so the first lines are written after the second.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "tools/cli/cli.h"
#include "tools/top/top_looks.h"
#include "tools/top/top_screen.h"

struct top {
    struct cli *cli;
    struct top_looks *looks;
    struct top_row *rows;
    size_t *order;
    size_t n;
    struct top_view view;
    uint64_t rounds;    /* rounds to show; 0: no end */
    sigset_t unblocked; /* the signal mask while it waits; the signals are blocked at other times */
};

static volatile sig_atomic_t interrupted, resized;

static void
on_signal(int number)
{
    if (number == SIGWINCH)
        resized = 1;
    else
        interrupted = 1;
}

static void
catch_signals(sigset_t *unblocked)
{
    static const int ours[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t held;
    sigemptyset(&held);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        sigaction(ours[i], &action, NULL);
        sigaddset(&held, ours[i]);
    }
    pthread_sigmask(SIG_BLOCK, &held, unblocked);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        sigdelset(unblocked, ours[i]);
}

static double
now_ms(void)
{
    return (double)clock_ns() / 1e6;
}

/*
 * Waits until a server has answered, a key is pressed (if `keys`), a signal arrives, or `until_ms`.
 * False: the keyboard is gone.
 */
static bool
wait_for_event(const struct top *t, double until_ms, bool servers, bool keys)
{
    struct pollfd from[] = {{.fd = servers ? top_looks_fd(t->looks) : -1, .events = POLLIN},
        {.fd = keys ? STDIN_FILENO : -1, .events = POLLIN}};
    double left_ms = until_ms - now_ms();
    left_ms = left_ms < 0 ? 0 : left_ms > 1e9 ? 1e9 : left_ms;
    struct timespec left = {(time_t)(left_ms / 1e3), 0};
    left.tv_nsec = (long)((left_ms - (double)left.tv_sec * 1e3) * 1e6);
    return ppoll(from, 2, &left, &t->unblocked) <= 0 ||
           (from[1].revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

/* ---- lines -------------------------------------------------------------- */

static void
write_lines(const struct top *t)
{
    FILE *out = t->cli->out;
    char cell[TOP_CELL_ROOM], server[256];
    MUST(t->rows != NULL && t->order != NULL);
    top_view_order(&t->view, t->rows, t->n, t->order);
    if (!t->cli->options->json) {
        fprintf(out, "%-24s", "server");
        for (int c = 0; c < N_TOP_SHOWN; c++)
            fprintf(out, "%*s", TOP_CELL_WIDTH, top_heading((enum top_column)c));
        putc('\n', out);
    }
    for (size_t i = 0; i < t->n; i++) {
        const struct top_row *r = &t->rows[t->order[i]];
        if (t->cli->options->json) {
            top_row_json(r, out);
            continue;
        }
        fprintf(out, "%-24s", shown_text(r->server, server, sizeof server));
        for (int c = 0; r->error == NULL && c < N_TOP_SHOWN; c++)
            fprintf(out, "%*s", TOP_CELL_WIDTH, top_cell(r, (enum top_column)c, cell));
        fprintf(out, "%s%s\n", r->error == NULL ? "" : " ", r->error == NULL ? "" : r->error);
    }
    fflush(out);
}

/* Asks all servers, and waits for their answers. */
static void
look(struct top *t)
{
    top_looks_ask(t->looks);
    while (!top_looks_take(t->looks, t->rows) && !interrupted)
        (void)wait_for_event(t, now_ms() + 1e6, true, false);
}

static void
run_lines(struct top *t)
{
    look(t);
    for (uint64_t round = 0; !interrupted && (t->rounds == 0 || round < t->rounds); round++) {
        for (double until_ms = now_ms() + (double)t->view.interval_ms; !interrupted && now_ms() < until_ms;)
            (void)wait_for_event(t, until_ms, false, false);
        if (!interrupted)
            look(t);
        if (interrupted || (write_lines(t), ferror(t->cli->out)))
            return;
    }
}

/* ---- on a terminal ------------------------------------------------------ */

static void
read_keys(struct top *t, double *due_ms)
{
    for (int key; (key = top_screen_key()) != 0;)
        if (top_view_key(&t->view, key) && (key == '+' || key == '-'))
            *due_ms = now_ms() + (double)t->view.interval_ms;
}

/* While the view is paused, the rows stay as they are. */
static void
run_screen(struct top *t)
{
    double due_ms = now_ms();
    uint64_t asked = 0;
    while (!t->view.quit && !interrupted) {
        bool all_in = t->view.paused || top_looks_take(t->looks, t->rows);
        if (t->rounds > 0 && all_in && asked > t->rounds)
            return;
        if (!t->view.paused && now_ms() >= due_ms) {
            top_looks_ask(t->looks);
            asked++;
            due_ms = now_ms() + (double)t->view.interval_ms;
        }
        top_view_order(&t->view, t->rows, t->n, t->order);
        top_screen_draw(&t->view, t->rows, t->n, t->order);
        if (!wait_for_event(t, t->view.paused ? now_ms() + 1e6 : due_ms, !t->view.paused, true))
            return;
        if (resized) {
            resized = 0;
            top_screen_resize();
        }
        read_keys(t, &due_ms);
    }
}

static void
run(struct top *t)
{
    const struct options *o = t->cli->options;
    const char *why_not = NULL;
    bool lines = o->json || o->once || !isatty(STDIN_FILENO) || !isatty(fileno(t->cli->out));
    if (!lines && (why_not = top_screen_begin(t->cli->out, stdin)) != NULL)
        fprintf(stderr, "larder: top: %s; writing lines instead\n", why_not);
    if (lines || why_not != NULL) {
        run_lines(t);
        return;
    }
    run_screen(t);
    top_screen_end();
}

static bool
read_options(struct top *t, const struct options *o)
{
    t->rounds = o->once ? 1 : option_given(o, OPTION_count) ? o->count : 0;
    t->view = (struct top_view){.sort = TOP_UNSORTED, .interval_ms = o->interval_ms};
    if (t->view.interval_ms == 0)
        t->view.interval_ms = 1;
    if (o->sort == NULL)
        return true;
    t->view.sort = (int)top_column_named(o->sort);
    if (t->view.sort != N_TOP_COLUMNS)
        return true;
    fprintf(stderr, "larder: top has no column \"%s\"; it has", o->sort);
    for (int c = 0; c < N_TOP_SHOWN; c++)
        fprintf(stderr, " %s", top_heading((enum top_column)c));
    putc('\n', stderr);
    return false;
}

int
cmd_top(struct cli *cli)
{
    cli_must_be(cli);
    struct top t = {.cli = cli, .n = larder_n_servers(cli->l)};
    int status = CLI_ERROR;
    if (!read_options(&t, cli->options))
        return CLI_USAGE;
    catch_signals(&t.unblocked);
    t.rows = calloc(t.n, sizeof *t.rows);
    t.order = calloc(t.n, sizeof *t.order);
    if (t.rows == NULL || t.order == NULL)
        (void)cli_error(NULL, "top", LARDER_NO_MEMORY);
    else
        t.looks = top_looks_new(cli);
    if (t.looks != NULL) {
        run(&t);
        status = CLI_OK;
        for (size_t i = 0; i < t.n; i++)
            status = t.rows[i].error == NULL ? status : CLI_ERROR;
        top_looks_free(&t.looks);
    }
    free(t.order);
    free(t.rows);
    return status;
}
