/*
 * store_thread: a thread's own part of the store.
 *
 * Its place in the epochs; a magazine of free chunks per class, so that the class lock is taken once
 * for a run of them; limbo, where unlinked chunks wait until no thread can be reading them; spare
 * overflow buckets for the index; a block of item sequence numbers; and its counters.
 *
 *   chunk:  page's free map -> magazine -> written -> item -> limbo -> magazine
 *
 * Threads: everything except the counters belongs to the thread while it is inside its epoch,
 *          and while it is outside to a thread that has raided it (slab/mem/epoch.h).
 */
#ifndef SLAB_CORE_STORE_THREAD_H
#define SLAB_CORE_STORE_THREAD_H

#include "slab/codec/coder.h"
#include "slab/mem/class.h"
#include "slab/core/counters.h"
#include "slab/policy/cutoff.h"
#include "slab/mem/epoch.h"
#include "slab/mem/guard.h"
#include "slab/policy/ghost.h"
#include "slab/index/index.h"
#include "slab/mem/numa.h"
#include "slab/core/partial.h"
#include "slab/core/shadow.h"
#include "slab/store.h"

enum { MAGAZINE_MAX = 128, MAGAZINE_BYTES = 32 << 10, SEQ_BLOCK = 256, COUNT_BATCH = 64 };

struct magazine {
    uint16_t n, max;
    uint64_t chunk[MAGAZINE_MAX];
};

/* Entries of limbo: an item with all its links, its own chunk alone, a link alone, or an overflow bucket. */
enum limbo_kind { LIMBO_ITEM, LIMBO_HEAD, LIMBO_LINK, LIMBO_OVERFLOW };

#define LIMBO_KIND_SHIFT 62
static_assert(LIMBO_OVERFLOW >> (64 - LIMBO_KIND_SHIFT) == 0, "a kind fits the top bits");
static_assert(LIMBO_ITEM == 0, "the common entry is the offset as it is");
static_assert((int)EPOCH_RECORDS == (int)STORE_THREADS_MAX, "a record for each thread");
static_assert(MAGAZINE_MAX <= UINT16_MAX, "a magazine counts in 16 bits");

struct limbo_entry {
    uint64_t what;  /* kind in the top bits, offset or bucket number below */
    uint64_t epoch; /* in which it was unlinked */
};

/* A ring, oldest first; the epochs of entries never decrease. */
struct limbo {
    struct limbo_entry *ring;
    uint32_t mask; /* capacity - 1 */
    uint32_t head, tail;
};

/* A thread's part of slab/core/locality.h. */
struct locality {
    uint64_t from, size;        /* its node's stripe: offsets in the arena */
    struct locality_ring *ring; /* NULL on one node */
};

struct locality_sum {
    uint64_t local, remote, migrated;
};

enum { STORE_MAGIC = 0x73746f72, STORE_THREAD_MAGIC = 0x73746872 };

struct store_thread {
    uint32_t magic;
    bool wipes; /* store_options.wipe_on_free */
    struct store *store;
    char *base;
    struct index *index;
    struct superblock *sb;
    struct epoch *epoch;
    int record;
    int node;
    /* hashes below this are reported to slab/core/locality.h or slab/core/shadow.h */
    uint64_t noted_below;
    uint64_t followed_below;  /* hashes that slab/core/shadow.h follows */
    struct shadow_ring *ring; /* NULL if no keys are followed */
    struct locality locality;
    /* Written by this thread only, read by slab/core/newest.h; relaxed: the values are independent. */
    _Atomic uint64_t seq_next, seq_end; /* sequence numbers for items, drawn in blocks */
    _Atomic int64_t items_uncounted;    /* linked less unlinked, not yet reported to the index */
    struct index_spares spares;
    struct limbo limbo;
    bool defers;                /* it never waits for memory: see slab/reclaim/reclaim_ask.h */
    uint64_t help_from_ns;      /* it reclaims no memory itself before this time; clock_ns */
    struct store_ask ask;       /* its last request, or that of the operation that is tried again */
    uint64_t n_wiped;           /* bytes of chunks, ever */
    struct magazine *magazines; /* by class id */
    /* by class id; 0 for events without a class.  The thread adds, any thread reads */
    struct class_counters *counters;
    struct form_counts *forms; /* slab/core/forms.h; likewise */
    /* slab/form/wish.h; NULL until the first wish; release in wish_note, acquire in wish_take */
    _Atomic(struct wish_ring *) wishes;
    struct coder coder;
    int64_t coder_bytes;   /* its part of the store's */
    struct packer *packer; /* slab/form/pack.h; NULL: the thread does not pack */
};

