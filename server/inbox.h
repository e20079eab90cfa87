/*
 * inbox: how other threads reach a worker.
 *
 * Two kinds of things arrive: sockets, from the listener, and notes, which are
 * run on the worker's own thread.  A note is a field of the object that it is
 * about, so posting one needs no memory and cannot fail.
 *
 *   a note is in `notes`  <=>  it was posted and has not been taken or withdrawn
 *
 * Threads: inbox_post, inbox_give and inbox_ring from any; the rest from the
 *          worker's own.  The thread that posts a note keeps it alive until it
 *          was run or withdrawn.
 * Locks:   LOCK_INBOX, for a few instructions.
 */
#ifndef SERVER_INBOX_H
#define SERVER_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "base/lock.h"
#include "base/must.h"

struct listening; /* sockets.h */

/* A connected, non-blocking socket, and the listening one that it came in by. */
struct arrival {
    int fd;
    const struct listening *from; /* lives longer than the worker */
};

/* All zero but for `run` is a note that was not posted. */
struct inbox_note {
    void (*run)(struct inbox_note *); /* on the worker's thread, outside its epoch */
    bool posted;                      /* [inbox.lock] */
    TAILQ_ENTRY(inbox_note) link;     /* [inbox.lock] */
};

struct inbox {
    struct lock lock;
    struct arrival *queue;                     /* [lock] */
    size_t n, size;                            /* [lock] of queue */
    TAILQ_HEAD(inbox_notes, inbox_note) notes; /* [lock] oldest first */
    int event_fd;                              /* readable when something has arrived */
};

/* false, with errno, if there is no descriptor left. */
MUST_USE bool inbox_init(struct inbox *);
/* The queue must be empty; notes that were not taken stay their owners'. */
void inbox_fini(struct inbox *);

/* Wakes the worker.  Any thread. */
void inbox_ring(struct inbox *);

/* Hands over a socket and wakes the worker; false: no memory, and it stays the caller's.  Any thread. */
MUST_USE bool inbox_give(struct inbox *, struct arrival);

/* Posts a note and wakes the worker; nothing happens if it is posted already.  Any thread. */
void inbox_post(struct inbox *, struct inbox_note *);

/* After it the note is not posted, and may be freed.  Worker's thread. */
void inbox_withdraw(struct inbox *, struct inbox_note *);

/* All sockets that wait, as an array for the caller to free.  Worker's thread. */
struct arrival *inbox_take(struct inbox *, size_t *n);

/* Runs the notes that are posted, those too that come meanwhile.  Worker's thread. */
void inbox_run(struct inbox *);

#endif
