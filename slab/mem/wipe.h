/*
 * wipe: zeroes memory that held an item, if the owner wants it (store_options.wipe_on_free).
 *
 * Items are in chunks, and every chunk that a thread has taken is freed by one function, give_chunk in
 * slab/core/store_thread.c.  It wipes the whole chunk before it puts it anywhere.  So
 *
 *   a chunk in a magazine or in a free map, and a page without a class, has no byte of an item
 *
 * At that moment no thread can read the chunk any more, except for its first word, which is 0 already.
 *
 * A rule for memory outside the chunks that holds bytes of values, such as the state and the scratch memory
 * of a codec, or a dictionary: with wipe_on_free its owner calls wipe_bytes before it frees the memory.  If
 * the memory is kept for the next value, it must be wiped, or overwritten, as soon as its value is done.
 *
 * Threads: any, on memory that is its own.
 */
#ifndef SLAB_MEM_WIPE_H
#define SLAB_MEM_WIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/must.h"
#include "slab/layout.h"

/*
 * The compiler must assume that the zeros are read, and keeps the stores.  (The C library's explicit_bzero
 * does the same out of the sanitizers' sight.)
 */
static inline void
wipe_bytes(void *p, size_t n)
{
    memset(p, 0, n);
    __asm__ volatile("" : : "r"(p) : "memory");
}

/* Wipes a chunk after its first word, which sweeps load at any time, and which is 0 (slab/layout.h). */
static inline void
wipe_chunk(char *base, uint64_t chunk, uint32_t size)
{
    const size_t n_word = sizeof(uint64_t);
    MUST(size > n_word);
    CHECKED_MUST(
        chunk_kind(atomic_load_explicit(chunk_word_at(base, chunk), memory_order_relaxed)) == CHUNK_FREE);
    wipe_bytes(base + chunk + n_word, size - n_word);
}

/* Is the whole chunk zero? Also of a chunk that is guarded (slab/mem/guard.h). */
bool wipe_check(const char *base, uint64_t chunk, uint32_t size);

#endif
