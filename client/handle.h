/*
 * handle: struct larder, and what the files behind larder.h share.
 *
 * A call that waits asks, and runs all connections until its own questions are
 * answered: an `answer` counts them.
 *
 * Threads: one at a time.
 */
#ifndef CLIENT_HANDLE_H
#define CLIENT_HANDLE_H

#include <assert.h>
#include <poll.h>

#include "client/conn/conn.h"
#include "client/larder.h"
#include "client/route/route.h"
#include "client/topology.h"

enum { HANDLE_REPLICAS_MAX = 16 };

#define HANDLE_MAGIC 0x6c617264u

struct larder {
    uint32_t magic; /* HANDLE_MAGIC */
    struct conn_env env;
    struct conn **conns;
    size_t n_conns;
    struct route *route;   /* NULL with less than two servers */
    struct pollfd *polled; /* of core.c: as many as connections, and one */
    struct conn **polled_conns;
    struct topology topology;
};

/* That it is one; every function of larder.h checks it first. */
static inline void
handle_must_be(const struct larder *l)
{
    MUST(l != NULL && l->magic == HANDLE_MAGIC);
}

/* ---- core.c ---- */

/* The key's servers, best first: up to `max` that may be asked now.  Returns how many, *code if none. */
unsigned core_choose(
    const struct larder *, struct bytes key, uint64_t now_ns, struct conn **choice, unsigned max, int *code);

/* The one server to ask for a key.  NULL: *code says why. */
struct conn *core_conn_of(struct larder *, struct bytes key, uint64_t now_ns, int *code);

/* What was handed out is stale. */
void core_release(struct larder *);

/* Runs the connections until *left is 0, from now_ns on; core_run one round of up to timeout_ms (-1: until something happened). */
void core_wait(struct larder *, const size_t *left, uint64_t now_ns);
void core_run(struct larder *, int timeout_ms, bool idle);

/* Whoever waits for an answer hears LARDER_CLOSED, and so does who asks again on hearing it. */
void core_give_up(struct larder *);

/* ---- servers.c ---- */

void servers_free(struct conn **, size_t n);
MUST_USE int servers_renew_route(struct larder *);

/* Memory for polling the scout, of a handle that has had no servers yet. */
MUST_USE bool servers_make_room(struct larder *);

/* Takes a list, target.h's words, in place of what there is.  A code: nothing has changed. */
MUST_USE int servers_take(struct larder *, const char *list);

/* The same of the servers of `model`, without their connections. */
MUST_USE int servers_copy(struct larder *, const struct larder *model);

/* Takes the servers of `like`, and from where they come, out of it: it may only be freed then.  Cannot fail. */
void servers_follow(struct larder *, struct larder *like);

/* ---- answer.c ---- */

/* What a question came to. */
struct answer {
    size_t left; /* answers to come: 1 or 0 */
    int code;
    struct larder_item *item;
};

pending_sink answer_sink; /* `arg` is a struct answer; a value goes into its item, if it has one */

/* Asks the connection and waits.  What may be asked twice is, if a connection that has served broke. */
int answer_from(struct larder *, struct conn *, struct ask *, const void *value, bool twice, struct answer *);

/* The key's server, or the first of its replicas that answers. */
int answer_read(struct larder *, struct ask *, struct larder_item *);
/* The same, of a call that has begun: what it has handed out stays good. */
int answer_read_on(struct larder *, struct ask *, struct larder_item *);
/* The key's server and all its replicas. */
int answer_write(struct larder *, struct ask *, const void *value, bool twice, struct larder_item *);

void answer_take(struct larder_item *, const struct reply *);

/* When a question that is asked now must be answered. */
static inline uint64_t
handle_deadline_ns(const struct larder *l, uint64_t now_ns)
{
    CHECKED_MUST(l->magic == HANDLE_MAGIC);
    return now_ns + config_ns(&l->env.config, CONFIG_TIMEOUT_MS);
}

/* In text a get is ended by END. */
static inline uint8_t
handle_get_end(const struct larder *l)
{
    return l->env.config.dialect == DIALECT_TEXT ? PENDING_TO_END : PENDING_ONE;
}

/* Nothing is known of the item then. */
static inline bool
handle_is_trouble(int code)
{
    return code >= LARDER_TIMEOUT;
}

#endif
