/*
 * worker: a thread, its event loop, and its inbox for other threads.
 *
 * The loop is libevent's, one round at a time.  After each round, the connections
 * that yielded get another turn, and the next round does not wait while there are
 * any.  The same holds for TLS handshakes, but only one step a round.
 */
#include "server/serve/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/thread.h"
#include "server/conn/conn_set.h"
#include "server/conn/conn_handshake.h"
#include "server/inbox.h"
#include "server/options/options.h"
#include "server/server.h"
#include "server/serve/udp.h"
#include "server/watch/watch.h"

enum { WORKER_MAGIC = 0x776f726b };

struct worker {
    uint32_t magic;
    int index;
    struct server *server;
    pthread_t thread;
    bool joined; /* main thread */
    struct event_base *base;
    struct store_thread *store_thread;
    struct inbox inbox;
    struct event inbox_event;
    struct event idle_timer; /* pending with -o idle_timeout only */
    bool draining;           /* used by the worker only */
    _Atomic bool drained;    /* written by the worker, relaxed: no other memory depends on it */
    counter counters[WORKER_N_COUNTERS];
    struct conn_set conns;
    struct udp *udp; /* NULL: this worker has no UDP sockets */
};

/* ---- the inbox ----------------------------------------------------------- */

static void
worker_must_be(const struct worker *w)
{
    MUST(w->magic == WORKER_MAGIC);
}

static void
worker_must_be_self(const struct worker *w)
{
    worker_must_be(w);
    inbox_must_be_self(&w->inbox);
}

static void
turn_away(struct worker *w, int fd)
{
    worker_must_be_self(w);
    counter_inc(&w->counters[WORKER_N_BUFFER_OOM]);
    close(fd);
    server_conn_closed(w->server);
}

/* Without the setting there is no timer, so an idle worker does not wake up for it. */
static void
apply_options(struct worker *w)
{
    worker_must_be_self(w);
    static const struct timeval second = {.tv_sec = 1};
    bool wanted = OPTION_NOW(w->server->options, idle_timeout_s) != 0;
    if (wanted == (event_pending(&w->idle_timer, EV_TIMEOUT, NULL) != 0))
        return;
    if ((wanted ? event_add(&w->idle_timer, &second) : event_del(&w->idle_timer)) != 0)
        LOG(LOG_ERROR, "worker %d: libevent refuses the timer of -o idle_timeout", w->index);
}

static void
on_inbox(evutil_socket_t fd, short what, void *arg)
{
    struct worker *w = arg;
    uint64_t rings;
    worker_must_be_self(w);
    (void)what;
    if (read(fd, &rings, sizeof(rings)) < 0)
        return;
    struct inbox_mail mail = inbox_take(&w->inbox);
    for (size_t i = 0; i < mail.n_accepted; i++) {
        if (!conn_set_open(&w->conns, stream_tcp(mail.accepted[i].fd), mail.accepted[i].from))
            turn_away(w, mail.accepted[i].fd);
    }
    free(mail.accepted);
    inbox_run(&w->inbox);
    if (mail.asked & INBOX_APPLY)
        apply_options(w);
    if (mail.asked & INBOX_SERVE)
        udp_start(w->udp);
    if (mail.asked & INBOX_DRAIN)
        w->draining = true;
    if (mail.asked & INBOX_STOP)
        event_base_loopbreak(w->base);
}

/* Closes the accepted sockets that were not taken. */
static void
close_inbox(struct worker *w)
{
    struct inbox_mail mail = inbox_take(&w->inbox);
    for (size_t i = 0; i < mail.n_accepted; i++)
        turn_away(w, mail.accepted[i].fd);
    free(mail.accepted);
    inbox_fini(&w->inbox);
}

bool
worker_accept(struct worker *w, struct accepted accepted)
{
    worker_must_be(w);
    return inbox_accept(&w->inbox, accepted);
}

void
worker_wake_starved(struct worker *w)
{
    worker_must_be(w);
    inbox_post(&w->inbox, &w->conns.starved.freed);
}

void
worker_apply_options(struct worker *w)
{
    worker_must_be(w);
    inbox_ask(&w->inbox, INBOX_APPLY);
}

/* ---- the thread --------------------------------------------------------- */

static void
on_idle_timer(evutil_socket_t fd, short what, void *arg)
{
    struct worker *w = arg;
    worker_must_be_self(w);
    (void)fd;
    (void)what;
    uint32_t limit_s = OPTION_NOW(w->server->options, idle_timeout_s);
    if (limit_s != 0)
        conn_set_kick_idle(&w->conns, limit_s);
}

/* Called after each round: closes connections at rest; the others have an event or a turn to come. */
static void
drain_more(struct worker *w)
{
    worker_must_be_self(w);
    if (!conn_set_close_resting(&w->conns))
        return;
    w->draining = false; /* done: no more connections arrive */
    atomic_store_explicit(&w->drained, true, memory_order_relaxed);
    server_stop(w->server, true);
}

static void *
worker_main(void *arg)
{
    struct worker *w = arg;
    owner_take(&w->inbox.owner);
    if (!store_thread_stay(w->store_thread))
        LOG(LOG_WARN, "worker %d: cannot bind it to its memory node: %s", w->index, strerror(errno));
    while (!event_base_got_break(w->base)) {
        int wait = conn_set_has_ready(&w->conns) ? EVLOOP_NONBLOCK : 0;
        if (event_base_loop(w->base, EVLOOP_ONCE | wait) < 0) {
            LOG(LOG_ERROR, "worker %d: the event loop failed: %s", w->index, strerror(errno));
            server_stop(w->server, false); /* its clients would wait for ever */
            break;
        }
        conn_set_run_yielded(&w->conns);
        conn_handshake_run(&w->conns);
        if (UNLIKELY(w->draining))
            drain_more(w);
    }
    return NULL;
}

