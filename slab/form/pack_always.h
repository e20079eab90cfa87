/*
 * pack_always: a mode in which all tests of the server become tests of packed values.
 *
 * With the environment variable LARDER_PACK set, every value is packed as soon as it is stored, whether that pays
 * or not: with each codec in turn, and with a dictionary.  One value in 64 becomes the new dictionary, so that
 * dictionaries are retired and freed all the time, too.
 *
 * Threads: a thread's own, inside an epoch.  Only in builds with --enable-checks.
 */
#ifndef SLAB_FORM_PACK_ALWAYS_H
#define SLAB_FORM_PACK_ALWAYS_H

#include "slab/core/store_thread.h"

#ifdef LARDER_CHECKS
/* Is the variable set? */
bool pack_always_wanted(void);

/* The thread has just stored the item with that key. */
void pack_always(struct store_thread *, const struct store_key *);
#else
static inline bool
pack_always_wanted(void)
{
    return false;
}

static inline void
pack_always(struct store_thread *t, const struct store_key *key)
{
    (void)t;
    (void)key;
}
#endif

#endif
