/*
 * store: the engine's front door.
 *
 * A store is a bounded cache of items: key, value, 32 bits of client flags, an
 * expiry time and a CAS number.  Reads take no lock.  When memory is full a
 * write evicts what has not been read for long, unless eviction is off.
 *
 * Every thread that uses a store has a `struct store_thread` and calls the
 * operations between store_enter and store_leave.  What a read returns stays
 * good until store_leave, or until the next operation of this thread that
 * writes (it may have to step out of its epoch to find memory), or for longer
 * once held.  A thread never waits for the network between the two.
 *
 * Expiries are as clock_expiry_s makes them (base/clock.h), and 0 is "never";
 * what clock_due_s makes of one is another that means the same as long as the
 * wall clock does not step.  Other times are server-relative seconds.
 *
 * Threads: a store_thread belongs to one thread; the store itself to all.
 */
#ifndef SLAB_STORE_H
#define SLAB_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/must.h"

struct item;  /* slab/index/item.h */
struct store; /* slab/core/store_thread.h */
struct store_thread;

enum { STORE_KEY_MAX = 250 };

enum store_backing {
    STORE_PRIVATE, /* anonymous memory of this process */
    STORE_MEMFD,   /* anonymous memory that other processes can be handed */
    STORE_FILE,    /* a file, on tmpfs or DAX */
};

struct store_meta; /* below */

/*
 * What the engine tells of itself, to whoever wants to hear it.  Called on the
 * thread that does it, possibly inside its epoch, with no lock held but
 * LOCK_MOVER at most: a hook must not call the store, nor wait.
 */
struct store_hooks {
    const _Atomic uint32_t
        *wanted; /* nobody is told while it is 0: one relaxed load an event.  NULL: never */
    void (*evicted)(void *arg, const struct store_meta *); /* `cas` is not filled */
    void (*page_moved)(void *arg, uint32_t from_class, uint32_t to_class);
    void (*freed)(void *arg); /* whatever ended with STORE_BUSY may be tried again; told without `wanted` */
    void *arg;
};

/* What goes first when memory is full; a row each in policy.def. */
#define STORE_POLICY_DEF "slab/policy/policy.def"

enum store_policy {
#define POLICY(name, text) STORE_POLICY_##name,
#include "slab/policy/policy.def"
#undef POLICY
    STORE_N_POLICIES
};

/* "adaptive", ... */
const char *store_policy_name(enum store_policy);

struct store_options {
    size_t limit; /* bytes of pages and index together, at least STORE_LIMIT_MIN */
    size_t
        limit_max; /* how far store_resize may raise the limit: only address space is kept for it; 0 = not at all */
    size_t item_max; /* bytes: header, key and value of one item; at most half the limit and 1 GiB */
    double growth;   /* of one size class over the one below it, > 1 */
    size_t item_min; /* bytes of key, value and flags that the smallest class holds */
    bool evict;      /* make room by evicting; else STORE_NO_MEMORY */
    enum store_policy policy;
    uint32_t pin_pct; /* of the limit: the most that items which are never evicted may hold */
    uint32_t shadow;  /* what each policy would keep is told from one key in so many; 0 = not at all */
    bool numa;        /* heed the machine's memory nodes, if it has several */
    bool huge_pages;  /* ask the kernel for transparent huge pages */
    bool lock_memory; /* mlock the arena */
    bool background;  /* run the mover thread; off, store_tick and the writers do its work (tests) */
    enum store_backing backing;
    const char *path; /* STORE_FILE */
    struct store_hooks hooks;
};

enum { STORE_LIMIT_MIN = 1 << 20 };

/* The defaults: 64 MiB, items up to 1 MiB, 8 % between classes, eviction on. */
struct store_options store_defaults(void);

/* NULL on failure, with a sentence for the operator in `why`. */
struct store *store_new(const struct store_options *, char *why, size_t n_why);

/*
 * Another limit.  Up, it holds at once; down, the mover gives pages back to the
 * kernel, and evicts for it, while everything goes on.  With eviction off only
 * what empties is given back.  The sizes of pages and chunks stay as they are.
 * false, and nothing has changed: over what is reserved, too small for item_max,
 * or the index, which never shrinks, would take over half of it.
 */
