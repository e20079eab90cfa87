/*
 * store: the engine's front door.
 *
 * A store is a bounded cache of items: key, value, 32 bits of client flags, an
 * expiry time and a CAS number.  Reads take no lock.  When memory is full, a write
 * evicts the items that the policy ranks highest, unless eviction is off.
 *
 * Every thread that uses a store has a `struct store_thread` and calls the operations between
 * store_enter and store_leave.  The result of a read is valid until store_leave, or until the
 * next operation of this thread that writes (it may leave its epoch to reclaim memory), or longer
 * if the value is held.  A thread never waits for the network between the two calls.
 *
 * clock_expiry_s makes expiries (base/clock.h), and 0 is "never".  clock_due_s
 * converts an expiry into another one, which means the same as long as the wall
 * clock does not step.  Other times are server-relative seconds.
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
    STORE_MEMFD,   /* anonymous memory that other processes can map */
    STORE_FILE,    /* a file, on tmpfs or DAX */
};

struct store_meta; /* defined below */

/*
 * The owner's functions that the engine calls to report its events.  The thread that
 * evicts an item, moves a page or frees memory makes the call, possibly inside its epoch,
 * and holds no lock of the engine.  A hook must not call the store, and must not wait.
 */
struct store_hooks {
    const _Atomic uint32_t
        *wanted; /* while it is 0 no event is reported: one relaxed load an event.  NULL: never */
    void (*evicted)(void *arg, const struct store_meta *); /* `cas` is not filled */
    void (*page_moved)(void *arg, uint32_t from_class, uint32_t to_class);
    /* operations that ended with STORE_BUSY may be tried again; called even while *wanted is 0 */
    void (*freed)(void *arg);
    void *arg;
};

/* The policies, which decide what is evicted first; one row each in policy.def. */
#define STORE_POLICY_DEF "slab/policy/policy.def"

enum store_policy {
#define POLICY(name, text) STORE_POLICY_##name,
#include "slab/policy/policy.def"
#undef POLICY
    STORE_N_POLICIES
};

/* "adaptive", ... */
const char *store_policy_name(enum store_policy);

/* The compression of cold values: which codec packs them. */
enum store_compression {
    STORE_COMPRESSION_AUTO, /* the codec that suits the value best */
    STORE_COMPRESSION_ZSTD,
    STORE_COMPRESSION_LZ4,
    STORE_COMPRESSION_OFF,
    STORE_N_COMPRESSIONS
};

