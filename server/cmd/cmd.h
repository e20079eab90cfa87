/*
 * cmd: the functions that run commands, by a request's kind.
 *
 * There is one function for each command, in the files cmd_*.c; the tables (rights.h) come from
 * proto/commands.def.  A command sees only the struct cmd_peer of its connection, and fills the
 * response.  A command on an item makes one store call.  One that answers with a value leaves its
 * view in ctx->view; a get of many keys sends the value of each key with cmd_reply, and its
 * response is the END.
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
 * The rest of a command whose answer is longer than a turn, or waits for another
 * thread.  The command leaves it in ctx->job, and from then on it belongs to the
 * connection: each turn begins with a step of the job, and no other request runs
 * until the job is done.  A struct that implements a job begins with it.
 */
struct cmd_job;
enum cmd_step {
    CMD_STEP_DONE,
    CMD_STEP_MORE,  /* in the next turn */
    CMD_STEP_WAITS, /* in the next turn after cmd_peer.wake was posted */
};
struct cmd_job_ops {
    enum cmd_step (*step)(struct cmd_ctx *, struct cmd_job *); /* writes as much as fits */
    void (*free)(struct cmd_job *);                            /* whether or not it is done */
};
struct cmd_job {
    const struct cmd_job_ops *ops;
};

typedef void cmd_fn(struct cmd_ctx *, const struct request *, struct response *);

/* The commands that a connection may use: a function for each kind of command (rights.c). */
struct cmd_tables {
    cmd_fn *of[RIGHTS_N][CMD_N_KINDS];
};

/* The reason why a connection is closed, for watchers. */
enum close_reason { CLOSE_ERROR, CLOSE_NORMAL, CLOSE_IDLE_TIMEOUT, CLOSE_SHUTDOWN };

/* A connection, as commands see it: its client, and its rights. */
struct cmd_peer {
    int fd;
    bool datagrams;          /* it leaves no state for the next datagram, and begins no job (udp.h) */
    uint8_t reason;          /* enum close_reason */
    uint8_t rights;          /* enum rights: those of `commands` */
    cmd_fn *const *commands; /* of cmd_tables */
    struct login login;
    struct address_peer address;
    /* posted to ctx->inbox by the thread that a job waits for: resumes the connection */
    struct inbox_note wake;
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
    const struct request *first_in_batch; /* of the requests that are run together */
    uint64_t cas_mask;                    /* all ones; 0 with -C */
    uint32_t traced;                      /* events that are wanted in this turn: trace.h */

    struct store_key key; /* the hash of req->key, if the request has one */
    int32_t budget;       /* requests that the connection may still run this turn (-R) */

    /* Results of a command besides its response: */
    struct store_view view; /* the value of a RSP_VALUE with_value */
    bool goes_on;           /* it is not done: `job` or, if that is NULL, `rest` is for the next turn */
    bool starves;           /* with `goes_on`: neither; the command is run again when there may be memory */
    /*
     * Keys of `args`, if the turn ended before them: the command is called again with these.  After
     * a login with a value that is too long: the value, whose bytes are the next lines.
     */
    struct bytes rest;
    struct cmd_job *job;
    bool close;              /* close the connection after the replies are sent */
    struct watcher *watcher; /* with `close`: the connection becomes this watcher, and is not closed */
    char text[CMD_TEXT_MAX]; /* for the response's `text` */
    struct text config;      /* the same, for cmd_config.c */

    /* for trace.c: */
    struct watch_ring *ring; /* the worker's */
    struct store_meta found; /* by the last trace_fetch, if watchers want it */
    uint32_t slot_class;     /* of the item that trace_commit stores */
};

/*
 * The functions, declared by their rows.  A command gets the response as cmd_begin_response
 * sets it: RSP_SILENT.  The RSP_TEXT of cmd_stats is valid until the next one.
 */
#define CMD(kind, word, shape, effects, body, does) cmd_fn cmd_##does;
#include "proto/commands.def"
#undef CMD

/* Functions that the tables have instead of a command. */
cmd_fn cmd_forbidden;
cmd_fn cmd_before_login;  /* cmd_auth.c */
cmd_fn cmd_meta_get_only; /* mg that changes nothing (cmd_meta.c) */
cmd_fn cmd_config_only;   /* config get only (cmd_config.c) */
cmd_fn cmd_stats_only;    /* stats that neither show keys nor change anything (cmd_stats.c) */

/* Before a command is run: its context is as a command finds it, and the function is there. */
static inline void
cmd_must_be_ready(const struct cmd_ctx *ctx, const struct request *req)
{
    inbox_must_be_self(ctx->inbox);
    CHECKED_MUST(req->kind < CMD_N_KINDS && ctx->commands[req->kind] != NULL);
    CHECKED_MUST(!ctx->goes_on && !ctx->starves && ctx->job == NULL && ctx->watcher == NULL);
    outq_must_hold(ctx->out);
}

