/*
 * The store's reading side: get, spans of a value, holds.
 */
#include "slab/index/chain.h"
#include "slab/index/body.h"
#include "slab/core/find.h"
#include "slab/core/locality.h"
#include "slab/form/value.h"
#include "slab/form/wish.h"
#include "slab/store.h"
#include "slab/store/write.h"

void
store_prefetch_index(const struct store_thread *t, const struct store_key *key)
{
    __builtin_prefetch(index_bucket(t->index, key->hash));
}

void
store_prefetch_item(const struct store_thread *t, const struct store_key *key)
{
    const struct bucket *b = index_bucket(t->index, key->hash);
    uint64_t tag = peek_tag(key->hash);
    for (int i = 0; i < BUCKET_SLOTS; i++) {
        uint64_t offset = peek_slot_match(b, i, tag);
        if (offset != 0) {
            /* Header, key and the beginning of the value; the hardware prefetches the rest. */
            __builtin_prefetch(t->base + offset);
            __builtin_prefetch(t->base + offset + 64);
            __builtin_prefetch(t->base + offset + 128);
            return;
        }
    }
}

/*
 * A read of a value that is not in one plain piece of the item.  The reads of all referers count for the
 * body, too, since it is the body that may be packed.
 */
static void
note_rare_read(struct store_thread *t, uint64_t hash, const struct item *it, struct item *holder)
{
    if (holder == it) {
        wish_note(t, hash, it);
        return;
    }
    wish_note(t, hash_key(item_key(holder), BODY_KEY), holder);
    item_bump(holder, clock_stamp());
}

/*
 * A value that is not in one plain piece of the item: clients get it by store_copy_value or store_value_spans.
 * `notes`: it is a read.  false: the item has been unlinked, and its value is gone.
 */
static __attribute__((noinline)) bool
view_rare_value(
    struct store_thread *t, uint64_t hash, struct store_view *v, const struct item *it, bool notes)
{
    v->holder = body_holder(t->index, it);
    if (UNLIKELY(v->holder == NULL))
        return false;
    bool whole = !(item_flags(v->holder) & (ITEM_CHAINED | ITEM_FORM));
    v->value = whole ? item_value(v->holder) : NULL;
    v->n_value = item_n_value(it);
    if (notes)
        note_rare_read(t, hash, it, (struct item *)v->holder);
    return true;
}

/*
 * The expiry is read before the flags, and the CAS number before both: see slab/index/item.h.  false: the item
 * has been unlinked since it was found, which cannot be under its bucket's lock.
 */
static inline __attribute__((always_inline)) bool
fill_view(struct store_thread *t, uint64_t hash, struct store_view *v, struct item *it, bool notes)
{
    v->exptime = atomic_load_explicit(&it->exptime, memory_order_acquire);
    uint32_t flags = item_flags(it);
    v->item = it;
    if (LIKELY(!(flags & (ITEM_CHAINED | ITEM_FORM)))) {
        v->holder = it;
        v->n_value = item_n_stored(it);
        /* item_value, without loading the flags again. */
        v->value = (char *)it->body + item_extra(flags, v->n_value) + it->nkey;
    } else if (!view_rare_value(t, hash, v, it, notes)) {
        return false;
    }
    v->client_flags = (flags & ITEM_CLIENT_FLAGS) ? *item_client_flags_at(it) : 0;
    v->stamp = atomic_load_explicit(&it->atime, memory_order_relaxed);
    v->stale = flags & ITEM_STALE;
    v->token_sent = flags & ITEM_TOKEN_SENT;
    v->key_is_binary = flags & ITEM_KEY_BINARY;
    v->fetched = flags & ITEM_FETCHED;
    return true;
}

/* The same under the bucket's lock, where it is not yet a read. */
static inline __attribute__((always_inline)) void
fill_view_locked(struct store_thread *t, struct store_view *v, struct item *it)
{
    bool there = fill_view(t, 0, v, it, false);
    MUST(there);
}

