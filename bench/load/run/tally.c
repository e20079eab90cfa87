#include "bench/load/run/tally.h"

#include <string.h>

const char *const tally_names[TALLY_N_KINDS] = {"Sets", "Gets", "Waits", "Connects"};

static void
add_row(struct tally_sum_row *to, const struct tally_row *from)
{
    to->n += counter_read(&from->n);
    to->n_hits += counter_read(&from->n_hits);
    to->n_misses += counter_read(&from->n_misses);
    to->n_errors += counter_read(&from->n_errors);
    to->n_wrong += counter_read(&from->n_wrong);
    to->n_sent += counter_read(&from->n_sent);
    to->n_received += counter_read(&from->n_received);
    hist_add(&to->latency, &from->latency);
}

void
tally_add(struct tally_sum *to, const struct tally *from)
{
    for (int i = 0; i < TALLY_N_KINDS; i++)
        add_row(&to->row[i], &from->row[i]);
    to->n_conn_errors += counter_read(&from->n_conn_errors);
    to->n_lost += counter_read(&from->n_lost);
    to->n_late += counter_read(&from->n_late);
}

void
tally_add_row(struct tally_sum_row *to, const struct tally_sum_row *from)
{
    to->n += from->n;
    to->n_hits += from->n_hits;
    to->n_misses += from->n_misses;
    to->n_errors += from->n_errors;
    to->n_wrong += from->n_wrong;
    to->n_sent += from->n_sent;
    to->n_received += from->n_received;
    hist_add_sum(&to->latency, &from->latency);
}

void
tally_since(struct tally_sum *to, const struct tally_sum *now, const struct tally_sum *before)
{
    for (int i = 0; i < TALLY_N_KINDS; i++) {
        const struct tally_sum_row *a = &now->row[i], *b = &before->row[i];
        struct tally_sum_row *r = &to->row[i];
        r->n = a->n - b->n;
        r->n_hits = a->n_hits - b->n_hits;
        r->n_misses = a->n_misses - b->n_misses;
        r->n_errors = a->n_errors - b->n_errors;
        r->n_wrong = a->n_wrong - b->n_wrong;
        r->n_sent = a->n_sent - b->n_sent;
        r->n_received = a->n_received - b->n_received;
        hist_since(&r->latency, &a->latency, &b->latency);
    }
    to->n_conn_errors = now->n_conn_errors - before->n_conn_errors;
    to->n_lost = now->n_lost - before->n_lost;
    to->n_late = now->n_late - before->n_late;
}

void
tally_total(struct tally_sum_row *to, const struct tally_sum *from)
{
    memset(to, 0, sizeof *to);
    for (int i = 0; i < TALLY_N_REQUESTS; i++)
        tally_add_row(to, &from->row[i]);
}