MUST_USE bool store_resize(struct store *, size_t limit);

/* How short of memory the surroundings are: control group, machine.  What is done about it is the owner's and ours. */
enum store_pressure {
    STORE_PRESSURE_NORMAL,
    STORE_PRESSURE_WARNING, /* what is dead goes every second, sparse pages go to the pool, and the reserve is larger */
    STORE_PRESSURE_CRITICAL, /* the owner lowers the limit (store_resize), so that pages go back to the kernel */
    STORE_PRESSURE_EMERGENCY, /* no new items: STORE_NO_MEMORY; all else goes on */
};

/* Any thread; holds from the next operation on. */
void store_set_pressure(struct store *, enum store_pressure);
enum store_pressure store_pressure(const struct store *);

/* Bytes of pages and index that the limit has been drawn on for.  Cheap. */
size_t store_taken(const struct store *);

/* Bytes that the store has beside a limit once that is used up: tables, sims, what huge pages round up to. */
size_t store_beside(const struct store *, size_t limit);

/* All store_threads must have been freed. */
void store_free(struct store **);

/*
 * Where the machine has several nodes, a thread's part is of one: what it stores
 * lies there as long as there is room.  This one is of the node that the caller
 * is on just now.  NULL when out of memory or at the limit of threads
 * (STORE_THREADS_MAX).
 */
struct store_thread *store_thread_new(struct store *);
struct store_thread *store_thread_new_on(struct store *, int node);
void store_thread_free(struct store_thread **);

enum { STORE_THREADS_MAX = 576 };

/*
 * From now on this thread does not stand still to make room: an operation that
 * would have to ends with STORE_BUSY instead, after two milliseconds at most.
 * The mover makes room meanwhile, and store_hooks.freed says when to try again.
 * Without a mover (`background` off) nothing changes.
 *
 * An operation that is tried again is preceded by store_thread_retry with what
 * store_thread_asked said after it was busy: one for which the mover has done
 * all that can be done is then refused (STORE_NO_MEMORY).
 */
void store_thread_defer(struct store_thread *);

/* What was asked of the mover; all zero: nothing, whatever comes is new. */
struct store_ask {
    uint64_t number;
    uint32_t class_id;
};

struct store_ask store_thread_asked(const struct store_thread *);
void store_thread_retry(struct store_thread *, struct store_ask);

/* Nodes are numbered from 0: all that memory may be taken from, or 1. */
int store_n_nodes(const struct store *);

/* The node for the `i`-th of the threads that work: those with CPUs, in turn. */
int store_deal_node(const struct store *, int i);

/*
 * Keeps the calling thread on the CPUs of its part's node that the process was
 * started with, if there are some.  One node: nothing is done.  false: the kernel refuses.
 */
bool store_thread_stay(const struct store_thread *);

/* Cheap; not nested.  Between the two the thread must not block. */
void store_enter(struct store_thread *);
void store_leave(struct store_thread *);

/* A key and its hash.  Borrows the bytes; 1..STORE_KEY_MAX of them. */
struct store_key {
    const char *p;
    uint32_t n;
    uint64_t hash;
};

static inline struct store_key
store_key(struct bytes key)
{
    return (struct store_key){key.p, (uint32_t)key.n, hash_key(key.p, key.n)};
}

/*
 * Asks the CPU for what looking up `n` keys will touch, in two waves: first the
 * index's lines, then the items'.  A hint: it changes nothing and promises
 * nothing.  Worth it from two keys on; 8 to 32 is best.
 */
void store_prefetch_index(const struct store_thread *, const struct store_key *);
void store_prefetch_item(const struct store_thread *, const struct store_key *);

enum store_result {
    STORE_OK,
    STORE_MISSING,    /* no such key */
    STORE_EXISTS,     /* the CAS did not match */
    STORE_NOT_STORED, /* the mode's condition (add, replace, append, prepend) did not hold */
    STORE_TOO_LARGE,  /* over item_max */
    STORE_NO_MEMORY,  /* nothing evictable is left, or eviction is off */
    STORE_NOT_NUMBER, /* arithmetic on something else */
    STORE_BUSY,       /* nothing has changed; only to a thread that defers, see store_thread_defer */
};

/* ---- reading ---------------------------------------------------------- */