/* The requests to the mover for one class, see slab/reclaim/reclaim_ask.h; relaxed. */
struct reclaim_asks {
    _Atomic uint32_t wanted;   /* chunks that threads have asked for and no pass has taken up; 0: none */
    _Atomic uint64_t n_asked;  /* ever */
    _Atomic uint64_t n_failed; /* requests up to this number have failed */
    /* 0, or 1 + the count of freed chunks when the last pass began, if that pass failed */
    _Atomic uint64_t spent_at;
};

/* The engine's insides, shared by the .c files of slab. */
struct store {
    uint32_t magic;
    struct arena arena;
    struct class_set classes;
    struct index index;
    struct epoch epoch;
    _Atomic uint32_t expire_hand; /* the page where expire.c's sweep was last; relaxed */
    struct ghosts ghosts;         /* their bytes are part of the limit */
    struct cutoff cutoff;         /* of the sweep over all pages */
    struct shadow shadow;         /* the comparison of policies */
    struct dictionaries dictionaries;
    _Atomic uint64_t coder_bytes; /* memory of the threads' coders, packers and wishes; relaxed */
    struct cold *cold;            /* slab/form/cold.h */
    struct share *share;          /* slab/form/share.h */
    struct training *training;    /* slab/train/train.h; NULL: there are no movers */
    struct promote *promote;      /* slab/form/promote.h; the first mover's */
    _Atomic uint32_t wish_age;    /* slab/form/wish.h: stamps; stored by the first mover; relaxed */
    _Atomic bool looks;           /* the mover wants to be woken when an eighth of memory is used; relaxed */
    bool packs_always;            /* for tests: slab/form/pack_always.h */
    bool shares_always;           /* likewise: slab/form/share_always.h */
    _Atomic uint8_t policy;       /* [a] enum store_policy; relaxed */
    struct store_options options; /* as at start */
    _Atomic uint32_t pin_pct;     /* [a] relaxed */
    _Atomic uint64_t n_pinned, pinned_bytes; /* [a] linked items with ITEM_PINNED; relaxed; publish.c */
    _Atomic size_t limit;                    /* [a] as it is now; relaxed */
    _Atomic(struct store_thread *) threads[EPOCH_RECORDS]; /* by record; release in store_thread_new */
    /* guards the list of threads, and retired_counters */
    struct lock threads_lock;
    struct class_counters *retired_counters; /* [threads_lock] of threads that have ended */
    struct form_counts *retired_forms;       /* [threads_lock] likewise */
    struct class_counters *baseline;         /* [threads_lock] what `stats reset` subtracts */
    _Atomic uint32_t n_steps_seen; /* steps of the wall clock for which every page has been marked; relaxed */
    _Atomic uint32_t flush_at;     /* when the next flush is due (base/clock.h), 0 = none; relaxed */
    /* Second of the last flush, 0 once every page is marked for the sweep; release in flush_now. */
    _Atomic uint32_t flush_unswept_s;
    _Atomic uint64_t
        move; /* the request of store_move_page: from << 32 | to, 0 = none; by compare-and-swap, relaxed */
    /* enum store_pressure, set by the owner; relaxed: no other data depends on it */
    _Atomic uint8_t pressure;
    /* from store_crawl until the pages that it marked are swept; acquire and release pair */
    _Atomic bool crawling;
    /* all pages are marked, and the mover has not begun; acquire and release pair */
    _Atomic bool crawl_due;
    _Atomic uint64_t n_crawls, n_pages_moved, n_direct, n_sweeps, n_visited; /* relaxed */
    struct partials partials;
    struct reclaim_asks asks[CLASS_MAX + 1]; /* by class; CLASS_NONE: memory for the index */
    struct demand *demands;                  /* one for each node, or NULL: there are no movers */
    struct mover *movers;                    /* likewise; slab/reclaim/mover.c */
    /* [threads_lock] of threads that have ended, by their node */
    struct locality_sum retired_reads[NUMA_NODES_MAX];
    struct locality_sum baseline_reads[NUMA_NODES_MAX]; /* [threads_lock] what `stats reset` subtracts */
};

