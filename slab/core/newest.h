/*
 * newest: which items were stored last, by their sequence numbers.
 *
 * Where all of memory is rewritten within a tick or two of the clock, ages do not distinguish items.
 * Then the newer half of the items stays, so that a client that stores a value can read it back.
 */
#ifndef SLAB_CORE_NEWEST_H
#define SLAB_CORE_NEWEST_H

#include "slab/core/store_thread.h"

/*
 * A sequence number: half as many numbers were drawn from it on as there are items that may be
 * evicted.  Takes threads_lock, for a moment.  Any thread, holding no lock of the engine.
 */
uint64_t newest_from(struct store *);

#endif
