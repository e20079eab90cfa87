/*
 * watch_thread: takes events from the rings, writes their lines into the buffers
 * of the watchers that want them, and sends; see watch.h.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "server/watch/watch_format.h"
#include "server/watch/watch_internal.h"

enum { NAP_MS = 1 };

/* The thread's own copy of the list of watchers: other threads only add to the list. */
struct round {
    struct watch *watch;
    bool stopping;
    uint32_t n;
    struct watcher *watchers[WATCHERS_MAX];
};

static void
begin_round(struct round *r)
{
    struct watch *w = r->watch;
    watch_must_be_self(w);
    lock_take(&w->lock);
    watch_must_hold_locked(w);
    r->n = w->n_watchers;
    memcpy(r->watchers, w->watchers, r->n * sizeof *r->watchers);
    r->stopping = w->stopping;
    lock_give(&w->lock);
}

static void
offer_to_all(struct round *r, const struct watch_event *e, const char *text)
{
    char line[WATCH_LINE_MAX];
    size_t n = 0;
    uint32_t stream = watch_format_stream((enum watch_kind)e->kind);
    for (uint32_t i = 0; i < r->n; i++) {
        struct watcher *watcher = r->watchers[i];
        if (!(watcher->streams & stream) || e->gid <= watcher->since_gid)
            continue;
        if (n == 0)
            n = watch_format(e, text, line);
        bool sent = watcher_offer(watcher, line, n);
        counter_inc(sent ? &r->watch->n_sent : &r->watch->n_skipped);
    }
}

/* Takes the events that are in the rings now; returns the fill of the fullest ring, in per cent. */
static unsigned
take_events(struct round *r)
{
    unsigned fullest = 0;
    for (int i = 0; i < watch_n_rings(r->watch); i++) {
        struct watch_ring *ring = &r->watch->rings[i];
        struct watch_event e;
        char text[WATCH_TEXT_MAX];
        size_t n = 0;
        MUST(ring->size > 0);
        while (n < ring->size && watch_ring_take(ring, &e, text)) {
            offer_to_all(r, &e, text);
            n += sizeof e + e.n_text;
        }
        unsigned pct = n == 0 ? 0 : 1 + (unsigned)(n * 99 / ring->size);
        fullest = pct > fullest ? pct : fullest;
    }
    return fullest;
}

void
watch_thread_publish_streams_locked(struct watch *w)
{
    uint32_t streams = 0;
    lock_must_own(&w->lock);
    for (uint32_t i = 0; i < w->n_watchers; i++)
        streams |= w->watchers[i]->streams;
    atomic_fetch_and_explicit(w->options.wanted, streams | ~(uint32_t)WATCH_ALL, memory_order_relaxed);
    atomic_fetch_or_explicit(w->options.wanted, streams, memory_order_relaxed);
}

/* Closes a watcher's connection; `i` is its place in the round. */
static void
leave(struct round *r, uint32_t i, const char *reason)
{
    struct watch *w = r->watch;
    watch_must_be_self(w);
    MUST(i < r->n);
    struct watcher *watcher = r->watchers[i];
    r->watchers[i] = r->watchers[--r->n];
    lock_take(&w->lock);
    uint32_t at = 0;
    while (at < w->n_watchers && w->watchers[at] != watcher)
        at++;
    MUST(at < w->n_watchers);
    w->watchers[at] = w->watchers[--w->n_watchers];
    w->n_reserved--;
    watch_must_hold_locked(w);
    watch_thread_publish_streams_locked(w);
    lock_give(&w->lock);
    int fd = watcher->stream.fd;
    struct address_peer peer = watcher->peer;
    LOG(LOG_DEBUG, "<%d watcher closed", fd);
    watcher_free(&watcher);
    w->options.left(w->options.arg, fd, &peer, reason);
}

static void
send_to_all(struct round *r)
{
    for (uint32_t i = r->n; i-- > 0;)
        if (!r->watchers[i]->blocked && !watcher_send(r->watchers[i]))
            leave(r, i, "error");
}

/* `ready`: poll's results, in the order of the round. */
static void
serve(struct round *r, const struct pollfd *ready)
{
    for (uint32_t i = r->n; i-- > 0;) {
        struct watcher *watcher = r->watchers[i];
        bool normally = false;
        if (ready[i].revents != 0) /* under TLS, a send may have waited for these bytes */
            watcher->blocked = false;
        if ((ready[i].revents & ~POLLOUT) && !watcher_listen(watcher, &normally))
            leave(r, i, normally ? "normal" : "error");
    }
}

static short
poll_events(const struct watcher *w)
{
    return watcher_has_lines(w) && !w->stream.crossed ? POLLIN | POLLOUT : POLLIN;
}

static bool
rings_are_empty(struct watch *w)
{
    for (int i = 0; i < watch_n_rings(w); i++)
        if (watch_ring_used(&w->rings[i]) > 0)
            return false;
    return true;
}

/* Waits for work.  After a round that found events it waits only for a moment, because more are likely. */
static void
wait(struct round *r, unsigned fullest)
{
    struct watch *w = r->watch;
    struct pollfd fd[1 + WATCHERS_MAX] = {{.fd = w->bell_fd, .events = POLLIN}};
    uint64_t rings;
    MUST(r->n <= WATCHERS_MAX);
    for (uint32_t i = 0; i < r->n; i++)
        fd[1 + i] = (struct pollfd){.fd = r->watchers[i]->stream.fd, .events = poll_events(r->watchers[i])};
    int timeout_ms = fullest == 0 ? -1 : fullest < 25 ? NAP_MS : 0;
    int sleep = fullest == 0 ? WATCH_SLEEPS : WATCH_NAPS;
    atomic_store_explicit(&w->sleep, sleep, memory_order_seq_cst); /* read by wake_if_needed */
    if (sleep == WATCH_SLEEPS && !rings_are_empty(w))
        timeout_ms = 0;
    int n = poll(fd, 1 + r->n, timeout_ms);
    atomic_store_explicit(&w->sleep, WATCH_AWAKE, memory_order_relaxed);
    if (n <= 0)
        return;
    if ((fd[0].revents & POLLIN) && read(w->bell_fd, &rings, sizeof rings) < 0 && errno != EAGAIN)
        LOG(LOG_WARN, "watch: cannot read its eventfd: %s", strerror(errno));
    serve(r, fd + 1);
}

void *
watch_thread_main(void *arg)
{
    struct round r = {.watch = arg};
    watch_must_be(r.watch);
    owner_take(&r.watch->self);
    pthread_setname_np(pthread_self(), "watch");
    for (;;) {
        begin_round(&r);
        unsigned fullest = take_events(&r);
        send_to_all(&r);
        if (r.stopping)
            break;
        wait(&r, fullest);
    }
    while (r.n > 0)
        leave(&r, r.n - 1, "shutdown");
    return NULL;
}
