/*
 * trace: reports events of requests and connections to watchers (watch.h) and to `stats detail`.
 *
 * server->traced has a bit for each kind of event that is wanted.  A turn copies
 * it into ctx->traced, and the code of an event tests its bit first: if no event
 * is wanted, that test is the whole cost.
 *
 * Threads: on the connection's worker, inside its store epoch, except where a function
 *          says otherwise.
 */
#ifndef SERVER_CMD_TRACE_H
#define SERVER_CMD_TRACE_H

#include "server/net/buffer.h"
#include "server/cmd/cmd.h"
#include "server/watch/watch.h"

/* In addition to the bits of enum watch_stream: */
enum {
    TRACED_DETAIL = 1 << 30,        /* stats detail */
    TRACED_LINES = (int)(1u << 31), /* -vv; in ctx->traced only */
};
static_assert((int)WATCH_ALL < (int)TRACED_DETAIL, "a bit for each");

/* Copies the wanted events for the turn that begins, or from now on. */
void trace_begin_turn(struct cmd_ctx *);

/* Called only when an event is wanted: kept away from the code that always runs. */
#define TRACE_COLD __attribute__((noinline, cold))
TRACE_COLD void trace_send_line(struct cmd_ctx *, bool packet, const struct buffer *in);
TRACE_COLD void trace_send_fetch(struct cmd_ctx *, const struct store_key *);
TRACE_COLD enum store_result trace_send_commit(struct cmd_ctx *, const struct request *,
    const struct store_key *, struct store_slot *, const struct store_put *, struct store_stored *);
TRACE_COLD void trace_send_stored(
    struct cmd_ctx *, const struct request *, const struct store_key *, enum store_result);
TRACE_COLD void trace_send_deleted(struct cmd_ctx *, const struct store_key *, const char *cmd);

/* The line at the beginning of `in`, or the binary packet, runs next; for -vv and watchers of rawcmds. */
static inline void
trace_line(struct cmd_ctx *ctx, bool packet, const struct buffer *in)
{
    if (UNLIKELY(ctx->traced & ((uint32_t)TRACED_LINES | WATCH_RAWCMDS)))
        trace_send_line(ctx, packet, in);
}

/* The key is looked up next.  Remembers the item for trace_deleted. */
static inline void
trace_fetch(struct cmd_ctx *ctx, const struct store_key *key)
{
    if (UNLIKELY(ctx->traced & (WATCH_FETCHERS | WATCH_DELETIONS)))
        trace_send_fetch(ctx, key);
}

/* store_commit, which also counts as a lookup. */
static inline MUST_USE enum store_result
trace_commit(struct cmd_ctx *ctx, const struct request *req, const struct store_key *key,
    struct store_slot *slot, const struct store_put *put, struct store_stored *stored)
{
    if (UNLIKELY(ctx->traced & (WATCH_FETCHERS | WATCH_MUTATIONS)))
        return trace_send_commit(ctx, req, key, slot, put, stored);
    return store_commit(ctx->thread, key, slot, put, stored);
}

/* Reports the result of a command that stores without trace_commit. */
static inline void
trace_stored(
    struct cmd_ctx *ctx, const struct request *req, const struct store_key *key, enum store_result result)
{
    if (UNLIKELY(ctx->traced & WATCH_MUTATIONS))
        trace_send_stored(ctx, req, key, result);
}

/* Reports that `cmd` has removed the item that trace_fetch found. */
static inline void
trace_deleted(struct cmd_ctx *ctx, const struct store_key *key, const char *cmd)
{
    if (UNLIKELY(ctx->traced & WATCH_DELETIONS))
        trace_send_deleted(ctx, key, cmd);
}

/* A connection was opened (`reason` NULL) or closed.  Any thread: with its own ring, or NULL. */
void trace_conn(
    struct server *, struct watch_ring *, int fd, const struct address_peer *, const char *reason);

/* A peer violated TLS; `why` is the reason. */
void trace_tls_error(struct server *, struct watch_ring *, int fd, const char *why);

/* The store_hooks of this server.  `arg` is the server. */
void trace_evicted(void *arg, const struct store_meta *);
void trace_page_moved(void *arg, uint32_t from_class, uint32_t to_class);

#endif