/* Of a command on one item: ctx->key is the request's key. */
static inline void
cmd_key_must_be(const struct cmd_ctx *ctx, const struct request *req)
{
    CHECKED_MUST(ctx->key.p == req->key.p && ctx->key.n == req->key.n);
    CHECKED_MUST(ctx->key.n > 0 && ctx->key.n <= STORE_KEY_MAX);
}

static inline void
cmd_peer_may(struct cmd_peer *peer, const struct cmd_tables *tables, enum rights rights)
{
    CHECKED_MUST(rights < RIGHTS_N);
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
 * cmd_put in steps, for a body of which only a part has arrived (cmd_put.c).
 * cmd_put_announce false: the response has the error, and the body is to be discarded.
 */
MUST_USE bool cmd_put_announce(struct cmd_ctx *, const struct request *, const struct store_key *,
    struct store_partial *, struct response *);
/* See store_partial_begin. */
MUST_USE enum store_result cmd_put_begin(
    struct cmd_ctx *, const struct request *, const struct store_key *, struct store_partial *);
/* false: nothing has changed, and the request waits for memory. */
MUST_USE bool cmd_put_commit(struct cmd_ctx *, const struct request *, const struct store_key *,
    struct store_slot *, struct response *);
/* Answers for a value that is not stored: STORE_NO_MEMORY or STORE_TOO_LARGE. */
void cmd_put_refuse(
    struct cmd_ctx *, const struct request *, const struct store_key *, enum store_result, struct response *);

/*
 * The store was busy and nothing has changed: the command leaves its response
 * unchanged, and is run again when there may be memory.
 */
static inline void
cmd_wait_for_memory(struct cmd_ctx *ctx)
{
    CHECKED_MUST(!ctx->goes_on && ctx->job == NULL);
    ctx->goes_on = ctx->starves = true;
}

/*
 * The code that sets a response's kind also sets the fields of this kind, and no other field is
 * read.  So only the small ones are cleared: one store instead of fourteen, for every request.
 */
static inline void
cmd_begin_response(struct response *rsp)
{
    static_assert(offsetof(struct response, key) == 8, "kind and flags are one word");
    memset(rsp, 0, offsetof(struct response, key));
}

/* Sets an error; `text`, a literal, is its line in the text protocol. */
static inline void
cmd_fail_as(struct response *rsp, enum failure failure, struct bytes text)
{
    rsp->kind = RSP_FAIL;
    rsp->text = text;
    rsp->failure = (uint8_t)failure;
}

/* An error that the request has caused, or that only the text protocol can have. */
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

/* There is no such command, or no such form of it. */
static inline void
cmd_fail_unknown(struct response *rsp)
{
    cmd_fail(rsp, BYTES("ERROR"));
}

/*
 * Items always have a CAS number.  With -C clients must not notice: they read it
 * as 0, and the number that they compare with never matches an item's.
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

/* Reads a number of an admin command, as strtod does, but only if it is finite; false otherwise. */
MUST_USE bool cmd_read_double(struct bytes word, double *out);

/* The seconds that are left, for meta's t: -1 without an expiry, and 32 bits that wrap as in memcached. */
int64_t cmd_ttl_s(uint32_t exptime);

/*
 * Whether the flag `first` is written before `second`: flags of a meta command
 * take effect in the order of the line.
 */
bool cmd_stands_before(const struct request *, char first, char second);

/*
 * The value of t for an item that N has just made, if T sets its expiry as well:
 * only flags before t count.
 */
int64_t cmd_ttl_of_created(const struct request *);

/*
 * Whether the connection waits for the body of this request: only for `config
 * set` of a client that may use it (cmd_config.c).
 */
bool cmd_config_wants_body(const struct cmd_ctx *, const struct request *);

/* Passes the policy that the options name to the engine.  Any thread (cmd_lru.c). */
void cmd_lru_apply_policy(struct server *);

/* Passes to the engine whether pages change class automatically.  Any thread (cmd_slabs.c). */
void cmd_slabs_apply_automove(struct server *);

/* The parts of cmd_reply for a text of any length, and for a value. */
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
    CHECKED_MUST(outq_room(ctx->out) >= COMPOSE_MAX);
    bool value = false;
    char *end = proto_compose(outq_end(ctx->out), req, rsp, &value);
    if (value)
        cmd_reply_value(ctx, end, req, rsp);
    else
        outq_wrote(ctx->out, end);
}

#endif
