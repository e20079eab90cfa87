/*
 * The store's writing side: reserve, fill, commit; append and prepend.
 */
#include "slab/store/extend.h"
#include "slab/core/find.h"
#include "slab/form/pack_always.h"
#include "slab/form/share_always.h"
#include "slab/store/rewrite.h"
#include "slab/reclaim/reclaim.h"
#include "slab/reclaim/reclaim_ask.h"
#include "slab/store.h"
#include "slab/store/write.h"

enum { SPARE_TRIES = 8, RETURNED_HEAT = 2 };

static struct item *
slot_item(struct store_thread *t, const struct store_slot *slot)
{
    MUST(slot->offset != 0);
    return item_at(t->base, slot->offset);
}

enum store_result
store_reserve(struct store_thread *t, const struct store_key *key, const struct store_spec *spec,
    struct store_slot *slot)
{
    struct item *it;
    enum store_result r = write_new_item(t, key, spec, &it);
    if (UNLIKELY(r != STORE_OK)) {
        *slot = (struct store_slot){0};
        return write_count(t, r);
    }
    slot->offset = item_offset(t->base, it);
    slot->n_value = spec->n_value;
    slot->from = 0;
    slot->link = 0;
    counter_inc(store_thread_counter(t, store_thread_class_of(t, it), STORE_N_SETS));
    return STORE_OK;
}

size_t
store_slot_spans(
    struct store_thread *t, struct store_slot *slot, uint32_t *at, struct iovec *spans, size_t max)
{
    struct write_cursor c = {slot->link, slot->from};
    size_t n = write_spans_from(t, slot_item(t, slot), &c, at, spans, max);
    slot->link = c.link;
    slot->from = c.from;
    return n;
}

void
store_slot_fill(struct store_thread *t, struct store_slot *slot, uint32_t at, const char *p, uint32_t n)
{
    struct item *it = slot_item(t, slot);
    if (LIKELY(!(item_flags(it) & ITEM_CHAINED))) {
        write_value(t, it, at, p, n);
        return;
    }
    struct write_cursor c = {slot->link, slot->from};
    write_value_from(t, it, &c, at, p, n);
    slot->link = c.link;
    slot->from = c.from;
}

uint32_t
store_slot_class(const struct store_thread *t, const struct store_slot *slot)
{
    MUST(slot->offset != 0);
    return store_thread_class_of(t, item_at(t->base, slot->offset));
}

void
store_cancel(struct store_thread *t, struct store_slot *slot)
{
    publish_abandon(t, slot_item(t, slot));
    slot->offset = 0;
}

void
store_take_back(struct store_thread *t, struct store_slot *slot)
{
    counter_add(store_thread_counter(t, store_slot_class(t, slot), STORE_N_SETS), UINT64_MAX);
    store_cancel(t, slot);
}

/* ---- set, add, replace, cas ------------------------------------------- */

/* Does the number match?  0 matches nothing. */
static enum store_result
compare_cas(struct store_thread *t, const struct store_put *how, struct item *it, struct item *old)
{
    uint64_t cas = find_cas(old);
    counter *n = t->counters[store_thread_class_of(t, old)].n;
    if (how->cas != 0 && cas == how->cas) {
        counter_inc(&n[STORE_N_CAS_HITS]);
        return STORE_OK;
    }
    if (how->allow_stale && how->cas != 0 && how->cas < cas) {
        /*
         * Older than the present value, but better than none: it keeps the old expiry,
         * and the client that has won keeps the token.
         */
        atomic_store_explicit(&it->exptime, item_exptime(old), memory_order_relaxed);
        item_set_status(it, ITEM_STALE | (item_flags(old) & ITEM_TOKEN_SENT));
        counter_inc(&n[STORE_N_CAS_HITS]);
        return STORE_OK;
    }
    counter_inc(&n[STORE_N_CAS_BADVAL]);
    return STORE_EXISTS;
}

/* May `it` replace `old`, or be added if `old` is NULL? */
static enum store_result
admit(struct store_thread *t, const struct store_put *how, struct item *it, struct item *old)
{
    switch (how->mode) {
    case STORE_SET: return STORE_OK;
    case STORE_ADD: return old == NULL ? STORE_OK : STORE_NOT_STORED;
    case STORE_REPLACE: return old != NULL ? STORE_OK : STORE_NOT_STORED;
    case STORE_CAS:
        if (old != NULL)
            return compare_cas(t, how, it, old);
        counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_CAS_MISSES));
        return STORE_MISSING;
    case STORE_APPEND:
    case STORE_PREPEND: /* on a miss, with vivify */ return old == NULL ? STORE_OK : STORE_EXISTS;
    }
    UNREACHABLE();
}

