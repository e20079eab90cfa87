/*
 * conn: a client's connection, and the set of them that one worker serves.
 *
 * A connection is small and owns no memory while it is idle.  The buffers that
 * bytes are read into and replies are gathered in belong to the set, one of
 * each, and serve one connection at a time, for one turn: read once, run all
 * whole requests, send once.  What cannot be finished in a turn moves to memory
 * of the connection:
 *
 *   in      bytes read and not used: half a line, or requests and keys that must wait
 *   body    a value of which not all bytes have come
 *   job     what is left of a command with a long answer, or a login that is checked (cmd.h)
 *   out     replies that the socket did not take
 *
 *   body   => in is empty, or it is parked      the body's bytes come before any others
 *   job    => nothing in `in` is run before it is done
 *   out    => nothing is read or run until it has left
 *   parked => nothing is read or run until conn_resume; the socket has no event
 *
 * A connection is parked when what it needs next is not on its socket: an answer
 * of another thread, or memory that others hold.  Its worker serves the others.
 *
 * One that came in by a TLS socket begins with a handshake, a step for each
 * time that the client has said something (conn_handshake.c).  Steps are dear, so
 * connections that are ready for one wait in a queue, and the worker takes one a round:
 * a thousand clients that come at once do not keep those who are here waiting.
 *
 * This header has the connection, the set, and what is done with one of their
 * fields.  The rest is in files that know less of each other the lower they are:
 *
 *   conn_set    opens connections, gives turns, looks at all of them
 *   conn_handshake  conn_retry  conn_overdue    turns for handshakes, for freed memory; values that do not arrive
 *   conn_turn   one turn
 *   conn_run    the stages of a turn between bytes and replies
 *   conn_close  conn_body  conn_input  conn_memory  conn_wait
 *   conn
 *
 * Threads: the worker's own, but for conn_set_each and the fields marked [a].
 * Locks:   the list of connections is changed under conn_set.lock (LOCK_LEAF),
 *          by the worker only; so the worker reads it without.
 */
#ifndef SERVER_CONN_CONN_H
#define SERVER_CONN_CONN_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/stream.h"
#include "base/stream_tls.h"
#include "proto/parse.h"
#include "proto/request.h"
#include "server/net/buffer.h"
#include "server/cmd/cmd.h"
#include "server/inbox.h"
#include "server/net/outq.h"

struct body;      /* body.h */
struct options;   /* options.h */
struct listening; /* sockets.h */
struct conn_set;
TAILQ_HEAD(conn_list, conn);

enum {
    CONN_MAGIC = 0x636f6e6e,
    CONN_ASKS =
        0x4000, /* no event of libevent's: makes waits_for differ from any, so that a plain stream is not asked */
};

/* For `stats conns`. */
enum conn_state {
    CONN_READ,    /* waits for a request */
    CONN_PARSE,   /* runs requests, or has some to run */
    CONN_NREAD,   /* waits for the rest of a value */
    CONN_SWALLOW, /* discards the rest of one */
    CONN_MWRITE,  /* waits for the client to take its replies */
    CONN_SHAKE,   /* has not finished its TLS handshake */
};

struct conn {
    uint32_t magic;
    struct stream stream;
    const struct listening *from; /* the socket that it came in by */
    struct conn_set *set;
    struct cmd_peer peer; /* what commands see of it */
    struct parser parser;
    short waits_for;              /* EV_READ, EV_WRITE or 0, with CONN_ASKS if the stream has a say */
    bool closing;                 /* no more requests: ends when `out` has left */
    bool interrupted;             /* the turn ended before the requests in `in` did */
    bool yielded;                 /* on set->yielded, or in a handshake on set->handshakes.ready */
    bool parked;                  /* until conn_resume */
    bool tight;                   /* its socket counts as writable only when all has left it */
    bool squeezed;                /* not read from until its client has taken replies */
    uint32_t starved_in;          /* what set->starved.n_freed was */
    _Atomic uint8_t state;        /* [a] enum conn_state; relaxed */
    _Atomic uint32_t last_turn_s; /* [a] of the last turn, or the last byte between two; relaxed */
    struct buffer in;
    struct outq *out;
    struct body *body;
    struct cmd_job *job;
    struct store_ask asked;  /* of the store, by the request that waits for its memory */
    uint64_t swallow;        /* bytes to discard before the next request: the body of one that was refused */
    TAILQ_ENTRY(conn) link;  /* of `all`, or of `spare` */
    struct conn_list *queue; /* the set's that it is on; NULL: none */
    TAILQ_ENTRY(conn) queue_link;
    struct event event;
};

