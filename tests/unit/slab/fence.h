/*
 * fence: memory that ends where the process may not read or write, so that a library without a
 * sanitizer cannot go beyond it unnoticed.
 */
#ifndef TESTS_UNIT_SLAB_FENCE_H
#define TESTS_UNIT_SLAB_FENCE_H

#include "base/must.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct fence {
    char *start, *end;
    size_t n_mapped;
};

/* At least `n` bytes before the fence; the page before them is fenced off, too. */
static inline struct fence
fence_new(size_t n)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t n_open = (n + page - 1) / page * page;
    char *p = mmap(NULL, n_open + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(p != MAP_FAILED);
    MUST(mprotect(p + page, n_open, PROT_READ | PROT_WRITE) == 0);
    return (struct fence){p + page, p + page + n_open, n_open + 2 * page};
}

static inline void
fence_free(struct fence *f)
{
    munmap(f->start - (f->n_mapped - (size_t)(f->end - f->start)) / 2, f->n_mapped);
}

/* The last `n` bytes before the fence. */
static inline char *
fence_room(const struct fence *f, size_t n)
{
    MUST(n <= (size_t)(f->end - f->start));
    return f->end - n;
}

/* A copy of `n` bytes, right before the fence; `from` may be there, too. */
static inline char *
fence_put(const struct fence *f, const void *from, size_t n)
{
    char *to = fence_room(f, n);
    if (n > 0)
        memmove(to, from, n);
    return to;
}

#endif
