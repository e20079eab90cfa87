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
 * time that the client has said something (conn_shake.c).  Steps are dear, so
 * those who are ready for one stand in line, and the worker takes one a round:
 * a thousand clients that come at once do not keep those who are here waiting.
 *
 * Threads: the worker's own, but for conn_set_each and the fields marked [a].
 * Locks:   the list of connections is changed under conn_set.lock (LOCK_LEAF),
 *          by the worker only; so the worker reads it without.
 */
#ifndef SERVER_CONN_H
#define SERVER_CONN_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "base/lock.h"
#include "base/stream.h"
#include "base/stream_tls.h"
#include "proto/parse.h"
#include "proto/request.h"
#include "server/address.h"
#include "server/auth.h"
#include "server/buffer.h"
#include "server/cmd.h"
#include "server/inbox.h"
#include "server/outq.h"
#include "server/worker.h"

struct body;      /* body.h */
struct options;   /* options.h */
struct listening; /* sockets.h */
struct conn_set;

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
    bool yielded;                 /* on set->yielded, or in a handshake on set->shakes.ready */
    bool parked;                  /* until conn_resume */
    bool tight;                   /* its socket counts as writable only when all has left it */
    bool squeezed;                /* not read from until its client has taken replies */
    bool starved;                 /* parked, and on a list of set->starved */
    uint32_t starved_in;          /* what set->starved.n_freed was */
    _Atomic uint8_t state;        /* [a] enum conn_state; relaxed */
    _Atomic uint32_t last_turn_s; /* [a] of the last turn, or the last byte between two; relaxed */
    struct buffer in;
    struct outq *out;
    struct body *body;
    struct cmd_job *job;
    struct store_ask asked; /* of the store, by the request that waits for its memory */
    uint64_t swallow;       /* bytes to discard before the next request: the body of one that was refused */
    TAILQ_ENTRY(conn) link;
    TAILQ_ENTRY(conn) yielded_link;
    struct event event;
};
TAILQ_HEAD(conn_list, conn);

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
    struct buffer input, input_less; /* what is read into: see conn_input.c */
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
        struct conn_list waiting, ready; /* by yielded_link: for their clients; for their turn */
        struct event timer;              /* pending while there are any */
        struct stream_tls_thread tls;
    } shakes;
    struct {
        struct conn_list for_bound, for_room; /* by yielded_link */
        struct conn *tried;                   /* the one that has another try just now */
        bool again;                           /* one has starved since */
        uint32_t n_freed;                     /* times that `freed` was run */
        struct inbox_note freed, more;        /* posted by the engine's hook; for the rest of for_room */
    } starved;
    TAILQ_HEAD(body_list, body) bodies; /* values that are coming, oldest first */
    struct event body_timer;            /* pending while there are any, and up to a second longer */
    struct conn_list spare;             /* closed ones, for the next to come */
    uint32_t n_spare;
    struct lock lock;
    struct conn_list all; /* changed under `lock` */
};

/* ---- conn_set.c: opening, closing, looking ------------------------------ */

/* false when out of memory. */
MUST_USE bool conn_set_init(struct conn_set *, struct server *, struct worker *, struct inbox *,
    struct event_base *, struct store_thread *, counter *counters);
/* Closes every connection. */
void conn_set_fini(struct conn_set *);

/* Serves `fd` from now on; false, and `fd` stays the caller's, when out of memory. */
MUST_USE bool conn_open(struct conn_set *, int fd, const struct listening *from);
/* Closes the socket; `c` is gone. */
void conn_close(struct conn *c);
/* The socket is the watch thread's from now on; `c` is gone.  It has no replies that wait. */
void conn_become_watcher(struct conn *c, struct watcher *);

/* Lets the others go first; conn_set_run_yielded comes back to it. */
void conn_yield(struct conn *);
/* A turn for each connection that yielded before the call. */
void conn_set_run_yielded(struct conn_set *);

/* As it begins: nobody has logged in. */
void conn_init(struct conn *, struct conn_set *, struct stream, const struct listening *from);

/* A parked connection goes on: with its requests, or with what its socket has. */
void conn_resume(struct conn *);

/* Whether a connection is ready that does not wait for an event. */
static inline bool
conn_set_has_ready(const struct conn_set *set)
{
    return !TAILQ_EMPTY(&set->yielded) || !TAILQ_EMPTY(&set->shakes.ready);
}

/* Closes connections that have neither sent nor taken a byte for over `limit_s` seconds. */
void conn_set_kick_idle(struct conn_set *, uint32_t limit_s);

/*
 * Closes connections that rest: no request of theirs has come that is not
 * answered, and no answer waits to leave.  Whether none is left.
 */
bool conn_set_close_resting(struct conn_set *);

/* See worker_each_conn.  Any thread. */
void conn_set_each(struct conn_set *, void (*each)(void *arg, const struct conn_info *), void *arg);

/* ---- conn_shake.c: TLS handshakes ---------------------------------------- */

MUST_USE bool conn_shakes_init(struct conn_set *, const struct options *);
void conn_shakes_fini(struct conn_set *);

