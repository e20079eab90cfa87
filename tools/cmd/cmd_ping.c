/*
 * cmd_ping: ping.  Requests the version of each server, and measures the time
 * until the answer; the first time includes connecting.
 */
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "tools/cli/cli.h"
#include "base/text/json.h"

struct pinged {
    struct larder *one;
    const char *server;
    uint64_t sent, answered;
    double least_ms, most_ms, sum_ms;
    char version[64];
};

static double
now_ms(void)
{
    return (double)clock_ns() / 1e6;
}

static bool
on_version(void *arg, const char *server, const char *name, const char *value)
{
    struct pinged *p = arg;
    (void)server, (void)name;
    snprintf(p->version, sizeof p->version, "%s", value);
    return true;
}

static void
count(struct pinged *p, double ms)
{
    p->least_ms = p->answered == 0 || ms < p->least_ms ? ms : p->least_ms;
    p->most_ms = ms > p->most_ms ? ms : p->most_ms;
    p->sum_ms += ms;
    p->answered++;
    MUST(p->answered <= p->sent && p->least_ms <= p->most_ms);
}

static void
print(const struct cli *cli, const struct pinged *p, int code, double ms)
{
    if (cli->options->json) {
        struct json j;
        json_begin(&j, cli->out, JSON_LINE);
        json_text(&j, "server", p->server);
        json_unsigned(&j, "number", p->sent);
        json_bool(&j, "answered", code == LARDER_OK);
        if (code == LARDER_OK) {
            json_text(&j, "version", p->version);
            json_real(&j, "ms", ms, 3);
        } else {
            json_text(&j, "error", larder_strerror(code));
        }
        json_end(&j);
    } else if (code == LARDER_OK) {
        shown_line(cli->out, "%s: version %s, %.3f ms", p->server, p->version, ms);
    }
    fflush(cli->out);
}

static int
ping(const struct cli *cli, struct pinged *p)
{
    double start = now_ms();
    int code = larder_version(p->one, on_version, p);
    double ms = now_ms() - start;
    p->sent++;
    if (code == LARDER_OK)
        count(p, ms);
    print(cli, p, code, ms);
    return code == LARDER_OK ? CLI_OK : cli_error(p->one, p->server, code);
}

static void
sum_up(const struct cli *cli, const struct pinged *p)
{
    if (cli->options->json)
        return;
    char times[128] = "";
    if (p->answered > 0)
        snprintf(times, sizeof times, ", %.3f ms least, %.3f mean, %.3f most", p->least_ms,
            p->sum_ms / (double)p->answered, p->most_ms);
    shown_line(cli->out, "%s: %llu of %llu answered%s", p->server, (unsigned long long)p->answered,
        (unsigned long long)p->sent, times);
}

static void
sleep_ms(uint64_t ms)
{
    struct timespec t = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

int
cmd_ping(struct cli *cli)
{
    cli_must_be(cli);
    const struct options *o = cli->options;
    size_t n = larder_n_servers(cli->l);
    struct pinged *p = calloc(n, sizeof *p);
    int status = p == NULL ? cli_error(NULL, "ping", LARDER_NO_MEMORY) : CLI_OK;
    for (size_t i = 0; p != NULL && i < n; i++) {
        p[i].one = cli_one_server(cli, i);
        p[i].server = larder_server_name(cli->l, i);
        status = p[i].one == NULL ? CLI_ERROR : status;
    }
    for (uint64_t round = 0; status != CLI_ERROR && (o->count == 0 || round < o->count); round++) {
        if (round > 0)
            sleep_ms(o->interval_ms);
        int worst = CLI_OK;
        for (size_t i = 0; i < n; i++)
            worst = cli_worse(worst, ping(cli, &p[i]));
        status = worst == CLI_OK ? status : CLI_NEGATIVE;
    }
    for (size_t i = 0; p != NULL && i < n; i++) {
        if (p[i].sent > 0)
            sum_up(cli, &p[i]);
        larder_free(p[i].one);
    }
    free(p);
    return status == CLI_NEGATIVE ? CLI_ERROR : status;
}
