/* trace: see trace.h. */
#include "server/cmd/trace.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/cmd/class_number.h"
#include "server/server.h"

/* ---- requests ----------------------------------------------------------- */

void
trace_begin_turn(struct cmd_ctx *ctx)
{
    ctx->traced = atomic_load_explicit(&ctx->server->traced, memory_order_relaxed);
    if (UNLIKELY(log_on(LOG_DEBUG)))
        ctx->traced |= (uint32_t)TRACED_LINES;
}

/* Writes the line that runs next, escaped; for a packet only its header, in hexadecimal. */
static size_t
show_line(const struct cmd_ctx *ctx, bool packet, struct bytes in, char text[WATCH_TEXT_MAX])
{
    size_t n = 0;
    if (!packet && ctx->peer->rights == RIGHTS_BEFORE_LOGIN) /* it may be half a password */
        return (size_t)snprintf(text, WATCH_TEXT_MAX, "(not logged in)");
    static_assert(WATCH_TEXT_MAX > 2 * COMPOSE_HEAD, "a packet's head is shown whole");
    if (packet && in.n > COMPOSE_HEAD)
        in.n = COMPOSE_HEAD;
    for (size_t i = 0; i < in.n && n < WATCH_TEXT_MAX - 5; i++) {
        unsigned char b = (unsigned char)in.p[i];
        if (!packet && (b == '\n' || (b == '\r' && i + 1 < in.n && in.p[i + 1] == '\n')))
            break;
        if (!packet && b >= ' ' && b < 0x7f && b != '\\')
            text[n++] = (char)b;
        else
            n += (size_t)snprintf(text + n, 5, packet ? "%02x" : "\\x%02x", b);
    }
    return n;
}

static int
fd_of(const struct cmd_ctx *ctx)
{
    return ctx->peer->fd;
}

static uint32_t
number_of(const struct cmd_ctx *ctx, uint32_t class_id)
{
    return class_number_of(ctx->server->store, class_id);
}

static void
put_event(struct cmd_ctx *ctx, struct watch_event *e, struct bytes text)
{
    watch_tell(ctx->server->watch, ctx->ring, e, text);
}

void
trace_send_line(struct cmd_ctx *ctx, bool packet, const struct buffer *in)
{
    buffer_must_hold(in);
    char text[WATCH_TEXT_MAX];
    size_t n = show_line(ctx, packet, bytes_of(in->p + in->start, buffer_n(in)), text);
    LOG(LOG_DEBUG, "<%d %.*s", fd_of(ctx), (int)n, text);
    struct watch_event e = {.kind = WATCH_COMMAND, .fd = fd_of(ctx)};
    if (ctx->traced & WATCH_RAWCMDS)
        put_event(ctx, &e, bytes_of(text, n));
}

void
trace_send_fetch(struct cmd_ctx *ctx, const struct store_key *key)
{
    static const char *const words[] = {
        [STORE_PRESENT] = "found",
        [STORE_ABSENT] = "not_found",
        [STORE_EXPIRED] = "expired",
        [STORE_FLUSHED] = "flushed",
    };
    ctx->found = (struct store_meta){0};
    enum store_presence presence = store_look(ctx->thread, key, &ctx->found);
    CHECKED_MUST(presence <= STORE_FLUSHED);
    struct watch_event e = {
        .kind = WATCH_ITEM_GET,
        .word = {words[presence]},
        .class_number = number_of(ctx, ctx->found.class_id),
        .n_value = ctx->found.n_value,
        .fd = fd_of(ctx),
    };
    if (ctx->traced & WATCH_FETCHERS)
        put_event(ctx, &e, bytes_of(key->p, key->n));
}

/* memcached's word for a command that stores: one for arithmetic, one for md, else that of the mode. */
static const char *
word_of(const struct request *req)
{
    static const char *const words[] = {
        [PUT_SET] = "set",
        [PUT_ADD] = "add",
        [PUT_REPLACE] = "replace",
        [PUT_APPEND] = "append",
        [PUT_PREPEND] = "prepend",
        [PUT_CAS] = "cas",
    };
    switch (req->kind) {
    case CMD_META_ARITH: return "add";
    case CMD_META_DELETE: return "set";
    }
    MUST(req->mode <= PUT_CAS);
    return words[req->mode];
}

