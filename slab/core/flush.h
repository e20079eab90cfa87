/*
 * flush: every item that is there is gone from a moment on, in one step.
 *
 * A flush raises the number below which items are dead (superblock.flush_seq).
 * They are taken out when they are met, and by the sweep (slab/reclaim/expire.h).
 *
 * Threads: any.
 */
#ifndef SLAB_CORE_FLUSH_H
#define SLAB_CORE_FLUSH_H

#include "slab/core/store_thread.h"

/* Carries out a flush whose time has come. */
void flush_if_due(struct store *);

#endif