struct store_options {
    size_t limit; /* bytes of pages and index together, at least STORE_LIMIT_MIN */
    /* store_resize may raise the limit to this; only address space is reserved for it; 0 = not at all */
    size_t limit_max;
    size_t item_max; /* bytes: header, key and value of one item; at most half the limit and 1 GiB */
    double growth;   /* factor from one size class to the next, > 1 */
    size_t item_min; /* bytes of key, value and flags that the smallest class holds */
    bool evict;      /* evict when memory is full; else STORE_NO_MEMORY */
    enum store_policy policy;
    uint32_t pin_pct; /* percent of the limit: the most that pinned items may hold */
    uint32_t shadow;  /* one key in this many is followed to compare the policies; 0 = none */
    bool numa;        /* use the machine's memory nodes, if it has several */
    bool huge_pages;  /* ask the kernel for transparent huge pages */
    bool lock_memory; /* mlock the arena */
    enum store_compression compression;
    uint32_t
        compression_cpu; /* percent of a core, for each of `n_workers`: the most that movers may spend on it */
    uint32_t n_workers;
    bool share; /* items with equal values share one */
    /* zero the memory of an item when it is freed; a file keeps the items that exist at store_free */
    bool wipe_on_free;
    bool background; /* run the mover thread; off, store_tick and the writers do its work (tests) */
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
 * Changes the limit.  A higher one holds immediately.  For a lower one, the mover returns
 * pages to the kernel, and evicts items from them, while all operations continue.  With
 * eviction off it returns only pages that become empty.  The sizes of pages and chunks do not
 * change.  false, and nothing has changed: over the reserved address space, too small for
 * item_max, or the index, which never shrinks, would take more than half of it.
 */
MUST_USE bool store_resize(struct store *, size_t limit);

/*
 * Memory pressure of the control group or host.  The caller handles CRITICAL
 * (store_resize), the engine the other levels.
 */
enum store_pressure {
    STORE_PRESSURE_NORMAL,
    /* expired items are freed every second, sparse pages are emptied, and the reserve is larger */
    STORE_PRESSURE_WARNING,
    /* the caller lowers the limit (store_resize), so that pages return to the kernel */
    STORE_PRESSURE_CRITICAL,
    STORE_PRESSURE_EMERGENCY, /* no new items: STORE_NO_MEMORY; all other operations work */
};

/* Any thread; holds from the next operation on. */
void store_set_pressure(struct store *, enum store_pressure);
enum store_pressure store_pressure(const struct store *);

/* Bytes of pages and index that count against the limit.  Cheap. */
size_t store_taken(const struct store *);

/*
 * Bytes of memory that the store has in addition to a limit that is used up:
 * tables, simulations, compression, the ends of huge pages.  It changes with store_set_compression.
 */
size_t store_beside(const struct store *, size_t limit);

/* All store_threads must have been freed. */
void store_free(struct store **);

/*
 * On a machine with several memory nodes a store_thread belongs to one of them, and
 * stores items there as long as that node has memory.  store_thread_new uses the node
 * that the caller runs on.  NULL: out of memory, or STORE_THREADS_MAX threads exist.
 */
struct store_thread *store_thread_new(struct store *);
struct store_thread *store_thread_new_on(struct store *, int node);
void store_thread_free(struct store_thread **);

enum { STORE_THREADS_MAX = 576 };

/*
 * From now on this thread never waits to reclaim memory: an operation that would have to wait ends
 * with STORE_BUSY after at most two milliseconds.  The mover then reclaims memory, and
 * store_hooks.freed reports when to try again.  Without a mover (`background` off) nothing changes.
 *
 * Before an operation is tried again, the caller calls store_thread_retry with the result
 * that store_thread_asked gave after the operation was busy.  If the mover has failed for
 * that request by all means, the operation is then refused (STORE_NO_MEMORY).
 */
void store_thread_defer(struct store_thread *);

/* The request to the mover; all zero: none, the next operation is new. */
struct store_ask {
    uint64_t number;
    uint32_t class_id;
};

struct store_ask store_thread_asked(const struct store_thread *);
void store_thread_retry(struct store_thread *, struct store_ask);

/* Nodes are numbered from 0: all nodes that memory may be taken from, or 1. */
int store_n_nodes(const struct store *);

/* The node for the `i`-th worker thread: the nodes with CPUs, in turn. */
int store_deal_node(const struct store *, int i);

/*
 * Keeps the calling thread on the CPUs of its store_thread's node, among those
 * that the process was allowed at its start.  On one node, or on a node without
 * such CPUs, it does nothing.  false: the kernel refuses.
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
 * Prefetches the memory that looking up a key will touch, in two steps: first
 * the index lines of all keys, then the items.  It is only a hint and changes
 * nothing.  It is useful from two keys on; 8 to 32 is best.
 */
void store_prefetch_index(const struct store_thread *, const struct store_key *);
void store_prefetch_item(const struct store_thread *, const struct store_key *);

enum store_result {
    STORE_OK,
    STORE_MISSING,    /* no such key */
    STORE_EXISTS,     /* the CAS did not match */
    STORE_NOT_STORED, /* the mode's condition (add, replace, append, prepend) did not hold */
    STORE_TOO_LARGE,  /* over item_max */
    STORE_NO_MEMORY,  /* no item can be evicted, or eviction is off */
    STORE_NOT_NUMBER, /* arithmetic on a value that is not a number */
    STORE_BUSY,       /* nothing has changed; only for a thread that defers, see store_thread_defer */
};

/* ---- reading ---------------------------------------------------------- */

/* The state of an item at the moment of the read. */
struct store_view {
    const struct item *item; /* NULL on a miss */
    const char *value;       /* the bytes when they lie in one piece, else NULL: call store_copy_value */
    const struct item
        *holder; /* the item that has these bytes: `item`, or the one with which it shares its value */
    uint32_t n_value;
    uint32_t client_flags;
    uint32_t exptime;                               /* before this operation's own touch */
    uint64_t cas;                                   /* filled by the calls that say so */
    bool stale, token_sent, key_is_binary, fetched; /* as they were before this operation */
    /* likewise: clock stamp of the last access (base/clock.h) */
    uint32_t stamp;
};

/* A hit counts as an access.  On a miss `view->item` is NULL. */
MUST_USE enum store_result store_get(struct store_thread *, const struct store_key *, struct store_view *);

/* The same, and view->cas is filled. */
MUST_USE enum store_result store_get_with_cas(
    struct store_thread *, const struct store_key *, struct store_view *);

/* The CAS number of a view's item as clients see it; STORE_MISSING if the item has been unlinked. */
MUST_USE enum store_result store_view_cas(struct store_thread *, struct store_view *);

/* Get and touch in one.  `cas` is filled. */
MUST_USE enum store_result store_get_and_touch(
    struct store_thread *, const struct store_key *, uint32_t exptime, struct store_view *);

/* The meta get with all options that change the item; see `mg` in memcached's protocol.txt. */
struct store_fetch {
    bool no_bump; /* u: does not count as an access */
    bool no_win;  /* another client recomputes a stale item, not this one */
    bool touch, vivify, recache, has_cas_new;
    bool touch_first;        /* recache tests the expiry after the touch */
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
    enum store_result vivify_result; /* on a miss with vivify: STORE_OK or the reason */
};

MUST_USE enum store_result store_fetch(struct store_thread *, const struct store_key *,
    const struct store_fetch *, bool key_is_binary, struct store_fetched *);

/*
 * The meta get that changes nothing, except that one reader may win a stale item: like
 * store_get or store_get_with_cas, and as cheap, unless the item is stale or was won.  For a
 * stale item, the view has token_sent, or *won is true, or the reader may not win.
 */
MUST_USE enum store_result store_get_or_win(struct store_thread *, const struct store_key *, bool with_cas,
    bool may_win, struct store_view *, bool *won);

/*
 * Copies all view->n_value bytes of the value, in one piece or not, in whatever form.  If it must be copied
 * (below), there must be room for STORE_COPY_SPARE more.
 */
enum { STORE_COPY_SPARE = 288 };
void store_copy_value(const struct store_thread *, const struct store_view *, char *to);

/*
 * Must the value be copied?  A packed one must: it has no spans, and is not to be held.  None over STORE_COPIED_MAX
 * bytes is packed.
 */
enum { STORE_COPIED_MAX = 64 << 10 };
MUST_USE bool store_must_copy(const struct store_view *);

/*
 * The value as spans, at most `max` of them, from byte `*at` on; advances *at.  Returns how many were filled; 0 at the
 * end.  `holder`: of the view.  Not for a value that must be copied.
 */
size_t store_value_spans(
    const struct store_thread *, const struct item *holder, uint32_t *at, struct iovec *, size_t max);

/*
 * Large values may be held: their memory is not reused after store_leave until the
 * value is released, from any thread with its own store_thread, inside its epoch.
 * Values under STORE_HOLD_MIN bytes cannot be held; copy them.
 */
enum { STORE_HOLD_MIN = 4096 };
void store_hold(struct store_thread *, const struct item *holder);
void store_release(struct store_thread *, const struct item *holder);

/* ---- writing ---------------------------------------------------------- */

enum store_mode { STORE_SET, STORE_ADD, STORE_REPLACE, STORE_APPEND, STORE_PREPEND, STORE_CAS };

/* An item being written: it has memory, and no reader can find it. */
struct store_slot {
    uint64_t offset; /* 0: no reservation */
    uint32_t n_value;
    uint32_t from; /* the position of the writer of a large value: byte `from` is the first in `link` */
    uint64_t link;
};

struct store_spec {
    uint32_t client_flags;
    uint32_t exptime;
    uint32_t n_value;
    bool key_is_binary;
    bool pin; /* pinned: never evict it; see store_may_pin */
    bool has_cas_new;
    uint64_t cas_new; /* the CAS number that the client chose */
};

/*
 * Takes memory for an item, and evicts other items if necessary.  On STORE_TOO_LARGE,
 * STORE_NO_MEMORY and STORE_BUSY nothing is reserved.  A reservation survives store_leave.
 */
MUST_USE enum store_result store_reserve(
    struct store_thread *, const struct store_key *, const struct store_spec *, struct store_slot *);

/* The memory for value bytes from `*at` on; like store_value_spans. */
size_t store_slot_spans(struct store_thread *, struct store_slot *, uint32_t *at, struct iovec *, size_t max);

/* Copies `n` bytes of the value into place from byte `at` on. */
void store_slot_fill(struct store_thread *, struct store_slot *, uint32_t at, const char *, uint32_t n);

/* The class of the item to be stored, if it is stored unchanged. */
uint32_t store_slot_class(const struct store_thread *, const struct store_slot *);

/*
 * A partial value: its bytes are still arriving.  It gets memory step by step, and
 * all partial values together have a bound (store_set_partial_bound).
 */
struct store_partial {
    struct store_slot slot;
    uint32_t n_backed; /* bytes of the value that have memory, from the first on */
    uint64_t tail;     /* offset of its last chunk; private to the engine, like the next two: */
    uint64_t ticket;
    uint64_t n_held;
};

/*
 * Takes no memory yet.  STORE_OK: the caller must end it.  STORE_TOO_LARGE; or
 * STORE_NO_MEMORY: all announced values together are far larger than the limit.
 */
MUST_USE enum store_result store_partial_announce(
    struct store_thread *, const struct store_key *, const struct store_spec *, struct store_partial *);

/*
 * Takes memory for the beginning of the value, when its first bytes have
 * arrived.  STORE_OK, STORE_NO_MEMORY, or STORE_BUSY: try again after
 * store_hooks.freed, whether the thread defers or not.
 */
MUST_USE enum store_result store_partial_begin(
    struct store_thread *, const struct store_key *, const struct store_spec *, struct store_partial *);

/*
 * Takes memory until the value has memory for `upto` bytes.  On STORE_BUSY it
 * may have more memory than before.  STORE_NO_MEMORY: the caller cancels.
 */
MUST_USE enum store_result store_partial_extend(struct store_thread *, struct store_partial *, uint32_t upto);

/*
 * The value is no longer partial: store_commit has ended its slot, or this call
 * cancels it.  A second call does nothing.
 */
void store_partial_end(struct store_thread *, struct store_partial *);

/* Do partial values block each other?  Then the caller may want to end some of them sooner. */
enum store_contention {
    STORE_UNCONTENDED,
    STORE_PARTIALS_REFUSED, /* one was refused since the announced values are too large */
    STORE_PARTIALS_WAIT,    /* one waits for memory that the others hold */
};
enum store_contention store_partial_contention(const struct store *);

/*
 * Bytes that partial values may hold together, with one item exempt; 0: an
 * eighth of the limit.  Any thread.
 */
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
 * Publishes the slot if the mode allows, and ends the reservation in any case.  STORE_OK,
 * STORE_MISSING (cas on no item), STORE_EXISTS, STORE_NOT_STORED, STORE_NO_MEMORY or
 * STORE_TOO_LARGE (append or prepend); or STORE_BUSY, which does not end it.
 */
MUST_USE enum store_result store_commit(struct store_thread *, const struct store_key *, struct store_slot *,
    const struct store_put *, struct store_stored *);

void store_cancel(struct store_thread *, struct store_slot *);

/*
 * Cancels a slot that the caller will reserve once more, after STORE_BUSY: only
 * the later reservation counts as a set.
 */
void store_take_back(struct store_thread *, struct store_slot *);

/* Removes the item; with has_cas only if it matches (else STORE_EXISTS). */
MUST_USE enum store_result store_remove(
    struct store_thread *, const struct store_key *, bool has_cas, uint64_t cas);

/*
 * Removes the item if there is one, and does not count it as a delete: the value
 * that replaces it could not be stored.
 */
void store_forget(struct store_thread *, const struct store_key *);

/* The meta delete that keeps the item: `md` with I or x. */
struct store_invalidate {
    bool has_cas; /* only if cas matches */
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
    uint32_t exptime_after; /* after the operation */
    bool created;
};

/* STORE_OK, STORE_MISSING, STORE_EXISTS, STORE_NOT_NUMBER, STORE_NO_MEMORY, STORE_NOT_STORED. */
MUST_USE enum store_result store_arith(
    struct store_thread *, const struct store_key *, const struct store_arith *, struct store_number *);

/* Flushes all items that are in the store at `at` (an expiry; 0 or past: now).  O(1). */
void store_flush(struct store_thread *, uint32_t at);

/* Cancels a flush whose time has not come. */
void store_flush_cancel(struct store_thread *);

/* ---- inspecting ------------------------------------------------------ */

/* The facts that `me` prints of an item; not counted as an access. */
struct store_meta {
    struct bytes key; /* valid as long as a view */
    bool key_is_binary, fetched;
    uint32_t exptime, atime; /* seconds, by the present wall clock */
    uint64_t cas;
    uint32_t client_flags;
    uint32_t class_id;
    uint32_t n_item; /* bytes: header, key, flags and value */
    uint32_t n_value;
};
MUST_USE enum store_result store_describe(
    struct store_thread *, const struct store_key *, struct store_meta *);

enum store_presence { STORE_PRESENT, STORE_ABSENT, STORE_EXPIRED, STORE_FLUSHED };

/* The same for an observer: counts nothing, removes nothing, and does not fill `cas`. */
MUST_USE enum store_presence store_look(struct store_thread *, const struct store_key *, struct store_meta *);

/*
 * A walk over all live items, in steps, while other threads continue.  An item that exists from the
 * first step to the last is shown exactly once, however often it is read, replaced or moved and the
 * index grows.  An item that is stored or removed during the walk is shown once or not at all.
 *
 * store_walk_some continues from the cursor (all zero: the beginning) until it has shown about
 * `max` items, or met as many empty places; it never shows more than max + STORE_WALK_STEP items.
 * false: the walk is over.  The caller is inside an epoch, and leaves it between steps if the walk
 * takes many.  `visit` returns false to end the walk, and must not call the store.
 */
enum { STORE_WALK_STEP = 64 };

struct store_cursor {
    uint64_t at;
    bool done;
};

typedef bool store_visit(void *arg, const struct store_meta *);
MUST_USE bool store_walk_some(
    struct store_thread *, struct store_cursor *, store_visit *, void *arg, uint32_t max);

/* A complete walk; the caller is outside an epoch. */
void store_walk(struct store_thread *, store_visit *, void *arg);

/*
 * Makes the mover sweep every page of some classes for expired items soon, not
 * only the pages that are known to have some.  `wanted` is by class id: class n
 * is wanted[n].  false: an earlier crawl has not ended.
 */
MUST_USE bool store_crawl(struct store *, const bool *wanted, size_t n_wanted);

/*
 * May `n` more bytes of pinned items be stored? The caller asks before it stores
 * one; threads that ask at the same time may all get true.
 */
bool store_may_pin(const struct store *, uint64_t n);

/*
 * Changes the share of the limit for pinned items, in percent.  Items that are
 * pinned stay so.  Any thread.
 */
void store_set_pin_limit(struct store *, uint32_t percent);

/*
 * Changes the compression of cold values.  Values that are packed stay so until they are
 * written anew.  Any thread.
 */
void store_set_compression(struct store *, enum store_compression);

/* Changes whether items with equal values come to share one.  Those that do so stay as they are.  Any thread. */
void store_set_share(struct store *, bool);

/* Changes the CPU time that movers may spend on it: percent of a core for each worker.  Any thread. */
void store_set_compression_cpu(struct store *, uint32_t percent, uint32_t n_workers);

/* Changes the policy, and resets the cut.  Any thread. */
void store_set_policy(struct store *, enum store_policy);

/*
 * How readily pages change class automatically.  0: only when a class cannot evict items of its own,
 * or a page of another class is empty.  1 (as at start): the items that rank highest are evicted,
 * whatever their class, and a class that has a page's worth of free chunks gives a page to the class
 * that needs one.  2: and some sparse pages a second go to the pool before a class needs them.
 */
void store_set_automove(struct store *, unsigned level);

enum store_move {
    STORE_MOVE_STARTED,
    STORE_MOVE_BUSY, /* an earlier one has not ended */
    STORE_MOVE_BAD_CLASS,
    STORE_MOVE_NO_SPARE, /* the last page of a class is never moved */
    STORE_MOVE_SAME,
};

/*
 * Makes the mover move one page from a class to another.  Its items move to other
 * pages of their class as far as those have free chunks; the rest is evicted.  Class 0
 * is the pool; -1 is the class with the most pages.  With eviction off, or while
 * values are being received or sent, there may be no page that can be moved.
 */
MUST_USE enum store_move store_move_page(struct store *, int32_t from, int32_t to);

/* One thread calls it about every second: it runs delayed flushes and wakes the mover. */
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
    uint32_t age_s;            /* seconds since the last access of the oldest item in a sample */
    uint64_t n[STORE_N_COUNTERS];
};