void
trace_send_stored(
    struct cmd_ctx *ctx, const struct request *req, const struct store_key *key, enum store_result result)
{
    MUST(result != STORE_BUSY);
    static const char *const words[] = {
        [STORE_OK] = "stored",
        [STORE_MISSING] = "not_found",
        [STORE_EXISTS] = "exists",
        [STORE_NOT_STORED] = "not_stored",
        [STORE_TOO_LARGE] = "too_large",
        [STORE_NO_MEMORY] = "no_memory",
        [STORE_NOT_NUMBER] = "not_stored",
    };
    bool was_held = result != STORE_TOO_LARGE && result != STORE_NO_MEMORY;
    struct store_meta meta = {
        .class_id = was_held ? ctx->slot_class : 0,
        .exptime = was_held ? clock_expiry_s(req->exptime) : 0,
        .n_value = was_held ? req->n_value : 0,
    };
    if (result == STORE_OK) /* as it is now: another thread may have replaced it, or it may have expired */
        (void)!(store_look(ctx->thread, key, &meta) == STORE_PRESENT);
    struct watch_event e = {
        .kind = WATCH_ITEM_STORE,
        .word = {words[result], word_of(req)},
        .ttl_s = meta.exptime == 0 ? 0 : (int64_t)clock_due_s(meta.exptime) - clock_now_s(),
        .class_number = number_of(ctx, meta.class_id),
        .n_value = meta.n_value,
        .fd = fd_of(ctx),
    };
    put_event(ctx, &e, bytes_of(key->p, key->n));
}

enum store_result
trace_send_commit(struct cmd_ctx *ctx, const struct request *req, const struct store_key *key,
    struct store_slot *slot, const struct store_put *put, struct store_stored *stored)
{
    ctx->slot_class = store_slot_class(ctx->thread, slot);
    trace_fetch(ctx, key);
    enum store_result result = store_commit(ctx->thread, key, slot, put, stored);
    if (result != STORE_BUSY) /* otherwise it will be tried again */
        trace_stored(ctx, req, key, result);
    return result;
}

void
trace_send_deleted(struct cmd_ctx *ctx, const struct store_key *key, const char *cmd)
{
    struct watch_event e = {
        .kind = WATCH_ITEM_DELETED,
        .word = {NULL, cmd},
        .class_number = number_of(ctx, ctx->found.class_id),
        .n_value = ctx->found.n_value,
    };
    put_event(ctx, &e, bytes_of(key->p, key->n));
}

/* ---- connections -------------------------------------------------------- */

void
trace_conn(struct server *server, struct watch_ring *ring, int fd, const struct address_peer *peer,
    const char *reason)
{
    if (!(atomic_load_explicit(&server->traced, memory_order_relaxed) & WATCH_CONNEVENTS))
        return;
    char text[ADDRESS_TEXT_MAX];
    struct watch_event e = {
        .kind = reason == NULL ? WATCH_CONN_NEW : WATCH_CONN_CLOSE,
        .word = {peer->is_ip ? "tcp" : "local", reason},
        .port = peer->port,
        .fd = fd,
    };
    watch_tell(server->watch, ring, &e, address_peer_text(peer, text));
}

void
trace_tls_error(struct server *server, struct watch_ring *ring, int fd, const char *why)
{
    if (!(atomic_load_explicit(&server->traced, memory_order_relaxed) & WATCH_CONNEVENTS))
        return;
    struct watch_event e = {.kind = WATCH_TLS_ERROR, .fd = fd};
    watch_tell(server->watch, ring, &e, bytes_of(why, strlen(why)));
}

/* ---- the engine --------------------------------------------------------- */

void
trace_evicted(void *arg, const struct store_meta *meta)
{
    struct server *server = arg;
    if (!(atomic_load_explicit(&server->traced, memory_order_relaxed) & WATCH_EVICTIONS))
        return;
    uint32_t now_s = clock_now_s();
    struct watch_event e = {
        .kind = WATCH_EVICTION,
        .word = {meta->fetched ? "yes" : "no"},
        .ttl_s = meta->exptime == 0 ? -1 : (int64_t)meta->exptime - now_s,
        .idle_s = now_s - meta->atime,
        .class_number = class_number_of(server->store, meta->class_id),
        .n_value = meta->n_value,
    };
    watch_tell(server->watch, NULL, &e, meta->key);
}

void
trace_page_moved(void *arg, uint32_t from_class, uint32_t to_class)
{
    struct server *server = arg;
    if (!(atomic_load_explicit(&server->traced, memory_order_relaxed) & WATCH_SYSEVENTS))
        return;
    struct watch_event e = {
        .kind = WATCH_PAGE_MOVED,
        .word = {"ok"},
        .from_number = class_number_of(server->store, from_class),
        .class_number = class_number_of(server->store, to_class),
    };
    watch_tell(server->watch, NULL, &e, bytes_of(NULL, 0));
}
