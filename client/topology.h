/*
 * topology: the source of a handle's servers, and when it is read again.
 *
 * A read is due every refresh_ms, and sooner after a server has failed.  refresh.c
 * reads the source.
 *
 * Threads: as the handle.
 */
#ifndef CLIENT_TOPOLOGY_H
#define CLIENT_TOPOLOGY_H

#include "client/conn/conn.h"
#include "client/source.h"

enum topology_state { TOPOLOGY_IDLE, TOPOLOGY_ASKING, TOPOLOGY_ANSWERED };

struct topology {
    enum source_kind kind; /* SOURCE_LIST: no other field is used */
    char *place;           /* the source without its prefix */
    char *list;            /* the list in use; NULL before the first one */
    uint64_t version;      /* of the cluster's list in use */
    uint64_t due_ns;       /* time of the next read */
    uint64_t looked_ns;    /* time of the last read */
    size_t n_failures;     /* the handle's n_failures at that time */

    /* SOURCE_CLUSTER: */
    enum topology_state state;
    struct conn_env *env; /* of the scout: the handle's options, but the text protocol */
    struct conn *scout;   /* the connection that asks for the list; NULL until it is needed, like env */
    unsigned candidate;   /* the server that the scout asks */
    unsigned n_tried;     /* servers asked in this read */
    int code;             /* in ANSWERED, the result: */
    uint64_t found_version;
    char *found; /* a list, or NULL */
};

void topology_must_hold(const struct topology *);

/* All zero: a fixed list.  An enum larder_code; topology_fini is needed only after LARDER_OK. */
MUST_USE int topology_init(struct topology *, const char *text);
MUST_USE bool topology_copy(struct topology *to, const struct topology *from); /* without the scout */
void topology_fini(struct topology *);

/* After a change of the options: the scout's next request opens another connection. */
void topology_forget_scout(struct topology *);

/*
 * Whether a read is due, and when the next one is that need not wait for the
 * resolver; UINT64_MAX: none.  `n_failures` is the handle's.
 */
bool topology_is_due(const struct topology *, size_t n_failures, uint64_t now_ns);
uint64_t topology_due_ns(const struct topology *, size_t n_failures);

#endif
