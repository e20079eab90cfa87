/*
 * check_forms: store_check's part about values that are not plain, and about dictionaries.
 *
 * Every packed value unpacks, and names a dictionary that exists.  The counts of slab/core/forms.h agree with
 * the items, and the dictionaries' states with what is prepared.  Every body counts its referers.
 *
 * Threads: one; all others are outside the store, except the training thread.
 */
#ifndef SLAB_STORE_CHECK_FORMS_H
#define SLAB_STORE_CHECK_FORMS_H

#include "slab/core/forms.h"

struct check_body;

struct check_forms {
    struct store *store;
    struct coder coder;
    struct form_counts counts; /* of the items that were met */
    struct check_body *bodies; /* those that were met, and one more for each referer of them */
    size_t n_bodies, max_bodies;
};

/* false: out of memory. */
MUST_USE bool check_forms_init(struct check_forms *, struct store *);
void check_forms_fini(struct check_forms *);

/* An item that the index refers to.  false: `why` says what is wrong, here and below. */
MUST_USE bool check_forms_meet(struct check_forms *, const struct item *, char *why, size_t n_why);

/* After all items were met. */
MUST_USE bool check_forms_agree(struct check_forms *, char *why, size_t n_why);

#endif