/* Of a connection that is being opened: its event, and its place.  false when out of memory. */
MUST_USE bool conn_shake_begin(struct conn *);
/* It closes, and forgets its place. */
void conn_shake_drop(struct conn *);

/* One step of whoever has waited longest for it. */
void conn_set_run_shakes(struct conn_set *);

/* ---- conn_input.c: bytes from the socket -------------------------------- */

/* Where the next bytes go, behind those that wait: the set's buffer or the connection's.  NULL when out of memory. */
MUST_USE struct buffer *conn_input(struct conn *);

enum came { CAME_SOME, CAME_NONE, CAME_END };

/* One read into `in`, or, with a body on its way, into the body's place and what is behind it into `in`. */
MUST_USE enum came conn_read(struct conn *, struct buffer *in);

/* Keeps what the turn has not used of `in`; false when out of memory. */
MUST_USE bool conn_keep_rest(struct conn *, struct buffer *in);

/* ---- conn_wait.c: connections that wait for memory ------------------------ */

void conn_waits_init(struct conn_set *);
void conn_waits_fini(struct conn_set *);

/* The store was busy in this turn, which ends with TURN_WAITS; it goes on when something was freed. */
void conn_starve(struct conn *);
/* It closes. */
void conn_forget_starved(struct conn *);

/* ---- conn_memory.c: what all connections hold together --------------------- */

enum { CONN_SQUEEZED_READ = 1 << 10 }; /* bytes that a read brings while a worker squeezes */

/* Bytes that they may hold together, and that they hold.  Any thread. */
uint64_t conn_memory_bound(const struct options *);
uint64_t conn_memory_held(const struct server *);

void conn_memory_init(struct conn_set *);
bool conn_memory_is_short(const struct conn_set *);
MUST_USE bool conn_may_be_served(struct conn *);
/* The worker squeezes no more. */
void conn_loosen(struct conn *);

/* Bytes that the connections of a worker hold.  Any thread. */
static inline uint64_t
conn_set_held(const struct conn_set *set)
{
    return counter_read(&set->memory.lent) - set->memory.fixed;
}

/* ---- conn_run.c: the stages of a turn ------------------------------------ */

enum turn {
    TURN_GOES_ON,
    TURN_DRY,   /* nothing more can be done before more bytes come */
    TURN_OVER,  /* there may be whole requests left, for the next turn */
    TURN_WAITS, /* the same, but not before conn_resume */
};

/* What an earlier turn has left undone. */
enum turn conn_finish_old(struct conn *, struct buffer *in);

/* Of a value that was refused, what has come of it. */
void conn_discard_swallowed(struct conn *, struct buffer *in);

/* Stage 2: every whole request in the buffer, its key hashed and its line of the index on its way. */
void conn_parse_batch(struct conn *, const struct buffer *in);

/* Stage 3: by now the index has come; ask for the items that it leads to.  Not worth it for one alone. */
void conn_prefetch_items(const struct conn_set *);

/* Stage 4: runs the batch in order, ... */
enum turn conn_run_batch(struct conn *, struct buffer *in);

/* ... and what is behind it and is no whole request. */
enum turn conn_end_batch(struct conn *, struct buffer *in);

/* Forgets what is left of a long answer; on closing. */
void conn_drop_unfinished(struct conn *);

/* ---- conn_body.c: values that are coming ----------------------------------- */

MUST_USE bool conn_bodies_init(struct conn_set *);
void conn_bodies_fini(struct conn_set *);

/* Begins a storing command whose value has not all come. */
enum turn conn_begin_body(struct conn *, const struct request *, struct buffer *in);

/* Goes on with it: takes what `in` has of it, stores it when it is whole, or answers that it is refused. */
enum turn conn_take_body(struct conn *, struct buffer *in);

/* Before a read into the body's place, outside a turn: takes memory.  false: conn_take_body says how it goes on. */
MUST_USE bool conn_make_room_for_body(struct conn *);

/* The rest will not come; on closing. */
void conn_drop_body(struct conn *);

/* ---- conn.c: a connection's turn ---------------------------------------- */

/* The socket is ready for what the connection waits for. */
void conn_on_event(evutil_socket_t fd, short what, void *conn);

/* A turn: of a connection that yielded or was parked, or whose socket is ready. */
void conn_continue(struct conn *);

/* A turn of a connection whose body was refused between two turns. */
void conn_answer_refused(struct conn *);

/*
 * A turn of one with `datagrams`: requests of `in`, which it does not wait for
 * more of.  Whether there are some left for another turn.
 */
bool conn_serve_datagram(struct conn *, struct buffer *in);

/* The first request of `in`, for its words, or that of which it is the beginning; NULL if that cannot be told. */
const struct request *conn_parse_datagram(struct conn *, struct buffer *in);

/* Waits for EV_READ or EV_WRITE, or for what its stream says instead; 0: for no event.  false when out of memory. */
MUST_USE bool conn_wait_for(struct conn *, short what);

/* Gives up what it owns; on closing. */
void conn_drop_work(struct conn *);

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

#endif
