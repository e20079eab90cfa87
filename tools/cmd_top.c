/*
 * cmd_top: top.  What the servers do per second, from the differences of their statistics; q or an interrupt ends it.
 *
 * On a terminal it draws over itself, on the terminal's second screen; elsewhere,
 * and with --json, it writes a block of lines each time.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "tools/cli.h"
#include "tools/json.h"

enum column { GETS, HITS, SETS, EVICTIONS, BYTES_READ, BYTES_WRITTEN, ITEMS, BYTES, LIMIT, CONNS, N_COLUMNS };

/* What is counted up is shown per second. */
static const struct {
    const char *stat, *json;
    bool counts_up;
} columns[N_COLUMNS] = {
    [GETS] = {"cmd_get", "gets_per_second", true},
    [HITS] = {"get_hits", "hits_per_second", true},
    [SETS] = {"cmd_set", "sets_per_second", true},
    [EVICTIONS] = {"evictions", "evictions_per_second", true},
    [BYTES_READ] = {"bytes_read", "bytes_read_per_second", true},
    [BYTES_WRITTEN] = {"bytes_written", "bytes_written_per_second", true},
    [ITEMS] = {"curr_items", "items", false},
    [BYTES] = {"bytes", "bytes", false},
    [LIMIT] = {"limit_maxbytes", "limit", false},
    [CONNS] = {"curr_connections", "connections", false},
};

struct seen {
    double at_s;
    double value[N_COLUMNS];
};

struct topped {
    struct larder *one;
    const char *server;
    struct seen before, now;
    int code;
};

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static double
now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
on_stat(void *arg, const char *server, const char *name, const char *value)
{
    struct seen *seen = arg;
    (void)server;
    for (int i = 0; i < N_COLUMNS; i++)
        if (strcmp(name, columns[i].stat) == 0)
            seen->value[i] = strtod(value, NULL);
    return true;
}

static void
look(struct topped *t)
{
    t->before = t->now;
    t->now = (struct seen){.at_s = now_s()};
    t->code = larder_stats(t->one, NULL, on_stat, &t->now);
    if (t->code != LARDER_OK)
        t->now.at_s = 0;
}

/* Whether there are two looks to tell a rate from; a server that was started anew counts from 0. */
static double
shown(const struct topped *t, enum column c)
{
    if (!columns[c].counts_up)
        return t->now.value[c];
    double since_s = t->now.at_s - t->before.at_s, more = t->now.value[c] - t->before.value[c];
    return t->before.at_s == 0 || since_s <= 0 || more < 0 ? 0 : more / since_s;
}

/* "1234", "56.7k", "8.9M": six places at most. */
static const char *
brief(double v, char *out, size_t n)
{
    static const char unit[] = " kMGTP";
    size_t u = 0;
    for (; v >= 10000 && u + 2 < sizeof unit; u++)
        v /= 1000;
    if (u == 0)
        snprintf(out, n, "%.0f", v);
    else
        snprintf(out, n, "%.1f%c", v, unit[u]);
    return out;
}

static void
print_line(FILE *out, const struct topped *t, const char *line_end)
{
    char room[N_COLUMNS][16];
    if (t->code != LARDER_OK) {
        fprintf(out, "%-24.24s %s%s", t->server, larder_strerror(t->code), line_end);
        return;
    }
    for (int i = 0; i < N_COLUMNS; i++)
        (void)brief(shown(t, (enum column)i), room[i], sizeof room[i]);
    double gets = shown(t, GETS),
           full = t->now.value[LIMIT] > 0 ? 100 * t->now.value[BYTES] / t->now.value[LIMIT] : 0;
    char ratio[16] = "-";
    if (gets > 0)
        snprintf(ratio, sizeof ratio, "%.1f", 100 * shown(t, HITS) / gets);
    fprintf(out, "%-24.24s %7s %6s %7s %7s %7s %7s %8s %7s %5.1f %6s%s", t->server, room[GETS], ratio,
        room[SETS], room[EVICTIONS], room[BYTES_READ], room[BYTES_WRITTEN], room[ITEMS], room[BYTES], full,
        room[CONNS], line_end);
}

