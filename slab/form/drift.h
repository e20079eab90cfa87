/*
 * drift: how well each dictionary compresses now, beside how well it did when it was new.
 *
 * Two moving means for each slot: of the part of their size that packed values take, and of the part of the
 * probe's samples that hit.  The means after the first DRIFT_NOTES values are those of a new dictionary.
 * Later ones that are a tenth worse say that the values have changed.
 *
 * Values of one size class are met one after the other, so the means are over many pages.
 *
 * Threads: any mover; two that note at the same moment may lose one of the values.
 */
#ifndef SLAB_FORM_DRIFT_H
#define SLAB_FORM_DRIFT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "slab/layout.h"

enum { DRIFT_NOTES = 8192 };

/* All relaxed: no other data depends on them. */
struct drift_mean {
    _Atomic uint32_t n;     /* values, DRIFT_NOTES at most */
    _Atomic uint32_t now;   /* of DRIFT_WHOLE */
    _Atomic uint32_t first; /* after DRIFT_NOTES; 0: not known yet */
};

struct drift {
    struct drift_mean size[PACKED_SLOTS], hits[PACKED_SLOTS];
};

/* A new dictionary is in the slot, or the present one is to be measured anew. */
void drift_reset(struct drift *, uint32_t slot);

/* A value was probed, and has so many hits. */
void drift_note_hits(struct drift *, uint32_t slot, uint32_t hits);

/* A value of so many bytes was packed. */
void drift_note_size(struct drift *, uint32_t slot, uint32_t stored, uint32_t value);

/* Does the dictionary compress by a tenth worse than when it was new? */
bool drift_is_worse(const struct drift *, uint32_t slot);

/* The bytes of values that were packed lately, divided by what they take; 0: none was. */
double drift_ratio(const struct drift *, uint32_t slot);

#endif
