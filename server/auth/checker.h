/*
 * checker: a thread that checks logins, so that no worker has to.
 *
 * The hash of a password takes milliseconds, and whoever can connect can ask
 * for one.  A worker leaves it to the checker as a task and serves its other
 * connections meanwhile.  Tasks wait in a queue for each address (peer_queue.h).
 * There is one checker, so hashes take one core at most, and its priority is low:
 * of a core that a worker wants too it gets about a tenth.
 *
 * A task is its worker's, but for the time that it runs.  If the worker drops
 * it then, it becomes the checker's, which frees it.
 *
 *   IDLE -submit-> QUEUED -> RUNNING -> DONE         checker_drop: it is the caller's
 *                               +-drop-> ABANDONED   the checker frees it
 *
 * Threads: checker_submit, checker_is_done and checker_drop on the thread of
 *          the task's inbox; checker_n_waiting on any; the rest on the main thread.
 * Locks:   LOCK_CHECKER, under which the note of a task that is done is posted.
 */
#ifndef SERVER_AUTH_CHECKER_H
#define SERVER_AUTH_CHECKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"
#include "server/inbox.h"
#include "server/auth/peer_queue.h"

struct checker;

/* All zero but for the first four is a task that was not submitted. */
struct checker_task {
    void (*run)(struct checker_task *);  /* on the checker's thread */
    void (*free)(struct checker_task *); /* the same, when it was dropped while it ran */
    struct inbox *inbox;                 /* where `note` is posted when it has been run */
    struct inbox_note *note;             /* the submitter's, of this task alone until it was dropped */
    uint8_t state;                       /* [checker.lock] */
    struct peer_queue_entry entry;       /* [checker.lock] */
};

/* Starts the thread, which needs nothing that the sandbox forbids from then on.  NULL: `why` has a sentence. */
MUST_USE struct checker *checker_start(char *why, size_t n_why);
/* Waits for the task that runs, if any.  None may be left that waits. */
void checker_stop(struct checker **);

/* false: too many wait. */
MUST_USE bool checker_submit(struct checker *, const struct address_peer *, struct checker_task *);

/* Whether it has been run: then its results may be read. */
bool checker_is_done(struct checker *, const struct checker_task *);

/* Gives up a task in whatever state.  Whether it is the caller's now, to free; else it runs, and is freed then. */
MUST_USE bool checker_drop(struct checker *, struct checker_task *);

/* Tasks that have not been run, the one that runs included.  Any thread. */
uint32_t checker_n_waiting(const struct checker *);

#endif
