/* many: functions that many_get.c, many_put.c and many_text.c share. */
#ifndef CLIENT_MANY_H
#define CLIENT_MANY_H

#include "client/handle.h"

struct many {
    size_t left; /* requests without an answer */
    uint64_t now_ns;
};

pending_sink many_sink; /* `arg` is the item, `user` the struct many */

/* Whether an item of larder_get_many has to be requested, for the first time or again. */
static inline bool
many_to_ask(const struct larder_item *item)
{
    return item->code == LARDER_CLOSED;
}

/* Requests those items in the text protocol, and sets the code of each. */
void many_text_ask(struct larder *, struct larder_item *items, size_t n);

/*
 * Requests or stores the item on the connection; many->left then counts it.  The
 * sink's `arg` is the item, `user` the struct many.
 */
int many_ask(
    struct larder *, struct many *, struct conn *, struct ask *, struct larder_item *, pending_sink *);

/* The connection's queue is full: waits until half of it has been sent. */
void many_make_room(struct larder *, struct conn *, struct many *);

/*
 * Requests the items that have to be requested, and waits; returns the number
 * that has to be requested again.
 */
typedef size_t many_round(struct larder *, struct larder_item *items, size_t n);

/*
 * Runs a round, and more rounds for the items of a connection that broke: the server may
 * have closed it while it was idle, or a value was too large.  The rounds end when one
 * makes no progress or the time is up, so the library stops asking a server that always
 * closes.
 */
void many_go(struct larder *, struct larder_item *items, size_t n, many_round *);

/* The longest time that one request to one server may take. */
uint64_t many_timeout_ns(const struct larder *);

/* The first error, else LARDER_OK. */
int many_result(const struct larder_item *items, size_t n);

#endif