/* What is known of an item at the moment of the read. */
struct store_view {
    const struct item *item; /* NULL on a miss */
    const char *value;       /* the bytes when in one piece, else NULL: ask store_value_spans */
    uint32_t n_value;
    uint32_t client_flags;
    uint32_t exptime;                               /* before this operation's own touch */
    uint64_t cas;                                   /* filled when asked for */
    bool stale, token_sent, key_is_binary, fetched; /* as they were before this operation */
    uint32_t stamp;                                 /* likewise: last access (base/clock.h) */
};

/* A hit counts as an access.  On a miss `view->item` is NULL. */
MUST_USE enum store_result store_get(struct store_thread *, const struct store_key *, struct store_view *);

/* The same, and view->cas is filled. */
MUST_USE enum store_result store_get_with_cas(
    struct store_thread *, const struct store_key *, struct store_view *);

/* The CAS number of a view's item as clients see it; STORE_MISSING when it was unlinked meanwhile. */
MUST_USE enum store_result store_view_cas(struct store_thread *, struct store_view *);

/* Get and touch in one.  `cas` is filled. */
MUST_USE enum store_result store_get_and_touch(
    struct store_thread *, const struct store_key *, uint32_t exptime, struct store_view *);

/* The meta get with everything that changes the item; see `mg` in memcached's protocol.txt. */
struct store_fetch {
    bool no_bump; /* u: it is no access */
    bool no_win;  /* a stale item is somebody else's to recompute */
    bool touch, vivify, recache, has_cas_new;
    bool touch_first;        /* recache looks at the expiry after the touch */
    uint32_t exptime;        /* touch: new expiry */
    uint32_t vivify_exptime; /* vivify: a miss makes an empty item with this expiry, and wins */
    uint32_t recache_before; /* recache: expiry earlier than this wins once */
    uint64_t cas_new;        /* of the vivified item */
};

struct store_fetched {
    struct store_view view;
    uint32_t exptime_after;          /* view.exptime is before the touch */
    bool won;                        /* this caller is the one that should recompute */
    bool created;                    /* it was a miss, and this is the new empty item */
    enum store_result vivify_result; /* on a miss with vivify: STORE_OK or why not */
};

MUST_USE enum store_result store_fetch(struct store_thread *, const struct store_key *,
    const struct store_fetch *, bool key_is_binary, struct store_fetched *);

/*
 * The meta get that changes nothing but that one reader wins a stale item, if it
 * may: like store_get or store_get_with_cas, and at their price unless the item
 * is stale or was won.  A stale item's view has token_sent, or *won is true, or
 * the reader may not win.
 */
MUST_USE enum store_result store_get_or_win(struct store_thread *, const struct store_key *, bool with_cas,
    bool may_win, struct store_view *, bool *won);

/*
 * The value as spans, at most `max` of them, from byte `*at` on; advances *at.
 * Returns how many were filled; 0 at the end.
 */
size_t store_value_spans(
    const struct store_thread *, const struct item *, uint32_t *at, struct iovec *, size_t max);

/*
 * Large values may be held: they stay where they are after store_leave until
 * released, from any thread with its own store_thread, inside its epoch.
 * Values under STORE_HOLD_MIN bytes cannot be held; copy them.
 */
enum { STORE_HOLD_MIN = 4096 };
void store_hold(struct store_thread *, const struct item *);
void store_release(struct store_thread *, const struct item *);

/* ---- writing ---------------------------------------------------------- */

enum store_mode { STORE_SET, STORE_ADD, STORE_REPLACE, STORE_APPEND, STORE_PREPEND, STORE_CAS };

/* An item being written: memory is taken, nothing is visible yet. */
struct store_slot {
    uint64_t offset; /* 0: no reservation */
    uint32_t n_value;
    uint32_t from; /* where the filling of a large value is: byte `from` is the first in `link` */
    uint64_t link;
};

struct store_spec {
    uint32_t client_flags;
    uint32_t exptime;
    uint32_t n_value;
    bool key_is_binary;
    bool keep; /* never evict it; see store_may_pin */
    bool has_cas_new;
    uint64_t cas_new; /* the CAS number that the client chose */
};