enum { CONN_BATCH_MAX = 32 };

/* Requests that are run together, and how their parsing ended. */
struct conn_batch {
    unsigned n;
    enum parse_result ended;      /* PARSE_DONE: by the batch's size */
    struct parsed parsed;         /* of the request [n], unless PARSE_DONE or PARSE_MORE */
    uint32_t end[CONN_BATCH_MAX]; /* where in the input request i ends */
    struct store_key key[CONN_BATCH_MAX];
    struct request request[CONN_BATCH_MAX];
};

struct conn_set {
    struct server *server;
    struct event_base *base;
    struct cmd_ctx ctx;              /* of the turn */
    struct buffer input, input_less; /* what is read into: see conn_input.h */
    struct outq out;
    struct conn_batch batch;
    struct buffer_pool read_pool, reply_pool;
    struct {
        uint64_t squeeze_from; /* bytes that all connections hold */
        uint64_t share;        /* of that, a worker's */
        uint64_t fixed;        /* of what is lent, the set's own */
        counter lent;          /* bytes, by both pools */
        bool squeezes;         /* in this turn */
    } memory;
    enum rights rights_at_first;
    struct conn_list yielded;
    struct {
        struct conn_list waiting, ready; /* for their clients; for their turn */
        struct event timer;              /* pending while there are any */
        struct stream_tls_thread tls;
    } handshakes;
    struct {
        struct conn_list for_bound, for_room;
        struct conn *tried;            /* the one that has another try just now */
        bool again;                    /* one has starved since */
        uint32_t n_freed;              /* times that `freed` was run */
        struct inbox_note freed, more; /* posted by the engine's hook; for the rest of for_room */
    } starved;
    TAILQ_HEAD(body_list, body) bodies; /* values that are coming, oldest first */
    struct event body_timer;            /* pending while there are any, and up to a second longer */
    struct conn_list spare;             /* closed ones, for the next to come */
    uint32_t n_spare;
    struct lock lock;
    struct conn_list all; /* changed under `lock` */
};

/* How a stage of a turn ended. */
enum turn {
    TURN_GOES_ON,
    TURN_DRY,   /* nothing more can be done before more bytes come */
    TURN_OVER,  /* there may be whole requests left, for the next turn */
    TURN_WAITS, /* the same, but not before conn_resume */
};

/* As it begins: nobody has logged in. */
void conn_init(struct conn *, struct conn_set *, struct stream, const struct listening *from);

/* Memory for another one, of those that are kept or of the heap; NULL when there is none. */
struct conn *conn_alloc(struct conn_set *);
void conn_free(struct conn *);

/* Lets the others go first; conn_set_run_yielded comes back to it. */
void conn_yield(struct conn *);

/* A parked connection goes on: with its requests, or with what its socket has. */
void conn_resume(struct conn *);

/* Frees what is left of a command, if anything is. */
void conn_free_job(struct conn *);

static inline void
conn_enqueue(struct conn *c, struct conn_list *queue)
{
    MUST(c->queue == NULL);
    TAILQ_INSERT_TAIL(queue, c, queue_link);
    c->queue = queue;
}

static inline void
conn_dequeue(struct conn *c)
{
    TAILQ_REMOVE(c->queue, c, queue_link);
    c->queue = NULL;
}

/* Whether it has a turn to come without an event. */
static inline bool
conn_is_ready(const struct conn *c)
{
    return c->queue == &c->set->yielded || c->queue == &c->set->handshakes.ready;
}

/* Whether a connection is ready that does not wait for an event. */
static inline bool
conn_set_has_ready(const struct conn_set *set)
{
    return !TAILQ_EMPTY(&set->yielded) || !TAILQ_EMPTY(&set->handshakes.ready);
}

static inline enum conn_state
conn_state(const struct conn *c)
{
    return (enum conn_state)atomic_load_explicit(&c->state, memory_order_relaxed);
}

static inline void
conn_set_state(struct conn *c, enum conn_state state)
{
    atomic_store_explicit(&c->state, state, memory_order_relaxed);
}

static inline counter *
conn_counter(struct conn *c, enum worker_counter which)
{
    return &c->set->ctx.counters[which];
}

/* A byte has moved, or a turn begins. */
static inline void
conn_touch(struct conn *c)
{
    atomic_store_explicit(&c->last_turn_s, clock_now_s(), memory_order_relaxed);
}

#endif
