/*
 * handle: struct larder, and the functions that the files of larder.h's calls share.
 *
 * A call that waits sends its requests, then runs all connections until its requests are
 * answered; a struct answer counts them.
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
    struct route *route;   /* NULL with fewer than two servers */
    struct pollfd *polled; /* for core.c: an entry for each connection and one for the scout */
    struct conn **polled_conns;
    struct topology topology;
};

/* Every function of larder.h calls this first. */
static inline void
handle_must_be(const struct larder *l)
{
    MUST(l != NULL && l->magic == HANDLE_MAGIC);
}

/* ---- core.c ---- */

/*
 * The servers to ask for a key now, best first, at most `max`.  Returns their
 * number; if it is 0, *code has the reason.
 */
unsigned core_choose(
    const struct larder *, struct bytes key, uint64_t now_ns, struct conn **choice, unsigned max, int *code);

/* The server to ask for a key.  NULL: *code has the reason. */
struct conn *core_conn_of(struct larder *, struct bytes key, uint64_t now_ns, int *code);

/* Values returned earlier are no longer valid. */
void core_release(struct larder *);

/*
 * core_wait runs the connections until *left is 0; now_ns is the time of the call.  core_run runs one
 * round of up to timeout_ms (-1: until something happens); `idle`: also for connections without requests.
 */
void core_wait(struct larder *, const size_t *left, uint64_t now_ns);
void core_run(struct larder *, int timeout_ms, bool idle);

/* Calls back each request without an answer with LARDER_CLOSED, also requests that the callbacks submit. */
void core_give_up(struct larder *);

/* ---- servers.c ---- */

void servers_free(struct conn **, size_t n);
MUST_USE int servers_renew_route(struct larder *);

/* Allocates the memory for polling the scout, in a handle that has had no servers yet. */
MUST_USE bool servers_make_room(struct larder *);

/* Replaces the servers by those of `list`, in target.h's syntax.  After an error nothing has changed. */
MUST_USE int servers_take(struct larder *, const char *list);

/* Sets the servers of `model`, without its connections. */
MUST_USE int servers_copy(struct larder *, const struct larder *model);

/*
 * Moves the servers of `like` and their source into the handle; after that,
 * `like` can only be freed.  Cannot fail.
 */
void servers_follow(struct larder *, struct larder *like);

/* ---- answer.c ---- */

/* The result of a call's requests. */
struct answer {
    size_t left; /* requests without an answer */
    int code;
    struct larder_item *item;
};

pending_sink answer_sink; /* `arg` is a struct answer; a value is stored in its item, if it has one */

/* Sends a request and waits.  `twice`: sends it again if a connection that has answered before breaks. */
int answer_from(struct larder *, struct conn *, struct ask *, const void *value, bool twice, struct answer *);

/* Asks the key's server, or the first of its replicas that answers. */
int answer_read(struct larder *, struct ask *, struct larder_item *);
/* The same within a call: values that the call has returned stay valid. */
int answer_read_on(struct larder *, struct ask *, struct larder_item *);
/* Sends the request to the key's server and to all its replicas. */
int answer_write(struct larder *, struct ask *, const void *value, bool twice, struct larder_item *);

void answer_take(struct larder_item *, const struct reply *);

/* The deadline of a request that is sent now. */
static inline uint64_t
handle_deadline_ns(const struct larder *l, uint64_t now_ns)
{
    CHECKED_MUST(l->magic == HANDLE_MAGIC);
    return now_ns + config_ns(&l->env.config, CONFIG_TIMEOUT_MS);
}

/* In the text protocol, END ends a get. */
static inline uint8_t
handle_get_end(const struct larder *l)
{
    return l->env.config.dialect == DIALECT_TEXT ? PENDING_TO_END : PENDING_ONE;
}

/* After such a code nothing is known about the item. */
static inline bool
handle_is_error(int code)
{
    return code >= LARDER_TIMEOUT;
}

#endif
