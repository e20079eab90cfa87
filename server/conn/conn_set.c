/* conn_set: see conn_set.h. */
#include "server/conn/conn_set.h"

#include <stdlib.h>
#include <sys/ioctl.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/conn/conn_close.h"
#include "server/conn/conn_memory.h"
#include "server/conn/conn_overdue.h"
#include "server/conn/conn_retry.h"
#include "server/conn/conn_handshake.h"
#include "server/conn/conn_turn.h"
#include "server/cmd/trace.h"
#include "server/options/options.h"
#include "server/server.h"
#include "server/net/sockets.h"

enum {
    INPUT_BYTES = 64 << 10,      /* most bytes of one read: the work of a turn */
    INPUT_LESS_BYTES = 16 << 10, /* the same, while many bytes of other connections wait */
};

static_assert((int)INPUT_LESS_BYTES > (int)PARSE_LINE_MAX, "half a line fits either buffer");
static_assert((int)INPUT_LESS_BYTES >= (int)CONN_SQUEEZED_READ, "a squeezed read fits either buffer");

bool
conn_set_init(struct conn_set *set, struct server *server, struct worker *worker, struct inbox *inbox,
    struct event_base *base, struct store_thread *thread, counter *counters)
{
    MUST(inbox != NULL && base != NULL && thread != NULL && counters != NULL);
    set->magic = CONN_SET_MAGIC;
    set->server = server;
    set->base = base;
    set->ctx = (struct cmd_ctx){.server = server,
        .worker = worker,
        .inbox = inbox,
        .thread = thread,
        .counters = counters,
        .out = &set->out};
    set->ctx.cas_mask = server->options->no_cas ? 0 : UINT64_MAX;
    set->ctx.first_in_batch = &set->batch.request[0];
    set->rights_at_first = auth_rights_at_first(server->auth);
    TAILQ_INIT(&set->yielded);
    TAILQ_INIT(&set->spare);
    set->n_spare = 0;
    TAILQ_INIT(&set->all);
    buffer_pool_init(&set->read_pool, &set->memory.lent);
    buffer_pool_init(&set->reply_pool, &set->memory.lent);
    conn_retry_init(set);
    if (!conn_overdue_init(set))
        goto no_bodies;
    if (!conn_handshake_init(set, server->options))
        goto no_handshakes;
    if (!outq_init(&set->out))
        goto no_out;
    if (!buffer_take(&set->read_pool, &set->input, INPUT_BYTES))
        goto no_input;
    if (!buffer_take(&set->read_pool, &set->input_less, INPUT_LESS_BYTES))
        goto no_input_less;
    conn_memory_init(set);
    lock_init(&set->lock, LOCK_LEAF);
    return true;
no_input_less:
    buffer_give(&set->read_pool, &set->input);
no_input:
    outq_fini(&set->out);
no_out:
    conn_handshake_fini(set);
no_handshakes:
    conn_overdue_fini(set);
no_bodies:
    buffer_pool_fini(&set->read_pool);
    buffer_pool_fini(&set->reply_pool);
    return false;
}

void
conn_set_fini(struct conn_set *set)
{
    conn_set_must_be_self(set);
    struct conn *c;
    while ((c = TAILQ_FIRST(&set->all)) != NULL) {
        c->peer.reason = CLOSE_SHUTDOWN;
        conn_close(c);
    }
    while ((c = TAILQ_FIRST(&set->spare)) != NULL) {
        TAILQ_REMOVE(&set->spare, c, link);
        free(c);
    }
    MUST(TAILQ_EMPTY(&set->yielded) && outq_empty(&set->out));
    set->magic = 0;
    lock_fini(&set->lock);
    text_fini(&set->ctx.config);
    outq_fini(&set->out);
    conn_handshake_fini(set);
    conn_overdue_fini(set);
    conn_retry_fini(set);
    buffer_give(&set->read_pool, &set->input);
    buffer_give(&set->read_pool, &set->input_less);
    buffer_pool_fini(&set->read_pool);
    buffer_pool_fini(&set->reply_pool);
}

/* ---- opening -------------------------------------------------------------- */

static bool
add_event(struct conn *c)
{
    return event_assign(&c->event, c->set->base, c->stream.fd, EV_READ | EV_PERSIST, conn_turn_on_event, c) ==
               0 &&
           event_add(&c->event, NULL) == 0;
}

