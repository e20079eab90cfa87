/*
 * watch: the live log: events of the server, sent as lines to the connections
 * that asked for them with the command `watch`.
 *
 *   worker -> its ring --+
 *   worker -> its ring --+-> the watch thread -> each watcher's buffer -> socket
 *   others -> one ring --+
 *
 * An event is made only if a watcher wants its stream: the thread first tests the
 * stream's bit in a word that server.h shares, which costs one relaxed load a turn.
 * No thread waits for watchers: a full ring drops events, a full buffer skips lines,
 * and both are counted.  So rings and buffers bound the memory.
 *
 * The watch thread starts with the first watcher.  It sleeps until there is an event, and after each
 * round it naps for a moment, so that a busy server wakes it at most a thousand times a second.
 *
 * Threads: any, except for watch_new, watch_stop and watch_free; only one thread puts
 *          events into a ring.
 * Locks:   LOCK_LEAF, for watchers that join and leave; another for the ring of the other threads.
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

/* The streams, a bit each: rows of watch_streams.def. */
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

/*
 * The streams that `words` name; any beginning of a name is enough.  Without
 * words: fetchers.  false: no such stream.
 */
MUST_USE bool watch_streams(struct bytes words, uint32_t *streams);

enum { WATCHERS_MAX = 20 };

struct watch;   /* watch_internal.h */
struct watcher; /* watcher.h */

struct watch_options {
    int n_rings;              /* of workers; there is one more for all other threads */
    size_t ring_bytes;        /* of each */
    size_t buffer_bytes;      /* of a watcher */
    _Atomic uint32_t *wanted; /* the bits of WATCH_ALL in it are set by watch: the wanted streams; relaxed */
    /* The watch thread has closed a watcher's connection; `reason` is the word of conn_close. */
    void (*left)(void *arg, int fd, const struct address_peer *, const char *reason);
    void *arg;
};

/* NULL when out of memory or descriptors. */
struct watch *watch_new(const struct watch_options *);
/*
 * Sends what the sockets accept, closes the watchers and ends the thread; from
 * then on no client can watch.  watch_tell stays allowed.
 */
void watch_stop(struct watch *);
void watch_free(struct watch **);

/* ---- events ---- */

/* The ring of worker `number`, 0..n_rings-1. */
struct watch_ring *watch_nth_ring(struct watch *, int number);

/*
 * Puts an event whose stream is wanted into `ring`, the calling thread's own;
 * NULL: it has none.  Takes no lock with a ring of its own, LOCK_LEAF without.
 */
void watch_tell(struct watch *, struct watch_ring *, struct watch_event *, struct bytes text);

/* ---- watchers ---- */

enum watch_result { WATCH_OK, WATCH_TOO_MANY, WATCH_FAILED };

/* Reserves a place among the watchers until watch_begin.  Starts the thread; takes LOCK_LEAF. */
MUST_USE enum watch_result watch_reserve(struct watch *, uint32_t streams, struct watcher **);

/* Sends "OK" to the watcher, whose stream is set, and from then on all events that it wants. */
void watch_begin(struct watch *, struct watcher *);

/* ---- statistics ---- */

struct watch_stats {
    uint64_t n_dropped, n_written; /* events that found no room in a ring, and those that did */
    uint64_t n_skipped, n_sent;    /* lines that found no room in a watcher's buffer, and those that did */
    uint64_t n_watchers;
};
void watch_stats(struct watch *, struct watch_stats *);
void watch_stats_reset(struct watch *);

/*
 * Calls `each` for each watcher, under LOCK_LEAF; `each` may read only fields
 * that do not change while it watches.
 */
void watch_each(struct watch *, void (*each)(void *arg, const struct watcher *), void *arg);

#endif
