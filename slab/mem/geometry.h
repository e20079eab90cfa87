/*
 * geometry: into chunks of which sizes a page may be cut.
 *
 * Sizes are multiples of 8 and grow by a factor up to an eighth of a page, each
 * stretched to the largest size with as many chunks to the page, so that no page
 * has a useless end.  A page begins with its free map, one bit a chunk:
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
    uint32_t first;      /* offset of the first chunk in the page, behind the free map */
    uint32_t reciprocal; /* of size, 32-bit fixed point: chunk number of where one begins */
};

/*
 * Fills table[1..n], which has room for GEOMETRY_MAX: from chunk_min (rounded up
 * to a multiple of 8) on, `growth` > 1 each over the one below, which is made
 * coarser if so many steps do not fit.  Returns n.
 */
uint32_t geometry_plan(struct geometry *table, size_t page_size, double growth, size_t chunk_min);

/* The chunk that begins `offset` bytes behind the first one of the page. */
static inline uint32_t
geometry_chunk_at(const struct geometry *g, uint32_t offset)
{
    CHECKED_MUST(offset < g->n_chunks * g->size);
    return (uint32_t)((uint64_t)offset * g->reciprocal >> 32);
}

#endif
