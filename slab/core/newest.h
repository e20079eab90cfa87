/*
 * newest: which items came last, by the numbers that they were given.
 *
 * Where all of memory is written anew within a tick or two of the clock, ages
 * tell nothing apart.  The newer half of the items stays then, so that who
 * stores a value can read it back.
 */
#ifndef SLAB_CORE_NEWEST_H
#define SLAB_CORE_NEWEST_H

#include "slab/core/store_thread.h"

/*
 * A number: from it on, half as many were given out as there are items that may
 * be evicted.  Takes threads_lock, for a moment.  Any thread, holding no lock of
 * the engine.
 */
uint64_t newest_from(struct store *);

#endif
