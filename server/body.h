/*
 * body: a value on its way into the store.
 *
 * When a storing command's line is here and not all of its value, memory for
 * the item is reserved at once, and what comes from the socket is read straight
 * into its place.  The line may be gone from the input buffer by then, so the
 * body keeps what the commit and the reply will need of it.
 *
 *   n_read <= slot.n_value      bytes in place
 *   n_end <= 2                  bytes of the line end behind them; 2 from the start in binary, which has none
 *
 * Threads: the connection's worker.
 */
#ifndef SERVER_BODY_H
#define SERVER_BODY_H

#include <sys/types.h>

#include "base/stream.h"
#include "proto/request.h"
#include "server/buffer.h"
#include "server/cmd.h"
#include "slab/store.h"

struct body {
    struct request request; /* its key and flags are in `text` */
    struct store_key key;
    struct store_slot slot;
    uint32_t n_read;
    uint32_t n_end;
    char end[2];
    char text[]; /* key, meta flags */
};

/* Takes over `slot`.  NULL, and the slot stays the caller's, when out of memory. */
struct body *body_new(const struct request *, const struct store_key *, struct store_slot *slot);

/* Takes the first bytes of the value out of `in`, which does not hold it all.  Inside the epoch. */
void body_take(struct body *, struct store_thread *, struct buffer *in);

/*
 * One read into the value's place; what comes behind the value goes to the
 * empty buffer `in`.  Returns what stream_recvv returned.  Outside the epoch.
 */
ssize_t body_read(struct body *, struct stream *, struct store_thread *, struct buffer *in);

static inline bool
body_is_whole(const struct body *b)
{
    return b->n_read == b->slot.n_value && b->n_end == 2;
}

/* Stores the whole body, or refuses it for its line end, and frees it.  Inside the epoch. */
void body_finish(struct body **, struct cmd_ctx *);

/* The rest will not come.  Inside the epoch. */
void body_cancel(struct body **, struct store_thread *);

#endif
