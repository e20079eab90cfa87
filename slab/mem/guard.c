#include "slab/mem/guard.h"

#include <sys/mman.h>

#ifdef LARDER_CHECKS_FULL
enum { PROTECTS = true };
#else
enum { PROTECTS = false };
#endif

static char *
address_of(const struct arena *a, uint32_t page)
{
    return arena_at(a, arena_page_offset(a, page));
}

/* If the kernel refuses, the pages are accessible, as in other builds. */
void
guard_unused(struct arena *a, int node)
{
    uint32_t first = arena_first_page(a, node), end = arena_first_page(a, node + 1);
    if (PROTECTS && first < end)
        (void)mprotect(address_of(a, first), (size_t)(end - first) << a->page_shift, PROT_NONE);
}

void
guard_page(struct arena *a, uint32_t page)
{
    uint32_t first = arena_first_page(a, arena_node_of(a, page));
    if (PROTECTS && page - first < GUARD_PAGES_MOST / (uint32_t)a->n_nodes)
        (void)mprotect(address_of(a, page), a->page_size, PROT_NONE);
#ifdef GUARD_POISONS
    __asan_poison_memory_region(address_of(a, page), a->page_size);
#endif
}

/* Also of a page over the bound, which is guarded until its first use. */
void
guard_lift_page(struct arena *a, uint32_t page)
{
    if (PROTECTS)
        MUST(mprotect(address_of(a, page), a->page_size, PROT_READ | PROT_WRITE) == 0);
#ifdef GUARD_POISONS
    __asan_unpoison_memory_region(address_of(a, page), a->page_size);
#endif
}

void
guard_forget(struct arena *a, uint32_t first, uint32_t end)
{
    MUST(first <= end);
#ifdef GUARD_POISONS
    if (first < end)
        __asan_unpoison_memory_region(address_of(a, first), (size_t)(end - first) << a->page_shift);
#else
    (void)a;
#endif
}