/*
 * Gets an overflow bucket after an insert found its bucket full and had no
 * spare.  If necessary, it gives the index a page of the cache's.  Other threads
 * may use that memory first, so it tries several times.
 */
static enum store_result
find_spare(struct store_thread *t)
{
    store_thread_must_be_inside(t);
    for (int i = 0; i < SPARE_TRIES; i++) {
        if (index_refill_spares(t->index, &t->spares))
            return STORE_OK;
        if (t->defers) {
            if (reclaim_ask_is_spent(t, CLASS_NONE))
                return STORE_NO_MEMORY;
            reclaim_ask(t, CLASS_NONE, 1);
            return STORE_BUSY;
        }
        store_leave(t);
        reclaim_feed_index(t);
        store_enter(t);
    }
    return index_refill_spares(t->index, &t->spares) ? STORE_OK : STORE_NO_MEMORY;
}

/* The item's key was evicted not long ago, and is stored again. */
static __attribute__((noinline)) void
restore_heat(struct store_thread *t, struct item *it)
{
    store_thread_must_be_inside(t);
    atomic_store_explicit(&it->heat, RETURNED_HEAT, memory_order_relaxed);
    counter_inc(store_thread_counter(t, store_thread_class_of(t, it), STORE_N_RETURNED));
}

/* One try; false: it needs a spare overflow bucket first. */
static inline __attribute__((always_inline)) bool
try_put(struct store_thread *t, const struct store_key *key, struct item *it, const struct store_put *how,
    struct store_stored *out, enum store_result *result)
{
    struct index_guard g;
    _Atomic uint64_t *slot;
    struct item *expired;
    enum loss why = LOSS_REPLACED;
    bool done = true;
    publish_prepare(t, it);
    store_thread_lock_bucket(t, key->hash, &g);
    uint64_t number = store_thread_next_seq(t);
    struct item *old = find_live_locked(t, &g, key, &slot, &expired, &why);
    struct item *replaced = old != NULL ? old : expired;
    if (UNLIKELY(expired !=
                 NULL)) /* perhaps by a flush since the number was drawn, which must not flush `it`, too */
        number = store_thread_next_seq(t);
    *result = admit(t, how, it, old);
    if (LIKELY(*result == STORE_OK)) {
        if (slot == NULL) {
            done = publish_locked(t, &g, key->hash, it, number);
        } else {
            number = store_thread_seq_above(t, number, item_seq(replaced));
            publish_instead_locked(
                t, slot, key->hash, it, number, replaced, old != NULL ? LOSS_REPLACED : why);
        }
        *out = (struct store_stored){find_cas(it), item_n_stored(it)}; /* it was just written: plain */
    }
    index_unlock(&g);
    if (UNLIKELY(!done || *result != STORE_OK))
        return done;
    if (slot == NULL && ghost_take(&t->store->ghosts, key->hash))
        restore_heat(t, it);
    publish_settle(t, replaced, slot != NULL ? 0 : 1);
    return true;
}

/*
 * Repeats a failed try until it has a spare.  Not part of put, so that put's
 * common case needs no registers for a loop.
 */
static __attribute__((noinline, cold)) enum store_result
put_with_spare(struct store_thread *t, const struct store_key *key, struct item *it,
    const struct store_put *how, struct store_stored *out)
{
    CHECKED_MUST(item_seq(it) == 0);
    enum store_result r;
    do {
        r = find_spare(t);
        if (r != STORE_OK)
            return write_count(t, r);
    } while (!try_put(t, key, it, how, out, &r));
    return r;
}

static enum store_result
put(struct store_thread *t, const struct store_key *key, struct item *it, const struct store_put *how,
    struct store_stored *out)
{
    enum store_result r;
    return LIKELY(try_put(t, key, it, how, out, &r)) ? r : put_with_spare(t, key, it, how, out);
}

/* ---- append, prepend -------------------------------------------------- */

struct extension {
    const struct store_put *how;
    struct item *add; /* unpublished; its value is appended or prepended */
};