/*
 * Takes memory for an item.  Evicts if it must.  On STORE_TOO_LARGE,
 * STORE_NO_MEMORY and STORE_BUSY nothing is held.  A reservation survives store_leave.
 */
MUST_USE enum store_result store_reserve(
    struct store_thread *, const struct store_key *, const struct store_spec *, struct store_slot *);

/* Where value bytes from `*at` on go; like store_value_spans. */
size_t store_slot_spans(struct store_thread *, struct store_slot *, uint32_t *at, struct iovec *, size_t max);

/* Copies `n` bytes of the value into place from byte `at` on. */
void store_slot_fill(struct store_thread *, struct store_slot *, uint32_t at, const char *, uint32_t n);

/* The class of what will be stored, if it is stored as it is. */
uint32_t store_slot_class(const struct store_thread *, const struct store_slot *);

/*
 * A value whose bytes are still coming.  It gets memory step by step, and all
 * such values together have a bound (store_set_partial_bound).
 */
struct store_partial {
    struct store_slot slot;
    uint32_t n_room; /* bytes of the value that there is memory for, from the first on */
    uint64_t tail;   /* its last chunk; the engine's own, and so are these: */
    uint64_t ticket;
    uint64_t n_held;
};

/*
 * Takes no memory yet.  STORE_OK, and it must be ended; STORE_TOO_LARGE; or
 * STORE_NO_MEMORY: it and all others that are coming are far more than the limit.
 */
MUST_USE enum store_result store_partial_announce(
    struct store_thread *, const struct store_key *, const struct store_spec *, struct store_partial *);

/*
 * Takes memory for the beginning of it, when its first bytes are there.
 * STORE_OK, STORE_NO_MEMORY, or STORE_BUSY: try again after store_hooks.freed,
 * whether the thread defers or not.
 */
MUST_USE enum store_result store_partial_begin(
    struct store_thread *, const struct store_key *, const struct store_spec *, struct store_partial *);

/*
 * Takes memory until there is room for `upto` bytes.  On STORE_BUSY there may
 * be some more room than before.  STORE_NO_MEMORY: the caller cancels.
 */
MUST_USE enum store_result store_partial_extend(struct store_thread *, struct store_partial *, uint32_t upto);

/* It is not partial any more: store_commit has ended its slot, or it is cancelled here.  Twice does no harm. */
void store_partial_end(struct store_thread *, struct store_partial *);

/* Do they stand in one another's way?  Then the owner may want to end some of them sooner. */
enum store_contention {
    STORE_UNCONTENDED,
    STORE_PARTIALS_REFUSED, /* too much is announced, and one was refused for it */
    STORE_PARTIALS_WAIT,    /* one waits for memory that the others hold */
};
enum store_contention store_partial_contention(const struct store *);

/* Bytes that they may hold together, but for one item; 0: an eighth of the limit.  Any thread. */
void store_set_partial_bound(struct store *, size_t bytes);

struct store_put {
    enum store_mode mode;
    bool has_cas;     /* cas must match: STORE_CAS always; append and prepend when set */
    bool allow_stale; /* with STORE_CAS: an older cas stores, as stale (ms I) */
    bool vivify;      /* append and prepend: a miss stores (ms N) */
    uint64_t cas;
};

struct store_stored {
    uint64_t cas;     /* of the new item; 0 when not stored */
    uint32_t n_value; /* of the stored item: append and prepend grow it */
};

/*
 * Publishes the slot if the mode allows, and ends the reservation either way.
 * STORE_OK, STORE_MISSING (cas on no item), STORE_EXISTS, STORE_NOT_STORED,
 * STORE_NO_MEMORY or STORE_TOO_LARGE (append or prepend); or STORE_BUSY, which
 * does not end it.
 */
MUST_USE enum store_result store_commit(struct store_thread *, const struct store_key *, struct store_slot *,
    const struct store_put *, struct store_stored *);

void store_cancel(struct store_thread *, struct store_slot *);

/* The same of one that will be reserved once more, after STORE_BUSY: it counts as a set only then. */
void store_take_back(struct store_thread *, struct store_slot *);

/* Removes the item; with has_cas only if it matches (else STORE_EXISTS). */
MUST_USE enum store_result store_remove(
    struct store_thread *, const struct store_key *, bool has_cas, uint64_t cas);

