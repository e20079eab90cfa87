/*
 * The use of the store's resident memory.  It asks the kernel page by page (mincore), because memory
 * that was never touched costs nothing, and only the kernel knows which pages a huge page has added.
 *
 * For a large store it asks about an evenly spread sample.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "slab/store.h"
#include "slab/form/cold.h"
#include "slab/form/promote.h"
#include "slab/form/share.h"

enum {
    ASKED_MAX = 4096,    /* stretches that one call asks about, at most */
    STRETCH = 256 << 10, /* bytes of one stretch of the index */
    ANSWER_BYTES = 256,  /* one for each small page of the largest slab page */
    /* bytes of the codecs' tables, for the dictionary in use and a retired one */
    TABLES_MOST = 2 * (288 << 10),
};

static uint64_t
resident_in(char *at, size_t n)
{
    unsigned char answer[ANSWER_BYTES];
    size_t page = (size_t)sysconf(_SC_PAGESIZE), n_resident = 0;
    MUST(n / page <= sizeof answer);
    if (mincore(at, n, answer) != 0)
        return n; /* the kernel does not answer: count all of it */
    for (size_t i = 0; i < n / page; i++)
        n_resident += answer[i] & 1;
    return (uint64_t)n_resident * page;
}

/* The resident bytes of the first `n` bytes of a region. */
static uint64_t
resident_of(struct arena *a, uint64_t offset, uint64_t n)
{
    uint64_t n_stretches = (n + STRETCH - 1) / STRETCH, step = n_stretches / ASKED_MAX + 1, asked = 0,
             sum = 0;
    for (uint64_t i = 0; i < n_stretches; i += step) {
        sum += resident_in(arena_at(a, offset + i * STRETCH), STRETCH);
        asked++;
    }
    return asked == 0 ? 0 : sum * n_stretches / asked;
}

struct pages {
    uint64_t n, n_asked, asked_bytes; /* pages of one kind, with a class or without */
};

static void
ask_page(struct arena *a, uint32_t number, struct pages *p, uint32_t step)
{
    if (p->n++ % step != 0)
        return;
    p->n_asked++;
    p->asked_bytes += resident_in(arena_at(a, arena_page_offset(a, number)), a->page_size);
}

static uint64_t
resident_pages(const struct pages *p)
{
    return p->n_asked == 0 ? 0 : (uint64_t)((double)p->asked_bytes * (double)p->n / (double)p->n_asked);
}

/* Adds up the chunks of all classes. */
static void
add_classes(struct store *store, struct store_memory *m, uint64_t *used)
{
    size_t page_size = store->arena.page_size;
    for (uint32_t i = 0; i < store->classes.n; i++) {
        const struct geometry *g = &store->classes.geometry[i + 1];
        for (int node = 0; node < store->arena.n_nodes; node++) {
            const struct class *c = class_at(&store->classes, node, i + 1);
            *used += class_used_bytes(c);
            m->page_heads += class_pages(c) * (page_size - (uint64_t)g->n_chunks * g->size);
        }
    }
}

static uint64_t
resident_dictionaries(const struct dictionaries *d)
{
    uint64_t n = 0;
    for (uint32_t slot = PACKED_PLAIN; slot < PACKED_SLOTS; slot++)
        if (dictionary_state(d, slot) != DICTIONARY_FREE)
            n += resident_in((char *)dictionary_at(d, slot), DICTIONARY_PLACE);
    return n;
}

uint64_t
store_codec_bytes(const struct store *store)
{
    store_must_be(store);
    return atomic_load_explicit(&store->coder_bytes, memory_order_relaxed) + promote_memory(store) +
           atomic_load_explicit(&store->dictionaries.prepared, memory_order_relaxed) +
           atomic_load_explicit(&store->cold->probe_bytes, memory_order_relaxed) + share_memory(store);
}

static uint64_t
difference(uint64_t of, uint64_t without)
{
    return of > without ? of - without : 0;
}

const void *
store_addresses(const struct store *store, size_t *n)
{
    *n = store->arena.size;
    return store->arena.base;
}

/* Dictionaries, the tables made of them, and what threads and movers need; much is touched only when a value is packed. */
static size_t
compression_beside(const struct store *store, size_t limit)
{
    size_t most = (size_t)PACKED_SLOTS * DICTIONARY_PLACE, part = limit / DICTIONARY_PART;
    if (cold_compression(store->cold) == STORE_COMPRESSION_OFF)
        return 0;
    return (part < most ? part : most) + TABLES_MOST + promote_memory(store) +
           (size_t)atomic_load_explicit(&store->coder_bytes, memory_order_relaxed);
}

size_t
store_beside(const struct store *store, size_t limit)
{
    return arena_beside(&store->arena, limit) + shadow_bytes_most(&store->shadow) +
           compression_beside(store, limit) + share_memory(store);
}

void
store_memory(struct store *store, struct store_memory *m)
{
    store_must_be(store);
    struct arena *a = &store->arena;
    const struct superblock *sb = arena_superblock(a);
    struct pages with_class = {0}, without = {0};
    struct store_stats s;
    uint64_t used = 0;
    uint32_t step = (uint32_t)(store_taken(store) >> a->page_shift) / ASKED_MAX + 1;
    *m = (struct store_memory){0};
    store_stats(store, &s);
    for (uint32_t p = 0; (p = class_next_page(&store->classes, p)) != 0;) {
        uint32_t id = atomic_load_explicit(&arena_page(a, p)->class_id, memory_order_relaxed);
        ask_page(a, p, id != CLASS_NONE ? &with_class : &without, step);
    }
    add_classes(store, m, &used);
    m->item_headers = s.n_items * sizeof(struct item);
    m->items = difference(s.n_bytes, m->item_headers);
    m->rounding = difference(used, s.n_bytes);
    m->free_chunks = difference(resident_pages(&with_class), used + m->page_heads);
    m->pool = resident_pages(&without);
    m->index = resident_of(a, sb->buckets, s.n_buckets * sizeof(struct bucket)) +
               resident_of(a, sb->overflow, index_overflow_used(&store->index) * sizeof(struct bucket));
    m->tables = resident_of(a, 0, sb->buckets);
    m->dictionaries = resident_dictionaries(&store->dictionaries);
}
