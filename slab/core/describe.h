/*
 * describe: the facts about an item that clients may see, in one struct.
 *
 * Threads: inside an epoch.
 */
#ifndef SLAB_CORE_DESCRIBE_H
#define SLAB_CORE_DESCRIBE_H

#include "slab/core/store_thread.h"

/* The facts about `it`, whose sequence number is `seq`, or was before it was unlinked. */
struct store_meta describe_item(const struct store_thread *, struct item *it, uint64_t seq);

#endif
