#include "tests/linear/round.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"

enum { TIMEOUT_MS = 120000, CLOCK_S = 2500000, CLOCK_BASE_S = 3000000 };

static uint64_t
now_us(const struct round_clients *c)
{
    return (clock_ns() - c->began) / 1000;
}

/* ---- the server's second ------------------------------------------------------ */

static void
set_clock(struct round_clients *c)
{
    struct peer *p = &c->client[0].peer;
    peer_queue_text(p, "ms %s 1 T%d%s\r\nc\r\n", c->clock_key, CLOCK_S, c->pins_clock ? " p" : "");
    peer_consume(p, peer_ask(p) + 4);
}

void
round_read_clock(struct round_clients *c, struct round *r)
{
    struct peer *p = &c->client[0].peer;
    int64_t ttl;
    peer_queue_text(p, "mg %s t\r\n", c->clock_key);
    size_t n = peer_ask(p);
    if (sscanf(p->in, "HD t%" SCNd64, &ttl) == 1)
        r->second = CLOCK_BASE_S - ttl;
    else
        r->clock_lost = true;
    peer_consume(p, n + 4);
}

/* The operations since `first` were done between the second that was read last and the present one. */
static void
stamp(struct round_clients *c, struct round *r, int first)
{
    int64_t before = r->second;
    round_read_clock(c, r);
    for (int i = first; i < r->history.n; i++) {
        r->history.ops[i].now_min = before;
        r->history.ops[i].now_max = r->second;
    }
}

/* ---- requests and replies ------------------------------------------------------ */

/* Queues the last operation of the history. */
static void
queue(struct round_clients *c, struct round *r, int client, struct maker_value value)
{
    struct round_client *k = &c->client[client];
    int i = r->history.n++;
    struct op *op = &r->history.ops[i];
    op->client = client;
    k->waiting[k->n_waiting++] = i;
    peer_queue(&k->peer, op->request, strlen(op->request));
    peer_queue(&k->peer, "\r\n", 2);
    if (op->kind == OP_STORE) {
        peer_queue(&k->peer, value.bytes, value.n);
        peer_queue(&k->peer, "\r\n", 2);
    }
}

static void
send_queued(struct round_clients *c, struct round *r, int client)
{
    struct round_client *k = &c->client[client];
    uint64_t now = now_us(c);
    for (int i = 0; i < k->n_waiting; i++)
        r->history.ops[k->waiting[i]].start = now;
    peer_send(&k->peer);
}

/* Sends the next commands of a client that waits for no reply: one, or several in one write. */
static void
send_more(struct round_clients *c, struct round *r, int client)
{
    struct round_client *k = &c->client[client];
    uint64_t how = maker_random(&r->maker) % 3;
    int n = how == 0 ? 1 : how == 1 ? k->left : 1 + (int)(maker_random(&r->maker) % (uint64_t)k->left);
    for (int i = 0; i < n; i++)
        queue(c, r, client, maker_next(&r->maker, &r->history.ops[r->history.n]));
    k->left -= n;
    send_queued(c, r, client);
}

static void
take_replies(struct round_clients *c, struct round *r, int client)
{
    struct round_client *k = &c->client[client];
    size_t used = 0;
    int n_done = 0;
    peer_receive(&k->peer);
    uint64_t now = now_us(c);
    while (n_done < k->n_waiting) {
        struct op *op = &r->history.ops[k->waiting[n_done]];
        size_t n = op_take_reply(op, k->peer.in + used, k->peer.n_in - used);
        if (n == 0)
            break;
        op->end = now;
        maker_learn(&r->maker, op);
        used += n;
        n_done++;
    }
    peer_consume(&k->peer, used);
    k->n_waiting -= n_done;
    memmove(k->waiting, k->waiting + n_done, (size_t)k->n_waiting * sizeof k->waiting[0]);
}

static bool
is_busy(const struct round_client *k)
{
    return k->n_waiting > 0 || k->left > 0;
}

/* Until all requests are sent and answered. */
static void
play(struct round_clients *c, struct round *r)
{
    for (;;) {
        struct pollfd fds[ROUND_CLIENTS];
        int who[ROUND_CLIENTS], n = 0;
        for (int i = 0; i < c->n; i++) {
            struct round_client *k = &c->client[i];
            if (k->left > 0 && k->n_waiting == 0)
                send_more(c, r, i);
            if (is_busy(k)) {
                who[n] = i;
                fds[n++] = peer_poll(&k->peer);
            }
        }
        if (n == 0)
            return;
        if (poll(fds, (nfds_t)n, TIMEOUT_MS) <= 0) {
            fprintf(stderr, "no reply within %d s; so far:\n", TIMEOUT_MS / 1000);
            history_write(&r->history, stderr);
            exit(2);
        }
        for (int i = 0; i < n; i++) {
            if (fds[i].revents & POLLOUT)
                peer_send(&c->client[who[i]].peer);
            if (fds[i].revents & ~POLLOUT)
                take_replies(c, r, who[i]);
        }
    }
}

/* ---- the parts of a round -------------------------------------------------------- */

void
round_connect(struct round_clients *c, const char *address, int n, const char *clock_key, bool pin)
{
    *c = (struct round_clients){.n = n, .pins_clock = pin, .began = clock_ns()};
    MUST(n <= ROUND_CLIENTS);
    snprintf(c->clock_key, sizeof c->clock_key, "%s", clock_key);
    for (int i = 0; i < n; i++)
        peer_connect(&c->client[i].peer, address);
    set_clock(c);
}

void
round_hang_up(struct round_clients *c)
{
    for (int i = 0; i < c->n; i++)
        peer_close(&c->client[i].peer);
}

void
round_begin(struct round_clients *c, struct round *r, enum maker_theme theme, const char *key)
{
    struct peer *p = &c->client[0].peer;
    r->history.n = 0;
    r->clock_lost = false;
    maker_begin(&r->maker, theme, key);
    peer_queue_text(p, "delete %s\r\n", key);
    peer_consume(p, peer_ask(p) + 4);
    round_read_clock(c, r);
    queue(c, r, 0, maker_first(&r->maker, &r->history.ops[0]));
    send_queued(c, r, 0);
    play(c, r);
}

void
round_phase(struct round_clients *c, struct round *r, int each)
{
    int first = r->history.n;
    MUST(first + each * c->n <= HISTORY_MAX);
    for (int i = 0; i < c->n; i++)
        c->client[i].left = each;
    play(c, r);
    stamp(c, r, first > 1 ? first : 0);
}

void
round_end(struct round_clients *c, struct round *r)
{
    int first = r->history.n;
    MUST(first < HISTORY_MAX);
    maker_last(&r->maker, &r->history.ops[first]);
    queue(c, r, 0, (struct maker_value){0});
    send_queued(c, r, 0);
    play(c, r);
    stamp(c, r, first);
    if (r->clock_lost)
        set_clock(c);
}
