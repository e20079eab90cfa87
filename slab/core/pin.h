/*
 * pin: items that are never evicted (ITEM_PINNED), and the limit of their memory.
 *
 * slab/core/publish.h counts them.  Their bytes have a limit, so that there are
 * always items that can be evicted.
 *
 * Threads: any.
 */
#ifndef SLAB_CORE_PIN_H
#define SLAB_CORE_PIN_H

#include "slab/core/store_thread.h"

/* Bytes that pinned items may hold, at the present limit. */
uint64_t pin_limit(const struct store *);

#endif
