/*
 * watcher: a connection that only listens: what it wants to be told, and lines
 * on their way to it.
 *
 * Lines that find no room in its buffer are skipped; the next one that does is
 * preceded by a line that says how many.  What it sends is read and forgotten.
 *
 *   0 <= start <= end <= size        [start, end) has not left
 *
 * Threads: made by a worker, then the watch thread's alone.
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

struct watcher {
    struct stream stream; /* these four are set before it begins */
    struct address_peer peer;
    const struct listening *from; /* the socket that it came in by */
    uint32_t since_s;
    uint32_t streams;   /* bits of enum watch_stream */
    uint64_t since_gid; /* told of events after this one */
    bool blocked;       /* the socket took no more when last asked */
    uint64_t n_skipped; /* lines since the last that found room */
    size_t start, end, size;
    char buffer[];
};

/* With room for `size` bytes, one line at least; its first is "OK".  NULL when out of memory. */
struct watcher *watcher_new(uint32_t streams, size_t size);

/* Closes its stream, if it has one. */
void watcher_free(struct watcher **);

/* Queues a line; false: it was skipped. */
MUST_USE bool watcher_offer(struct watcher *, const char *line, size_t n);

/* Sends what the socket takes; false: it is broken. */
MUST_USE bool watcher_send(struct watcher *);

/* Reads and forgets; false: the peer has ended (*normally, or it broke). */
MUST_USE bool watcher_listen(struct watcher *, bool *normally);

static inline bool
watcher_has_lines(const struct watcher *w)
{
    return w->end > w->start;
}

#endif