struct store_stats {
    size_t limit, page_size;
    uint64_t n_items, n_bytes;                          /* linked items; their header, key, flags and value */
    uint64_t n_pages_total, n_pages_used, n_pages_free; /* that the limit allows; in classes; in the pool */
    uint64_t n_buckets, n_overflow_buckets, index_bytes;
    uint64_t n_sweeps, n_visited; /* the mover's rounds; items it looked at */
    uint64_t n_pages_moved;       /* from one class to another */
    uint64_t n_direct;            /* times that a writer had to reclaim memory itself */
    uint64_t partial_announced, partial_bytes,
        partial_bound;        /* sizes of partial values; bytes of memory that they hold; their bound */
    uint64_t n_partial_waits; /* times that a partial value met the bound */
    uint64_t n_epoch_advances;
    uint64_t n_lock_takes,
        n_lock_waits; /* of the engine's mutexes: runs of chunks, pages, index growth; never a read */
    uint64_t flush_at;
    enum store_policy policy;                      /* in force */
    uint64_t n_pinned, pinned_bytes, pinned_limit; /* pinned items; like n_bytes */
    bool mover_running, crawling,
        moving; /* the latter two: a request of store_crawl or store_move_page is not done */
    uint64_t n_crawls;
    uint64_t n[STORE_N_COUNTERS]; /* sums over classes */
    uint32_t n_classes;
};

