/*
 * conn: one connection to a server, and what is asked on it.
 *
 *   DOWN -> CONNECTING -> [HANDSHAKE] -> [LOGIN] -> UP -> DOWN
 *
 * It never waits: conn_step does what can be done, and conn_events says what to
 * wait for.  What is asked before it is up waits in `out`.  When it breaks, every
 * question is answered with the code of what went wrong.
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

/* What all connections of a handle share. */
struct conn_env {
    struct config config;
    struct tls tls;
    size_t n_outstanding;      /* of all connections */
    size_t n_failures;         /* of servers, ever */
    bool gives_up;             /* no connection is begun */
    struct unpacked *unpacked; /* values that were handed out; see packing.h */
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
    struct buffer_out hello; /* the login */
    struct pending_queue asked;
    struct addrinfo *addresses, *next_address; /* while CONNECTING */
    uint64_t open_by_ns;                       /* until UP */
    uint32_t sequence;                         /* opaque of the last packet */
    uint64_t n_answered;                       /* on this connection */
    bool blocked;                              /* the socket takes no more */
    bool waits;                                /* the next receive does, in the socket */
    uint64_t socket_waits_ns;                  /* so long; 0: it cannot */
};

/* That it is one. */
static inline void
conn_must_be(const struct conn *c)
{
    MUST(c != NULL && c->magic == CONN_MAGIC);
}

/* And that all of it agrees with its state. */
void conn_must_hold(const struct conn *);

void conn_init(struct conn *, struct conn_env *, const struct target *);
void conn_fini(struct conn *); /* nothing is called back */

/* Sends what it can; after asking, and before waiting. */
void conn_flush(struct conn *, uint64_t now_ns);

/* What to wait for, as of poll(2), 0: nothing.  Of one at rest, that the server hangs up, if `idle`. */
short conn_events(const struct conn *, bool idle);

/* Bytes are here that poll knows nothing of. */
bool conn_is_pending(const struct conn *);

/* Whether nothing is to be done but to wait for bytes, for as long as the socket waits by itself. */
bool conn_can_wait(const struct conn *, uint64_t now_ns);

/* When conn_step must be called at the latest; UINT64_MAX: whenever. */
uint64_t conn_deadline_ns(const struct conn *);

/* Gives the connection up, and answers what was asked with `code`.  It counts against the server if `failed`. */
void conn_drop(struct conn *, int code, bool failed, uint64_t now_ns);

/* What it says went wrong, for larder_why. */
void conn_say(struct conn *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- conn_ask.c ---- */

/*
 * Asks; `value` stands behind it, if its kind has one.  `deadline_ns` counts from
 * when the connection is there.  A code other than LARDER_OK: nothing was asked.
 */
MUST_USE int conn_ask(struct conn *, struct ask *, const void *value, struct pending, uint64_t now_ns);

/* The same for many keys in one line of text: `bytes` are that line. */
MUST_USE int conn_ask_bytes(struct conn *, struct bytes, struct pending, uint64_t now_ns);

/* ---- conn_step.c ---- */

/* Goes on: `revents` are those of poll. */
void conn_step(struct conn *, short revents, uint64_t now_ns);

/* ---- between the files of conn ---- */

/* Receives once.  LARDER_OK, and *n how many bytes; 0: it has to wait. */
MUST_USE int conn_fill(struct conn *, size_t missing, size_t *n);

/* It could not be made, broke, or was silent: that counts against the server. */
void conn_failed(struct conn *, uint64_t now_ns);

/* Gives up one that broke while it was up. */
void conn_break_off(struct conn *, int code, uint64_t now_ns);

/* conn_open.c.  LARDER_OK: it is on its way. */
MUST_USE int conn_open(struct conn *, uint64_t now_ns);
/* The same over a stream that is connected, and the connection's from now on: a test that plays the server gives one. */
MUST_USE int conn_open_on(struct conn *, struct stream, uint64_t now_ns);
/* A step on the way up.  LARDER_OK, else a code: it did not come up. */
MUST_USE int conn_open_step(struct conn *, short revents);

/* conn_login.c */
MUST_USE int conn_login_begin(struct conn *);
MUST_USE int conn_login_step(struct conn *);

/* conn_reply.c: receives once, and hands on what replies there are.  LARDER_OK or why the connection cannot go on. */
MUST_USE int conn_reply_step(struct conn *);

#endif
