/*
 * body: a value on its way into the store.
 *
 * When a storing command's line is here and not all of its value, memory for
 * the item is taken step by step as the bytes come (store_partial), and what
 * comes from the socket is read straight into its place.  The line may be gone
 * from the input buffer by then, so the body keeps what the commit and the reply
 * will need of it.
 *
 *   n_read <= partial.n_room <= n_value    bytes in place, bytes that have one
 *   n_end <= 2                  bytes of the line end behind them; 2 from the start in binary, which has none
 *   refused != STORE_OK         the value will not be stored, and holds no memory
 *
 * Threads: the connection's worker.
 */
#ifndef SERVER_CONN_BODY_H
#define SERVER_CONN_BODY_H

#include <sys/queue.h>
#include <sys/types.h>

#include "base/stream.h"
#include "proto/request.h"
#include "server/net/buffer.h"
#include "server/cmd/cmd.h"
#include "slab/store.h"

struct body {
    struct request request; /* its key and flags are in `text` */
    struct store_key key;
    struct store_partial partial; /* slot.offset 0: it has no memory yet */
    enum store_result refused;
    bool waits; /* for memory that others hold */
    uint32_t n_read;
    uint32_t n_end;
    char end[2];
    struct conn *conn;      /* for conn_body.c and conn_overdue.c, and so are these: */
    TAILQ_ENTRY(body) link; /* all bodies of the worker, oldest first */
    uint64_t since_ns;      /* when it began, or went on after waiting */
    uint32_t moved_s;       /* when a byte of it came last */
    char text[];            /* key, meta flags */
};

/* Takes over `partial`, which was announced.  NULL, and it stays the caller's, when out of memory. */
struct body *body_new(const struct request *, const struct store_key *, const struct store_partial *partial);
void body_free(struct body **);

enum body_state {
    BODY_COMING, /* more bytes are to come, and the next of them have room */
    BODY_WHOLE,
    BODY_WAITS,   /* for memory: store_hooks.freed says when to go on */
    BODY_REFUSED, /* see `refused` */
};

/* Takes what `in` has of the value, and memory for it.  Inside the epoch. */
enum body_state body_take(struct body *, struct cmd_ctx *, struct buffer *in);

/* Takes memory for the bytes that come next, as body_take does, which are not in any buffer yet.  Inside the epoch. */
enum body_state body_make_room(struct body *, struct cmd_ctx *);

/* Has it room for a good part of what comes next? */
bool body_has_room(const struct body *);

/*
 * One read into the value's place; what comes behind the value goes to the
 * empty buffer `in`.  Returns what stream_recvv returned.  Outside the epoch.
 */
ssize_t body_read(struct body *, struct stream *, struct store_thread *, struct buffer *in);

static inline bool
body_is_whole(const struct body *b)
{
    return b->n_read == b->request.n_value && b->n_end == sizeof(b->end);
}

/*
 * Stores the whole body, or refuses it for its line end, and frees it.  false:
 * it waits for memory and is as it was.  Inside the epoch.
 */
MUST_USE bool body_finish(struct body **, struct cmd_ctx *);

/* Answers for a body that was refused, and frees it; *swallow is what is still to come of it.  Inside the epoch. */
void body_refuse(struct body **, struct cmd_ctx *, uint64_t *swallow);

/* Gives its memory back; the rest of it is not to be stored.  Inside the epoch. */
void body_give_up(struct body *, struct store_thread *, enum store_result refused);

#endif
