/*
 * conn: a client's connection, and the set of connections that one worker serves.
 *
 * A connection is small and owns no memory while it is idle.  The input buffer and the reply queue
 * belong to the set, one of each, and serve one connection at a time, for one turn: read once, run
 * all complete requests, send once.  What a turn cannot finish moves to memory of the connection:
 *
 *   in      bytes read but not used: half a line, or requests and keys that must wait
 *   body    a value of which not all bytes have arrived
 *   job     the rest of a command with a long answer, or a login that is being checked (cmd.h)
 *   out     replies that the socket did not accept
 *
 *   body   => in is empty, or it is parked      the body's bytes come before any others
 *   job    => no request in `in` runs until it is done
 *   out    => nothing is read or run until all of it is sent
 *   parked => nothing is read or run until conn_resume; the socket has no event
 *
 * A connection is parked if it waits for something other than its socket: an answer of
 * another thread, or memory that others hold.  Its worker serves the other connections.
 *
 * A connection of a TLS socket begins with a handshake, with a step each time that
 * bytes arrive (conn_handshake.c).  Steps are expensive, so connections that are
 * ready for one wait in a queue, and the worker runs one step a round: a thousand
 * clients that connect at the same time do not delay the others.
 *
 * This header has the connection, the set, and the functions on single fields of
 * them.  The other files are listed from the top: a file uses those below it:
 *
 *   conn_set    opens connections, gives them turns, reads all of them
 *   conn_handshake  conn_retry  conn_overdue    handshakes; requests that waited for memory; values that do not arrive
 *   conn_turn   one turn
 *   conn_run    the stages of a turn between bytes and replies
 *   conn_close  conn_body  conn_input  conn_memory  conn_wait
 *   conn
 *
 * Threads: the worker's own, except for conn_set_each and the fields marked [a].
 * Locks:   conn_set.lock (LOCK_LEAF) guards changes of the list of connections, which
 *          only the worker makes; so the worker reads it without the lock.
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
    CONN_SET_MAGIC = 0x636f6e73,
    CONN_ASKS = 0x4000, /* not an event of libevent's: makes waits_for differ from that of any plain stream */
};

/* For `stats conns`. */
enum conn_state {
    CONN_READ,      /* waits for a request */
    CONN_PARSE,     /* runs requests, or has some to run */
    CONN_NREAD,     /* waits for the rest of a value */
    CONN_SWALLOW,   /* discards the rest of a value */
    CONN_MWRITE,    /* waits until the client reads its replies */
    CONN_HANDSHAKE, /* has not finished its TLS handshake */
};

struct conn {
    uint32_t magic;
    struct stream stream;
    const struct listening *from; /* the socket that accepted it */
    struct conn_set *set;
    struct cmd_peer peer; /* the part that commands see */
    struct parser parser;
    /* EV_READ, EV_WRITE or 0, with CONN_ASKS if the stream may change the event */
    short waits_for;
    bool closing;                 /* no more requests: it is closed when `out` is sent */
    bool interrupted;             /* the turn ended before all requests in `in` were run */
    bool yielded;                 /* on set->yielded, or in a handshake on set->handshakes.ready */
    bool parked;                  /* until conn_resume */
    bool tight;                   /* its socket counts as writable only when all bytes are sent */
    bool squeezed;                /* not read until its client has read its replies */
    uint32_t starved_in;          /* the value of set->starved.n_freed when it began to wait */
    _Atomic uint8_t state;        /* [a] enum conn_state; relaxed */
    _Atomic uint32_t last_turn_s; /* [a] time of the last turn, or of a byte moved since; relaxed */
    struct buffer in;
    struct outq *out;
    struct body *body;
    struct cmd_job *job;
    struct store_ask asked;  /* the request of memory that the store has not granted yet */
    uint64_t swallow;        /* bytes to discard before the next request: the body of a refused one */
    TAILQ_ENTRY(conn) link;  /* in `all`, or in `spare` */
    struct conn_list *queue; /* the queue of the set that it is in; NULL: none */
    TAILQ_ENTRY(conn) queue_link;
    struct event event;
};

static_assert(((int)CONN_ASKS & (EV_READ | EV_WRITE | EV_PERSIST)) == 0, "CONN_ASKS is no event");

enum { CONN_BATCH_MAX = 32 };