void store_stats(struct store *, struct store_stats *);

/*
 * The use of the store's resident memory; the sum is all of it.  It asks the kernel,
 * which takes about a millisecond.  For exact figures, call store_settle first.
 */
struct store_memory {
    uint64_t items;        /* keys, values and client flags */
    uint64_t item_headers; /* 24 bytes each */
    uint64_t rounding;     /* chunks' bytes beyond their contents, headers of links, chunks in limbo */
    uint64_t
        free_chunks; /* of pages with a class; those that were never touched take no memory and do not count */
    uint64_t page_heads; /* free maps, and the bytes after a page's last chunk */
    uint64_t pool;       /* pages without a class */
    uint64_t index;
    uint64_t tables;       /* superblock and page table */
    uint64_t dictionaries; /* of compression */
};

void store_memory(struct store *, struct store_memory *);

/*
 * Bytes of the C heap that compression has taken: what the codecs have made of the dictionaries, the
 * threads' memory for codecs and wishes, and the table of wishes.  Cheap.
 */
uint64_t store_codec_bytes(const struct store *);

/* The address range that contains the whole store. */
const void *store_addresses(const struct store *, size_t *n);

/* The compression of cold values: what is packed now, and what was done since the start. */
struct store_cold {
    uint64_t n_packed;                         /* packed items; their values, ... */
    uint64_t stored_bytes, value_bytes;        /* ... as stored, and as clients see them */
    uint64_t n_dictionaries, n_retired;        /* to pack with; that items still name */
    uint64_t dictionary_bytes, prepared_bytes; /* in the arena; what codecs have prepared from them */
    uint64_t n_tries, n_vain;          /* values compressed; of these, those that did not become smaller */
    uint64_t n_unpromising, n_skipped; /* values that were not tried, by a probe or for want of success */
    uint64_t n_packings, n_repackings, n_unpackings; /* items packed, packed anew, made plain again */
    uint64_t n_improved;                             /* items packed anew with the dictionary of their kind */
    uint64_t n_wishes, n_wishes_lost; /* of readers, to make an item plain; of these, those without room */
    uint64_t n_promotions;            /* items made plain because readers wished for it */
    uint64_t n_no_chunk;              /* items not packed since no chunk was free */
    uint64_t saved_bytes;             /* of chunks, by packing */
    uint64_t cpu_ns, credit_ns;       /* CPU time of movers; that they may spend now */
    uint64_t n_samples, sample_bytes; /* gathered for the next dictionary */
    uint64_t n_trainings, n_adopted;  /* dictionaries trained; of these, those that were used */
    uint64_t n_shared, n_bodies;      /* items that share a value; the values that are shared */
    uint64_t shared_bytes;            /* of values that clients see, and that memory does not have */
    uint64_t n_sharings, n_differed;  /* items that became shared; values with the hash of another */
    uint64_t n_share_no_chunk;        /* items not shared since no chunk was free */
    bool shares_all;                  /* the hand looks at all values, and not only at a sample */
};

