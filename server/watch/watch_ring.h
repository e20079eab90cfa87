/*
 * watch_ring: events between the thread that makes them and the thread that sends them to watchers.
 *
 * A ring of records, each a struct watch_event and the bytes of its text.  When it is
 * full, events are dropped and counted; the thread that makes them never waits.
 *
 * The filled bytes are whole records.
 *
 * Threads: one puts, another takes; watch_ring_used and the counters, any.
 */
#ifndef SERVER_WATCH_WATCH_RING_H
#define SERVER_WATCH_WATCH_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/counter.h"
#include "base/must.h"
#include "base/ring.h"

enum { WATCH_TEXT_MAX = 256 }; /* a key, an address, the beginning of a command */

/* The kinds of events: rows of watch_events.def. */
enum watch_kind {
#define WATCH_EVENT(name, stream, line) WATCH_##name,
#include "server/watch/watch_events.def"
#undef WATCH_EVENT
    WATCH_N_KINDS
};

/* The fields of an event.  The line of its row says which of them it has. */
struct watch_event {
    uint64_t gid;        /* the number of the event; set by watch_tell */
    uint64_t at_us;      /* since 1970; set by watch_tell */
    const char *word[2]; /* string literals */
    int64_t ttl_s;
    uint32_t class_number, from_number, n_value, idle_s;
    int32_t fd;
    uint16_t port;
    uint16_t n_text; /* set by watch_ring_put */
    uint8_t kind;    /* enum watch_kind */
};

struct watch_ring {
    size_t size;
    char *bytes;
    struct ring ring; /* of bytes; wake_if_needed in watch.c explains the order */
    counter n_written, n_dropped;
};

/* With at least `size` bytes, and room for one event.  false when out of memory. */
MUST_USE bool watch_ring_init(struct watch_ring *, size_t size);
void watch_ring_fini(struct watch_ring *);

/* Copies at most WATCH_TEXT_MAX bytes of `text`.  false: the ring was full, and the event is dropped. */
bool watch_ring_put(struct watch_ring *, const struct watch_event *, struct bytes text);

/* Takes the oldest event, with its text (n_text bytes).  false: there is none. */
MUST_USE bool watch_ring_take(struct watch_ring *, struct watch_event *, char text[WATCH_TEXT_MAX]);

/* Filled bytes. */
size_t watch_ring_used(struct watch_ring *);

#endif
