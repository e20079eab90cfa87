/*
 * donor: which class should give up a page.
 *
 * Memory goes where it earns the most hits: from the class whose next victims
 * would be missed least (slab/sweep.h says what staleness is) to one whose own
 * are missed more, by a margin, so that pages do not go to and fro.
 *
 * Threads: any, outside its epoch.  What it goes by are hints.
 */
#ifndef SLAB_DONOR_H
#define SLAB_DONOR_H

#include "slab/store_thread.h"

/* Looks at a few chunks under the hand: what is known of a class that has evicted nothing lately is out of date. */
void donor_sample(struct store_thread *, struct class *);

/* Classes that were asked in vain; by id. */
struct donor_tried {
    bool class_id[CLASS_MAX + 1];
};

/*
 * The class that should give up a page for `c`: the one whose next victims are
 * the stalest, by a margin, or any that has pages when `c` cannot help itself.
 * `c` itself when it should evict its own.  NULL when there is none left to ask.
 */
struct class *donor_choose(struct class *c, bool own_is_spent, const struct donor_tried *);

#endif
