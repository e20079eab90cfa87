/*
 * cmd: from a request's kind to the function that does it.
 *
 * One function per command, in cmd_get.c, cmd_put.c, cmd_arith.c, cmd_meta.c,
 * cmd_admin.c and cmd_stats.c; the tables (rights.h) come from proto/commands.def.
 * Of the connection a command sees its struct cmd_peer, and no more.
 * A command makes one store call and fills the response.  One that answers a
 * value leaves its view in ctx->view; a get of many keys sends each of them
 * with cmd_reply and leaves the END to its response.
 *
 * Threads: on the connection's worker, inside its store epoch.
 */
#ifndef SERVER_CMD_CMD_H
#define SERVER_CMD_CMD_H

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/counter.h"
#include "proto/compose.h"
#include "proto/request.h"
#include "proto/response.h"
#include "server/text/address.h"
#include "server/auth/auth.h"
#include "server/counters.h"
#include "server/inbox.h"
#include "server/net/outq.h"
#include "server/auth/role.h"
#include "server/text/text.h"
#include "slab/store.h"

struct server;
struct worker;
struct cmd_ctx;
struct watch_ring; /* watch_ring.h */
struct watcher;    /* watcher.h */

enum { CMD_TEXT_MAX = 640 };

/*
 * What is left of a command whose answer is longer than a turn, or waits for another thread.  The command
 * leaves it in ctx->job, and from then on it is the connection's: each turn
 * begins with a step, until it is done, and no request is run before.  The
 * struct that has one begins with it.
 */
struct cmd_job;
enum cmd_step {
    CMD_STEP_DONE,
    CMD_STEP_MORE,  /* in the next turn */
    CMD_STEP_WAITS, /* in the next turn after cmd_peer.wake was posted */
};
struct cmd_job_ops {
    enum cmd_step (*step)(struct cmd_ctx *, struct cmd_job *); /* writes what fits */
    void (*free)(struct cmd_job *);                            /* done or not */
};
struct cmd_job {
    const struct cmd_job_ops *ops;
};

typedef void cmd_fn(struct cmd_ctx *, const struct request *, struct response *);

/* What a connection may do: a function for each kind of command (rights.c). */
struct cmd_tables {
    cmd_fn *of[RIGHTS_N][CMD_N_KINDS];
};

/* Why a connection ends, as watchers are told. */
enum close_reason { CLOSE_ERROR, CLOSE_NORMAL, CLOSE_IDLE_TIMEOUT, CLOSE_SHUTDOWN };

/* A connection, as commands see it: who is at the other end, and what it may do. */
struct cmd_peer {
    int fd;
    bool datagrams;          /* it has no later turn, and nothing of it stays behind this one (udp.h) */
    uint8_t reason;          /* enum close_reason */
    uint8_t rights;          /* enum rights: those of `commands` */
    cmd_fn *const *commands; /* of cmd_tables */
    struct login login;
    struct address_peer address;
    struct inbox_note
        wake; /* posted to ctx->inbox by the thread that a job waits for: its connection goes on */
};

struct cmd_ctx {
    struct server *server;
    struct worker *worker;
    struct inbox *inbox; /* the worker's */
    struct cmd_peer *peer;
    struct store_thread *thread;
    counter *counters;                    /* the worker's */
    struct outq *out;                     /* replies of this turn; not full when a command begins */
    cmd_fn *const *commands;              /* the peer's */
    const struct request *first_in_batch; /* of those that are run together */
    uint64_t cas_mask;                    /* all ones; 0 with -C */
    uint32_t traced;                      /* what is followed in this turn: trace.h */

    struct store_key key; /* the hash of req->key, when the request has one */
    int32_t budget;       /* requests that the connection may still run this turn (-R) */

    /* What a command says besides its response: */
    struct store_view view; /* whose value a RSP_VALUE with_value carries */
    bool goes_on;           /* it is not done: `job` or, if that is NULL, `rest` is for the next turn */
    bool starves;           /* with `goes_on`: neither is; it is to be run again when there may be memory */
    struct bytes rest;      /* of `args`, when the turn ended before them: called again with these */
    struct cmd_job *job;
    bool close;              /* hang up once the replies are out */
    struct watcher *watcher; /* with `close`: what the connection becomes, rather than being hung up */
    char text[CMD_TEXT_MAX]; /* room for the response's `text` */
    struct text config;      /* likewise, of cmd_config.c */

    /* trace.c's: */
    struct watch_ring *ring; /* the worker's */
    struct store_meta found; /* by the last trace_fetch, if watchers want to know */
    uint32_t slot_class;     /* of what trace_commit stores */
};

/*
 * The functions themselves, declared by their rows: cmd_get.c has the gets,
 * cmd_put.c what stores, deletes and touches, cmd_arith.c, cmd_meta.c,
 * cmd_stats.c (whose RSP_TEXT lives until the next one), cmd_slabs.c,
 * cmd_lru_crawler.c, cmd_admin.c the rest.
 * The response arrives as cmd_begin_response leaves it: RSP_SILENT.
 */
#define CMD(kind, word, shape, effects, body, does) cmd_fn cmd_##does;
#include "proto/commands.def"
#undef CMD

/* What the tables have in place of a command. */
cmd_fn cmd_forbidden;
cmd_fn cmd_before_login;  /* cmd_auth.c */
cmd_fn cmd_meta_get_only; /* mg that changes nothing (cmd_meta.c) */
cmd_fn cmd_config_only;   /* config that only gets (cmd_config.c) */
cmd_fn cmd_stats_only;    /* stats without what shows keys or changes something (cmd_stats.c) */