/* Only this thread uses the base, so it needs no locks. */
static struct event_base *
base_new(void)
{
    struct event_config *config = event_config_new();
    if (config == NULL)
        return NULL;
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

static bool
add_events(struct worker *w)
{
    if (event_assign(&w->inbox_event, w->base, w->inbox.event_fd, EV_READ | EV_PERSIST, on_inbox, w) != 0 ||
        event_add(&w->inbox_event, NULL) != 0)
        return false;
    if (event_assign(&w->idle_timer, w->base, -1, EV_PERSIST, on_idle_timer, w) != 0)
        return false;
    apply_options(w);
    return true;
}

static int
start_thread(struct worker *w)
{
    char name[16];
    int error = thread_start(&w->thread, worker_main, w);
    if (error == 0) {
        snprintf(name, sizeof(name), "worker %d", w->index);
        pthread_setname_np(w->thread, name);
    }
    return error;
}

struct worker *
worker_start(struct server *server, int index, char *why, size_t n_why)
{
    server_must_be_main_thread(server);
    const char *what = "out of memory";
    struct worker *w = calloc(1, sizeof(*w));
    if (w == NULL)
        goto no_worker;
    w->magic = WORKER_MAGIC;
    w->server = server;
    w->index = index;
    if (!inbox_init(&w->inbox)) {
        what = strerror(errno);
        goto no_inbox;
    }
    w->base = base_new();
    if (w->base == NULL)
        goto no_base;
    w->store_thread = store_thread_new_on(server->store, store_deal_node(server->store, index));
    if (w->store_thread == NULL)
        goto no_store_thread;
    store_thread_defer(w->store_thread);
    if (!conn_set_init(&w->conns, server, w, &w->inbox, w->base, w->store_thread, w->counters))
        goto no_conns;
    server->conn_sets[index] = &w->conns;
    w->conns.ctx.ring = watch_nth_ring(server->watch, index);
    bool ok;
    w->udp = udp_new(&w->conns, server->sockets, index, &ok);
    if (!ok || !add_events(w))
        goto no_thread;
    int error = start_thread(w);
    if (error == 0)
        return w;
    what = strerror(error);
no_thread:
    udp_free(&w->udp);
    conn_set_fini(&w->conns);
no_conns:
    store_thread_free(&w->store_thread);
no_store_thread:
    event_base_free(w->base);
no_base:
no_inbox:
    close_inbox(w);
    free(w);
no_worker:
    snprintf(why, n_why, "cannot start worker thread %d: %s", index, what);
    return NULL;
}

void
worker_serve(struct worker *w)
{
    worker_must_be(w);
    inbox_ask(&w->inbox, INBOX_SERVE);
}

void
worker_drain(struct worker *w)
{
    worker_must_be(w);
    inbox_ask(&w->inbox, INBOX_DRAIN);
}

bool
worker_drained(const struct worker *w)
{
    worker_must_be(w);
    return atomic_load_explicit(&w->drained, memory_order_relaxed);
}

void
worker_stop(struct worker *w)
{
    worker_must_be(w);
    server_must_be_main_thread(w->server);
    inbox_ask(&w->inbox, INBOX_STOP);
}

void
worker_join(struct worker *w)
{
    worker_must_be(w);
    MUST(!w->joined);
    server_must_be_main_thread(w->server);
    pthread_join(w->thread, NULL);
    owner_drop(&w->inbox.owner);
    w->joined = true;
}

void
worker_free(struct worker **wp)
{
    struct worker *w = *wp;
    worker_must_be(w);
    MUST(w->joined);
    *wp = NULL;
    udp_free(&w->udp);
    conn_set_fini(&w->conns);
    store_thread_free(&w->store_thread);
    event_base_free(w->base);
    close_inbox(w);
    w->magic = 0;
    free(w);
}

/* ---- for other threads --------------------------------------------------- */

counter *
worker_counters(struct worker *w)
{
    worker_must_be(w);
    return w->counters;
}

/* A count made during the call may survive the reset; it looks like one made just afterwards. */
void
worker_counters_reset(struct worker *w)
{
    worker_must_be(w);
    for (int i = 0; i < WORKER_N_COUNTERS; i++)
        atomic_store_explicit(&w->counters[i], 0, memory_order_relaxed);
}

struct worker_memory
worker_memory(const struct worker *w)
{
    worker_must_be(w);
    const struct buffer_pool *read = &w->conns.read_pool, *reply = &w->conns.reply_pool;
    return (struct worker_memory){
        .n_read_buffers = counter_read(&read->n_buffers),
        .read_bytes = counter_read(&read->bytes),
        .read_bytes_free = counter_read(&read->bytes_kept),
        .n_reply_buffers = counter_read(&reply->n_buffers) + 1,
        .reply_bytes = counter_read(&reply->bytes) + OUTQ_BYTES,
        .n_mallocs = counter_read(&read->n_mallocs) + counter_read(&reply->n_mallocs),
    };
}

void
worker_each_conn(struct worker *w, void (*each)(void *arg, const struct conn_info *), void *arg)
{
    worker_must_be(w);
    conn_set_each(&w->conns, each, arg);
}
