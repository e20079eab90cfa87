/*
 * worker: a thread of the load: its connections, what they ask, and when.
 *
 * There are three ways to choose when:
 *   as soon as possible   a reply makes room for the next request; the closed loop
 *   --rate-limiting       the same, but a connection waits for its next moment
 *   --open-loop           requests are due when arrival.h says, and go to whichever connection has room
 *
 * A worker ends when its clients have had their last reply, or the run's end
 * has come and with it, a little later, those that were out.
 *
 * Threads: worker_main is the thread.  Whoever started it reads `tally` any
 *          time, the rest when it has been joined.
 */
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H

#include <pthread.h>
#include <stdatomic.h>

#include "bench/arrival.h"
#include "bench/hub.h"
#include "bench/mix.h"
#include "bench/tally.h"

/* What the threads of a run have in common. */
struct worker_gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;         /* CLOCK_MONOTONIC */
    unsigned n_ready;               /* workers whose connections are up, or who gave up; under mutex */
    unsigned n_done;                /* who have ended; under mutex */
    unsigned n_failed;              /* who gave up; under mutex */
    bool is_open;                   /* go; under mutex */
    uint64_t start_ns, deadline_ns; /* from when to when; deadline 0 for none; written before is_open */
    _Atomic bool is_over; /* stop asking before the deadline: relaxed, what matters comes by joining */
};

struct worker_client {
    struct mix_client mix;
    uint64_t due_ns;                              /* of --rate-limiting: when it may ask next */
    uint64_t until_anew;                          /* of --reconnect-interval: requests to go */
    uint64_t n, n_hits, n_misses, sum_ns, max_ns; /* for --client-stats */
    unsigned n_tries;                             /* at reconnecting, since the last reply */
    bool is_queued;                               /* in the worker's queue */
    bool must_reconnect;                          /* when nothing is out any more */
};

enum { WORKER_WORDS_MAX = 4 };

struct worker {
    const struct options *o;
    const struct mix *mix;
    struct worker_gate *gate;
    struct hub hub;
    struct worker_client *clients; /* one for each of the hub's connections */
    size_t n_clients, first_client;
    struct random random, arrivals; /* two, so that what is asked does not depend on when */
    struct arrival arrival;

    /* Connections that wait for a moment: of --rate-limiting by time; of --open-loop those with room, by turns. */
    uint32_t *queue;
    size_t queue_at, n_queue;

    size_t n_active; /* clients with requests left */
    uint64_t n_out;  /* requests that are out, on all connections */
    size_t n_connected;
    uint64_t start_ns;                 /* 0 before the gate opens */
    uint64_t end_ns;                   /* when is_over was seen; 0 before */
    uint64_t storm_ns;                 /* the next of --storm-interval; or 0 */
    char why[300];                     /* why it gave up, or "" */
    char words[WORKER_WORDS_MAX][128]; /* different errors that the server spoke of */
    double cpu_s;                      /* spent by the thread during the run */
    uint64_t last_ns;                  /* when the last reply came */
    struct tally tally;
    pthread_t thread;
};

/* Worker `index` of all.  False when out of memory or descriptors; nothing is to be freed then. */
MUST_USE bool worker_init(struct worker *, const struct options *, const struct target *, const struct mix *,
    struct worker_gate *, unsigned index, uint64_t seed);
void worker_fini(struct worker *);

void *worker_main(void *worker);

/* --- worker_pace.c --- */

/* The client of one of the hub's connections. */
struct worker_client *worker_pace_client(struct worker *, const struct conn *);

/* For the ways that wait for a moment: asks what is due. */
void worker_pace(struct worker *);

/* How long nothing will be due. */
uint64_t worker_pace_wait_ns(const struct worker *);

/* There is room on `c` again, or it has just been connected. */
void worker_pace_room(struct worker *, struct conn *);

/* Whether there will be more to ask, now or later. */
bool worker_pace_has_more(const struct worker *);

/* At the very end: what was due and was never asked. */
void worker_pace_count_late(struct worker *);

#endif
