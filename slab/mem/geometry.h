/*
 * geometry: the chunk sizes into which pages are divided.
 *
 * Sizes are multiples of 8 and grow by a factor up to an eighth of a page.  Each is
 * enlarged to the largest size with the same number of chunks per page, so that no
 * page has an unused end.  A page begins with its free map, one bit per chunk:
 *
 *   first + n_chunks * size <= page size < first + n_chunks * (size + 8)
 *
 * Pure functions, called at start only.
 */
#ifndef SLAB_MEM_GEOMETRY_H
#define SLAB_MEM_GEOMETRY_H

#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

enum { GEOMETRY_MAX = 250 };

struct geometry {
    uint32_t size;       /* of a chunk */
    uint32_t n_chunks;   /* in a page */
    uint32_t first;      /* offset of the first chunk in the page, after the free map */
    uint32_t reciprocal; /* of size, 32-bit fixed point: converts an offset into a chunk number */
};

/*
 * Fills table[1..n], which has GEOMETRY_MAX places: from chunk_min (rounded up to
 * a multiple of 8) on, each size is `growth` > 1 times the one before.  If there
 * are more steps than places, the steps are made larger.  Returns n.
 */
uint32_t geometry_plan(struct geometry *table, size_t page_size, double growth, size_t chunk_min);

/* The number of the chunk that begins `offset` bytes after the first one of the page. */
static inline uint32_t
geometry_chunk_at(const struct geometry *g, uint32_t offset)
{
    CHECKED_MUST(offset < g->n_chunks * g->size);
    return (uint32_t)((uint64_t)offset * g->reciprocal >> 32);
}

#endif
