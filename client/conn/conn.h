/*
 * conn: one connection to a server, and the requests on it.
 *
 *   DOWN -> CONNECTING -> [HANDSHAKE] -> [LOGIN] -> UP -> DOWN
 *
 * It never waits: conn_step does what can be done now, and conn_events returns the events
 * to wait for.  Requests wait in `out` until the connection is up.  When it breaks, every
 * request is answered with the error's code.
 *
 * Threads: as its handle.
 */
#ifndef CLIENT_CONN_CONN_H
#define CLIENT_CONN_CONN_H

#include <assert.h>
#include <netdb.h>

#include "base/stream.h"
#include "client/conn/buffer.h"
#include "client/conn/config.h"
#include "client/conn/health.h"
#include "client/conn/pending.h"
#include "client/conn/target.h"
#include "client/conn/tls.h"
#include "proto/ask.h"

enum conn_state { CONN_DOWN, CONN_CONNECTING, CONN_HANDSHAKE, CONN_LOGIN, CONN_UP };

#define CONN_MAGIC 0x636f6e6eu

enum { CONN_WHY_MAX = 512 };

/* Shared by all connections of a handle. */
struct conn_env {
    struct config config;
    struct tls tls;
    size_t n_outstanding;      /* requests without an answer, on all connections */
    size_t n_failures;         /* all failures of servers so far */
    bool gives_up;             /* core_give_up runs: no connection is opened */
    struct unpacked *unpacked; /* values that were returned to the caller; see packing.h */
    char why[CONN_WHY_MAX];
};

struct conn {
    uint32_t magic; /* CONN_MAGIC */
    struct conn_env *env;
    struct target target;
    struct health health;
    struct ssl_session_st *session;
    enum conn_state state;
    enum dialect dialect; /* of this connection */
    struct stream stream;
    struct reply_reader reader;
    struct buffer_in in;
    struct buffer_out out;
    struct buffer_out hello; /* the bytes of the login */
    struct pending_queue asked;
    struct addrinfo *addresses, *next_address; /* while CONNECTING */
    uint64_t began_ns, open_by_ns;             /* when connecting began; until UP: its deadline */
    uint32_t sequence;                         /* opaque of the next packet */
    uint64_t n_answered;                       /* requests answered on this connection */
    bool blocked;                              /* the socket accepts no more bytes now */
    uint64_t rest_by_ns;                       /* deadline of unsent bytes of answered requests */
    bool waits;                                /* the next receive waits in the socket */
    uint64_t socket_waits_ns;                  /* timeout of such a wait; 0: the socket cannot wait */
};

/* Checks that it is a connection. */
static inline void
conn_must_be(const struct conn *c)
{
    MUST(c != NULL && c->magic == CONN_MAGIC);
}

/* Checks that its fields agree with its state. */
void conn_must_hold(const struct conn *);

void conn_init(struct conn *, struct conn_env *, const struct target *);
void conn_fini(struct conn *); /* nothing is called back */

/* Sends what the socket accepts; called after asking and before waiting. */
void conn_flush(struct conn *, uint64_t now_ns);

/*
 * The events of poll(2) to wait for; 0: none.  `idle`: without requests, wait
 * for the server to close the connection.
 */
short conn_events(const struct conn *, bool idle);

/* Whether received bytes are in memory, of which poll does not know. */
bool conn_is_pending(const struct conn *);

/* Whether it only has to wait for bytes, about as long as the socket's own timeout. */
bool conn_can_wait(const struct conn *, uint64_t now_ns);

/* The latest time for the next conn_step; UINT64_MAX: no limit. */
uint64_t conn_deadline_ns(const struct conn *);

/* Closes the connection, and answers its requests with `code`.  `failed`: this is a failure of the server. */
void conn_drop(struct conn *, int code, bool failed, uint64_t now_ns);

/* Sets the message for larder_why. */
void conn_set_why(struct conn *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- conn_ask.c ---- */

/*
 * Queues a request; `value` follows it, if its kind has one.  `deadline_ns` is relative to
 * the time when the connection is up.  After a code other than LARDER_OK nothing was queued.
 */
MUST_USE int conn_ask(struct conn *, struct ask *, const void *value, struct pending, uint64_t now_ns);

/* The same for many keys in one line of text, which is `bytes`. */
MUST_USE int conn_ask_bytes(struct conn *, struct bytes, struct pending, uint64_t now_ns);

/* ---- conn_step.c ---- */

/* Does what can be done now; `revents` are those of poll. */
void conn_step(struct conn *, short revents, uint64_t now_ns);

/* ---- between the files of conn ---- */

enum { CONN_RECV_MIN = 4096 }; /* bytes of room that a receive gets at least */

/* Receives once.  LARDER_OK, and *n is the number of bytes; 0: none have arrived. */
MUST_USE int conn_fill(struct conn *, size_t *n);

/* Counts a failure of the server: connecting failed, the connection broke, or no answer came in time. */
void conn_failed(struct conn *, uint64_t now_ns);

void conn_forget_addresses(struct conn *);
void conn_forget_hello(struct conn *);

/* Closes a connection that broke while it was up. */
void conn_break_off(struct conn *, int code, uint64_t now_ns);

/* conn_open.c.  LARDER_OK: connecting has begun. */
MUST_USE int conn_open(struct conn *, uint64_t now_ns);
/* The same over a connected stream, which the connection then owns; with it, a test plays the server. */
MUST_USE int conn_open_on(struct conn *, struct stream, uint64_t now_ns);
/* The next step of opening.  LARDER_OK, else the code of the failure. */
MUST_USE int conn_open_step(struct conn *, short revents);

/* conn_login.c */
MUST_USE int conn_login_begin(struct conn *);
MUST_USE int conn_login_step(struct conn *);

/*
 * conn_reply.c: receives once, and passes complete replies to their sinks.
 * LARDER_OK, or why the connection must be closed.
 */
MUST_USE int conn_reply_step(struct conn *);

#endif