static enum store_result
decide_extension(
    void *arg, struct store_thread *t, const struct item *old, uint64_t cas, struct store_spec *spec)
{
    (void)t;
    const struct extension *x = arg;
    if (x->how->has_cas && x->how->cas != 0 && cas != x->how->cas)
        return STORE_EXISTS;
    uint64_t n = (uint64_t)item_n_value(old) + item_n_value(x->add);
    if (n > UINT32_MAX)
        return STORE_NOT_STORED;
    uint32_t add_flags = item_flags(x->add);
    *spec = (struct store_spec){
        .client_flags = item_client_flags(old),
        .n_value = (uint32_t)n,
        .key_is_binary = item_flags(old) & ITEM_KEY_BINARY,
        .has_cas_new = add_flags & ITEM_OWN_CAS,
        .cas_new = (add_flags & ITEM_OWN_CAS) ? *item_own_cas(x->add) : 0,
    };
    return STORE_OK;
}

static void
fill_extension(void *arg, struct store_thread *t, struct item *to, const struct item *old)
{
    const struct extension *x = arg;
    bool append = x->how->mode == STORE_APPEND;
    write_value_of(t, to, append ? 0 : item_n_value(x->add), old);
    write_value_of(t, to, append ? item_n_value(old) : 0, x->add);
}

static void
settle_extension(void *arg, struct item *to, const struct item *old)
{
    (void)arg;
    rewrite_keep_expiry(to, old);
}

/* Takes over the links of a chain if possible; STORE_NOT_STORED: the value must be copied. */
static enum store_result
extend_in_place(
    struct store_thread *t, const struct store_key *key, struct extension *x, struct rewritten *new)
{
    for (;;) {
        struct store_spec spec;
        struct item *old = find_live(t, key);
        uint64_t seq = old == NULL ? 0 : item_seq(old);
        if (old == NULL || seq == 0 || (item_flags(old) & (ITEM_CHAINED | ITEM_FORM)) != ITEM_CHAINED ||
            x->how->mode != STORE_APPEND)
            return STORE_NOT_STORED;
        if (decide_extension(x, t, old, item_cas(old, seq), &spec) != STORE_OK)
            return STORE_NOT_STORED;
        enum store_result r = extend_chain(t, key, &spec, old, seq, x->add, new);
        if (r != STORE_EXISTS) /* else another thread has replaced the item: extend the new one */
            return r;
    }
}

/*
 * If the sum is too large, or there is no memory for it, the result is memcached's: not stored.
 * Not inlined, so that put's common case needs no registers for it.
 */
static __attribute__((noinline)) enum store_result
extend(struct store_thread *t, const struct store_key *key, struct item *add, const struct store_put *how,
    struct store_stored *out)
{
    static const struct rewrite rewrite = {decide_extension, fill_extension, settle_extension};
    struct extension x = {how, add};
    struct rewritten new;
    enum store_result r;
    do {
        r = extend_in_place(t, key, &x, &new);
        if (r == STORE_NOT_STORED)
            r = rewrite_item(t, key, &rewrite, &x, &new);
        if (r == STORE_MISSING && how->vivify)
            r = put(t, key, add, how, out); /* the store owns the item now */
        else if (r == STORE_OK || r == STORE_EXISTS || r == STORE_BUSY)
            break;
        else
            return STORE_NOT_STORED;
        if (r == STORE_OK || r == STORE_BUSY)
            return r;
    } while (r == STORE_EXISTS); /* another thread has stored the key: extend that item */
    if (r == STORE_OK) {
        *out = (struct store_stored){new.cas, new.n_value};
        publish_abandon(t, add);
    }
    return r;
}

/* In tests only. */
static void
in_another_form(struct store_thread *t, const struct store_key *key)
{
    store_thread_must_be_inside(t);
    share_always(t, key);
    pack_always(t, key);
}

enum store_result
store_commit(struct store_thread *t, const struct store_key *key, struct store_slot *slot,
    const struct store_put *how, struct store_stored *out)
{
    CHECKED_MUST(slot->offset != 0);
    struct item *it = slot_item(t, slot);
    bool extends = how->mode == STORE_APPEND || how->mode == STORE_PREPEND;
    *out = (struct store_stored){0, item_n_stored(it)};
    enum store_result r = extends ? extend(t, key, it, how, out) : put(t, key, it, how, out);
    if (UNLIKELY(r == STORE_BUSY))
        return r;
    slot->offset = 0;
    if (UNLIKELY(r != STORE_OK))
        publish_abandon(t, it);
    else
        in_another_form(t, key);
    return r;
}
