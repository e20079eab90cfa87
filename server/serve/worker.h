/*
 * worker: a thread with an event loop that serves connections.
 *
 * The listener hands it accepted sockets through a queue and a wake-up; from
 * then on a connection belongs to its worker alone.  Buffers are the worker's:
 * a connection borrows them while it has something unfinished.
 *
 * Threads: worker_accept, worker_apply_options, worker_drain, worker_stop and the counters
 * from any thread; the rest only from the worker's own.
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
struct worker;
struct conn;
struct store_thread;
struct listening; /* sockets.h */

/* Starts the thread.  NULL, with a sentence in `why`, if it cannot. */
struct worker *worker_start(struct server *, int index, char *why, size_t n_why);
/* Ends the loop, closes its connections, joins the thread. */
void worker_stop(struct worker **);

/* All workers are there: requests that need no connection may come now.  Any thread. */
void worker_serve(struct worker *);

/*
 * Closes each connection as soon as it rests: what has come by then is
 * answered and gone.  When none is left, worker_drained says so and
 * server_stop wakes the main loop.  Any thread.
 */
void worker_drain(struct worker *);
bool worker_drained(const struct worker *);

/* A connected, non-blocking socket (inbox.h). */
struct accepted;

/* Hands one over.  false: no memory; the caller keeps the socket. */
MUST_USE bool worker_accept(struct worker *, struct accepted);

/* The store has freed something: connections that wait for memory get another try.  Any thread. */
void worker_wake_starved(struct worker *);

/* A LIVE option has changed: the worker applies those that it does not look up when it needs them.  Any thread. */
void worker_apply_options(struct worker *);

counter *worker_counters(struct worker *); /* array of WORKER_N_COUNTERS; added to by its own thread */
void worker_counters_reset(struct worker *);

struct worker_memory {
    uint64_t n_read_buffers, read_bytes,
        read_bytes_free; /* in use and pooled; bytes of both; bytes of the pooled */
    uint64_t n_reply_buffers, reply_bytes;
    uint64_t n_mallocs; /* that the pools had to ask of the heap, ever */
};
struct worker_memory worker_memory(const struct worker *); /* relaxed reads, any thread */
uint64_t worker_conn_memory(const struct worker *);        /* bytes that its connections hold; likewise */

struct conn_info; /* conn_set.h */
/* Calls `each` for every connection of this worker, under its list's lock. */
void worker_each_conn(struct worker *, void (*each)(void *arg, const struct conn_info *), void *arg);

#endif
