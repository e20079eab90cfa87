/*
 * fake_peer: a stream whose other end is the test.
 *
 * What the client sends is kept in `sent`.  What the client receives is `reply`, in pieces of at most `piece`
 * bytes; behind it the stream waits, is closed or is broken.  There is no socket: poll(2) calls the descriptor
 * invalid, which the client takes for an event, as it must.
 */
#ifndef TESTS_UNIT_CLIENT_FAKE_PEER_H
#define TESTS_UNIT_CLIENT_FAKE_PEER_H

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "base/stream.h"

#include "tests/unit/unit.h"

enum { FAKE_PEERS = 4, FAKE_FD = INT_MAX - FAKE_PEERS };
enum fake_end { FAKE_WAITS, FAKE_CLOSED, FAKE_RESET };

struct fake_peer {
    char sent[64 << 10];
    size_t n_sent;
    size_t n_takes;   /* bytes that it takes until it would block */
    unsigned n_waits; /* sends that would block then, before it takes everything; 0: all */
    char reply[64 << 10];
    size_t n_reply, at, piece;
    enum fake_end end;
    unsigned n_closed;                  /* times that the client closed it */
    void (*answer)(struct fake_peer *); /* called when something was sent; NULL: `reply` was written before */
    size_t answered;                    /* its place in `sent` */
    char letter;
};

static struct fake_peer fake_peers[FAKE_PEERS];

static struct fake_peer *
fake_of(const struct stream *s)
{
    assert_in_range(s->fd, FAKE_FD, FAKE_FD + FAKE_PEERS - 1);
    return &fake_peers[s->fd - FAKE_FD];
}

static ssize_t
fake_recv(struct stream *s, void *p, size_t n)
{
    struct fake_peer *f = fake_of(s);
    size_t left = f->n_reply - f->at;

    if (left == 0)
        return f->end == FAKE_CLOSED ? 0 : f->end == FAKE_RESET ? -ECONNRESET : -EAGAIN;
    n = n < left ? n : left;
    n = n < f->piece ? n : f->piece;
    memcpy(p, f->reply + f->at, n);
    f->at += n;
    return (ssize_t)n;
}

static ssize_t
fake_send(struct stream *s, const void *p, size_t n)
{
    struct fake_peer *f = fake_of(s);

    if (f->n_takes == 0 && f->n_waits > 0 && --f->n_waits == 0)
        f->n_takes = SIZE_MAX;
    if (f->n_takes == 0)
        return f->end == FAKE_RESET ? -EPIPE : -EAGAIN;
    n = n < f->n_takes ? n : f->n_takes;
    assert_true(n <= sizeof f->sent - f->n_sent);
    memcpy(f->sent + f->n_sent, p, n);
    f->n_sent += n;
    f->n_takes -= n;
    if (f->answer != NULL)
        f->answer(f);
    return (ssize_t)n;
}

static void
fake_close(struct stream *s)
{
    fake_of(s)->n_closed++;
    s->fd = -1;
}

static const struct stream_ops fake_ops = {.recv = fake_recv, .send = fake_send, .close = fake_close};

/* A peer as good as new: it takes everything, and says nothing until it is told to. */
static inline struct stream
fake_begin(unsigned number)
{
    fake_peers[number] =
        (struct fake_peer){.n_takes = SIZE_MAX, .piece = SIZE_MAX, .letter = (char)('a' + number)};
    return (struct stream){.ops = &fake_ops, .fd = FAKE_FD + (int)number};
}

static inline void
fake_says(struct fake_peer *f, const char *p, size_t n)
{
    assert_true(n <= sizeof f->reply - f->n_reply);
    memcpy(f->reply + f->n_reply, p, n);
    f->n_reply += n;
}

static inline void
fake_says_text(struct fake_peer *f, const char *text)
{
    fake_says(f, text, strlen(text));
}

#endif
