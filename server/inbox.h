/*
 * inbox: how other threads reach a worker.
 *
 *   accept   a socket, from the listener
 *   wake     a note, which is run on the worker's own thread: a request that waited may go on
 *   apply, serve, drain, stop    asked of the worker; to ask again before it has looked changes nothing
 *
 * A note is a field of the object that it is about, so posting one needs no
 * memory and cannot fail, nor can asking.
 *
 *   a note is in `notes`  <=>  it was posted and has not been taken or withdrawn
 *
 * Threads: inbox_accept, inbox_post and inbox_ask from any; the rest from the
 *          worker's own.  The thread that posts a note keeps it alive until it
 *          was run or withdrawn.
 * Locks:   LOCK_INBOX, for a few instructions.
 */
#ifndef SERVER_INBOX_H
#define SERVER_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/lock.h"
#include "base/must.h"

struct listening; /* sockets.h */

/* A connected, non-blocking socket, and the listening one that it came in by. */
struct accepted {
    int fd;
    const struct listening *from; /* lives longer than the worker */
};

/* What a worker is asked, a bit each. */
enum inbox_ask {
    INBOX_APPLY = 1 << 0, /* a LIVE option has changed */
    INBOX_SERVE = 1 << 1, /* all workers are there: requests that need no connection may come */
    INBOX_DRAIN = 1 << 2, /* close each connection as soon as it rests */
    INBOX_STOP = 1 << 3,  /* end the loop */
};

/* What has arrived, but for notes. */
struct inbox_mail {
    struct accepted *accepted; /* for the caller to free */
    size_t n_accepted;
    uint32_t asked; /* bits of enum inbox_ask */
};

/* All zero but for `run` is a note that was not posted. */
struct inbox_note {
    void (*run)(struct inbox_note *); /* on the worker's thread, outside its epoch */
    bool posted;                      /* [inbox.lock] */
    TAILQ_ENTRY(inbox_note) link;     /* [inbox.lock] */
};

struct inbox {
    struct lock lock;
    struct inbox_mail mail;                    /* [lock] */
    size_t size;                               /* [lock] of mail.accepted */
    TAILQ_HEAD(inbox_notes, inbox_note) notes; /* [lock] oldest first */
    int event_fd;                              /* readable when something has arrived */
};

/* false, with errno, if there is no descriptor left. */
MUST_USE bool inbox_init(struct inbox *);
/* No socket may be left; notes that were not taken stay their owners'. */
void inbox_fini(struct inbox *);

/* Hands over a socket and wakes the worker; false: no memory, and it stays the caller's.  Any thread. */
MUST_USE bool inbox_accept(struct inbox *, struct accepted);

/* Asks one thing and wakes the worker.  Any thread. */
void inbox_ask(struct inbox *, enum inbox_ask);

/* Posts a note and wakes the worker; nothing happens if it is posted already.  Any thread. */
void inbox_post(struct inbox *, struct inbox_note *);

/* After it the note is not posted, and may be freed.  Worker's thread. */
void inbox_withdraw(struct inbox *, struct inbox_note *);

/* All sockets that wait, and what was asked since the last time.  Worker's thread. */
struct inbox_mail inbox_take(struct inbox *);

/* Runs the notes that are posted, those too that come meanwhile.  Worker's thread. */
void inbox_run(struct inbox *);

#endif
