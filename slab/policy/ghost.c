#include "slab/policy/ghost.h"

#include <sys/mman.h>
#include <unistd.h>

enum { SHARE_OF_LIMIT = 256, LANE_BITS = 16, TAG_SHIFT = 48, BUCKET_SHIFT = 8 };

#define LANE_MASK  UINT64_C(0xFFFF)
#define EVERY_LANE UINT64_C(0x0001000100010001)

size_t
ghost_size(size_t limit)
{
    size_t size = sizeof(struct ghost_bucket);
    while (size * 2 <= limit / SHARE_OF_LIMIT)
        size *= 2;
    return size;
}

static bool
reserve(struct ghosts *g, size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return false;
    g->buckets = p;
    g->reserved = size;
    return true;
}

static void
use(struct ghosts *g, size_t size)
{
    MUST(size >= sizeof *g->buckets && (size & (size - 1)) == 0 && size <= g->reserved);
    atomic_store_explicit(&g->mask, size / sizeof *g->buckets - 1, memory_order_relaxed);
}

bool
ghost_init(struct ghosts *g, size_t size, size_t most)
{
    *g = (struct ghosts){NULL, 0, 0, false};
    if (size == 0)
        return true;
    if (!reserve(g, most > size ? most : size) && !reserve(g, size))
        return false;
    use(g, size);
    return true;
}

void
ghost_fini(struct ghosts *g)
{
    if (g->buckets != NULL)
        munmap(g->buckets, g->reserved);
    g->buckets = NULL;
}

size_t
ghost_resize(struct ghosts *g, size_t size)
{
    if (g->buckets == NULL)
        return 0;
    while (size > g->reserved)
        size /= 2;
    use(g, size);
    /*
     * Discards whole pages.  A thread that still uses the old mask finds no ghost
     * there, or adds a page without use.
     */
    size_t page = (size_t)sysconf(_SC_PAGESIZE), from = (size + page - 1) & ~(page - 1);
    if (from < g->reserved)
        (void)madvise((char *)g->buckets + from, g->reserved - from, MADV_DONTNEED);
    return size;
}

/*
 * The index uses a hash's lowest bits for its bucket and its top 16 for its tag;
 * ghosts use other bits for the same.
 */
static struct ghost_bucket *
bucket_of(const struct ghosts *g, uint64_t hash)
{
    return &g->buckets[hash >> BUCKET_SHIFT & atomic_load_explicit(&g->mask, memory_order_relaxed)];
}

static uint64_t
tag_of(uint64_t hash)
{
    uint64_t tag = hash >> TAG_SHIFT;
    return tag != 0 ? tag : 1;
}

static void
set_lane(struct ghost_bucket *b, unsigned lane, uint64_t value)
{
    CHECKED_MUST(lane < GHOST_WORDS * GHOST_LANES && value <= LANE_MASK);
    _Atomic uint64_t *word = &b->word[lane / GHOST_LANES];
    unsigned shift = lane % GHOST_LANES * LANE_BITS;
    uint64_t w = atomic_load_explicit(word, memory_order_relaxed);
    atomic_store_explicit(word, (w & ~(LANE_MASK << shift)) | value << shift, memory_order_relaxed);
}

void
ghost_remember(struct ghosts *g, uint64_t hash)
{
    if (g->buckets == NULL)
        return;
    struct ghost_bucket *b = bucket_of(g, hash);
    unsigned next = atomic_load_explicit(&b->word[0], memory_order_relaxed) & LANE_MASK;
    set_lane(b, 0, (next + 1) % GHOST_TAGS);
    set_lane(b, next % GHOST_TAGS + 1, tag_of(hash));
    if (!atomic_load_explicit(&g->any, memory_order_relaxed))
        atomic_store_explicit(&g->any, true, memory_order_relaxed);
}

bool
ghost_forget(struct ghosts *g, uint64_t hash)
{
    CHECKED_MUST(g->buckets != NULL);
    struct ghost_bucket *b = bucket_of(g, hash);
    uint64_t tags = tag_of(hash) * EVERY_LANE;
    for (unsigned i = 0; i < GHOST_WORDS; i++) {
        /* A lane that is the tag becomes zero; a zero lane borrows into its top bit (Mycroft 1987). */
        uint64_t x = atomic_load_explicit(&b->word[i], memory_order_relaxed) ^ tags;
        x |= i == 0 ? LANE_MASK : 0; /* that lane is not a tag */
        uint64_t zero = (x - EVERY_LANE) & ~x & EVERY_LANE << (LANE_BITS - 1);
        if (zero == 0)
            continue;
        set_lane(b, i * GHOST_LANES + (unsigned)__builtin_ctzll(zero) / LANE_BITS, 0);
        return true;
    }
    return false;
}
