/*
 * worker: a thread with an event loop that serves connections.
 *
 * The listener passes it accepted sockets through its inbox; from then on a
 * connection belongs to its worker only.  Buffers belong to the worker: a
 * connection borrows them while a request or reply of it is incomplete.
 *
 * Threads: worker_start, worker_stop, worker_join and worker_free from the main thread; the
 *          rest from any.
 */
#ifndef SERVER_SERVE_WORKER_H
#define SERVER_SERVE_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/counter.h"
#include "base/must.h"
#include "server/counters.h"

struct server;
struct worker; /* worker.c */

/* Starts the thread.  NULL, with a sentence in `why`, if it fails. */
struct worker *worker_start(struct server *, int index, char *why, size_t n_why);
/*
 * Asks the thread to end; waits for its end; closes its connections and frees it.
 * All workers are joined before the first is freed, because a worker reads the
 * others' counts of memory (conn_memory.c).
 */
void worker_stop(struct worker *);
void worker_join(struct worker *);
void worker_free(struct worker **);

/* All workers run: requests without a connection (datagrams) may be served now. */
void worker_serve(struct worker *);

/*
 * Closes each connection as soon as it is at rest: requests that have arrived by
 * then are answered, and the replies sent.  When no connection is left,
 * worker_drained is true and server_stop wakes the main loop.
 */
void worker_drain(struct worker *);
bool worker_drained(const struct worker *);

/* A connected, non-blocking socket (inbox.h). */
struct accepted;

/* Passes an accepted socket to the worker.  false, and the caller keeps the socket, when out of memory. */
MUST_USE bool worker_accept(struct worker *, struct accepted);

/* The store has freed memory: connections that wait for memory are tried again. */
void worker_wake_starved(struct worker *);

/*
 * A LIVE option has changed: the worker applies those that it does not load when
 * it needs them.
 */
void worker_apply_options(struct worker *);

counter *worker_counters(struct worker *); /* array of WORKER_N_COUNTERS; only its own thread adds */
void worker_counters_reset(struct worker *);

struct worker_memory {
    /* in use and pooled; bytes of both; bytes of the pooled ones */
    uint64_t n_read_buffers, read_bytes, read_bytes_free;
    uint64_t n_reply_buffers, reply_bytes;
    uint64_t n_mallocs; /* allocated by the pools from the heap since the start */
};
struct worker_memory worker_memory(const struct worker *); /* relaxed reads */

struct conn_info; /* conn_set.h */
/* Calls `each` for every connection of this worker, holding the lock of its list. */
void worker_each_conn(struct worker *, void (*each)(void *arg, const struct conn_info *), void *arg);

#endif