/* Removes the item if there is one, and does not count it as a delete: what replaced it could not be stored. */
void store_forget(struct store_thread *, const struct store_key *);

/* The meta delete that keeps the item: `md` with I or x. */
struct store_invalidate {
    bool has_cas; /* only if it matches */
    uint64_t cas;
    bool mark_stale;       /* I: stale, a new CAS, and the next reader wins */
    bool drop_value;       /* x: the value becomes empty, flags and expiry those below */
    bool touch;            /* I with T */
    uint32_t exptime;      /* of touch and of drop_value */
    uint32_t client_flags; /* of drop_value */
    bool has_cas_new;
    uint64_t cas_new;
};
MUST_USE enum store_result store_invalidate(
    struct store_thread *, const struct store_key *, const struct store_invalidate *);

MUST_USE enum store_result store_touch(struct store_thread *, const struct store_key *, uint32_t exptime);

/* Arithmetic on a decimal number of up to 64 bits; incr wraps, decr stops at 0. */
struct store_arith {
    bool decr;
    uint64_t delta;
    bool has_cas;
    uint64_t cas; /* 0 matches everything */
    bool touch;   /* ma T: set the expiry too */
    uint32_t exptime;
    bool vivify; /* ma N J: a miss stores `initial` */
    uint32_t vivify_exptime;
    uint64_t initial;
    bool has_cas_new;
    uint64_t cas_new;
    bool key_is_binary;
};

struct store_number {
    uint64_t number;
    uint64_t cas;
    uint32_t exptime;       /* before `touch` */
    uint32_t exptime_after; /* as the item now has it */
    bool created;
};

/* STORE_OK, STORE_MISSING, STORE_EXISTS, STORE_NOT_NUMBER, STORE_NO_MEMORY, STORE_NOT_STORED. */
MUST_USE enum store_result store_arith(
    struct store_thread *, const struct store_key *, const struct store_arith *, struct store_number *);

/* All items that are in the store at `at` (an expiry; 0 or past: now) are gone from then on.  O(1). */
void store_flush(struct store_thread *, uint32_t at);

/* A flush whose time has not come is forgotten. */
void store_flush_cancel(struct store_thread *);

/* ---- looking ---------------------------------------------------------- */

/* What `me` prints of an item, without counting as an access. */
struct store_meta {
    struct bytes key; /* as long as a view */
    bool key_is_binary, fetched;
    uint32_t exptime, atime; /* seconds, by the wall clock as it is set now */
    uint64_t cas;
    uint32_t client_flags;
    uint32_t class_id;
    uint32_t n_item; /* bytes: header, key, flags and value */
    uint32_t n_value;
};
MUST_USE enum store_result store_describe(
    struct store_thread *, const struct store_key *, struct store_meta *);

enum store_presence { STORE_PRESENT, STORE_ABSENT, STORE_EXPIRED, STORE_FLUSHED };

/* The same for who only looks on: counts nothing and takes nothing out, and `cas` is not filled. */
MUST_USE enum store_presence store_look(struct store_thread *, const struct store_key *, struct store_meta *);

/*
 * A walk over all live items, in steps.  Others go on meanwhile: an item that is
 * there from the first step to the last is shown exactly once, however often it
 * is read, replaced or moved and the index grows; what comes or goes on the way
 * is shown once or not.
 *
 * store_walk_some goes on from the cursor (all zero: the beginning) until it has
 * shown about `max` items, or looked in as many empty places; more than
 * max + STORE_WALK_STEP it never shows.  false: the walk is over.  The caller is
 * inside, and leaves between two steps if it takes many.  `visit` says false to
 * end the walk, and must not call the store.
 */
enum { STORE_WALK_STEP = 64 };

struct store_cursor {
    uint64_t at;
    bool done;
};

typedef bool store_visit(void *arg, const struct store_meta *);
MUST_USE bool store_walk_some(
    struct store_thread *, struct store_cursor *, store_visit *, void *arg, uint32_t max);

/* The whole of it; the caller is outside. */
void store_walk(struct store_thread *, store_visit *, void *arg);

/*
 * Has the mover sweep every page of some classes for what has expired, soon and
 * not only where something is known to; `wanted` is by class id, class n being
 * wanted[n].  false: it is still at an earlier crawl.
 */
