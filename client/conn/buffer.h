/*
 * buffer: a connection's bytes on their way in and out.
 *
 * What comes in lies in chunks that never move: values are handed out where they
 * are, and stay good until buffer_in_release.  A reply that the chunk has no room
 * for is carried over into a new one, before anything in it was handed out.
 *
 *   begin <= end <= now->n; the bytes between are not looked at yet
 *
 * What goes out is one run of bytes; it may move as it grows.
 */
#ifndef CLIENT_CONN_BUFFER_H
#define CLIENT_CONN_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/must.h"

struct chunk; /* buffer.c */

struct buffer_in {
    struct chunk *now, *old, *spare;
    size_t begin, end;
    char *bytes; /* of `now` */
    size_t n;
};

struct buffer_out {
    char *p;
    size_t begin, end, n; /* what is to be sent lies from begin to end */
};

static inline void
buffer_in_must_hold(const struct buffer_in *b)
{
    CHECKED_MUST(b->begin <= b->end && b->end <= b->n);
    CHECKED_MUST((b->now != NULL) == (b->bytes != NULL) && (b->now != NULL) == (b->n > 0));
    (void)b;
}

static inline void
buffer_out_must_hold(const struct buffer_out *b)
{
    CHECKED_MUST(b->begin <= b->end && b->end <= b->n);
    CHECKED_MUST((b->p != NULL) == (b->n > 0));
    (void)b;
}

/* Room for at least `n` bytes behind those that are here; *room says how many there are.  NULL when out of memory. */
MUST_USE char *buffer_in_room(struct buffer_in *, size_t n, size_t *room);

/* What was handed out is stale. */
void buffer_in_release(struct buffer_in *);
void buffer_in_clear(struct buffer_in *); /* what came is forgotten, what was handed out is not */
void buffer_in_fini(struct buffer_in *);

/* `n` bytes were written to the room. */
static inline void
buffer_in_came(struct buffer_in *b, size_t n)
{
    MUST(n <= b->n - b->end);
    b->end += n;
}

/* The first `n` of the bytes were looked at. */
static inline void
buffer_in_took(struct buffer_in *b, size_t n)
{
    CHECKED_MUST(n <= b->end - b->begin);
    b->begin += n;
}

static inline struct bytes
buffer_in_bytes(const struct buffer_in *b)
{
    buffer_in_must_hold(b);
    return bytes_of(b->bytes + b->begin, b->end - b->begin);
}

/* Room for `n` bytes at the end; buffer_out_wrote says where what was written ends.  NULL when out of memory. */
MUST_USE char *buffer_out_grow(struct buffer_out *, size_t n);

static inline MUST_USE char *
buffer_out_room(struct buffer_out *b, size_t n)
{
    buffer_out_must_hold(b);
    return LIKELY(b->n - b->end >= n) ? b->p + b->end : buffer_out_grow(b, n);
}

static inline void
buffer_out_wrote(struct buffer_out *b, const char *end)
{
    CHECKED_MUST(end >= b->p + b->end && end <= b->p + b->n);
    b->end = (size_t)(end - b->p);
}

static inline size_t
buffer_out_left(const struct buffer_out *b)
{
    CHECKED_MUST(b->begin <= b->end);
    return b->end - b->begin;
}

void buffer_out_sent(struct buffer_out *, size_t n);
void buffer_out_fini(struct buffer_out *);

#endif