static inline void
store_must_be(const struct store *store)
{
    MUST(store->magic == STORE_MAGIC);
}

static inline void
store_thread_must_be(const struct store_thread *t)
{
    MUST(t->magic == STORE_THREAD_MAGIC);
}

static inline void
store_thread_must_be_outside(const struct store_thread *t)
{
    store_thread_must_be(t);
    epoch_must_be_outside(t->epoch, t->record);
}

#ifdef LARDER_CHECKS
/* The caller must be the thread's own, and inside its epoch. */
static inline void
store_thread_must_be_inside(const struct store_thread *t)
{
    store_thread_must_be(t);
    epoch_must_be_inside(t->epoch, t->record);
}
/* The caller must be inside, or have raided the thread while it was outside. */
static inline void
store_thread_must_own(const struct store_thread *t)
{
    store_thread_must_be(t);
    epoch_must_own(t->epoch, t->record);
}
#else
static inline void
store_thread_must_be_inside(const struct store_thread *t)
{
    (void)t;
}
static inline void
store_thread_must_own(const struct store_thread *t)
{
    (void)t;
}
#endif

static inline counter *
store_thread_counter(struct store_thread *t, uint32_t class_id, enum store_counter which)
{
    CHECKED_MUST(class_id <= t->store->classes.n && which < STORE_N_COUNTERS);
    return &t->counters[class_id].n[which];
}

/* The memory node where an item lies. */
static inline int
store_thread_node_of(const struct store_thread *t, const struct item *it)
{
    return arena_node_at(&t->store->arena, item_offset(t->base, it));
}

/* The class of an item, from its size, without reading its page. */
static inline __attribute__((always_inline)) uint32_t /* on the path of each get */
store_thread_class_of(const struct store_thread *t, const struct item *it)
{
    const struct class_set *s = &t->store->classes;
    return class_for(s, (item_flags(it) & ITEM_CHAINED) ? s->chunk_max : (size_t)item_size(it));
}

/* The class that the item would have if its value were plain: the one that clients see. */
static inline uint32_t
store_thread_client_class_of(const struct store_thread *t, const struct item *it)
{
    const struct class_set *s = &t->store->classes;
    uint64_t size = item_client_size(it, s->chunk_max);
    return class_for(s, size > s->chunk_max ? s->chunk_max : (size_t)size);
}

/* A sequence number for an item out of a new block: above all numbers that were drawn before. */
__attribute__((noinline, cold)) uint64_t store_thread_highest_seq(struct store_thread *);

/* A sequence number for an item, above all items before the last flush. */
static inline uint64_t
store_thread_next_seq(struct store_thread *t)
{
    store_thread_must_be_inside(t);
    uint64_t flushed = atomic_load_explicit(&t->sb->flush_seq, memory_order_acquire);
    uint64_t next = atomic_load_explicit(&t->seq_next, memory_order_relaxed);
    if (UNLIKELY(next >= atomic_load_explicit(&t->seq_end, memory_order_relaxed) || next < flushed))
        return store_thread_highest_seq(t);
    atomic_store_explicit(&t->seq_next, next + 1, memory_order_relaxed);
    return next;
}

