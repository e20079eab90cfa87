/*
 * describe: what clients may know of an item, in one struct.
 *
 * Threads: inside an epoch.
 */
#ifndef SLAB_CORE_DESCRIBE_H
#define SLAB_CORE_DESCRIBE_H

#include "slab/core/store_thread.h"

/* What is known of `it`, whose number is `seq`, or was before it was unlinked. */
struct store_meta describe_item(const struct store_thread *, struct item *it, uint64_t seq);

#endif
