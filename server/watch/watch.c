/* watch: see watch.h. */
#include "server/watch/watch_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"
#include "proto/request.h"
#include "server/watch/watch_format.h"

static const char *const stream_names[WATCH_N_STREAMS] = {
#define WATCH_STREAM(name, word) [WATCH_NUMBER_##name] = word,
#include "server/watch/watch_streams.def"
#undef WATCH_STREAM
};

static_assert(WATCH_N_STREAMS < 32, "a bit for each stream");

static uint32_t
stream_of_word(struct bytes word)
{
    for (uint32_t i = 0; i < WATCH_N_STREAMS; i++)
        if (bytes_begin_with(bytes_of(stream_names[i], strlen(stream_names[i])), word))
            return UINT32_C(1) << i;
    return 0;
}

bool
watch_streams(struct bytes words, uint32_t *streams)
{
    struct bytes word = request_word(&words);
    *streams = word.n == 0 ? WATCH_FETCHERS : 0;
    for (; word.n > 0; word = request_word(&words)) {
        uint32_t stream = stream_of_word(word);
        if (stream == 0)
            return false;
        *streams |= stream;
    }
    return true;
}

/* ---- start -------------------------------------------------------------- */

static bool
make_rings(struct watch *w)
{
    w->rings = calloc((size_t)watch_n_rings(w), sizeof *w->rings);
    bool ok = w->rings != NULL;
    for (int i = 0; ok && i < watch_n_rings(w); i++)
        ok = watch_ring_init(&w->rings[i], w->options.ring_bytes);
    return ok;
}

struct watch *
watch_new(const struct watch_options *o)
{
    struct watch *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->magic = WATCH_MAGIC;
    w->options = *o;
    w->tls.n_sessions = &w->n_tls_sessions;
    lock_init(&w->lock, LOCK_LEAF);
    lock_init(&w->others_lock, LOCK_LEAF);
    w->bell_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (w->bell_fd < 0 || !make_rings(w))
        watch_free(&w);
    return w;
}

void
watch_stop(struct watch *w)
{
    watch_must_be(w);
    lock_take(&w->lock);
    w->stopping = true;
    bool started = w->started;
    lock_give(&w->lock);
    if (!started)
        return;
    watch_wake(w);
    pthread_join(w->thread, NULL);
    MUST(w->n_watchers == 0);
}

void
watch_free(struct watch **wp)
{
    struct watch *w = *wp;
    *wp = NULL;
    if (w == NULL)
        return;
    watch_must_be(w);
    MUST(w->n_watchers == 0);
    for (int i = 0; w->rings != NULL && i < watch_n_rings(w); i++)
        watch_ring_fini(&w->rings[i]);
    free(w->rings);
    if (w->bell_fd >= 0)
        close(w->bell_fd);
    lock_fini(&w->others_lock);
    lock_fini(&w->lock);
    w->magic = 0;
    free(w);
}

/* ---- events ------------------------------------------------------------- */

struct watch_ring *
watch_nth_ring(struct watch *w, int number)
{
    watch_must_be(w);
    MUST(number >= 0 && number < w->options.n_rings);
    return &w->rings[number];
}

void
watch_wake(struct watch *w)
{
    uint64_t one = 1;
    ssize_t n = write(w->bell_fd, &one, sizeof one);
    (void)n; /* EAGAIN: it is readable already */
}

/*
 * This thread puts the event into its ring, and then reads whether the watch thread
 * sleeps.  The watch thread stores that it sleeps, and then looks at the rings.  All
 * four are seq_cst, so at least one of the two sees the other's store.
 */
static void
wake_if_needed(struct watch *w, struct watch_ring *ring)
{
    int sleep = atomic_load_explicit(&w->sleep, memory_order_seq_cst);
    if (sleep == WATCH_AWAKE || (sleep == WATCH_NAPS && watch_ring_used(ring) < ring->size / 2))
        return;
    if (atomic_exchange_explicit(&w->sleep, WATCH_AWAKE, memory_order_relaxed) != WATCH_AWAKE)
        watch_wake(w);
}

