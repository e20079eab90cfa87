/*
 * hub: what the connections of one thread share, and the loop that serves them.
 *
 * The hub waits for sockets and for the time, reads what has come, cuts it into
 * replies and tells its owner, who asks more.  Buffers for reading and writing
 * belong to the hub, not to a connection: what is left in them between two
 * events is a few bytes of a head, or what the socket did not take.
 *
 * Threads: one; everything here is its own.
 */
#ifndef BENCH_HUB_H
#define BENCH_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"
#include "base/stream_tls.h"
#include "bench/target.h"
#include "bench/wire.h"

struct conn;
struct conn_reply;
struct hub;
struct options;

/* What the hub's owner is told.  All are called between two events, never from within each other. */
struct hub_owner {
    void (*ready)(struct hub *, struct conn *); /* connected and logged in: ask away */
    void (*replied)(struct hub *, struct conn *, const struct conn_reply *);
    void (*turn)(struct hub *, struct conn *); /* all that had come is read: ask more */
    void (*failed)(
        struct hub *, struct conn *, const char *why, uint32_t n_lost); /* closed; requests that were out */

    /* Part of a value has come, `n` bytes from `offset` on; false if they are wrong.  NULL: values are not looked at. */
    bool (*value)(
        struct hub *, struct conn *, uint64_t number, size_t size, size_t offset, const char *p, size_t n);
};

struct hub {
    const struct options *o;
    const struct target *target;
    const struct wire *wire;
    const struct hub_owner *owner;
    void *context; /* the owner's */

    uint32_t round;  /* counts hub_run */
    uint64_t now_ns; /* when the event was seen that is being served */
    int epoll;
    unsigned address; /* of the target's, where connecting worked last */
    struct conn *conns;
    size_t n_conns;
    size_t n_dialing; /* neither ready nor closed for good: they are looked at by the clock */
    uint64_t next_look_ns;
    char error[128]; /* what a server said last when something was wrong */

    char *in, *out;
    size_t n_in, n_out; /* their sizes; n_out has room for one request more than HUB_OUT_FULL */
    struct stream_tls_thread tls;
    counter n_tls_sessions;
};

enum {
    HUB_IN = 256 << 10,
    HUB_OUT_FULL = 256 << 10, /* with so many bytes composed they are sent before more are */
};

/* `pipeline` requests of up to `keys_each` keys may be out at once on each connection.  False when out of memory. */
struct hub_plan {
    const struct options *o;
    const struct target *target;
    const struct keys *keys;
    const struct hub_owner *owner;
    void *context;
    size_t n_conns;
    uint32_t pipeline, keys_each;
    size_t value_max; /* of a set */
};
MUST_USE bool hub_init(struct hub *, const struct hub_plan *);
void hub_fini(struct hub *);

/* Serves what is there, or comes within `wait_ns`. */
void hub_run(struct hub *, uint64_t wait_ns);

#endif