static inline void
cmd_peer_may(struct cmd_peer *peer, const struct cmd_tables *tables, enum rights rights)
{
    peer->rights = (uint8_t)rights;
    peer->commands = tables->of[rights];
}

/* Whether the connection may use all of a command: then its table has the command's own function. */
static inline bool
cmd_is_permitted(const struct cmd_ctx *ctx, const struct cmd_tables *tables, enum cmd_kind kind)
{
    return ctx->commands[kind] == tables->of[RIGHTS_ALL][kind];
}

/*
 * cmd_put in steps, for a body that is still coming (cmd_put.c).
 * Announcing false: the response says why, and the body is to be discarded.
 */
MUST_USE bool cmd_put_announce(struct cmd_ctx *, const struct request *, const struct store_key *,
    struct store_partial *, struct response *);
/* See store_partial_begin. */
MUST_USE enum store_result cmd_put_begin(
    struct cmd_ctx *, const struct request *, const struct store_key *, struct store_partial *);
/* false: nothing has happened, it waits for memory. */
MUST_USE bool cmd_put_commit(struct cmd_ctx *, const struct request *, const struct store_key *,
    struct store_slot *, struct response *);
/* What to answer for a value that is not stored: STORE_NO_MEMORY or STORE_TOO_LARGE. */
void cmd_put_refuse(
    struct cmd_ctx *, const struct request *, const struct store_key *, enum store_result, struct response *);

/*
 * The store was busy and nothing has changed: the command leaves its response as
 * it came, and is run once more when there may be memory.
 */
static inline void
cmd_wait_for_memory(struct cmd_ctx *ctx)
{
    ctx->goes_on = ctx->starves = true;
}

/*
 * A kind reads the fields that are its own, and whoever sets the kind sets
 * them.  So only the small ones are cleared: one store instead of fourteen, for every request.
 */
static inline void
cmd_begin_response(struct response *rsp)
{
    static_assert(offsetof(struct response, key) == 8, "kind and flags are one word");
    memset(rsp, 0, offsetof(struct response, key));
}

/* An error, and the line that says it in text: a literal. */
static inline void
cmd_fail_as(struct response *rsp, enum failure failure, struct bytes text)
{
    rsp->kind = RSP_FAIL;
    rsp->text = text;
    rsp->failure = (uint8_t)failure;
}

/* One that is the request's fault, or that only text can ask for. */
static inline void
cmd_fail(struct response *rsp, struct bytes text)
{
    cmd_fail_as(rsp, FAILURE_INVALID, text);
}

static inline void
cmd_fail_format(struct response *rsp)
{
    cmd_fail(rsp, BYTES("CLIENT_ERROR bad command line format"));
}

/* No such command, or no such form of it. */
static inline void
cmd_fail_unknown(struct response *rsp)
{
    cmd_fail(rsp, BYTES("ERROR"));
}

/*
 * Items always have their CAS number.  With -C clients must not notice: it
 * reads as 0, and what they want it to be is what no item's ever is.
 */
static inline uint64_t
cmd_cas_shown(const struct cmd_ctx *ctx, uint64_t cas)
{
    return cas & ctx->cas_mask;
}

static inline uint64_t
cmd_cas_wanted(const struct cmd_ctx *ctx, uint64_t cas)
{
    return cas == 0 ? 0 : cas | ~ctx->cas_mask;
}

/* A number of an admin command, as strtod takes it, but finite; false if it is anything else. */
MUST_USE bool cmd_read_double(struct bytes word, double *out);

/* Seconds that are left, as meta's t says it: -1 for ever, and 32 bits that wrap like memcached's. */
int64_t cmd_ttl_s(uint32_t exptime);

/* Flags of a meta command take effect in the order in which they are written: does `first` stand before `second`? */
bool cmd_stands_before(const struct request *, char first, char second);

/* What t shows of an item that N has just made, when T sets its expiry as well: what stood before t counts. */
int64_t cmd_ttl_of_created(const struct request *);

/* Whether the body of this request is to be waited for: only of `config set` by those who may (cmd_config.c). */
bool cmd_config_wants_body(const struct cmd_ctx *, const struct request *);

/* Passes the policy that the options name to the engine.  Any thread (cmd_lru.c). */
void cmd_lru_apply_policy(struct server *);

/* Passes to the engine whether the options let pages change class by themselves.  Any thread (cmd_slabs.c). */
void cmd_slabs_apply_automove(struct server *);

/* The rest of cmd_reply for a text of any length, and for a value. */
void cmd_reply_text(struct cmd_ctx *, const struct response *);
void cmd_reply_value(struct cmd_ctx *, char *end, const struct request *, const struct response *);

/* Appends the response to the replies of this turn. */
static inline void
cmd_reply(struct cmd_ctx *ctx, const struct request *req, const struct response *rsp)
{
    if (UNLIKELY(rsp->kind == RSP_TEXT)) {
        cmd_reply_text(ctx, rsp);
        return;
    }
    bool value = false;
    char *end = proto_compose(outq_end(ctx->out), req, rsp, &value);
    if (value)
        cmd_reply_value(ctx, end, req, rsp);
    else
        outq_wrote(ctx->out, end);
}

#endif
