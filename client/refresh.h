/*
 * refresh: servers that come and go while a handle is used.
 *
 * Where the list comes from is looked at when topology.h says so.  What was found
 * takes effect only where nobody holds on to a server: before a call that waits
 * asks, and at the end of larder_service.  What cannot be read, or makes no sense,
 * changes nothing.
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
#ifndef CLIENT_REFRESH_H
#define CLIENT_REFRESH_H

#include "client/handle.h"

/*
 * Goes on, where servers may change: takes up what was found and begins what is
 * due; `waits`: a name may be looked up.
 */
void refresh_step(struct larder *, bool waits);

/* Looks now, and waits for it.  LARDER_OK, or why all stays as it was: larder_why has the words. */
MUST_USE int refresh_look(struct larder *);

/* Before a call of the caller's: what was handed out is stale, and servers may come and go. */
static inline void
refresh_begin(struct larder *l)
{
    core_release(l);
    if (UNLIKELY(l->topology.kind != SOURCE_LIST))
        refresh_step(l, true);
}

#endif
