/*
 * worker: a thread of the load: its connections, what they send, and when.
 *
 * There are three modes:
 *   as soon as possible   a reply allows the next request; the closed loop
 *   --rate-limiting       the same, but a connection also waits until its next time
 *   --open-loop           requests are due as arrival.h says, and any connection that may send takes one
 *
 * A worker ends when its clients have their last replies, or after the end of the
 * run, when the outstanding replies have arrived or --drain-time has passed.
 *
 * Threads: worker_main is the thread.  The thread that started it reads `tally` at
 *          any time, the other fields after joining it.
 */
#ifndef BENCH_LOAD_RUN_WORKER_H
#define BENCH_LOAD_RUN_WORKER_H

#include <pthread.h>
#include <stdatomic.h>

#include "bench/load/plan/arrival.h"
#include "bench/load/net/event_loop.h"
#include "bench/load/plan/mix.h"
#include "bench/load/run/tally.h"

/* Shared by the threads of a run. */
struct worker_gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;         /* CLOCK_MONOTONIC */
    unsigned n_ready;               /* workers that have connected or given up; under mutex */
    unsigned n_done;                /* workers that have ended; under mutex */
    unsigned n_failed;              /* workers that have given up; under mutex */
    bool is_open;                   /* workers may start; under mutex */
    uint64_t start_ns, deadline_ns; /* of the run; deadline 0 for none; written before is_open */
    _Atomic bool is_over;           /* stop before the deadline: relaxed, since joining orders the results */
};

struct worker_client {
    struct mix_client mix;
    uint64_t due_ns;                              /* of --rate-limiting: when it may send next */
    uint64_t until_anew;                          /* of --reconnect-interval: requests until it reconnects */
    uint64_t n, n_hits, n_misses, sum_ns, max_ns; /* for --client-stats */
    unsigned n_tries;                             /* attempts to reconnect since the last reply */
    bool is_queued;                               /* in the worker's queue */
    bool must_reconnect;                          /* once it has no outstanding request */
};

enum { WORKER_WORDS_MAX = 4 };

struct worker {
    const struct options *o;
    const struct mix *mix;
    struct worker_gate *gate;
    struct event_loop loop;
    struct worker_client *clients; /* one for each of the loop's connections */
    size_t n_clients, first_client;
    struct random random, arrivals; /* separate, so that the times do not change the requests */
    struct arrival arrival;

    /*
     * Connections that wait to send: of --rate-limiting by time; of --open-loop
     * those that may send, in turn.
     */
    uint32_t *queue;
    size_t queue_at, n_queue;

    size_t n_active; /* clients with requests left */
    uint64_t n_out;  /* outstanding requests, on all connections */
    size_t n_connected;
    uint64_t start_ns;                 /* 0 before the gate opens */
    uint64_t end_ns;                   /* when the worker saw is_over; 0 before */
    uint64_t storm_ns;                 /* time of the next reconnect of --storm-interval; or 0 */
    char why[300];                     /* why it gave up, or "" */
    char words[WORKER_WORDS_MAX][128]; /* different error messages of the server */
    double cpu_s;                      /* used by the thread during the run */
    uint64_t last_ns;                  /* when the last reply arrived */
    struct tally tally;
    pthread_t thread;
};

/* Initializes worker `index`.  False when out of memory or descriptors; then there is nothing to free. */
MUST_USE bool worker_init(struct worker *, const struct options *, const struct target *, const struct mix *,
    struct worker_gate *, unsigned index, uint64_t seed);
void worker_fini(struct worker *);

void *worker_main(void *worker);

/* --- worker_pace.c --- */

/* The client of a connection of the loop. */
struct worker_client *worker_pace_client(struct worker *, const struct conn *);

/* In the modes with times: sends the requests that are due. */
void worker_pace(struct worker *);

/* How long no request will be due. */
uint64_t worker_pace_wait_ns(const struct worker *);

/* `c` may send again, or has just connected. */
void worker_pace_room(struct worker *, struct conn *);

/* True if there are requests left to send, now or later. */
bool worker_pace_has_more(const struct worker *);

/* After the run: counts the requests that were due and never sent. */
void worker_pace_count_late(struct worker *);

#endif
