/*
 * keep: items that are never evicted (ITEM_PINNED), and how much they may hold.
 *
 * They are counted where items come and go (slab/core/publish.h).  Their bytes have a
 * bound, or nothing that may be evicted would be left.
 *
 * Threads: any.
 */
#ifndef SLAB_CORE_PIN_H
#define SLAB_CORE_PIN_H

#include "slab/core/store_thread.h"

/* Bytes that they may hold, by the limit as it is now. */
uint64_t pin_limit(const struct store *);

#endif
