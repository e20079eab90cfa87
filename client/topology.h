/*
 * topology: where a handle's servers come from, and when that is looked at again.
 *
 * It is due every refresh_ms, and sooner when a server has failed.  What happens
 * then is refresh.c's.
 *
 * Threads: as the handle.
 */
#ifndef CLIENT_TOPOLOGY_H
#define CLIENT_TOPOLOGY_H

#include "client/conn/conn.h"
#include "client/source.h"

enum topology_state { TOPOLOGY_RESTS, TOPOLOGY_ASKS, TOPOLOGY_HEARD };

struct topology {
    enum source_kind kind; /* SOURCE_LIST: nothing here is used */
    char *place;           /* as it was given, without the word */
    char *list;            /* that was taken last; NULL before */
    uint64_t version;      /* of a cluster's list */
    uint64_t due_ns;       /* the next look */
    uint64_t looked_ns;    /* the last one */
    size_t n_failures;     /* of the handle's servers, as of then */

    /* of a cluster: */
    enum topology_state state;
    struct conn_env *env; /* the scout's: the handle's options, but in text */
    struct conn *scout;   /* NULL until it is needed; then so is env */
    unsigned candidate;   /* whom the scout asks */
    unsigned n_tried;     /* in this look */
    int code;             /* what was HEARD: */
    uint64_t found_version;
    char *found; /* a list, or NULL */
};

void topology_must_hold(const struct topology *);

/* All zero is a list that stays.  An enum larder_code; what is not LARDER_OK needs no fini. */
MUST_USE int topology_init(struct topology *, const char *text);
MUST_USE bool topology_copy(struct topology *to, const struct topology *from); /* without what goes on */
void topology_fini(struct topology *);

/* The options have changed: the scout makes another connection. */
void topology_forget_scout(struct topology *);

/* Whether it is time to look, and when it will be, of what must not wait; UINT64_MAX: never.  `n_failures` as of the handle's servers. */
bool topology_is_due(const struct topology *, size_t n_failures, uint64_t now_ns);
uint64_t topology_due_ns(const struct topology *, size_t n_failures);

#endif
