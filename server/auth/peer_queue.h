/*
 * peer_queue: what clients wait for, in a queue for each address.
 *
 * peer_queue_take goes round the addresses and takes the oldest entry of each.
 * So an entry waits for those before it of its own address, and for as many of
 * each other address, however many more those have.
 *
 * An address may have PEER_QUEUE_EACH_MAX entries, and no more than there are
 * places left in all.  So the addresses that come first cannot fill the queue:
 * k of them that put as many as they may leave one place in k + 1 to the next.
 *
 * One client can choose among the 2^64 addresses of its IPv6 network, so such
 * a network (/64) counts as one address.  All clients of UNIX sockets do, too.
 *
 *   an address has a line  <=>  it has entries  <=>  its line is in `turns`
 *   n == the entries of all lines
 *
 * Threads: none of its own; the caller serializes.
 */
#ifndef SERVER_AUTH_PEER_QUEUE_H
#define SERVER_AUTH_PEER_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/must.h"
#include "server/text/address.h"

enum {
    PEER_QUEUE_EACH_MAX = 256, /* of one address: all connections of a large client's pool */
    PEER_QUEUE_MAX = 4096,
    PEER_QUEUE_BUCKETS = 256,
};

struct peer_line; /* peer_queue.c */

/* A field of what waits.  All zero is one that does not. */
struct peer_queue_entry {
    struct peer_line *line; /* NULL: in no queue */
    TAILQ_ENTRY(peer_queue_entry) link;
};

struct peer_queue {
    uint32_t n;
    TAILQ_HEAD(peer_turns, peer_line) turns;                       /* first: whose turn is next */
    LIST_HEAD(peer_bucket, peer_line) buckets[PEER_QUEUE_BUCKETS]; /* by address */
};

void peer_queue_init(struct peer_queue *);
/* It must be empty. */
void peer_queue_fini(struct peer_queue *);

/* false: there are too many of this address, or in all, or there is no memory for its line. */
MUST_USE bool peer_queue_put(struct peer_queue *, const struct address_peer *, struct peer_queue_entry *);

/* The next one; NULL if there is none. */
struct peer_queue_entry *peer_queue_take(struct peer_queue *);

/* Takes this one, which waits, out of its turn. */
void peer_queue_remove(struct peer_queue *, struct peer_queue_entry *);

/* Walks all lines and entries. */
void peer_queue_check(const struct peer_queue *);

#endif
