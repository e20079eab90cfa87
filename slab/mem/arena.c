#include "slab/mem/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "slab/mem/numa.h"

enum { PAGE_MIN = 64 << 10, PAGE_MAX = 1 << 20, PAGES_PER_LIMIT = 4096 };

/* Regions are aligned to this, so that they can use transparent huge pages. */
#define REGION_ALIGN ((size_t)2 << 20)

/* Overflow buckets have 32-bit numbers. */
#define OVERFLOW_MAX ((size_t)UINT32_MAX * sizeof(struct bucket) / REGION_ALIGN * REGION_ALIGN)
#define DICTIONARIES ((size_t)PACKED_SLOTS * DICTIONARY_PLACE)
static_assert(DICTIONARIES % REGION_ALIGN == 0, "the region after them is aligned, too");
static_assert(REGION_ALIGN % PAGE_MAX == 0, "pages are aligned to their size");
static_assert((PAGE_MIN & (PAGE_MIN - 1)) == 0, "a doubled power of two is one, too");

static size_t
round_up(size_t n, size_t to)
{
    CHECKED_MUST(to != 0 && (to & (to - 1)) == 0);
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

/* Opens the sparse file for the reservation; for private memory there is none, and fd is -1. */
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
    /* Reserves more and cuts the ends off, so that the base is aligned. */
    size_t slack = a->size + REGION_ALIGN;
    char *space = mmap(NULL, slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space != MAP_FAILED) {
        char *base = (char *)round_up((size_t)space, REGION_ALIGN);
        if (base > space)
            munmap(space, (size_t)(base - space));
        munmap(base + a->size, (size_t)(space + slack - (base + a->size)));
        a->base = mmap(base, a->size, PROT_READ | PROT_WRITE, flags | MAP_FIXED, a->fd, 0);
    }
    if (space == MAP_FAILED || a->base == MAP_FAILED) {
        int why_not = errno;
        if (space != MAP_FAILED)
            munmap((char *)round_up((size_t)space, REGION_ALIGN), a->size);
        errno = why_not;
        snprintf(why, n_why, "cannot reserve %zu MiB of address space: %s", a->size >> 20, strerror(errno));
        return false;
    }
    return true;
}

/* Computes sizes and offsets of the regions, for as many pages as fit into `n_bytes`. */
static struct superblock
lay_out(struct arena *a, const struct arena_options *o, size_t n_bytes)
{
    size_t limit = o->limit;
    a->page_size = arena_page_size(limit);
    a->page_shift = (uint32_t)__builtin_ctzll(a->page_size);
    a->n_pages = (uint32_t)(limit >> a->page_shift);
    a->n_reserved = (uint32_t)(n_bytes >> a->page_shift);
    a->n_nodes = o->one_node ? 1 : numa_nodes();
    /* The smallest items need an eighth of their memory in buckets; unused address space costs nothing. */
    a->buckets_size = round_up(n_bytes / 2, REGION_ALIGN);
    a->overflow_size = round_up(n_bytes / 4 < OVERFLOW_MAX ? n_bytes / 4 : OVERFLOW_MAX, REGION_ALIGN);
    struct superblock sb = {
        .magic = LAYOUT_MAGIC,
        .version = LAYOUT_VERSION,
        .features = LAYOUT_FEATURES,
        .read_features = LAYOUT_READ_FEATURES,
        .hints = LAYOUT_HINTS,
        .page_shift = a->page_shift,
        .page_table = LAYOUT_SUPERBLOCK_SIZE,
        .n_pages = a->n_reserved,
        .n_nodes = (uint32_t)a->n_nodes,
    };
    sb.buckets = round_up(sb.page_table + ((size_t)a->n_reserved + 1) * sizeof(struct page), REGION_ALIGN);
    sb.overflow = sb.buckets + a->buckets_size;
    sb.dictionaries = sb.overflow + a->overflow_size;
    sb.pages = sb.dictionaries + DICTIONARIES;
    MUST(sb.buckets >= sb.page_table + ((size_t)a->n_reserved + 1) * sizeof(struct page));
    MUST(sb.overflow >= sb.buckets && sb.pages >= sb.overflow && sb.pages % a->page_size == 0);
    MUST(sb.dictionaries % REGION_ALIGN == 0);
    sb.arena_size = a->size = sb.pages + ((size_t)a->n_reserved << a->page_shift);
    return sb;
}

/* Lays out for `n_bytes` bytes and maps; false, and nothing is held, if the kernel refuses. */
static bool
reserve(struct arena *a, const struct arena_options *o, size_t n_bytes, struct superblock *sb, char *why,
    size_t n_why)
{
    *sb = lay_out(a, o, n_bytes);
    if (!open_backing(a, o, why, n_why))
        return false;
    if (map(a, why, n_why))
        return true;
    a->base = NULL;
    if (a->fd >= 0)
        close(a->fd);
    return false;
}

static void
advise(struct arena *a, const struct superblock *sb, bool huge_pages)
{
    /* Advice only: a kernel without huge pages serves small ones. */
    if (huge_pages) {
        (void)madvise(a->base + sb->buckets, sb->dictionaries - sb->buckets, MADV_HUGEPAGE);
        (void)madvise(a->base + sb->pages, a->size - sb->pages, MADV_HUGEPAGE);
    }
    if (a->n_nodes == 1)
        return;
    numa_interleave(a->base, sb->pages);
    for (int node = 0; node < a->n_nodes; node++) {
        uint32_t first = arena_first_page(a, node), end = arena_first_page(a, node + 1);
        numa_prefer_node(a->base + sb->pages + ((size_t)(first - 1) << a->page_shift),
            (size_t)(end - first) << a->page_shift, node);
    }
}

