/*
 * flush: makes every existing item invisible from a given moment on, in one step.
 *
 * A flush raises the number below which items count as flushed (superblock.flush_seq).  The
 * threads that meet them remove them, and so does the sweep (slab/reclaim/expire.h).
 *
 * Threads: any.
 */
#ifndef SLAB_CORE_FLUSH_H
#define SLAB_CORE_FLUSH_H

#include "slab/core/store_thread.h"

/* Does a flush that is due. */
void flush_if_due(struct store *);

#endif
