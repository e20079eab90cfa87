/*
 * forms: how many items have a form other than plain, and what they hold.
 *
 * publish counts an item when it is linked, unlinked, or gets another form.  Each thread counts for
 * itself; one may link an item and another unlink it, so that only sums have a meaning.
 *
 *   sum of referers[slot] == linked items whose value was packed with that dictionary
 *   shared_bytes - body_bytes == bytes of values that clients see and that memory does not have
 *
 * Threads: forms_count: a thread's own.  The sums: any; they take threads_lock.
 */
#ifndef SLAB_CORE_FORMS_H
#define SLAB_CORE_FORMS_H

#include "slab/core/store_thread.h"

/* As two's complement, like the present values of class_counters. */
struct form_counts {
    counter n_packed;     /* items */
    counter stored_bytes; /* of their values, in the arena, ... */
    counter value_bytes;  /* ... and as clients see them */
    counter referers[PACKED_SLOTS];
    counter n_shared;             /* items whose value a body has */
    counter shared_bytes;         /* of their values, as clients see them */
    counter n_bodies, body_bytes; /* bodies, and the bytes of their values, likewise */
    counter n_wishes, n_lost;     /* slab/form/wish.h: of its readers; of these, those that found no room */
};

/* A thread begins, and ends (under threads_lock).  false: out of memory. */
MUST_USE bool forms_join(struct store_thread *);
void forms_part(struct store_thread *);

/* Counts an item of another form than plain, or a body: sign 1 when it is linked, -1 when it is unlinked. */
void forms_count(struct store_thread *, const struct item *, int sign);

/* The same in any sums; store_check counts anew. */
void forms_add(struct form_counts *, const struct item *, int sign);

/* The sums over all threads. */
void forms_sum(struct store *, struct form_counts *);

/*
 * Items that name the slot.  Exact once no thread can pack with it any more: from then on the
 * number only falls, and 0 is final.
 */
uint64_t forms_referers(struct store *, uint32_t slot);

#endif
