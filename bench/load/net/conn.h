/*
 * conn: a connection to the server: it connects, encrypts, logs in, then sends requests and receives replies.
 *
 * Replies arrive in the order of the requests, so a ring of the outstanding
 * requests tells which one a reply answers:
 *
 *   flights[first], ... n_flights of them, oldest first
 *
 * Threads: the loop's.
 */
#ifndef BENCH_LOAD_NET_CONN_H
#define BENCH_LOAD_NET_CONN_H

#include "base/stream.h"
#include "bench/load/net/event_loop.h"
#include "bench/load/net/wire.h"

enum conn_stage { CONN_CLOSED, CONN_CONNECTING, CONN_TLS, CONN_LOGIN, CONN_READY };

/* An outstanding request. */
struct conn_flight {
    uint64_t since_ns; /* when it was due */
    uint32_t n_keys;
    uint32_t n_bytes; /* of the request */
    enum ask ask;
};

struct conn_reply {
    const struct conn_flight *flight;
    enum wire_outcome outcome; /* WIRE_OK, WIRE_NO or WIRE_ERROR */
    uint32_t n_hits, n_wrong;  /* keys found, and wrong values among them */
    uint64_t n_bytes;          /* of the reply */
    size_t n_value;            /* of the last value */
    const char *words;         /* of WIRE_ERROR: the server's message */
};

struct conn {
    struct stream stream;
    enum conn_stage stage;
    uint32_t events; /* the events that epoll watches for */
    uint32_t round;  /* the loop's round in which it was dialled */
    unsigned login_step, tries;
    uint64_t dialed_ns, redial_ns; /* start of this attempt; time of the next attempt, or 0 */

    /* requests */
    const struct keys *keys; /* the keys that it asks for: the loop's, unless the owner sets others */
    struct conn_flight *flights;
    uint64_t *numbers; /* keys_each per flight */
    uint32_t first, n_flights, pipeline, keys_each;
    char *rest; /* bytes composed that the socket did not accept */
    size_t n_rest, rest_at, rest_room;

    /* the reply that is being read */
    struct wire_asked asked;
    struct wire_piece piece; /* the piece whose value is being read */
    bool is_in_value;
    bool is_value_known; /* the value belongs to `number` and is being compared */
    bool is_value_wrong;
    size_t value_at; /* bytes of value and tail read so far */
    uint64_t number;
    uint32_t key_at; /* index into the numbers: the keys before it were answered */
    enum wire_outcome outcome;
    uint32_t n_hits, n_wrong;
    uint64_t n_bytes;
    uint32_t n_carry;
    char carry[WIRE_HEAD_MAX]; /* the incomplete head of a reply */

    struct ssl_session_st *session;
};

/* The connection's index in its loop. */
static inline size_t
conn_index(const struct event_loop *h, const struct conn *c)
{
    return (size_t)(c - h->conns);
}

MUST_USE bool conn_init(struct conn *, uint32_t pipeline, uint32_t keys_each);
void conn_fini(struct event_loop *, struct conn *);

/* Starts to connect; calls the owner's `ready` or `failed`, perhaps before it returns. */
void conn_dial(struct event_loop *, struct conn *);

/* The same after `wait_ns`. */
void conn_dial_later(struct event_loop *, struct conn *, uint64_t wait_ns);

/* Closes the connection without calling the owner. */
void conn_close(struct event_loop *, struct conn *);

static inline uint32_t
conn_room(const struct conn *c)
{
    return c->stage == CONN_READY && c->n_rest == 0 ? c->pipeline - c->n_flights : 0;
}

/* Where to write the numbers of the next request's keys, keys_each of them; conn_room > 0. */
static inline uint64_t *
conn_numbers(struct conn *c)
{
    uint32_t i = c->first + c->n_flights;
    return c->numbers + (size_t)(i < c->pipeline ? i : i - c->pipeline) * c->keys_each;
}

/* Counts a composed request as outstanding; its numbers are already in place. */
void conn_asked(struct conn *, struct conn_flight);

/* Sends composed requests.  If that fails, calls the owner's `failed` and returns false. */
bool conn_send(struct event_loop *, struct conn *, const char *p, size_t n);

/* Handles the events that epoll reports. */
void conn_serve(struct event_loop *, struct conn *, uint32_t events);

/* For event_loop.c: checks the connection's timeout, or dials again if it is time. */
void conn_dial_look(struct event_loop *, struct conn *);

/* --- between the files of conn --- */

/* Prepares to read the reply to the oldest request. */
void conn_expect(struct conn *);

/* Closes the connection and calls the owner's `failed`. */
void conn_fail(struct event_loop *, struct conn *, const char *why);

/*
 * Sets the events to watch for; conn_watch_for is for a connection that is up,
 * `writes`: until it can send, too.
 */
void conn_watch(struct event_loop *, struct conn *, uint32_t events);
void conn_watch_for(struct event_loop *, struct conn *, bool writes);

/*
 * conn_dial.c: continue connecting or TLS; send the login's next step, or set
 * CONN_READY after the last one.
 */
void conn_dial_step(struct event_loop *, struct conn *);
void conn_dial_login(struct event_loop *, struct conn *);

/* conn_read.c: reads received bytes; returns NULL, or the reason why they are invalid. */
const char *conn_read(struct event_loop *, struct conn *, const char *p, size_t n);

#endif
