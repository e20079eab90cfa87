#include "slab/mem/geometry.h"

enum { CHUNKS_PER_PAGE_MIN = 8, WORD_BITS = 64 };

static size_t
map_bytes(size_t n_chunks)
{
    return (n_chunks + WORD_BITS - 1) / WORD_BITS * sizeof(uint64_t);
}

/* The number of chunks of `size` that fit after their free map. */
static size_t
chunks_per_page(size_t page_size, size_t size)
{
    MUST(size > 0); /* it may exceed the page, with a large factor: then 0 */
    size_t n = page_size / size;
    while (map_bytes(n) + n * size > page_size)
        n--;
    return n;
}

static struct geometry
geometry_of(size_t page_size, size_t size)
{
    size_t n = chunks_per_page(page_size, size);
    size_t stretched = (page_size - map_bytes(n)) / n & ~(size_t)7;
    MUST(n > 0 && stretched >= size);
    MUST(map_bytes(n) + n * stretched <= page_size);
    return (struct geometry){
        .size = (uint32_t)stretched,
        .n_chunks = (uint32_t)n,
        .first = (uint32_t)map_bytes(n),
        .reciprocal = (uint32_t)((UINT64_C(1) << 32) / stretched + 1),
    };
}

/*
 * The class above `below`: `growth` times larger, and then enlarged to fill the
 * page.  Where a page has few chunks that would be a large step.  Then it is the
 * size with one more chunk per page, if that is larger than `below`.
 */
static struct geometry
next_geometry(size_t page_size, const struct geometry *below, double growth)
{
    double grown = (double)below->size * growth;
    size_t least = below->size + 8, wanted = grown < (double)least ? least : (size_t)grown & ~(size_t)7;
    size_t n = chunks_per_page(page_size, wanted) + 1;
    size_t smaller = (page_size - map_bytes(n)) / n & ~(size_t)7;
    return geometry_of(page_size, n < below->n_chunks && smaller >= least ? smaller : wanted);
}

uint32_t
geometry_plan(struct geometry *table, size_t page_size, double growth, size_t chunk_min)
{
    MUST(growth > 1 && chunk_min > 0 && chunk_min <= page_size / CHUNKS_PER_PAGE_MIN);
    const struct geometry last = geometry_of(page_size, (page_size / CHUNKS_PER_PAGE_MIN - 64) & ~(size_t)7);
    /* If the growth is too fine for the table to reach the largest size, it is increased. */
    for (;; growth *= 1.02) {
        uint32_t n = 0;
        struct geometry g = geometry_of(page_size, (chunk_min + 7) & ~(size_t)7);
        while (n < GEOMETRY_MAX - 1 && g.size < last.size) {
            table[++n] = g;
            g = next_geometry(page_size, &table[n], growth);
        }
        if (g.size >= last.size) {
            table[++n] = last;
            MUST(n <= GEOMETRY_MAX && last.n_chunks >= CHUNKS_PER_PAGE_MIN);
            return n;
        }
    }
}
