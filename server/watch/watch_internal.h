/*
 * watch_internal: the live log as its two files see it: watch.c (for threads that put
 * events, add watchers or read statistics) and watch_thread.c (the thread that sends).
 */
#ifndef SERVER_WATCH_WATCH_INTERNAL_H
#define SERVER_WATCH_WATCH_INTERNAL_H

#include <pthread.h>

#include "base/lock.h"
#include "base/stream_tls.h"
#include "server/owner.h"
#include "server/watch/watch.h"
#include "server/watch/watcher.h"

enum { WATCH_MAGIC = 0x77746368 };

/* Whether an event must wake the thread. */
enum watch_sleep {
    WATCH_AWAKE,  /* no: it looks at the rings again */
    WATCH_NAPS,   /* only if a ring is half full */
    WATCH_SLEEPS, /* yes */
};

/*
 * [l] guarded by `lock`   [t] the watch thread's own   [c] counted by the watch thread
 *
 * n_reserved == watchers in `watchers` + those between watch_reserve and watch_begin
 */
struct watch {
    uint32_t magic;
    struct owner self; /* the watch thread */
    struct watch_options options;
    struct watch_ring *rings; /* n_rings of the workers, and the one of the other threads */
    struct lock others_lock;  /* LOCK_LEAF: held by a thread that puts into the ring of the other threads */
    _Atomic uint64_t gid;     /* of the last event; relaxed */
    _Atomic int sleep;        /* enum watch_sleep; seq_cst against the rings: see wake_if_needed */
    int bell_fd;              /* eventfd: readable when the thread has work */
    struct lock lock;         /* LOCK_LEAF */
    pthread_t thread;         /* [l] */
    bool started, stopping;   /* [l] */
    uint32_t n_reserved;      /* [l] */
    uint32_t n_watchers;      /* [l] changed by the thread, and by watch_begin */
    struct watcher *watchers[WATCHERS_MAX]; /* [l] only the thread removes */
    struct stream_tls_thread tls;           /* of watchers that speak TLS: it collects no records */
    counter n_tls_sessions;                 /* tickets that OpenSSL may still send for one */
    counter n_sent, n_skipped;              /* [c] */
};

static inline int
watch_n_rings(const struct watch *w)
{
    return w->options.n_rings + 1;
}

static inline void
watch_must_be(const struct watch *w)
{
    MUST(w != NULL && w->magic == WATCH_MAGIC);
}

static inline void
watch_must_be_self(const struct watch *w)
{
    watch_must_be(w);
    owner_must_be_self(&w->self);
}

static inline void
watch_must_hold_locked(const struct watch *w)
{
    lock_must_own(&w->lock);
    MUST(w->n_watchers <= w->n_reserved && w->n_reserved <= WATCHERS_MAX);
}

void watch_wake(struct watch *);

/* ---- watch_thread.c ---- */

void *watch_thread_main(void *watch);

/* Stores in `wanted` which streams the watchers want. */
void watch_thread_publish_streams_locked(struct watch *);

#endif
