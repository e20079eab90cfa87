/*
 * buffer: a connection's bytes in and out.
 *
 * Received bytes are in chunks that never move: values point into them, and stay valid
 * until buffer_in_release.  A reply for which the chunk is too small is copied to a new
 * chunk before anything points into it.
 *
 *   begin <= end <= now->n; the bytes between begin and end are not parsed yet
 *
 * Bytes to send are in one run, which may move as it grows.
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
    size_t begin, end, n; /* the bytes to send are those from begin to end */
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

/* Room for at least `n` bytes after the received ones; *room is its size.  NULL when out of memory. */
MUST_USE char *buffer_in_room(struct buffer_in *, size_t n, size_t *room);

/* Values returned earlier are no longer valid. */
void buffer_in_release(struct buffer_in *);
/* Drops the bytes that are not parsed; values returned earlier stay valid. */
void buffer_in_clear(struct buffer_in *);
void buffer_in_fini(struct buffer_in *);

/* `n` bytes were written to the room. */
static inline void
buffer_in_received(struct buffer_in *b, size_t n)
{
    MUST(n <= b->n - b->end);
    b->end += n;
}

/* The first `n` of the bytes were parsed. */
static inline void
buffer_in_parsed(struct buffer_in *b, size_t n)
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

/* Room for `n` bytes at the end; buffer_out_wrote then moves the end.  NULL when out of memory. */
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