/* Any thread, outside an epoch. */
void store_cold(struct store *, struct store_cold *);

enum { STORE_KINDS_MAX = 64, STORE_KIND_TEXT_MAX = 64 };

/* A kind of keys that has a dictionary of its own. */
struct store_kind {
    char text[STORE_KIND_TEXT_MAX]; /* the kind's pattern, as user:#:profile: parts of keys */
    uint64_t n_items;               /* packed with the dictionary */
    uint64_t dictionary_bytes;
    double ratio; /* of bytes of values that were packed lately, to what they take */
    double share; /* of the bytes that were packed lately */
};

/* Lists them; returns how many there are.  Any thread, outside an epoch. */
size_t store_kinds(struct store *, struct store_kind[STORE_KINDS_MAX]);

/* Results of one policy for the keys that are followed. */
struct store_shadow_policy {
    uint64_t hits, misses;     /* of reads, since the start or store_stats_reset */
    uint64_t n_items, n_bytes; /* items and bytes that it would hold now */
};

struct store_shadow {
    uint64_t one_in; /* one key in this many is followed; 0: none */
    uint64_t budget; /* bytes that each policy has for them */
    uint64_t n_lost; /* events lost because a ring was full */
    uint64_t memory; /* bytes that the comparison itself uses */
    struct store_shadow_policy policy[STORE_N_POLICIES];
};

