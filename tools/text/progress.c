#include "tools/text/progress.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"

enum { WIDTH = 30, LINE_SIZE = 160 };
static_assert(LINE_SIZE > WIDTH + 24 + 2 * 20 + 16, "a bar, the longest numbers and the words fit a line");

#define EVERY_S 0.1

static double
now_s(void)
{
    return (double)clock_ns() / 1e9;
}

void
progress_begin(struct progress *p, uint64_t total, bool quiet)
{
    *p = (struct progress){.total = total, .began_s = now_s(), .shown = !quiet && isatty(STDERR_FILENO) == 1};
}

void
progress_write(const struct progress *p, double at_s, char *out, int n_out)
{
    MUST(n_out > 0);
    char bar[WIDTH + 24] = "";
    double rate = at_s > p->began_s ? (double)p->items / (at_s - p->began_s) : 0;
    if (p->total > 0) {
        uint64_t done = p->done < p->total ? p->done : p->total;
        int filled = (int)((double)done / (double)p->total * WIDTH);
        MUST(filled >= 0 && filled <= WIDTH);
        memset(bar, ' ', sizeof bar);
        bar[0] = '[';
        memset(bar + 1, '#', (size_t)filled);
        snprintf(bar + 1 + WIDTH, sizeof bar - 1 - WIDTH, "] %3d %%  ",
            (int)((double)done / (double)p->total * 100));
    }
    snprintf(out, (size_t)n_out, "%s%llu items  %.0f/s", bar, (unsigned long long)p->items, rate);
}

static void
draw(struct progress *p, double at_s)
{
    MUST(p->shown);
    char line[LINE_SIZE];
    progress_write(p, at_s, line, sizeof line);
    fprintf(stderr, "\r%s\033[K", line);
    fflush(stderr);
    p->drawn_s = at_s;
}

void
progress_step(struct progress *p)
{
    if (!p->shown)
        return;
    double at_s = now_s();
    if (at_s - p->drawn_s >= EVERY_S)
        draw(p, at_s);
}

void
progress_end(struct progress *p)
{
    if (!p->shown)
        return;
    draw(p, now_s());
    putc('\n', stderr);
}
