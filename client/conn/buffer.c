/* buffer: see buffer.h. */
#include "client/conn/buffer.h"

#include <stdint.h>
#include <stdlib.h>

enum {
    CHUNK = 64 << 10, /* bytes of a chunk */
    KEEP = 1 << 20,   /* the largest empty output buffer that is kept */
};

struct chunk {
    struct chunk *next;
    size_t n;
    char bytes[];
};

static struct chunk *
take_chunk(struct buffer_in *b, size_t n)
{
    struct chunk *c = b->spare;

    CHECKED_MUST(c == NULL || c->n == CHUNK);
    if (c != NULL && c->n >= n) {
        b->spare = NULL;
        return c;
    }
    size_t size = n > CHUNK ? n : CHUNK;
    c = size < SIZE_MAX / 2 ? malloc(sizeof *c + size) : NULL;
    if (c != NULL)
        c->n = size;
    return c;
}

static void
give_chunk(struct buffer_in *b, struct chunk *c)
{
    if (b->spare == NULL && c->n == CHUNK)
        b->spare = c;
    else
        free(c);
}

static void
give_old(struct buffer_in *b)
{
    while (b->old != NULL) {
        struct chunk *c = b->old;
        b->old = c->next;
        give_chunk(b, c);
    }
}

/* Keeps the chunk if values may point into it: into the bytes before `begin`. */
static void
put_aside(struct buffer_in *b)
{
    if (b->now == NULL)
        return;
    if (b->begin == 0) {
        give_chunk(b, b->now);
    } else {
        b->now->next = b->old;
        b->old = b->now;
    }
}

char *
buffer_in_room(struct buffer_in *b, size_t n, size_t *room)
{
    if (LIKELY(b->n - b->end >= n)) {
        *room = b->n - b->end;
        return b->bytes + b->end;
    }
    buffer_in_must_hold(b);
    size_t left = b->end - b->begin;
    struct chunk *c = n <= SIZE_MAX / 4 ? take_chunk(b, left + n) : NULL;
    if (c == NULL)
        return NULL;
    if (left > 0)
        memcpy(c->bytes, b->bytes + b->begin, left);
    put_aside(b);
    b->now = c;
    b->bytes = c->bytes;
    b->n = c->n;
    b->begin = 0;
    b->end = left;
    *room = b->n - b->end;
    MUST(*room >= n);
    buffer_in_must_hold(b);
    return b->bytes + b->end;
}

static void
drop_now(struct buffer_in *b)
{
    if (b->now != NULL)
        give_chunk(b, b->now);
    b->now = NULL;
    b->bytes = NULL;
    b->n = b->begin = b->end = 0;
    buffer_in_must_hold(b);
}

void
buffer_in_release(struct buffer_in *b)
{
    buffer_in_must_hold(b);
    if (b->old != NULL)
        give_old(b);
    if (b->begin == b->end) {
        b->begin = b->end = 0;
        if (UNLIKELY(b->n > CHUNK))
            drop_now(b);
    }
}

void
buffer_in_clear(struct buffer_in *b)
{
    b->begin = b->end;
}

void
buffer_in_fini(struct buffer_in *b)
{
    give_old(b);
    drop_now(b);
    free(b->spare);
    b->spare = NULL;
}

char *
buffer_out_grow(struct buffer_out *b, size_t n)
{
    size_t left = b->end - b->begin;

    if (n > SIZE_MAX / 4)
        return NULL;
    if (b->begin > 0 && b->n - left >= n && b->begin >= left) { /* cheap: no byte moves twice */
        memcpy(b->p, b->p + b->begin, left);
    } else {
        size_t size = b->n * 2 > left + n ? b->n * 2 : left + n + 4096;
        char *p = malloc(size);
        if (p == NULL)
            return NULL;
        if (left > 0)
            memcpy(p, b->p + b->begin, left);
        free(b->p);
        b->p = p;
        b->n = size;
    }
    b->begin = 0;
    b->end = left;
    MUST(b->n - b->end >= n);
    buffer_out_must_hold(b);
    return b->p + b->end;
}

void
buffer_out_sent(struct buffer_out *b, size_t n)
{
    MUST(n <= b->end - b->begin);
    b->begin += n;
    if (b->begin < b->end)
        return;
    b->begin = b->end = 0;
    if (UNLIKELY(b->n > KEEP))
        buffer_out_fini(b);
}

void
buffer_out_fini(struct buffer_out *b)
{
    free(b->p);
    *b = (struct buffer_out){0};
}
