/*
 * many: what many_get.c, many_put.c and many_text.c share.
 */
#ifndef CLIENT_MANY_H
#define CLIENT_MANY_H

#include "client/handle.h"

struct many {
    size_t left; /* answers to come */
    uint64_t now_ns;
};

pending_sink many_sink; /* `arg` is the item, `user` the struct many */

/* Whether an item of larder_get_many is to be asked for, or asked for again. */
static inline bool
many_to_ask(const struct larder_item *item)
{
    return item->code == LARDER_CLOSED;
}

/* Those are, in text; `code` says what it came to. */
void many_text_ask(struct larder *, struct larder_item *items, size_t n);

/* Asks the connection for the item, or to store it; many->left counts it then.  The sink's `arg` is the item, `user` the struct many. */
int many_ask(
    struct larder *, struct many *, struct conn *, struct ask *, struct larder_item *, pending_sink *);

/* The connection's queue is full: what is in it must go first. */
void many_make_room(struct larder *, struct conn *, struct many *);

/* Asks for the items that are to be asked for, and waits; returns how many then are to be asked for again. */
typedef size_t many_round(struct larder *, struct larder_item *items, size_t n);

/*
 * A round, and others for those of a connection that broke: it may have been broken
 * at rest, or by a value that was too large.  A server that breaks each of them is
 * not asked for ever.
 */
void many_go(struct larder *, struct larder_item *items, size_t n, many_round *);

/* As long as one more question to one server may take. */
uint64_t many_timeout_ns(const struct larder *);

/* The first trouble. */
int many_result(const struct larder_item *items, size_t n);

#endif
