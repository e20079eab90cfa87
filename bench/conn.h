/*
 * conn: a connection to the server: dialled, encrypted, logged in, and then requests out and replies in.
 *
 * Replies come in the order of the requests, so a ring of what is out is all
 * that is needed to know what a reply is to:
 *
 *   flights[first], ... n_flights of them, oldest first
 *
 * Threads: its hub's.
 */
#ifndef BENCH_CONN_H
#define BENCH_CONN_H

#include "base/stream.h"
#include "bench/hub.h"
#include "bench/wire.h"

enum conn_stage { CONN_CLOSED, CONN_CONNECTING, CONN_TLS, CONN_LOGIN, CONN_READY };

/* A request that is out. */
struct conn_flight {
    uint64_t since_ns; /* when it was to leave */
    uint32_t n_keys;
    uint32_t n_bytes; /* that it was written in */
    enum ask ask;
};

struct conn_reply {
    const struct conn_flight *flight;
    enum wire_outcome outcome; /* WIRE_OK, WIRE_NO or WIRE_ERROR */
    uint32_t n_hits, n_wrong;  /* keys found; and those that were not what they should be */
    uint64_t n_bytes;          /* of the reply */
    size_t n_value;            /* of its last value */
    const char *words;         /* of WIRE_ERROR: the server's */
};

struct conn {
    struct stream stream;
    enum conn_stage stage;
    uint32_t events; /* that epoll watches for */
    uint32_t round;  /* of the hub's, in which it was dialled */
    unsigned login_step, tries;
    uint64_t dialed_ns, redial_ns; /* when it began; when it shall begin again, or 0 */

    /* requests */
    const struct keys *keys; /* what they are of: the hub's, unless its owner gives it others */
    struct conn_flight *flights;
    uint64_t *numbers; /* keys_each for each flight */
    uint32_t first, n_flights, pipeline, keys_each;
    char *rest; /* written, but not taken by the socket */
    size_t n_rest, rest_at, rest_room;

    /* the reply that is being read */
    struct wire_asked asked;
    struct wire_piece piece; /* whose value is under way */
    bool is_in_value;
    bool is_value_known; /* it is that of `number`, and is being compared */
    bool is_value_wrong;
    size_t value_at; /* bytes of value and tail that have come */
    uint64_t number;
    uint32_t key_at; /* of the numbers: all before were answered */
    enum wire_outcome outcome;
    uint32_t n_hits, n_wrong;
    uint64_t n_bytes;
    uint32_t n_carry;
    char carry[WIRE_HEAD_MAX]; /* the beginning of a head */

    struct ssl_session_st *session;
};

/* Which of its hub's it is. */
static inline size_t
conn_index(const struct hub *h, const struct conn *c)
{
    return (size_t)(c - h->conns);
}

MUST_USE bool conn_init(struct conn *, uint32_t pipeline, uint32_t keys_each);
void conn_fini(struct hub *, struct conn *);

/* Begins to connect; the owner hears `ready` or `failed`, perhaps before this returns. */
void conn_dial(struct hub *, struct conn *);

/* The same in a while. */
void conn_dial_later(struct hub *, struct conn *, uint64_t wait_ns);

/* Hangs up.  Nobody is told. */
void conn_close(struct hub *, struct conn *);

static inline uint32_t
conn_room(const struct conn *c)
{
    return c->stage == CONN_READY && c->n_rest == 0 ? c->pipeline - c->n_flights : 0;
}

/* Where the keys of the next request go, keys_each of them; conn_room > 0. */
static inline uint64_t *
conn_numbers(struct conn *c)
{
    uint32_t i = c->first + c->n_flights;
    return c->numbers + (size_t)(i < c->pipeline ? i : i - c->pipeline) * c->keys_each;
}

/* A request is written and counts as out; its numbers are in their place. */
void conn_asked(struct conn *, struct conn_flight);

/* Sends what was written; false, and the owner knows, if that failed. */
bool conn_send(struct hub *, struct conn *, const char *p, size_t n);

/* Epoll said so. */
void conn_serve(struct hub *, struct conn *, uint32_t events);

/* For hub.c: looks whether it is time for something. */
void conn_dial_look(struct hub *, struct conn *);

/* --- between the files of conn --- */

/* The reply that comes next is to the oldest request. */
void conn_expect(struct conn *);

/* Hangs up and tells the owner. */
void conn_fail(struct hub *, struct conn *, const char *why);

/* What epoll watches for; and that of one that is up: `writes`: room to write too. */
void conn_watch(struct hub *, struct conn *, uint32_t events);
void conn_watch_for(struct hub *, struct conn *, bool writes);

/* conn_dial.c: goes on with whatever comes before CONN_READY; asks the login's next step, or is CONN_READY. */
void conn_dial_step(struct hub *, struct conn *);
void conn_dial_login(struct hub *, struct conn *);

/* conn_read.c: takes what has come; NULL, or what is wrong with it. */
const char *conn_read(struct hub *, struct conn *, const char *p, size_t n);

#endif
