/*
 * peer_queue: entries that wait for their turn, in a queue for each address.
 *
 * peer_queue_take visits the addresses in turn and takes the oldest entry of
 * each.  So an entry waits for the earlier ones of its own address, and for
 * equally many of each other address, even if those have more.
 *
 * An address may have PEER_QUEUE_EACH_MAX entries, and no more than there are
 * free places in all.  So the first addresses cannot fill the queue: if k of them
 * put as many entries as they may, the next one gets one place in k + 1.
 *
 * One client can choose among the 2^64 addresses of its IPv6 network, so such a
 * network (/64) counts as one address.  So do all clients of UNIX sockets.
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

/* A field of the object that waits.  All zero: not in a queue. */
struct peer_queue_entry {
    struct peer_line *line; /* NULL: in no queue */
    TAILQ_ENTRY(peer_queue_entry) link;
};

struct peer_queue {
    uint32_t n;
    TAILQ_HEAD(peer_turns, peer_line) turns;                       /* the first has the next turn */
    LIST_HEAD(peer_bucket, peer_line) buckets[PEER_QUEUE_BUCKETS]; /* by address */
};

void peer_queue_init(struct peer_queue *);
/* The queue must be empty. */
void peer_queue_fini(struct peer_queue *);

/* false: this address, or all together, have too many, or there is no memory for the line. */
MUST_USE bool peer_queue_put(struct peer_queue *, const struct address_peer *, struct peer_queue_entry *);

/* Removes and returns the next one; NULL if there is none. */
struct peer_queue_entry *peer_queue_take(struct peer_queue *);

/* Removes this entry, which must be in the queue. */
void peer_queue_remove(struct peer_queue *, struct peer_queue_entry *);

/* Walks all lines and entries. */
void peer_queue_check(const struct peer_queue *);

#endif