/* `number`, or a new one if the replaced item's number is above it. */
static inline uint64_t
store_thread_seq_above(struct store_thread *t, uint64_t number, uint64_t replaced)
{
    CHECKED_MUST(number != 0 && chunk_kind(replaced) != CHUNK_LINK);
    return LIKELY(number > replaced) ? number : store_thread_highest_seq(t);
}

/* From now on the chunk, if it is not 0, may be used. */
static inline uint64_t
store_thread_unguard(const struct store_thread *t, uint64_t chunk, uint32_t class_id)
{
    if (chunk != 0)
        guard_lift_chunk(&t->store->arena, chunk, t->store->classes.geometry[class_id].size);
    return chunk;
}

/* A free chunk of the class from magazine, class, or pool; 0 if there is none without evicting. */
uint64_t store_thread_refill(struct store_thread *, uint32_t class_id); /* its magazine is empty */

static inline uint64_t
store_thread_take_chunk(struct store_thread *t, uint32_t class_id)
{
    struct magazine *m = &t->magazines[class_id];
    store_thread_must_be_inside(t);
    CHECKED_MUST(class_id != CLASS_NONE && class_id <= t->store->classes.n && m->n <= m->max);
    return store_thread_unguard(
        t, LIKELY(m->n > 0) ? m->chunk[--m->n] : store_thread_refill(t, class_id), class_id);
}

/* A free chunk of the class on that node only; 0 if there is none. */
uint64_t store_thread_take_chunk_on(struct store_thread *, int node, uint32_t class_id);

/* Frees a chunk, and wipes it if the owner of the store wants that: every chunk that was taken ends here. */
void store_thread_give_chunk(struct store_thread *, uint64_t chunk);

/* Puts an unlinked item with its links into limbo. */
void store_thread_retire(struct store_thread *, struct item *);
/*
 * Of an item whose links a longer value has taken over (slab/store/extend.h):
 * retires its own chunk, and a link that was not taken over.
 */
void store_thread_retire_head(struct store_thread *, struct item *);
void store_thread_retire_link(struct store_thread *, struct link *);
void store_thread_retire_overflow(struct store_thread *);

/* Frees an item's chunks immediately: it was never published, or no thread can read it any more. */
void store_thread_free_item(struct store_thread *, struct item *);

/* Frees a link and all links after it. */
void store_thread_free_links(struct store_thread *, struct link *first);

/*
 * Frees the entries of limbo that have waited long enough, at most `most` of them; fewer, but at least one, if
 * their chunks are wiped and are large.
 */
void store_thread_harvest(struct store_thread *, uint32_t most);

/* Empties the magazines into their classes. */
void store_thread_flush_magazines(struct store_thread *);

/* The thread has taken so many bytes of the heap for compression, or with a negative number given them back. */
void store_thread_count_bytes(struct store_thread *, int64_t n);

/* Reports uncounted items to the index, and lets it split the buckets that are due. */
void store_thread_grow_index(struct store_thread *);

/* Counts items that were linked or unlinked, and reports a batch of them to the index; may split buckets. */
static inline void
store_thread_count_items(struct store_thread *t, int64_t n)
{
    store_thread_must_be_inside(t);
    n += atomic_load_explicit(&t->items_uncounted, memory_order_relaxed);
    atomic_store_explicit(&t->items_uncounted, n, memory_order_relaxed);
    if (UNLIKELY(n >= COUNT_BATCH || n <= -COUNT_BATCH))
        store_thread_grow_index(t);
}

static inline void
store_thread_lock_bucket(struct store_thread *t, uint64_t hash, struct index_guard *g)
{
    store_thread_must_be_inside(t);
    counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_BUCKET_LOCKS));
    index_lock(t->index, hash, g);
}

/*
 * Harvests every thread that is not inside an epoch, the caller's own too, into
 * the classes, magazines included if `magazines`.  The caller is outside.
 */
void store_thread_raid_all(struct store *, bool magazines);

#endif
