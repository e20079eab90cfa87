/*
 * body: a value that is being received.
 *
 * If a storing command's line has arrived, and not all of its value, the body reserves
 * memory for the item step by step as the bytes arrive (store_partial), and reads them from
 * the socket directly into the item.  The line may be removed from the input buffer before
 * the end, so the body keeps the fields that the commit and the reply need.
 *
 *   n_read <= partial.n_backed <= n_value    bytes received, bytes that have memory
 *   n_end <= 2                  bytes received of the line end after them; 2 from the start in binary, which has none
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
    bool waits; /* for memory that other values hold */
    uint32_t n_read;
    uint32_t n_end;
    char end[2];
    struct conn *conn;      /* this and the next three are for conn_body.c and conn_overdue.c */
    TAILQ_ENTRY(body) link; /* all bodies of the worker, oldest first */
    uint64_t since_ns;      /* when it began, or continued after waiting */
    uint32_t moved_s;       /* when its last byte arrived */
    char text[];            /* key, meta flags */
};

/* Takes over `partial`, which was announced.  NULL, and the caller keeps `partial`, when out of memory. */
struct body *body_new(const struct request *, const struct store_key *, const struct store_partial *partial);
void body_free(struct body **);

enum body_state {
    BODY_COMING, /* bytes are missing, and the next ones have memory */
    BODY_WHOLE,
    BODY_WAITS,   /* for memory: store_hooks.freed reports when to continue */
    BODY_REFUSED, /* see `refused` */
};

/* Copies the bytes of the value that `in` has, and reserves memory for them.  Inside the epoch. */
enum body_state body_take(struct body *, struct cmd_ctx *, struct buffer *in);

/* Reserves memory for the next bytes, as body_take does, before they are in any buffer.  Inside the epoch. */
enum body_state body_make_room(struct body *, struct cmd_ctx *);

/* Whether it has memory for a good part of the next bytes. */
bool body_has_room(const struct body *);

/*
 * Reads once into the item; bytes after the value are read into the empty buffer
 * `in`.  Returns the result of stream_recvv.  Outside the epoch.
 */
ssize_t body_read(struct body *, struct stream *, struct store_thread *, struct buffer *in);

/* The counts at the top of this file. */
static inline void
body_must_hold(const struct body *b)
{
    CHECKED_MUST(b->n_read <= b->request.n_value && b->n_end <= sizeof(b->end));
    CHECKED_MUST(b->refused != STORE_OK || b->n_read <= b->partial.n_backed);
    CHECKED_MUST(b->refused != STORE_OK || b->partial.n_backed <= b->request.n_value);
}

static inline bool
body_is_whole(const struct body *b)
{
    return b->n_read == b->request.n_value && b->n_end == sizeof(b->end);
}

/*
 * Stores the whole body, or refuses it because of its line end, and frees it.
 * false: it waits for memory and has not changed.  Inside the epoch.
 */
MUST_USE bool body_finish(struct body **, struct cmd_ctx *);

/*
 * Answers for a refused body, and frees it; *swallow is the number of its bytes
 * still to come.  Inside the epoch.
 */
void body_refuse(struct body **, struct cmd_ctx *, uint64_t *swallow);

/* Frees its memory, because it will not be stored.  Inside the epoch. */
void body_give_up(struct body *, struct store_thread *, enum store_result refused);

#endif
