/*
 * checker: a thread that checks logins, so that no worker is blocked by a hash.
 *
 * The hash of a password takes milliseconds, and any client that can connect can ask for one.  A
 * worker submits it to the checker as a task and serves its other connections in the meantime.
 * Tasks wait in a queue for each address (peer_queue.h).  There is one checker, so hashes use at most
 * one core, and its priority is low: of a core that a worker needs too, it gets about a tenth.
 *
 * A task belongs to its worker, except while it runs.  If the worker drops it
 * while it runs, it belongs to the checker, which frees it.
 *
 *   IDLE -submit-> QUEUED -> RUNNING -> DONE         checker_drop: it belongs to the caller
 *                               +-drop-> ABANDONED   the checker frees it
 *
 * Threads: checker_submit, checker_is_done and checker_drop on the thread of the task's
 *          inbox; checker_n_waiting on any; the rest on the main thread.
 * Locks:   LOCK_CHECKER, under which the checker posts the note of a finished task.
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

/* A task that was not submitted: all zero, except for the first four. */
struct checker_task {
    void (*run)(struct checker_task *);  /* on the checker's thread */
    void (*free)(struct checker_task *); /* on the checker's thread, if the task was dropped while it ran */
    struct inbox *inbox;                 /* where the checker posts `note` when the task has run */
    struct inbox_note *note;             /* the submitter's, used by this task only until it is dropped */
    uint8_t state;                       /* [checker.lock] */
    struct peer_queue_entry entry;       /* [checker.lock] */
};

/* Starts the thread; it makes no system call later that the sandbox forbids.  NULL: `why` has a sentence. */
MUST_USE struct checker *checker_start(char *why, size_t n_why);
/* Waits for the running task, if any.  No task may be waiting. */
void checker_stop(struct checker **);

/* false: too many tasks wait. */
MUST_USE bool checker_submit(struct checker *, const struct address_peer *, struct checker_task *);

/* Whether the task has run: only then may its results be read. */
bool checker_is_done(struct checker *, const struct checker_task *);

/* Gives up a task in any state.  true: the caller frees it; false: it runs, and the checker frees it. */
MUST_USE bool checker_drop(struct checker *, struct checker_task *);

/* Tasks that have not finished, the running one included.  Any thread. */
uint32_t checker_n_waiting(const struct checker *);

#endif
