/*
 * watcher: a connection that only receives events: the streams that it wants,
 * and the lines not yet sent to it.
 *
 * Lines that find no room in its buffer are skipped; the next line with room is preceded by
 * one with the number of skipped lines.  Bytes that it sends are read and discarded.
 *
 *   0 <= start <= end <= size        [start, end) is not sent yet
 *
 * Threads: made by a worker, then used by the watch thread only.
 */
#ifndef SERVER_WATCH_WATCHER_H
#define SERVER_WATCH_WATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"
#include "base/stream.h"
#include "server/text/address.h"

struct listening; /* sockets.h */

enum { WATCHER_MAGIC = 0x77746372 };

struct watcher {
    uint32_t magic;
    struct stream stream; /* these four are set before watch_begin */
    struct address_peer peer;
    const struct listening *from; /* the socket that accepted it */
    uint32_t since_s;
    uint32_t streams;   /* bits of enum watch_stream */
    uint64_t since_gid; /* gets events after this one */
    bool blocked;       /* the last send filled the socket */
    uint64_t n_skipped; /* lines since the last that found room */
    size_t start, end, size;
    char buffer[];
};

static inline void
watcher_must_hold(const struct watcher *w)
{
    MUST(w != NULL && w->magic == WATCHER_MAGIC);
    MUST(w->start <= w->end && w->end <= w->size);
}

/* With room for `size` bytes, at least for one line; its first line is "OK".  NULL when out of memory. */
struct watcher *watcher_new(uint32_t streams, size_t size);

/* Closes its stream, if it has one. */
void watcher_free(struct watcher **);

/* Queues a line; false: it was skipped. */
MUST_USE bool watcher_offer(struct watcher *, const char *line, size_t n);

/* Sends as much as the socket accepts; false: it is broken. */
MUST_USE bool watcher_send(struct watcher *);

/* Reads and discards; false: the peer has closed (*normally), or the socket is broken. */
MUST_USE bool watcher_listen(struct watcher *, bool *normally);

static inline bool
watcher_has_lines(const struct watcher *w)
{
    return w->end > w->start;
}

#endif