static void
print_json(FILE *out, const struct topped *t)
{
    struct json j;
    json_begin(&j, out);
    json_text(&j, "server", t->server);
    if (t->code != LARDER_OK)
        json_text(&j, "error", larder_strerror(t->code));
    for (int i = 0; t->code == LARDER_OK && i < N_COLUMNS; i++)
        json_real(&j, columns[i].json, shown(t, (enum column)i));
    json_end(&j);
}

static void
draw(const struct cli *cli, const struct topped *t, size_t n, bool over)
{
    const char *line_end = over ? "\033[K\n" : "\n";
    if (cli->options->json) {
        for (size_t i = 0; i < n; i++)
            print_json(cli->out, &t[i]);
    } else {
        fprintf(cli->out, "%s%-24s %7s %6s %7s %7s %7s %7s %8s %7s %5s %6s%s", over ? "\033[H" : "", "server",
            "get/s", "hit %", "set/s", "evict/s", "in B/s", "out B/s", "items", "bytes", "full%", "conns",
            line_end);
        for (size_t i = 0; i < n; i++)
            print_line(cli->out, &t[i], line_end);
        fputs(over ? "\033[J" : "", cli->out);
    }
    fflush(cli->out);
}

/* Until the time is over, or somebody wants to leave. */
static bool
wait_a_while(uint64_t ms, bool keys)
{
    double until_s = now_s() + (double)ms / 1000;
    for (double left_s; !interrupted && (left_s = until_s - now_s()) > 0;) {
        struct pollfd in = {.fd = keys ? STDIN_FILENO : -1, .events = POLLIN};
        char c = 0;
        if (poll(&in, 1, (int)(left_s * 1000) + 1) > 0 &&
            (read(STDIN_FILENO, &c, 1) <= 0 || c == 'q' || c == 'Q'))
            return false;
    }
    return !interrupted;
}

static void
loop(struct cli *cli, struct topped *t, size_t n, bool over)
{
    const struct options *o = cli->options;
    uint64_t rounds = option_given(o, OPTION_count) ? o->count : 0;
    for (uint64_t round = 0; rounds == 0 || round < rounds; round++) {
        for (size_t i = 0; i < n; i++)
            look(&t[i]);
        draw(cli, t, n, over);
        if (round + 1 == rounds || !wait_a_while(o->interval_ms, over))
            return;
    }
}

/* Keys come as they are pressed; the terminal is put back as it was. */
static void
loop_on_terminal(struct cli *cli, struct topped *t, size_t n)
{
    struct termios before, raw;
    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        loop(cli, t, n, false);
        return;
    }
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    fputs("\033[?1049h\033[?25l", cli->out);
    loop(cli, t, n, true);
    fputs("\033[?25h\033[?1049l", cli->out);
    fflush(cli->out);
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

int
cmd_top(struct cli *cli)
{
    size_t n = larder_n_servers(cli->l);
    struct topped *t = calloc(n, sizeof *t);
    struct sigaction quit = {.sa_handler = on_interrupt};
    int status = t == NULL ? cli_trouble(NULL, "top", LARDER_NO_MEMORY) : CLI_GOOD;
    for (size_t i = 0; t != NULL && i < n; i++) {
        t[i].one = cli_one_server(cli, i);
        t[i].server = larder_server_name(cli->l, i);
        status = t[i].one == NULL ? CLI_TROUBLE : status;
    }
    if (status == CLI_GOOD) {
        sigaction(SIGINT, &quit, NULL);
        sigaction(SIGTERM, &quit, NULL);
        if (!cli->options->json && isatty(STDIN_FILENO) && isatty(fileno(cli->out)))
            loop_on_terminal(cli, t, n);
        else
            loop(cli, t, n, false);
    }
    for (size_t i = 0; t != NULL && i < n; i++) {
        status = t[i].code == LARDER_OK ? status : CLI_TROUBLE;
        larder_free(t[i].one);
    }
    free(t);
    return status;
}
