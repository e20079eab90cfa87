/* conn_close: see conn_close.h. */
#include "server/conn/conn_close.h"

#include "base/clock.h"
#include "base/log.h"
#include "server/conn/conn_body.h"
#include "server/auth/cyrus.h"
#include "server/cmd/trace.h"
#include "server/server.h"
#include "server/watch/watcher.h"

void
conn_close_work(struct conn *c)
{
    conn_must_be(c);
    conn_set_must_be_self(c->set);
    struct conn_set *set = c->set;
    conn_body_drop(c);
    if (c->out != NULL) {
        outq_drop(c->out, set->ctx.thread);
        outq_free(&c->out, &set->reply_pool);
    }
    conn_free_job(c);
    if (UNLIKELY(c->peer.login.cyrus != NULL))
        cyrus_session_free(&c->peer.login.cyrus);
    buffer_give(&set->read_pool, &c->in);
}

/* Releases all but the socket and `c` itself, which the caller frees or keeps. */
static void
release(struct conn *c)
{
    struct conn_set *set = c->set;
    conn_close_work(c);
    MUST(c->out == NULL && c->body == NULL && c->job == NULL);
    if (c->queue != NULL)
        conn_dequeue(c);
    event_del(&c->event);
    lock_take(&set->lock);
    TAILQ_REMOVE(&set->all, c, link);
    lock_give(&set->lock);
}

void
conn_close(struct conn *c)
{
    static const char *const words[] = {
        [CLOSE_ERROR] = "error",
        [CLOSE_NORMAL] = "normal",
        [CLOSE_IDLE_TIMEOUT] = "idle_timeout",
        [CLOSE_SHUTDOWN] = "shutdown",
    };
    struct conn_set *set = c->set;
    MUST(!c->peer.datagrams && c->peer.reason <= CLOSE_SHUTDOWN);
    LOG(LOG_DEBUG, "<%d connection closed", c->stream.fd);
    trace_conn(set->server, set->ctx.ring, c->stream.fd, &c->peer.address, words[c->peer.reason]);
    release(c);
    server_conn_closed(set->server); /* before the client sees the end, and relies on the free place */
    stream_close(&c->stream);
    conn_free(c);
}

void
conn_close_for_memory(struct conn *c)
{
    conn_must_be(c);
    counter_inc(conn_counter(c, WORKER_N_BUFFER_OOM));
    LOG(LOG_WARN, "<%d no memory for a buffer, connection closed", c->stream.fd);
    conn_close(c);
}

void
conn_close_to_watch(struct conn *c, struct watcher *watcher)
{
    MUST(c->out == NULL && watcher != NULL && !c->peer.datagrams);
    LOG(LOG_DEBUG, "<%d watches", c->stream.fd);
    release(c);
    watcher->stream = c->stream;
    watcher->peer = c->peer.address;
    watcher->from = c->from;
    watcher->since_s = clock_now_s();
    watch_begin(c->set->server->watch, watcher);
    conn_free(c);
}