static uint64_t
microseconds_since_1970(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void
watch_tell(struct watch *w, struct watch_ring *ring, struct watch_event *e, struct bytes text)
{
    bool is_mine = ring != NULL;
    CHECKED_MUST(w->magic == WATCH_MAGIC && e->kind < WATCH_N_KINDS);
    if (!is_mine) {
        ring = &w->rings[w->options.n_rings];
        lock_take(&w->others_lock);
    }
    e->gid = atomic_fetch_add_explicit(&w->gid, 1, memory_order_relaxed) + 1;
    e->at_us = microseconds_since_1970();
    watch_ring_put(ring, e, text);
    if (!is_mine)
        lock_give(&w->others_lock);
    wake_if_needed(w, ring);
}

/* ---- watchers ----------------------------------------------------------- */

static bool
start_thread_locked(struct watch *w)
{
    lock_must_own(&w->lock);
    if (w->started)
        return true;
    int error = thread_start(&w->thread, watch_thread_main, w);
    if (error != 0) {
        LOG(LOG_WARN, "cannot start the watch thread: %s", strerror(error));
        return false;
    }
    w->started = true;
    return true;
}

enum watch_result
watch_reserve(struct watch *w, uint32_t streams, struct watcher **out)
{
    enum watch_result result = WATCH_FAILED;
    watch_must_be(w);
    lock_take(&w->lock);
    if (w->n_reserved == WATCHERS_MAX)
        result = WATCH_TOO_MANY;
    else if (!w->stopping && start_thread_locked(w))
        result = WATCH_OK;
    if (result == WATCH_OK) {
        *out = watcher_new(streams, w->options.buffer_bytes);
        result = *out != NULL ? WATCH_OK : WATCH_FAILED;
    }
    w->n_reserved += result == WATCH_OK;
    watch_must_hold_locked(w);
    lock_give(&w->lock);
    return result;
}

void
watch_begin(struct watch *w, struct watcher *watcher)
{
    watch_must_be(w);
    MUST(watcher->stream.ops != NULL);
    if (watcher->stream.tls != NULL)
        stream_tls_move(&watcher->stream, &w->tls);
    lock_take(&w->lock);
    watcher->since_gid = atomic_load_explicit(&w->gid, memory_order_relaxed);
    MUST(w->n_watchers < w->n_reserved);
    w->watchers[w->n_watchers++] = watcher;
    watch_thread_publish_streams_locked(w);
    lock_give(&w->lock);
    watch_wake(w);
}

/* ---- statistics --------------------------------------------------------- */

void
watch_stats(struct watch *w, struct watch_stats *s)
{
    watch_must_be(w);
    *s = (struct watch_stats){.n_sent = counter_read(&w->n_sent), .n_skipped = counter_read(&w->n_skipped)};
    for (int i = 0; i < watch_n_rings(w); i++) {
        s->n_written += counter_read(&w->rings[i].n_written);
        s->n_dropped += counter_read(&w->rings[i].n_dropped);
    }
    lock_take(&w->lock);
    s->n_watchers = w->n_reserved;
    lock_give(&w->lock);
}

/* As with workers, an event counted at this moment may survive the reset. */
void
watch_stats_reset(struct watch *w)
{
    atomic_store_explicit(&w->n_sent, 0, memory_order_relaxed);
    atomic_store_explicit(&w->n_skipped, 0, memory_order_relaxed);
    for (int i = 0; i < watch_n_rings(w); i++) {
        atomic_store_explicit(&w->rings[i].n_written, 0, memory_order_relaxed);
        atomic_store_explicit(&w->rings[i].n_dropped, 0, memory_order_relaxed);
    }
}

void
watch_each(struct watch *w, void (*each)(void *arg, const struct watcher *), void *arg)
{
    lock_take(&w->lock);
    watch_must_hold_locked(w);
    for (uint32_t i = 0; i < w->n_watchers; i++)
        each(arg, w->watchers[i]);
    lock_give(&w->lock);
}