enum store_result
store_view_cas(struct store_thread *t, struct store_view *view)
{
    store_thread_must_be_inside(t);
    (void)t;
    struct item *it = (struct item *)view->item;
    uint64_t seq = item_seq(it);
    if (UNLIKELY(seq == 0))
        return STORE_MISSING;
    view->cas = item_cas(it, seq);
    return STORE_OK;
}

/*
 * The live item, and its view; NULL, and the miss is counted.  If the item is replaced between the
 * lookups, it has no CAS number any more, or no value, and the next lookup finds the new item.
 */
static inline __attribute__((always_inline)) struct item *
find_view(struct store_thread *t, const struct store_key *key, struct store_view *view, bool with_cas)
{
    struct item *it;
    do {
        it = find_live(t, key);
        view->item = it;
        if (UNLIKELY(it == NULL)) {
            locality_note(t, key->hash, SHADOW_READ, NULL);
            counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_GET_MISSES));
            return NULL;
        }
    } while ((with_cas && UNLIKELY(store_view_cas(t, view) != STORE_OK)) ||
             UNLIKELY(!fill_view(t, key->hash, view, it, true)));
    return it;
}

/* The item's class: of a plain value in one piece, known from where that ends. */
static inline __attribute__((always_inline)) uint32_t
class_of_view(const struct store_thread *t, const struct store_view *v, const struct item *it)
{
    if (LIKELY(v->holder == it && v->value != NULL))
        return class_for(&t->store->classes, (size_t)(v->value + v->n_value - (const char *)it));
    return store_thread_class_of(t, it);
}

static inline __attribute__((always_inline)) enum store_result
hit(struct store_thread *t, const struct store_key *key, const struct store_view *view, struct item *it)
{
    store_thread_must_be_inside(t);
    locality_note(t, key->hash, SHADOW_READ, it);
    item_bump(it, clock_stamp());
    counter_inc(store_thread_counter(t, class_of_view(t, view, it), STORE_N_GET_HITS));
    return STORE_OK;
}

static inline __attribute__((always_inline)) enum store_result
get(struct store_thread *t, const struct store_key *key, struct store_view *view, bool with_cas)
{
    struct item *it = find_view(t, key, view, with_cas);
    return LIKELY(it != NULL) ? hit(t, key, view, it) : STORE_MISSING;
}

enum store_result
store_get(struct store_thread *t, const struct store_key *key, struct store_view *view)
{
    return get(t, key, view, false);
}

enum store_result
store_get_with_cas(struct store_thread *t, const struct store_key *key, struct store_view *view)
{
    return get(t, key, view, true);
}

/* ---- reads that change the item ------------------------------------------ */

/*
 * Finds an item under the lock.  An expired or flushed item is removed, and counted as the
 * reason of the miss.  NULL: the bucket is unlocked again and the miss is final.
 */
static struct item *
lock_live(struct store_thread *t, const struct store_key *key, struct index_guard *g)
{
    _Atomic uint64_t *slot;
    struct item *expired;
    enum loss why;
    store_thread_lock_bucket(t, key->hash, g);
    struct item *it = find_live_locked(t, g, key, &slot, &expired, &why);
    if (it == NULL) {
        index_unlock(g);
        if (expired != NULL)
            (void)find_past_expired(t, key, expired);
    }
    return it;
}

/* After the flags, if those change too: see slab/index/item.h. */
static void
set_exptime(struct store_thread *t, struct item *it, uint32_t exptime)
{
    index_must_hold_item(t->index, it);
    atomic_store_explicit(&it->exptime, exptime, memory_order_release);
    publish_note_expiry(t, it);
}

static void
count_found(struct store_thread *t, const struct item *it, bool touch)
{
    counter_inc(
        store_thread_counter(t, store_thread_class_of(t, it), touch ? STORE_N_TOUCH_HITS : STORE_N_GET_HITS));
}

