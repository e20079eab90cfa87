/*
 * share_always: a mode in which all tests of the server become tests of shared values.
 *
 * With the environment variable LARDER_SHARE set, every value gets a body as soon as it is stored, whether that
 * pays or not, or becomes a referer of the body that has the same bytes.
 *
 * Threads: a thread's own, inside an epoch.  Only in builds with --enable-checks.
 */
#ifndef SLAB_FORM_SHARE_ALWAYS_H
#define SLAB_FORM_SHARE_ALWAYS_H

#include "slab/core/store_thread.h"

#ifdef LARDER_CHECKS
/* Is the variable set? */
bool share_always_wanted(void);

/* The thread has just stored the item with that key.  If all values are packed, too, so is the body. */
void share_always(struct store_thread *, const struct store_key *);
#else
static inline bool
share_always_wanted(void)
{
    return false;
}

static inline void
share_always(struct store_thread *t, const struct store_key *key)
{
    (void)t;
    (void)key;
}
#endif

#endif