bool
conn_set_open(struct conn_set *set, struct stream stream, const struct listening *from)
{
    conn_set_must_be_self(set);
    MUST(stream.ops != NULL && stream.fd >= 0);
    struct conn *c = conn_alloc(set);
    if (c == NULL)
        return false;
    conn_init(c, set, stream, from);
    c->waits_for = EV_READ;
    address_peer_of_socket(stream.fd, &c->peer.address);
    conn_touch(c);
    if (!(from->traits.tls == ADDRESS_PLAIN ? add_event(c) : conn_handshake_begin(c))) {
        conn_free(c);
        return false;
    }
    lock_take(&set->lock);
    TAILQ_INSERT_TAIL(&set->all, c, link);
    lock_give(&set->lock);
    LOG(LOG_DEBUG, "<%d new client connection", stream.fd);
    trace_conn(set->server, set->ctx.ring, stream.fd, &c->peer.address, NULL);
    return true;
}

/* ---- turns --------------------------------------------------------------- */

void
conn_set_run_yielded(struct conn_set *set)
{
    conn_set_must_be_self(set);
    struct conn *last = TAILQ_LAST(&set->yielded, conn_list);
    bool was_last = last == NULL;
    while (!was_last) {
        struct conn *c = TAILQ_FIRST(&set->yielded);
        CHECKED_MUST(c->queue == &set->yielded && !c->parked);
        was_last = c == last;
        conn_dequeue(c);
        conn_turn_take(c); /* may close it, or put it at the end of the list */
    }
}

void
conn_set_kick_idle(struct conn_set *set, uint32_t limit_s)
{
    conn_set_must_be_self(set);
    MUST(limit_s > 0);
    uint32_t now_s = clock_now_s();
    struct conn *c = TAILQ_FIRST(&set->all);
    while (c != NULL) {
        struct conn *next = TAILQ_NEXT(c, link);
        /*
         * Handshakes have a limit of their own; a connection that is parked, or has a
         * turn to come, waits for the server.
         */
        if (conn_state(c) != CONN_HANDSHAKE && !c->parked && !conn_is_ready(c) &&
            now_s - atomic_load_explicit(&c->last_turn_s, memory_order_relaxed) > limit_s) {
            counter_inc(&set->ctx.counters[WORKER_N_IDLE_KICKS]);
            c->peer.reason = CLOSE_IDLE_TIMEOUT;
            conn_close(c);
        }
        c = next;
    }
}

/* Bytes that the kernel has for us count as a request that has arrived.  Half a line in `in` does not. */
static bool
is_at_rest(const struct conn *c)
{
    int n_unread = 0;
    if (c->out != NULL || c->body != NULL || c->job != NULL || conn_is_ready(c) || c->parked || c->squeezed)
        return false;
    return ioctl(c->stream.fd, FIONREAD, &n_unread) != 0 || n_unread == 0;
}

bool
conn_set_close_resting(struct conn_set *set)
{
    conn_set_must_be_self(set);
    struct conn *c = TAILQ_FIRST(&set->all);
    while (c != NULL) {
        struct conn *next = TAILQ_NEXT(c, link);
        if (is_at_rest(c)) {
            c->peer.reason = CLOSE_SHUTDOWN;
            conn_close(c);
        }
        c = next;
    }
    return TAILQ_EMPTY(&set->all);
}

void
conn_set_each(struct conn_set *set, void (*each)(void *arg, const struct conn_info *), void *arg)
{
    conn_set_must_be(set);
    static const char *const names[] = {
        [CONN_READ] = "conn_read",
        [CONN_PARSE] = "conn_parse_cmd",
        [CONN_NREAD] = "conn_nread",
        [CONN_SWALLOW] = "conn_swallow",
        [CONN_MWRITE] = "conn_mwrite",
        [CONN_HANDSHAKE] = "conn_tls_handshake",
    };
    const struct conn *c;
    lock_take(&set->lock);
    TAILQ_FOREACH(c, &set->all, link)
    {
        const struct conn_info info = {
            .fd = c->stream.fd,
            .from = c->from,
            .state = names[conn_state(c)],
            .last_cmd_s = atomic_load_explicit(&c->last_turn_s, memory_order_relaxed),
        };
        each(arg, &info);
    }
    lock_give(&set->lock);
}
