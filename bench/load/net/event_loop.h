/*
 * event_loop: the connections of one thread, their buffers, and the loop that serves them.
 *
 * The loop waits for sockets and timers, reads the bytes that have arrived, splits
 * them into replies and calls its owner, which sends more requests.  Buffers for
 * reading and writing belong to the loop: between two events a connection keeps only
 * an incomplete head of a few bytes, and the bytes that its socket did not accept.
 *
 * Threads: one; all of this belongs to it.
 */
#ifndef BENCH_LOAD_NET_EVENT_LOOP_H
#define BENCH_LOAD_NET_EVENT_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"
#include "base/stream_tls.h"
#include "bench/load/net/target.h"
#include "bench/load/net/wire.h"

struct conn;
struct conn_reply;
struct event_loop;
struct options;

/* The owner's callbacks.  The loop calls them between two events, never from within each other. */
struct event_loop_owner {
    void (*ready)(struct event_loop *, struct conn *); /* connected and logged in: the owner may send */
    void (*replied)(struct event_loop *, struct conn *, const struct conn_reply *);
    void (*turn)(
        struct event_loop *, struct conn *); /* all received bytes are read: the owner may send more */
    /* closed; n_lost requests were outstanding */
    void (*failed)(struct event_loop *, struct conn *, const char *why, uint32_t n_lost);

    /*
     * A part of a value, `n` bytes from `offset` on; returns false if they are
     * wrong.  NULL: values are not compared.
     */
    bool (*value)(struct event_loop *, struct conn *, uint64_t number, size_t size, size_t offset,
        const char *p, size_t n);
};

struct event_loop {
    const struct options *o;
    const struct target *target;
    const struct wire *wire;
    const struct event_loop_owner *owner;
    void *context; /* the owner's */

    uint32_t round;  /* counts event_loop_run */
    uint64_t now_ns; /* when the event that is being served was received */
    int epoll;
    unsigned address; /* index of the target's address that accepted last */
    struct conn *conns;
    size_t n_conns;
    size_t n_dialing; /* connecting or waiting to dial again: checked by the clock */
    uint64_t next_look_ns;
    char error[128]; /* the server's last error message */

    char *in, *out;
    size_t n_in, n_out; /* their sizes; n_out fits one request more than EVENT_LOOP_OUT_FULL */
    struct stream_tls_thread tls;
    counter n_tls_sessions;
};

enum {
    EVENT_LOOP_IN = 256 << 10,
    EVENT_LOOP_OUT_FULL = 256 << 10, /* send the composed requests once they are this long */
};

/*
 * Each connection may have `pipeline` outstanding requests of up to `keys_each`
 * keys.  False when out of memory.
 */
struct event_loop_plan {
    const struct options *o;
    const struct target *target;
    const struct keys *keys;
    const struct event_loop_owner *owner;
    void *context;
    size_t n_conns;
    uint32_t pipeline, keys_each;
    size_t value_max; /* of a set */
};
MUST_USE bool event_loop_init(struct event_loop *, const struct event_loop_plan *);
void event_loop_fini(struct event_loop *);

/* Serves the events that are pending or arrive within `wait_ns`. */
void event_loop_run(struct event_loop *, uint64_t wait_ns);

#endif