/* Any thread, outside an epoch. */
void store_shadow(struct store *, struct store_shadow *);

enum { STORE_CLASSES_MAX = 250 };

/* Class ids are 1..store_n_classes, which is at most STORE_CLASSES_MAX. */
uint32_t store_n_classes(const struct store *);

/* Class `i` of 0..n_classes-1, smallest first; class ids begin at 1. */
void store_class_stats(struct store *, uint32_t i, struct store_class_stats *);

/*
 * Returns the free chunks of idle threads to their pages, so that counts of free
 * chunks are exact afterwards.  The caller is outside an epoch.
 */
void store_settle(struct store_thread *);

/* Sets counters to 0; present values (items, bytes, pages) stay. */
void store_stats_reset(struct store *);

/* A memory node of several; on one node nothing is counted. */
struct store_node_stats {
    uint64_t machine_node; /* the kernel's number */
    uint64_t n_cpus;       /* CPUs that the process was started with; 0: a node of memory only */
    uint64_t n_pages_most, n_pages_used, n_pages_free; /* that the limit allows; with a class; in the pool */
    uint64_t n_swept;                                  /* pages that the hand has passed, ever */
    uint64_t chunk_bytes;                              /* in use, for any purpose */
    uint64_t reads_local, reads_remote; /* by threads of the node: of items on this node, and on others */
    uint64_t n_migrated;                /* items moved to this node because its threads read them */
    /*
     * From the kernel, for all or a sample of the machine's pages that back the
     * node: resident; on this node; on others.
     */
    uint64_t n_resident, n_here, n_elsewhere;
};