MUST_USE bool store_crawl(struct store *, const bool *wanted, size_t n_wanted);

/*
 * Is there room for `n` more bytes of items that are never evicted?  Who stores
 * one asks first; those who ask at the same time may all be told yes.
 */
bool store_may_pin(const struct store *, uint64_t n);

/* Another share of the limit for them, in percent.  What is kept already stays.  Any thread. */
void store_set_pin_limit(struct store *, uint32_t percent);

/* Another policy from now on: the cut is made anew.  Any thread. */
void store_set_policy(struct store *, enum store_policy);

/*
 * How readily pages change class by themselves: 0 only when a class has nothing
 * of its own left to evict or a page elsewhere is empty.  1 (as at start): what
 * ranks highest goes, whatever its class, and a class that has a page's worth of
 * free chunks gives it to whoever needs one.  2: and gives a few pages a second
 * to the pool before anybody does.
 */
void store_set_automove(struct store *, unsigned level);

enum store_move {
    STORE_MOVE_STARTED,
    STORE_MOVE_BUSY, /* with an earlier one */
    STORE_MOVE_BAD_CLASS,
    STORE_MOVE_NO_SPARE, /* the last page of a class is not for moving */
    STORE_MOVE_SAME,
};

/*
 * Has the mover take one page from a class for another: what is on it moves
 * to other pages of its class as far as there is room, the rest is evicted.  Class 0 is the pool; -1
 * stands for the class with the most pages.  With eviction off, or where values
 * are on their way in or out, it may find no page that can go.
 */
MUST_USE enum store_move store_move_page(struct store *, int32_t from, int32_t to);

/* To be called about every second, by one thread: delayed flushes and the mover's pace hang on it. */
void store_tick(struct store *);

#define STORE_COUNTERS_DEF "slab/counters.def"

/* Per class and thread; one row each in counters.def. */
enum store_counter {
#define COUNTER(name, ...) STORE_N_##name,
#include "slab/counters.def"
#undef COUNTER
    STORE_N_COUNTERS
};

struct store_class_stats {
    uint32_t id, chunk_size, chunks_per_page;
    uint64_t n_pages, n_chunks, n_free_chunks;
    uint64_t n_items, n_bytes; /* items counted where their first chunk is */
    uint32_t age_s;            /* seconds since the last access of the oldest in a sample */
    uint64_t n[STORE_N_COUNTERS];
};

struct store_stats {
    size_t limit, page_size;
    uint64_t n_items, n_bytes;                          /* linked items; their header, key, flags and value */
    uint64_t n_pages_total, n_pages_used, n_pages_free; /* of the limit; in classes; given back and ready */
    uint64_t n_buckets, n_overflow_buckets, index_bytes;
    uint64_t n_sweeps, n_visited; /* mover's rounds; items it looked at */
    uint64_t n_pages_moved;       /* from one class to another */
    uint64_t n_direct;            /* times that a writer had to make room itself */
    uint64_t partial_announced, partial_bytes,
        partial_bound; /* sizes of values whose bytes are still coming; held by values whose bytes are still coming; their bound */
    uint64_t n_partial_waits; /* times that one of them met it */
    uint64_t n_epoch_advances;
    uint64_t n_lock_takes,
        n_lock_waits; /* of the engine's mutexes: runs of chunks, pages, index growth; never a read */
    uint64_t flush_at;
    enum store_policy policy;                      /* in force */
    uint64_t n_pinned, pinned_bytes, pinned_limit; /* items that are never evicted; like n_bytes */
    bool mover_running, crawling,
        moving; /* the latter: what store_crawl, store_move_page asked for is not done */
    uint64_t n_crawls;
    uint64_t n[STORE_N_COUNTERS]; /* sums over classes */
    uint32_t n_classes;
};

void store_stats(struct store *, struct store_stats *);

/*
 * What the store's resident memory is used for; together it is all of it.  The
 * kernel is asked, so it takes a millisecond or some.  To be exact, store_settle first.
 */