/* A read under the bucket's lock has ended. */
static void
note_read(struct store_thread *t, uint64_t hash, const struct store_view *view, struct item *it)
{
    store_thread_must_be_inside(t);
    if (UNLIKELY(view->value == NULL || view->holder != it))
        note_rare_read(t, hash, it, (struct item *)view->holder);
    locality_note(t, hash, SHADOW_READ, it);
    item_bump(it, clock_stamp());
}

enum store_result
store_touch(struct store_thread *t, const struct store_key *key, uint32_t exptime)
{
    struct store_view view;
    return store_get_and_touch(t, key, exptime, &view);
}

enum store_result
store_get_and_touch(
    struct store_thread *t, const struct store_key *key, uint32_t exptime, struct store_view *view)
{
    struct index_guard g;
    struct item *it = lock_live(t, key, &g);
    view->item = NULL;
    if (it == NULL) {
        counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_TOUCH_MISSES));
        locality_note(t, key->hash, SHADOW_READ, NULL);
        return STORE_MISSING;
    }
    fill_view_locked(t, view, it);
    view->cas = find_cas(it);
    set_exptime(t, it, exptime);
    index_unlock(&g);
    count_found(t, it, true);
    note_read(t, key->hash, view, it);
    return STORE_OK;
}

/* Does this reader win the right to recompute?  At most one reader does until the item is set again. */
static bool
win(struct item *it, const struct store_fetch *how, uint32_t exptime)
{
    uint32_t flags = item_flags(it);
    if (how->no_win || (flags & ITEM_TOKEN_SENT))
        return false;
    bool due = how->recache && exptime != 0 && clock_due_s(exptime) < clock_due_s(how->recache_before);
    if (!due && !(flags & ITEM_STALE))
        return false;
    item_set_status(it, ITEM_TOKEN_SENT);
    return true;
}

static bool
fetch_present(struct store_thread *t, const struct store_key *key, const struct store_fetch *how,
    struct store_fetched *out)
{
    struct index_guard g;
    struct item *it = lock_live(t, key, &g);
    if (it == NULL)
        return false;
    fill_view_locked(t, &out->view, it);
    out->view.cas = find_cas(it);
    out->exptime_after = how->touch ? how->exptime : out->view.exptime;
    out->won = win(it, how, how->touch_first ? out->exptime_after : out->view.exptime);
    if (how->touch)
        set_exptime(t, it, how->exptime);
    index_unlock(&g);
    count_found(t, it, how->touch);
    if (!how->no_bump)
        note_read(t, key->hash, &out->view, it);
    return true;
}

/*
 * Stores an empty item, which keeps other clients from recomputing.
 * STORE_EXISTS: another thread has stored one.
 */
static enum store_result
fetch_vivify(struct store_thread *t, const struct store_key *key, const struct store_fetch *how,
    bool key_is_binary, struct store_fetched *out)
{
    struct store_spec spec = {
        .exptime = how->vivify_exptime,
        .key_is_binary = key_is_binary,
        .has_cas_new = how->has_cas_new,
        .cas_new = how->cas_new,
    };
    struct item *it;
    enum store_result r = write_new_item(t, key, &spec, &it);
    if (r != STORE_OK)
        return r;
    item_set_status(it, ITEM_TOKEN_SENT);
    fill_view_locked(t, &out->view, it); /* no other thread can see it yet */
    out->view.token_sent = false;
    if (!how->no_bump)
        item_bump(it, clock_stamp());
    uint64_t offset = item_offset(t->base, it);
    struct store_slot slot = {.offset = offset};
    struct store_put put = {.mode = STORE_ADD};
    struct store_stored stored;
    r = store_commit(t, key, &slot, &put, &stored);
    if (r == STORE_BUSY)
        store_cancel(t, &slot);
    if (r != STORE_OK)
        return r == STORE_NOT_STORED ? STORE_EXISTS : r;
    out->view.cas = stored.cas;
    out->view.exptime = out->exptime_after = how->vivify_exptime;
    out->won = out->created = true;
    count_found(t, it, how->touch);
    return STORE_OK;
}

