/*
 * topology: servers that come and go while a handle is used.
 *
 * Where the list comes from is looked at every refresh_ms, and sooner when a server
 * has failed.  What was found takes effect only where nobody holds on to a
 * server: before a call that waits asks, and at the end of larder_service.  What
 * cannot be read, or makes no sense, changes nothing.
 *
 *   file, DNS   are read there and then; a name's look-up may take long, so
 *               larder_service, which must not wait, leaves it to the others
 *   cluster     the scout, a connection of its own, asks while others work:
 *               RESTS -> ASKS -> HEARD -> RESTS, or ASKS the next candidate
 *
 * Candidates are the servers that were named first, then those that are known.
 *
 * Threads: as the handle.
 */
#ifndef CLIENT_TOPOLOGY_H
#define CLIENT_TOPOLOGY_H

#include "client/conn.h"
#include "client/source.h"

struct larder;

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

/* All zero is a list that stays.  An enum larder_code; what is not LARDER_OK needs no fini. */
MUST_USE int topology_init(struct topology *, const char *text);
MUST_USE bool topology_copy(struct topology *to, const struct topology *from); /* without what goes on */
void topology_fini(struct topology *);

/* The options have changed: the scout makes another connection. */
void topology_forget_scout(struct topology *);

/*
 * Goes on, where servers may change: takes up what was found and begins what is
 * due; `waits`: a name may be looked up.
 */
void topology_step(struct larder *, bool waits);

/* Looks now, and waits for it.  LARDER_OK, or why all stays as it was: larder_why has the words. */
MUST_USE int topology_look(struct larder *);

/* When topology_step has something to do, of what must not wait; UINT64_MAX: never. */
uint64_t topology_due_ns(const struct larder *);

#endif