/* Requests that are run together, and the reason why parsing stopped. */
struct conn_batch {
    unsigned n;
    enum parse_result ended;      /* PARSE_DONE: the batch was full */
    struct parsed parsed;         /* of the request [n], unless PARSE_DONE or PARSE_MORE */
    uint32_t end[CONN_BATCH_MAX]; /* where in the input request i ends */
    struct store_key key[CONN_BATCH_MAX];
    struct request request[CONN_BATCH_MAX];
};

struct conn_set {
    uint32_t magic;
    struct server *server;
    struct event_base *base;
    struct cmd_ctx ctx;              /* of the turn */
    struct buffer input, input_less; /* where bytes are read: see conn_input.h */
    struct outq out;
    struct conn_batch batch;
    struct buffer_pool read_pool, reply_pool;
    struct {
        uint64_t squeeze_from; /* bytes that all connections hold */
        uint64_t share;        /* a worker's share of it */
        uint64_t fixed;        /* the bytes of `lent` that the set itself uses */
        counter lent;          /* bytes, by both pools */
        bool squeezes;         /* in this turn */
    } memory;
    enum rights rights_at_first;
    struct conn_list yielded;
    struct {
        struct conn_list waiting, ready; /* for their clients; for their turn */
        struct event timer;              /* pending while a handshake is in progress */
        struct stream_tls_thread tls;
    } handshakes;
    struct {
        struct conn_list for_bound, for_room;
        struct conn *tried;            /* the one that is being tried now */
        bool again;                    /* it has starved again */
        uint32_t n_freed;              /* how often `freed` has run */
        struct inbox_note freed, more; /* posted by the engine's hook; for the rest of for_room */
    } starved;
    TAILQ_HEAD(body_list, body) bodies; /* values being received, oldest first */
    struct event body_timer;            /* pending while there are any, and up to a second longer */
    struct conn_list spare;             /* closed ones, for reuse */
    uint32_t n_spare;
    struct lock lock;
    struct conn_list all; /* changed under `lock` */
};

/* The result of a stage of a turn. */
enum turn {
    TURN_GOES_ON,
    TURN_DRY,   /* more bytes are needed */
    TURN_OVER,  /* complete requests may be left, for the next turn */
    TURN_WAITS, /* the same, but not before conn_resume */
};

/* The initial state: not logged in. */
void conn_init(struct conn *, struct conn_set *, struct stream, const struct listening *from);

/* Takes a spare connection, or allocates one; NULL when out of memory. */
struct conn *conn_alloc(struct conn_set *);
void conn_free(struct conn *);

/* Lets other connections run first; conn_set_run_yielded continues it. */
void conn_yield(struct conn *);

/* Continues a parked connection: with its requests, or with the bytes on its socket. */
void conn_resume(struct conn *);

/* Frees the job, if there is one. */
void conn_free_job(struct conn *);

static inline void
conn_must_be(const struct conn *c)
{
    CHECKED_MUST(c->magic == CONN_MAGIC && c->set->magic == CONN_SET_MAGIC);
}

static inline void
conn_set_must_be(const struct conn_set *set)
{
    MUST(set->magic == CONN_SET_MAGIC);
}

/* All but conn_set_each is for the worker's own thread. */
static inline void
conn_set_must_be_self(const struct conn_set *set)
{
    CHECKED_MUST(set->magic == CONN_SET_MAGIC);
    inbox_must_be_self(set->ctx.inbox);
}

/* Between two turns: what is said at the top of this file about in, body, job, out and parked. */
#ifdef LARDER_CHECKS
void conn_must_hold(const struct conn *);
#else
static inline void
conn_must_hold(const struct conn *c)
{
    (void)c;
}
#endif

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
    CHECKED_MUST(c->queue != NULL);
    TAILQ_REMOVE(c->queue, c, queue_link);
    c->queue = NULL;
}

/* Whether it will get a turn without an event. */
static inline bool
conn_is_ready(const struct conn *c)
{
    return c->queue == &c->set->yielded || c->queue == &c->set->handshakes.ready;
}

/* Whether any connection will get a turn without an event. */
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

/* Called when a byte was moved, or a turn begins. */
static inline void
conn_touch(struct conn *c)
{
    atomic_store_explicit(&c->last_turn_s, clock_now_s(), memory_order_relaxed);
}

#endif
