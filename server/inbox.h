/*
 * inbox: sockets, notes and requests from other threads to a worker.
 *
 *   accept   a socket, from the listener
 *   wake     a note, which runs on the worker's own thread: a request that waited may continue
 *   apply, serve, drain, stop    requests to the worker; repeating one that it has not seen yet changes nothing
 *
 * A note is a field of the object that it concerns, and a request is a bit, so
 * posting and asking need no memory and cannot fail.
 *
 *   a note is in `notes`  <=>  it was posted, and not taken or withdrawn since
 *
 * Threads: inbox_accept, inbox_post and inbox_ask from any; the rest from the worker's own.
 *          The thread that posts a note keeps it alive until it has run or was withdrawn.
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
#include "server/owner.h"

struct listening; /* sockets.h */

/* A connected, non-blocking socket, and the listening socket that accepted it. */
struct accepted {
    int fd;
    const struct listening *from; /* outlives the worker */
};

/* Requests to a worker, a bit each. */
enum inbox_ask {
    INBOX_APPLY = 1 << 0, /* a LIVE option has changed */
    INBOX_SERVE = 1 << 1, /* all workers run: requests without a connection (datagrams) may be served */
    INBOX_DRAIN = 1 << 2, /* close each connection as soon as it is at rest */
    INBOX_STOP = 1 << 3,  /* end the loop */
};

/* The contents, without the notes. */
struct inbox_mail {
    struct accepted *accepted; /* the caller frees it */
    size_t n_accepted;
    uint32_t asked; /* bits of enum inbox_ask */
};

/* A note that was not posted is all zero, except for `run`. */
struct inbox_note {
    void (*run)(struct inbox_note *); /* on the worker's thread, outside its epoch */
    bool posted;                      /* [inbox.lock] */
    TAILQ_ENTRY(inbox_note) link;     /* [inbox.lock] */
};

struct inbox {
    struct owner owner; /* the worker's thread */
    struct lock lock;
    struct inbox_mail mail;                    /* [lock] */
    size_t size;                               /* [lock] of mail.accepted */
    TAILQ_HEAD(inbox_notes, inbox_note) notes; /* [lock] oldest first */
    int event_fd;                              /* readable when the inbox is not empty */
};

/* false, with errno, if no descriptor is free. */
MUST_USE bool inbox_init(struct inbox *);
/* No socket may be left; notes that were not taken still belong to their owners. */
void inbox_fini(struct inbox *);

/*
 * Passes a socket to the worker and wakes it; false, and the caller keeps the
 * socket, when out of memory.  Any thread.
 */
MUST_USE bool inbox_accept(struct inbox *, struct accepted);

/* Makes one request and wakes the worker.  Any thread. */
void inbox_ask(struct inbox *, enum inbox_ask);

/* Posts a note and wakes the worker; does nothing if the note is posted already.  Any thread. */
void inbox_post(struct inbox *, struct inbox_note *);

/* Afterwards the note is not posted, and may be freed.  Worker's thread. */
void inbox_withdraw(struct inbox *, struct inbox_note *);

/* Takes all sockets, and the requests since the last call.  Worker's thread. */
struct inbox_mail inbox_take(struct inbox *);

/*
 * Runs the posted notes.  Those posted during the call are left for the next one, and wake the
 * worker: so a note that posts itself again lets the events of other clients be served first.
 * Worker's thread.
 */
void inbox_run(struct inbox *);

/* A function of the worker's own thread calls it. */
static inline void
inbox_must_be_self(const struct inbox *b)
{
    owner_must_be_self(&b->owner);
}

#endif
