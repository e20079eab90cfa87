/*
 * refresh: changes of a handle's servers while the handle is in use.
 *
 * The source of the list is read when topology.h says so.  A new list is used only
 * where no call needs a connection of the old one: before a call that waits sends its
 * requests, and at the end of larder_service.  A list that cannot be read, or is
 * invalid, changes nothing.
 *
 *   file, DNS   are read at once; a name's look-up may take long, so larder_service,
 *               which must not wait, leaves it to the calls that wait
 *   cluster     the scout, a connection of its own, asks while the others work:
 *               IDLE -> ASKING -> ANSWERED -> IDLE, or ASKING the next candidate
 *
 * Candidates are the servers that the source names, then the servers in use.
 *
 * Threads: as the handle.
 */
#ifndef CLIENT_REFRESH_H
#define CLIENT_REFRESH_H

#include "client/handle.h"

/*
 * Called where servers may change: uses a list that has arrived, and begins a read that
 * is due.  `waits`: a name may be looked up.
 */
void refresh_step(struct larder *, bool waits);

/*
 * Reads the source now, and waits for it.  LARDER_OK, or why the servers stay as
 * they are; larder_why has the message.
 */
MUST_USE int refresh_look(struct larder *);

/* Begins a call of larder.h: values returned earlier are no longer valid, and the servers may change. */
static inline void
refresh_begin(struct larder *l)
{
    core_release(l);
    if (UNLIKELY(l->topology.kind != SOURCE_LIST))
        refresh_step(l, true);
}

#endif
