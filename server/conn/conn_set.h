/* conn_set: opens the connections of one worker, gives them turns, and reads all of them. */
#ifndef SERVER_CONN_CONN_SET_H
#define SERVER_CONN_CONN_SET_H

#include "server/conn/conn.h"

/* false when out of memory. */
MUST_USE bool conn_set_init(struct conn_set *, struct server *, struct worker *, struct inbox *,
    struct event_base *, struct store_thread *, counter *counters);
/* Closes every connection. */
void conn_set_fini(struct conn_set *);

/*
 * Serves a client from now on; false when out of memory, and the caller keeps the stream.
 * The stream may be of any kind, as long as libevent can wait for its descriptor: in unit tests the test is the client.
 */
MUST_USE bool conn_set_open(struct conn_set *, struct stream, const struct listening *from);

/* Gives a turn to each connection that yielded before the call. */
void conn_set_run_yielded(struct conn_set *);

/* Closes connections that have neither sent nor read a byte for over `limit_s` seconds. */
void conn_set_kick_idle(struct conn_set *, uint32_t limit_s);

/*
 * Closes connections at rest: all their requests that have arrived are answered, and
 * no reply waits to be sent.  Returns whether no connection is left.
 */
bool conn_set_close_resting(struct conn_set *);

/* The fields of a connection for `stats conns`. */
struct conn_info {
    int fd;
    const struct listening *from;
    const char *state; /* memcached's state names: conn_read, conn_nread, conn_parse_cmd, conn_mwrite, ... */
    uint32_t last_cmd_s;
};

/* See worker_each_conn.  Any thread. */
void conn_set_each(struct conn_set *, void (*each)(void *arg, const struct conn_info *), void *arg);

#endif
