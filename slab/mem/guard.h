/*
 * guard: memory that no thread may use now, and where an access ends the process at once, in builds for tests.
 *
 * With --enable-checks=full a page without a class is inaccessible: in the pool, returned to the kernel, or never
 * used.  So the kernel finds stale pointers into a page that has left its class, and overruns into a page that is
 * not in use.  Between two pages in use there is no gap: a page's place follows from its number (slab/layout.h).
 *
 * With the address sanitizer a free chunk is poisoned, in its page's map or in a magazine.  So the sanitizer finds
 * stale pointers to items, and overruns into a free chunk.  The first word of a chunk stays accessible, since sweeps
 * load it at any time (slab/layout.h).
 *
 *   chunk is guarded  <=>  it is not in use, in limbo or held
 *   page is guarded   <=>  it has no class, and is one of its node's first
 *
 * For the kernel each stretch of guarded pages is a mapping, and a process may have 65,530: so only the first pages of
 * each node are guarded again after they were used, GUARD_PAGES_MOST together.  In other processes that map the
 * arena nothing is guarded.
 *
 * In other builds the functions do nothing.
 *
 * Threads: the caller holds the lock of the page's pool, or is the only one to use the chunk.
 */
#ifndef SLAB_MEM_GUARD_H
#define SLAB_MEM_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "slab/mem/arena.h"

#if defined __SANITIZE_ADDRESS__
#define GUARD_POISONS
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define GUARD_POISONS
#endif
#endif

#ifdef GUARD_POISONS
#include <sanitizer/asan_interface.h>
enum { GUARD_CHUNKS = true };
/* A function that may read guarded chunks. */
#define GUARD_IGNORED __attribute__((no_sanitize_address))
#else
enum { GUARD_CHUNKS = false };
#define GUARD_IGNORED
#endif

/* ---- pages ------------------------------------------------------------ */

enum { GUARD_PAGES_MOST = 8192 };

/* Guards all pages of a node; none was ever used. */
void guard_unused(struct arena *, int node);
void guard_page(struct arena *, uint32_t page);
void guard_lift_page(struct arena *, uint32_t page);
/* At the end: other memory may come to the place of these used pages, `first` to before `end`. */
void guard_forget(struct arena *, uint32_t first, uint32_t end);

/* ---- chunks ----------------------------------------------------------- */

static inline void
guard_chunk(const struct arena *a, uint64_t chunk, uint32_t size)
{
#ifdef GUARD_POISONS
    const size_t n_word = sizeof(uint64_t);
    MUST(chunk % n_word == 0 && size % n_word == 0);
    __asan_poison_memory_region(a->base + chunk + n_word, size - n_word);
#else
    (void)a;
    (void)chunk;
    (void)size;
#endif
}

static inline void
guard_lift_chunk(const struct arena *a, uint64_t chunk, uint32_t size)
{
#ifdef GUARD_POISONS
    __asan_unpoison_memory_region(a->base + chunk, size);
#else
    (void)a;
    (void)chunk;
    (void)size;
#endif
}

#endif