/* Any thread, outside an epoch.  It asks the kernel, which takes some milliseconds. */
void store_node_stats(struct store *, int node, struct store_node_stats *);

enum store_page_state {
    STORE_PAGE_ABSENT,   /* no memory: returned to the kernel */
    STORE_PAGE_FREE,     /* in the pool */
    STORE_PAGE_USED,     /* has a class */
    STORE_PAGE_DRAINING, /* has a class, and is being emptied */
};

/* One page; the fields after n_used are from a sample of its items, 0 if it has none. */
struct store_page {
    uint32_t number; /* from 1 */
    int node;
    enum store_page_state state;
    uint32_t class_id, chunk_size, n_chunks,
        n_used;       /* 0 except for used pages; n_used: chunks that are not free, for any reason */
    uint32_t expires; /* no item on it expires before this time (base/clock.h); 0 = none expires */
    double live;      /* share of the page's bytes that belong to items */
    double age_s;     /* mean since the last access */
    double heat;      /* mean of accesses counted, up to 7 */
};

/*
 * The first page after number `after` that was ever used (0: the first of all);
 * false if there is none.  Outside an epoch.
 */
MUST_USE bool store_next_page(struct store_thread *, uint32_t after, struct store_page *);

/* Number of linked items by total size, in steps of 32 bytes; walks the store. */
void store_sizes(struct store_thread *, uint64_t *histogram, size_t n_buckets);

/*
 * Walks everything and checks the invariants: page counts, free maps, index against items,
 * accounting.  Other threads must be outside the store.  false: `why` says which one is broken.
 */
bool store_check(struct store *, char *why, size_t n_why);

#endif