enum store_result
store_fetch(struct store_thread *t, const struct store_key *key, const struct store_fetch *how,
    bool key_is_binary, struct store_fetched *out)
{
    for (;;) {
        *out = (struct store_fetched){.vivify_result = STORE_MISSING};
        if (fetch_present(t, key, how, out))
            return STORE_OK;
        if (!how->no_bump)
            locality_note(t, key->hash, SHADOW_READ, NULL);
        if (how->vivify) {
            out->vivify_result = fetch_vivify(t, key, how, key_is_binary, out);
            if (out->vivify_result == STORE_OK || out->vivify_result == STORE_BUSY)
                return out->vivify_result;
            if (out->vivify_result == STORE_EXISTS)
                continue;
        }
        out->view.item = NULL;
        counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_GET_MISSES));
        return STORE_MISSING;
    }
}

/*
 * A view taken without the lock is valid unless the item is stale, or its token
 * was sent, or a touch has set an expiry that has passed since.
 */
static inline bool
must_read_again(const struct store_view *view)
{
    return view->stale || view->token_sent ||
           (view->exptime != 0 && clock_due_s(view->exptime) <= clock_now_s());
}

/* Reads everything again, in one lookup under the lock. */
static __attribute__((noinline, cold)) enum store_result
get_under_lock(
    struct store_thread *t, const struct store_key *key, bool may_win, struct store_view *view, bool *won)
{
    const struct store_fetch how = {.no_win = !may_win};
    struct store_fetched f;
    enum store_result r = store_fetch(t, key, &how, false, &f);
    *view = f.view;
    *won = f.won;
    return r;
}

enum store_result
store_get_or_win(struct store_thread *t, const struct store_key *key, bool with_cas, bool may_win,
    struct store_view *view, bool *won)
{
    struct item *it = find_view(t, key, view, with_cas);
    *won = false;
    if (UNLIKELY(it == NULL))
        return STORE_MISSING;
    return UNLIKELY(must_read_again(view)) ? get_under_lock(t, key, may_win, view, won)
                                           : hit(t, key, view, it);
}

/* ---- values ----------------------------------------------------------- */

static_assert((int)CODEC_LARGE_MAX == (int)STORE_COPIED_MAX, "larger values are never packed");
static_assert((int)CODEC_SPARE == (int)STORE_COPY_SPARE, "a packed chain is unpacked in place");

bool
store_must_copy(const struct store_view *view)
{
    CHECKED_MUST(view->holder != NULL);
    return item_flags(view->holder) & ITEM_FORM;
}

void
store_copy_value(const struct store_thread *t, const struct store_view *view, char *to)
{
    CHECKED_MUST(view->holder != NULL && view->n_value == item_n_value(view->holder));
    value_copy(t, view->holder, to);
}

size_t
store_value_spans(
    const struct store_thread *t, const struct item *it, uint32_t *at, struct iovec *spans, size_t max)
{
    MUST(!(item_flags(it) & ITEM_FORM));
    return write_spans(t, it, at, spans, max);
}

void
store_hold(struct store_thread *t, const struct item *it)
{
    store_thread_must_be_inside(t);
    MUST(item_has_holds(it));
    uint32_t before = atomic_fetch_add_explicit(item_holds(it), 1, memory_order_relaxed);
    MUST(!(before & HOLDS_RETIRED)); /* the item was found, so it has not been in limbo */
    if (item_flags(it) & ITEM_CHAINED)
        chain_hold(t->base, it);
}

void
store_release(struct store_thread *t, const struct item *it)
{
    store_thread_must_be_inside(t);
    if (item_flags(it) & ITEM_CHAINED) {
        struct link *first = chain_first(t->base, it);
        if (chain_release(t->base, it))
            store_thread_free_links(t, first);
    }
    uint32_t before = atomic_fetch_sub_explicit(item_holds(it), 1, memory_order_acq_rel);
    MUST((before & ~HOLDS_RETIRED) > 0);
    if (before == (HOLDS_RETIRED | 1))
        store_thread_give_chunk(t, item_offset(t->base, it));
}
