/*
 * trace: what happens to a request or a connection, told to those who follow it:
 * watchers (watch.h), and `stats detail`.
 *
 * What anybody wants to know is in server->traced, a bit each.  A turn copies it
 * into ctx->traced, and where something happens that bit is tested first: with
 * nobody following, that test is all there is.
 *
 * Threads: on the connection's worker, inside its store epoch, unless it says otherwise.
 */
#ifndef SERVER_CMD_TRACE_H
#define SERVER_CMD_TRACE_H

#include "server/net/buffer.h"
#include "server/cmd/cmd.h"
#include "server/watch/watch.h"

/* Besides the bits of enum watch_stream: */
enum {
    TRACED_DETAIL = 1 << 30,        /* stats detail */
    TRACED_LINES = (int)(1u << 31), /* -vv; of ctx->traced only */
};
static_assert((int)WATCH_ALL < (int)TRACED_DETAIL, "a bit for each");

/* Copies what is wanted for the turn that begins, or from here on. */
void trace_begin_turn(struct cmd_ctx *);

/* trace.c's, for when somebody follows: far from what is always run. */
#define TRACE_COLD __attribute__((noinline, cold))
TRACE_COLD void trace_send_line(struct cmd_ctx *, bool packet, const struct buffer *in);
TRACE_COLD void trace_send_fetch(struct cmd_ctx *, const struct store_key *);
TRACE_COLD enum store_result trace_send_commit(struct cmd_ctx *, const struct request *,
    const struct store_key *, struct store_slot *, const struct store_put *, struct store_stored *);
TRACE_COLD void trace_send_stored(
    struct cmd_ctx *, const struct request *, const struct store_key *, enum store_result);
TRACE_COLD void trace_send_deleted(struct cmd_ctx *, const struct store_key *, const char *cmd);

/* The line that `in` begins with, or the binary packet, is about to be run; -vv and watchers of rawcmds. */
static inline void
trace_line(struct cmd_ctx *ctx, bool packet, const struct buffer *in)
{
    if (UNLIKELY(ctx->traced & ((uint32_t)TRACED_LINES | WATCH_RAWCMDS)))
        trace_send_line(ctx, packet, in);
}

/* The key is about to be looked up.  What is there now is kept for trace_deleted. */
static inline void
trace_fetch(struct cmd_ctx *ctx, const struct store_key *key)
{
    if (UNLIKELY(ctx->traced & (WATCH_FETCHERS | WATCH_DELETIONS)))
        trace_send_fetch(ctx, key);
}

/* store_commit, which is a look-up too. */
static inline MUST_USE enum store_result
trace_commit(struct cmd_ctx *ctx, const struct request *req, const struct store_key *key,
    struct store_slot *slot, const struct store_put *put, struct store_stored *stored)
{
    if (UNLIKELY(ctx->traced & (WATCH_FETCHERS | WATCH_MUTATIONS)))
        return trace_send_commit(ctx, req, key, slot, put, stored);
    return store_commit(ctx->thread, key, slot, put, stored);
}

/* What a command made of an item, besides by trace_commit. */
static inline void
trace_stored(
    struct cmd_ctx *ctx, const struct request *req, const struct store_key *key, enum store_result result)
{
    if (UNLIKELY(ctx->traced & WATCH_MUTATIONS))
        trace_send_stored(ctx, req, key, result);
}

/* What trace_fetch found is gone; `cmd` did it. */
static inline void
trace_deleted(struct cmd_ctx *ctx, const struct store_key *key, const char *cmd)
{
    if (UNLIKELY(ctx->traced & WATCH_DELETIONS))
        trace_send_deleted(ctx, key, cmd);
}

/* A connection has come (`reason` NULL) or gone.  Any thread: with the ring that is its own, or NULL. */
void trace_conn(
    struct server *, struct watch_ring *, int fd, const struct address_peer *, const char *reason);

/* What a peer has said is no TLS, and why. */
void trace_tls_error(struct server *, struct watch_ring *, int fd, const char *why);

/* The engine's news: store_hooks of this server.  `arg` is the server. */
void trace_evicted(void *arg, const struct store_meta *);
void trace_page_moved(void *arg, uint32_t from_class, uint32_t to_class);

#endif