struct store_memory {
    uint64_t items;        /* keys, values and client flags */
    uint64_t item_headers; /* 24 bytes each */
    uint64_t rounding;     /* of chunks over what is in them, links of large values, what waits in limbo */
    uint64_t free_chunks;  /* of pages with a class, as far as they were ever touched */
    uint64_t page_heads;   /* free maps, and what is left behind a page's last chunk */
    uint64_t pool;         /* pages without a class */
    uint64_t index;
    uint64_t tables; /* superblock and page table */
};

void store_memory(struct store *, struct store_memory *);

/* The stretch of addresses that all of it lies in. */
const void *store_addresses(const struct store *, size_t *n);

/* What a policy would have done with the keys that are followed. */
struct store_shadow_policy {
    uint64_t hits, misses;     /* of reads, since the start or store_stats_reset */
    uint64_t n_items, n_bytes; /* that it would hold now */
};

struct store_shadow {
    uint64_t one_in; /* of so many keys one is followed; 0: none */
    uint64_t budget; /* bytes that each policy has for them */
    uint64_t n_lost; /* events that nobody took in time */
    uint64_t memory; /* bytes that the comparison takes itself */
    struct store_shadow_policy policy[STORE_N_POLICIES];
};

/* Any thread, outside. */
void store_shadow(struct store *, struct store_shadow *);

enum { STORE_CLASSES_MAX = 250 };

/* Class ids are 1..store_n_classes, which is at most STORE_CLASSES_MAX. */
uint32_t store_n_classes(const struct store *);

/* Class `i` of 0..n_classes-1, smallest first; class ids begin at 1. */
void store_class_stats(struct store *, uint32_t i, struct store_class_stats *);

/*
 * Gives back to their pages what idle threads keep at hand, so that the counts
 * of free chunks that follow are exact.  The caller is outside.
 */
void store_settle(struct store_thread *);

/* Counters back to 0; what is (items, bytes, pages) stays. */
void store_stats_reset(struct store *);

/* A memory node, where there are several; else nothing is counted. */
struct store_node_stats {
    uint64_t machine_node; /* the kernel's number */
    uint64_t n_cpus;       /* that the process was started with; 0: it gives memory only */
    uint64_t n_pages_most, n_pages_used, n_pages_free; /* that the limit allows; with a class; in the pool */
    uint64_t n_swept;                                  /* pages that the hand has passed, ever */
    uint64_t chunk_bytes;                              /* in use, whatever for */
    uint64_t reads_local, reads_remote; /* by threads of the node: of items here, and elsewhere */
    uint64_t n_migrated;                /* items that were moved here because they are read from here */
    /* Of the machine's pages under them, all or a sample, says the kernel: in memory; here; elsewhere. */
    uint64_t n_resident, n_here, n_elsewhere;
};

/* Any thread, outside.  The kernel is asked, so it takes some milliseconds. */
void store_node_stats(struct store *, int node, struct store_node_stats *);

enum store_page_state {
    STORE_PAGE_ABSENT,   /* no memory behind it: given back to the kernel */
    STORE_PAGE_FREE,     /* in the pool */
    STORE_PAGE_USED,     /* of a class */
    STORE_PAGE_DRAINING, /* of a class, and being emptied */
};

/* One page; what follows n_used is from a sample of what is on it, 0 if there is nothing. */
struct store_page {
    uint32_t number; /* from 1 */
    int node;
    enum store_page_state state;
    uint32_t class_id, chunk_size, n_chunks,
        n_used;       /* 0 but for used pages; n_used: not free, whatever holds them */
    uint32_t expires; /* no item here expires before (base/clock.h); 0 = none expires */
    double live;      /* share of the page's bytes that belong to items */
    double age_s;     /* mean since the last access */
    double heat;      /* mean of accesses counted, up to 7 */
};

/*
 * The first page behind number `after` that was ever used (0: the first of all);
 * false if there is none.  Outside an epoch.
 */
MUST_USE bool store_next_page(struct store_thread *, uint32_t after, struct store_page *);

/* Number of linked items by total size, in steps of 32 bytes; walks the store. */
void store_sizes(struct store_thread *, uint64_t *histogram, size_t n_buckets);

/*
 * Walks everything and proves the invariants: page counts, free maps, index
 * against items, accounting.  Other threads must be outside the store.
 * false: `why` says what is broken.
 */
bool store_check(struct store *, char *why, size_t n_why);

#endif
