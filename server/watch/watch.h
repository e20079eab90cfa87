/*
 * watch: the live log.  What happens in the server, as lines for the
 * connections that asked for them with the command `watch`.
 *
 *   worker -> its ring --+
 *   worker -> its ring --+-> the watch thread -> each watcher's buffer -> socket
 *   others -> one ring --+
 *
 * Nothing is told while nobody watches: who has something to tell looks at the
 * streams that are wanted first (a bit in a word that server.h shares), which is
 * one relaxed load a turn.  And nobody waits: a full ring drops events, a full
 * buffer skips lines, both counted; so memory is bounded by rings and buffers.
 *
 * The thread starts with the first watcher.  It sleeps until something comes;
 * when something did, it naps a moment, so that a busy server wakes it a
 * thousand times a second at most.
 *
 * Threads: any, but for watch_new, watch_stop and watch_free; a ring has one thread that tells.
 * Locks:   LOCK_LEAF, for who comes and goes; another for the ring of the others.
 */
#ifndef SERVER_WATCH_WATCH_H
#define SERVER_WATCH_WATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"
#include "server/text/address.h"
#include "server/watch/watch_ring.h"

/* What can be watched, a bit each: rows of watch_streams.def. */
enum watch_stream_number {
#define WATCH_STREAM(name, word) WATCH_NUMBER_##name,
#include "server/watch/watch_streams.def"
#undef WATCH_STREAM
    WATCH_N_STREAMS
};
enum watch_stream {
#define WATCH_STREAM(name, word) WATCH_##name = 1 << WATCH_NUMBER_##name,
#include "server/watch/watch_streams.def"
#undef WATCH_STREAM
    WATCH_ALL = (1 << WATCH_N_STREAMS) - 1
};

/* The streams that `words` name, any beginning of a name being enough; fetchers when there are none.  false: no such stream. */
MUST_USE bool watch_streams(struct bytes words, uint32_t *streams);

enum { WATCHERS_MAX = 20 };

struct watch;   /* watch_internal.h */
struct watcher; /* watcher.h */

struct watch_options {
    int n_rings;              /* of workers; one more is made for the others */
    size_t ring_bytes;        /* of each */
    size_t buffer_bytes;      /* of a watcher */
    _Atomic uint32_t *wanted; /* the bits of WATCH_ALL in it are kept: relaxed */
    /* A watcher's connection has been closed, on the watch thread; `reason` is conn_close's word. */
    void (*left)(void *arg, int fd, const struct address_peer *, const char *reason);
    void *arg;
};

/* NULL when out of memory or descriptors. */
struct watch *watch_new(const struct watch_options *);
/* Sends what it can, closes the watchers and ends the thread; from then on nobody can watch.  Telling goes on. */
void watch_stop(struct watch *);
void watch_free(struct watch **);

/* ---- telling ---- */

/* A worker's ring: number 0..n_rings-1. */
struct watch_ring *watch_nth_ring(struct watch *, int number);

/*
 * Tells of an event whose stream is wanted.  `ring` is the thread's own; NULL: it has none.
 * Takes no lock with a ring of its own, LOCK_LEAF without.
 */
void watch_tell(struct watch *, struct watch_ring *, struct watch_event *, struct bytes text);

/* ---- watching ---- */

enum watch_result { WATCH_OK, WATCH_TOO_MANY, WATCH_FAILED };

/* A place among the watchers, held until watch_begin.  Starts the thread; takes LOCK_LEAF. */
MUST_USE enum watch_result watch_reserve(struct watch *, uint32_t streams, struct watcher **);

/* The watcher, which has its stream by now, is told "OK" and of all that happens from here. */
void watch_begin(struct watch *, struct watcher *);

/* ---- looking ---- */

struct watch_stats {
    uint64_t n_dropped, n_written; /* events that found no room in a ring, and those that did */
    uint64_t n_skipped, n_sent;    /* lines, likewise, in watchers' buffers */
    uint64_t n_watchers;
};
void watch_stats(struct watch *, struct watch_stats *);
void watch_stats_reset(struct watch *);

/* Shows each watcher; under LOCK_LEAF, and only what does not change while it watches. */
void watch_each(struct watch *, void (*each)(void *arg, const struct watcher *), void *arg);

#endif