/* Locks the memory that a limit of `n_pages` allows.  A second call is harmless. */
static bool
lock_parts(struct arena *a, uint32_t n_pages)
{
    const struct superblock *sb = arena_superblock(a);
    size_t limit = (size_t)n_pages << a->page_shift, overflow = limit / 4;
    uint32_t share = (n_pages + (uint32_t)a->n_nodes - 1) / (uint32_t)a->n_nodes;
    if (overflow > a->overflow_size)
        overflow = a->overflow_size;
    bool good = mlock2(a->base, sb->buckets, MLOCK_ONFAULT) == 0 &&
                mlock2(a->base + sb->buckets, limit / 2, MLOCK_ONFAULT) == 0 &&
                mlock2(a->base + sb->overflow, overflow, MLOCK_ONFAULT) == 0 &&
                mlock2(a->base + sb->dictionaries, DICTIONARIES, MLOCK_ONFAULT) == 0;
    for (int node = 0; node < a->n_nodes && good; node++)
        good = mlock2(arena_at(a, arena_page_offset(a, arena_first_page(a, node))),
                   (size_t)share << a->page_shift, MLOCK_ONFAULT) == 0;
    return good;
}

bool
arena_init(struct arena *a, const struct arena_options *o, char *why, size_t n_why)
{
    MUST(o->limit >= PAGE_MIN);
    MUST(o->backing != ARENA_FILE || o->path != NULL);
    struct superblock sb;
    size_t most = o->limit_max > o->limit ? o->limit_max : o->limit;
    memset(a, 0, sizeof *a);
    /* Where address space is limited (ulimit -v, strict overcommit), reserve only the limit itself. */
    if (!reserve(a, o, most, &sb, why, n_why) &&
        (most == o->limit || !reserve(a, o, o->limit, &sb, why, n_why)))
        return false;
    advise(a, &sb, o->huge_pages);
    memcpy(a->base, &sb, sizeof sb);
    a->huge_pages = o->huge_pages;
    a->locked = o->lock_memory;
    if (a->locked && !lock_parts(a, a->n_pages)) {
        snprintf(
            why, n_why, "cannot lock %zu MiB of memory: %s (see ulimit -l)", o->limit >> 20, strerror(errno));
        arena_fini(a);
        return false;
    }
    atomic_init(&a->budget, (int64_t)a->n_pages);
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

size_t
arena_beside(const struct arena *a, size_t limit)
{
    size_t tables = LAYOUT_SUPERBLOCK_SIZE + ((limit >> a->page_shift) + 1) * sizeof(struct page);
    return tables + (a->huge_pages ? (2 + (size_t)a->n_nodes) * REGION_ALIGN : 0);
}

void
arena_beat(struct arena *a)
{
    MUST(a->base != NULL);
    struct superblock *sb = arena_superblock(a);
    const struct clock_reading now = clock_read();
    atomic_store_explicit(&sb->monotonic_ns, 0, memory_order_relaxed);
    /* A reader that sees one of the next stores also sees the 0. */
    atomic_store_explicit(&sb->stamps, now.stamps, memory_order_release);
    atomic_store_explicit(&sb->boot_ns, now.boot_ns, memory_order_release);
    atomic_store_explicit(&sb->unix_ns, now.unix_ns, memory_order_release);
    atomic_store_explicit(&sb->zero_unix_s, now.zero_unix_s, memory_order_release);
    atomic_store_explicit(&sb->monotonic_ns, now.monotonic_ns, memory_order_release);
}

uint32_t
arena_first_page(const struct arena *a, int node)
{
    MUST(node >= 0 && node <= a->n_nodes);
    uint64_t n = (uint64_t)a->n_nodes;
    return (uint32_t)(((uint64_t)node * a->n_reserved + n - 1) / n) + 1;
}

int
arena_node_of(const struct arena *a, uint32_t number)
{
    MUST(number != 0 && number <= a->n_reserved);
    return (int)((uint64_t)(number - 1) * (uint64_t)a->n_nodes / a->n_reserved);
}

uint32_t
arena_share(const struct arena *a, int node)
{
    uint32_t n = (uint32_t)a->n_nodes, stripe = arena_first_page(a, node + 1) - arena_first_page(a, node);
    uint32_t share = (atomic_load_explicit(&a->n_pages, memory_order_relaxed) + n - 1) / n;
    return share < stripe ? share : stripe;
}

bool
arena_resize(struct arena *a, size_t limit)
{
    if (limit >> a->page_shift > a->n_reserved)
        return false;
    uint32_t n = (uint32_t)(limit >> a->page_shift);
    if (a->locked && !lock_parts(a, n))
        return false;
    uint32_t before = atomic_exchange_explicit(&a->n_pages, n, memory_order_relaxed);
    atomic_fetch_add_explicit(&a->budget, (int64_t)n - (int64_t)before, memory_order_relaxed);
    return true;
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
    /* The kernel frees locked memory only after an unlock. */
    bool given = munlock(p, a->page_size) == 0 && madvise(p, a->page_size, MADV_DONTNEED) == 0;
    return mlock2(p, a->page_size, MLOCK_ONFAULT) == 0 && given;
}
