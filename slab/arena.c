#include "slab/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "slab/numa.h"

enum { PAGE_MIN = 64 << 10, PAGE_MAX = 1 << 20, PAGES_PER_LIMIT = 4096 };

/* Regions begin on this, so that transparent huge pages fit. */
#define REGION_ALIGN ((size_t)2 << 20)

static size_t
round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

size_t
arena_page_size(size_t limit)
{
    size_t size = PAGE_MIN;
    while (size < PAGE_MAX && size * PAGES_PER_LIMIT < limit)
        size <<= 1;
    return size;
}

/* The file behind the reservation: -1 and true for private memory. */
static bool
open_backing(struct arena *a, const struct arena_options *o, char *why, size_t n_why)
{
    switch (o->backing) {
    case ARENA_PRIVATE: a->fd = -1; return true;
    case ARENA_MEMFD: a->fd = memfd_create("larder", MFD_CLOEXEC); break;
    case ARENA_FILE: a->fd = open(o->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); break;
    }
    const char *name = o->backing == ARENA_FILE ? o->path : "a memory file";
    if (a->fd < 0) {
        snprintf(why, n_why, "cannot open %s: %s", name, strerror(errno));
        return false;
    }
    if (ftruncate(a->fd, (off_t)a->size) != 0) {
        snprintf(why, n_why, "cannot make %s %zu bytes large: %s", name, a->size, strerror(errno));
        close(a->fd);
        return false;
    }
    return true;
}

static bool
map(struct arena *a, char *why, size_t n_why)
{
    int flags = MAP_NORESERVE | (a->fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);
    /* Over-reserve, then cut, so that the base is aligned. */
    size_t slack = a->size + REGION_ALIGN;
    char *room = mmap(NULL, slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room != MAP_FAILED) {
        char *base = (char *)round_up((size_t)room, REGION_ALIGN);
        if (base > room)
            munmap(room, (size_t)(base - room));
        munmap(base + a->size, (size_t)(room + slack - (base + a->size)));
        a->base = mmap(base, a->size, PROT_READ | PROT_WRITE, flags | MAP_FIXED, a->fd, 0);
    }
    if (room == MAP_FAILED || a->base == MAP_FAILED) {
        snprintf(why, n_why, "cannot reserve %zu MiB of address space: %s", a->size >> 20, strerror(errno));
        return false;
    }
    return true;
}

/* Sizes and offsets of the regions, from the limit alone. */
static struct superblock
lay_out(struct arena *a, size_t limit)
{
    a->page_size = arena_page_size(limit);
    a->page_shift = (uint32_t)__builtin_ctzll(a->page_size);
    a->n_pages = (uint32_t)(limit >> a->page_shift);
    a->n_nodes = numa_nodes();
    /* The smallest items need an eighth of their memory in buckets; address space costs nothing. */
    a->buckets_size = round_up(limit / 2, REGION_ALIGN);
    a->overflow_size = round_up(limit / 4, REGION_ALIGN);
    struct superblock sb = {
        .magic = LAYOUT_MAGIC,
        .version = LAYOUT_VERSION,
        .page_shift = a->page_shift,
        .page_table = LAYOUT_SUPERBLOCK_SIZE,
        .n_pages = a->n_pages,
        .n_nodes = (uint32_t)a->n_nodes,
    };
    sb.buckets = round_up(sb.page_table + (size_t)(a->n_pages + 1) * sizeof(struct page), REGION_ALIGN);
    sb.overflow = sb.buckets + a->buckets_size;
    sb.pages = sb.overflow + a->overflow_size;
    sb.arena_size = a->size = sb.pages + ((size_t)a->n_pages << a->page_shift);
    return sb;
}

static void
advise(struct arena *a, const struct superblock *sb, bool huge_pages)
{
    /* Advice only: a kernel without huge pages serves small ones. */
    if (huge_pages)
        (void)madvise(a->base + sb->buckets, a->size - sb->buckets, MADV_HUGEPAGE);
    numa_interleave(a->base, sb->pages);
    for (uint32_t p = 1; p <= a->n_pages;) {
        int node = arena_node_of(a, p);
        uint32_t end = p;
        while (end <= a->n_pages && arena_node_of(a, end) == node)
            end++;
        numa_prefer_node(a->base + sb->pages + ((size_t)(p - 1) << a->page_shift),
            (size_t)(end - p) << a->page_shift, node);
        p = end;
    }
}

bool
arena_init(struct arena *a, const struct arena_options *o, char *why, size_t n_why)
{
    memset(a, 0, sizeof *a);
    struct superblock sb = lay_out(a, o->limit);
    if (!open_backing(a, o, why, n_why))
        return false;
    if (!map(a, why, n_why)) {
        if (a->fd >= 0)
            close(a->fd);
        return false;
    }
    advise(a, &sb, o->huge_pages);
    if (o->lock_memory && mlock2(a->base, a->size, MLOCK_ONFAULT) != 0) {
        snprintf(
            why, n_why, "cannot lock %zu MiB of memory: %s (see ulimit -l)", a->size >> 20, strerror(errno));
        arena_fini(a);
        return false;
    }
    memcpy(a->base, &sb, sizeof sb);
    atomic_init(&a->budget, (int64_t)a->n_pages);
    for (uint32_t p = 1; p <= a->n_pages; p++)
        arena_page(a, p)->node = (uint8_t)arena_node_of(a, p);
    return true;
}

void
arena_fini(struct arena *a)
{
    if (a->base != NULL)
        munmap(a->base, a->size);
    if (a->fd >= 0)
        close(a->fd);
    memset(a, 0, sizeof *a);
    a->fd = -1;
}

int
arena_node_of(const struct arena *a, uint32_t number)
{
    return (int)((uint64_t)(number - 1) * (uint64_t)a->n_nodes / a->n_pages);
}

bool
arena_budget_take(struct arena *a)
{
    int64_t left = atomic_load_explicit(&a->budget, memory_order_relaxed);
    do {
        if (left <= 0)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(
        &a->budget, &left, left - 1, memory_order_relaxed, memory_order_relaxed));
    return true;
}

void
arena_budget_give(struct arena *a)
{
    atomic_fetch_add_explicit(&a->budget, 1, memory_order_relaxed);
}

bool
arena_discard_page(struct arena *a, uint32_t number)
{
    char *p = arena_at(a, arena_page_offset(a, number));
    if (a->fd >= 0) /* a shared mapping must punch its file, or the bytes stay */
        return madvise(p, a->page_size, MADV_REMOVE) == 0;
    if (madvise(p, a->page_size, MADV_DONTNEED) == 0)
        return true;
    /* Locked memory is not given up without unlocking it. */
    bool given = munlock(p, a->page_size) == 0 && madvise(p, a->page_size, MADV_DONTNEED) == 0;
    return mlock2(p, a->page_size, MLOCK_ONFAULT) == 0 && given;
}
