#include "slab/core/publish.h"

#include "base/clock.h"
#include "slab/index/chain.h"
#include "slab/index/body.h"
#include "slab/core/forms.h"
#include "slab/core/locality.h"
#include "slab/core/hooks.h"

static void
count_loss(struct store_thread *t, const struct item *it, uint32_t class_id, enum loss why)
{
    counter *n = t->counters[class_id].n;
    bool fetched = item_flags(it) & ITEM_FETCHED;
    switch (why) {
    case LOSS_REMOVED:
    case LOSS_REPLACED: return; /* the command counts these */
    case LOSS_EXPIRED:
        counter_inc(&n[STORE_N_EXPIRED]);
        if (!fetched)
            counter_inc(&n[STORE_N_EXPIRED_UNFETCHED]);
        return;
    case LOSS_FLUSHED: counter_inc(&n[STORE_N_FLUSHED]); return;
    case LOSS_PAGE: counter_inc(&n[STORE_N_EVICTED_ACTIVE]); /* fall through */
    case LOSS_EVICTED:
        counter_inc(&n[STORE_N_EVICTED]);
        if (item_exptime(it) != 0)
            counter_inc(&n[STORE_N_EVICTED_TTL]);
        if (!fetched)
            counter_inc(&n[STORE_N_EVICTED_UNFETCHED]);
        return;
    }
    UNREACHABLE();
}

/* The bytes and the class of an item, for the accounting. */
struct weight {
    uint64_t bytes;
    uint32_t class_id;
    uint32_t rare; /* those bits of its flags for which there are further accounts: RARE */
};

enum { RARE = ITEM_PINNED | ITEM_FORM | ITEM_BODY };

/* Reads the flags once: nearly every write weighs two items. */
static inline struct weight
weigh(const struct store_thread *t, const struct item *it)
{
    const struct class_set *s = &t->store->classes;
    uint32_t flags = item_flags(it);
    uint32_t n = item_n_stored(it);
    uint64_t size = sizeof *it + item_extra(flags, n) + it->nkey + (uint64_t)n;
    return (struct weight){
        size, class_for(s, (flags & ITEM_CHAINED) ? s->chunk_max : (size_t)size), flags & RARE};
}

static inline void
account(struct store_thread *t, struct weight w, int sign)
{
    struct class_counters *c = &t->counters[w.class_id];
    if (LIKELY(!(w.rare & ITEM_BODY))) /* for clients it is no item */
        counter_add(&c->n_items, (uint64_t)(int64_t)sign);
    counter_add(&c->n_bytes, (uint64_t)((int64_t)sign * (int64_t)w.bytes));
}

static void
account_pinned(struct store_thread *t, struct weight w, int sign)
{
    struct store *store = t->store;
    if (!(w.rare & ITEM_PINNED))
        return;
    /* Few items are pinned, so one pair of sums is enough for all threads. */
    atomic_fetch_add_explicit(&store->n_pinned, (uint64_t)(int64_t)sign, memory_order_relaxed);
    atomic_fetch_add_explicit(
        &store->pinned_bytes, (uint64_t)((int64_t)sign * (int64_t)w.bytes), memory_order_relaxed);
}

static __attribute__((noinline, cold)) void
account_rare(struct store_thread *t, const struct item *it, struct weight w, int sign)
{
    if (w.rare & (ITEM_FORM | ITEM_BODY))
        forms_count(t, it, sign);
    account_pinned(t, w, sign);
}

/*
 * The new form is counted first: another thread that sums meanwhile (forms_referers) may count an item
 * twice, but never misses one that only moves.
 */
static __attribute__((noinline, cold)) void
account_rare_swap(struct store_thread *t, const struct item *from, const struct item *to, struct weight old,
    struct weight new)
{
    if (new.rare &(ITEM_FORM | ITEM_BODY))
        forms_count(t, to, 1);
    if (old.rare & (ITEM_FORM | ITEM_BODY))
        forms_count(t, from, -1);
    account_pinned(t, old, -1);
    account_pinned(t, new, 1);
}

/*
 * One item replaces the other, as in nearly every write: usually they have the
 * same size, and no count changes.
 */
static inline void
account_swap(struct store_thread *t, const struct item *from, const struct item *to, struct weight old,
    struct weight new)
{
    if (UNLIKELY(old.rare | new.rare))
        account_rare_swap(t, from, to, old, new);
    if (LIKELY(old.bytes == new.bytes &&old.class_id == new.class_id))
        return;
    account(t, old, -1);
    account(t, new, 1);
}

void
publish_note_expiry_in(struct store_thread *t, uint32_t number, uint32_t exptime)
{
    CHECKED_MUST(exptime != 0);
    struct page *page = arena_page(&t->store->arena, number);
    uint32_t soonest = atomic_load_explicit(&page->soonest, memory_order_relaxed);
    while ((soonest == 0 || exptime < soonest) &&
           !atomic_compare_exchange_weak_explicit(
               &page->soonest, &soonest, exptime, memory_order_relaxed, memory_order_relaxed))
        ;
}

void
publish_note_expiry_at(struct store_thread *t, const struct item *it, uint32_t exptime)
{
    const struct arena *a = &t->store->arena;
    /*
     * A sweep first resets the page's expiry and then searches for the next one.  Either it
     * sees this item, which is already visible, or this thread sees the reset.
     */
    epoch_fence();
    publish_note_expiry_in(t, arena_page_of(a, item_offset(t->base, it)), clock_due_s(exptime));
}

static inline void
published(struct store_thread *t, const struct item *it, struct weight w)
{
    counter_inc(&t->counters[w.class_id].n[STORE_N_LINKED]);
    publish_note_expiry(t, it);
}

void
publish_prepare_chain(struct store_thread *t, const struct item *it)
{
    store_thread_must_be_inside(t);
    chain_mark(t->base, it);
}

void
publish_abandon(struct store_thread *t, struct item *it)
{
    store_thread_must_be_inside(t);
    CHECKED_MUST(item_seq(it) == 0);
    if (LIKELY(!(item_flags(it) & ITEM_CHAINED)) || !chain_is_marked(t->base, it)) {
        store_thread_free_item(t, it);
        return;
    }
    chain_unmark(t->base, it);
    store_thread_retire(t, it);
}

/* Gives the item an empty slot, and counts it; false: there is none. */
static inline __attribute__((always_inline)) bool
link_locked(struct store_thread *t, struct index_guard *g, uint64_t hash, struct item *it, uint64_t number,
    struct weight *w)
{
    index_guard_must_hold(g);
    index_must_hold(t->index, hash);
    CHECKED_MUST(chunk_kind(number) == CHUNK_ITEM && item_seq(it) == 0);
    /*
     * Gets the slot first: a number that is set and then removed would have shown
     * the sweep an item that was never linked.
     */
    _Atomic uint64_t *slot = index_locked_free_slot(t->index, g, &t->spares);
    if (UNLIKELY(slot == NULL))
        return false;
    *w = weigh(t, it);
    CHECKED_MUST(!(item_flags(it) & ITEM_CHAINED) || chain_is_marked(t->base, it));
    atomic_store_explicit(&it->seq, number, memory_order_release);
    index_locked_swing(slot, hash, item_offset(t->base, it));
    account(t, *w, 1);
    if (UNLIKELY(w->rare))
        account_rare(t, it, *w, 1);
    return true;
}

bool
publish_locked(struct store_thread *t, struct index_guard *g, uint64_t hash, struct item *it, uint64_t number)
{
    struct weight w;
    if (UNLIKELY(!link_locked(t, g, hash, it, number, &w)))
        return false;
    published(t, it, w);
    locality_note(t, hash, SHADOW_WRITE, it);
    return true;
}

bool
publish_body_locked(
    struct store_thread *t, struct index_guard *g, uint64_t hash, struct item *body, uint64_t number)
{
    struct weight w;
    CHECKED_MUST(item_is_body(body) && item_exptime(body) == 0);
    return link_locked(t, g, hash, body, number, &w);
}

void
publish_instead_locked(struct store_thread *t, _Atomic uint64_t *slot, uint64_t hash, struct item *it,
    uint64_t number, struct item *old, enum loss why)
{
    index_must_hold(t->index, hash);
    CHECKED_MUST(it != old && chunk_kind(number) == CHUNK_ITEM && item_seq(it) == 0);
    struct weight w = weigh(t, it), w_old = weigh(t, old);
    CHECKED_MUST(
        number > item_seq(old) && (!(item_flags(it) & ITEM_CHAINED) || chain_is_marked(t->base, it)));
    atomic_store_explicit(&it->seq, number, memory_order_release);
    index_locked_swing(slot, hash, item_offset(t->base, it));
    account_swap(t, old, it, w_old, w);
    if (UNLIKELY(why != LOSS_REPLACED))
        count_loss(t, old, w_old.class_id, why);
    atomic_store_explicit(&old->seq, 0, memory_order_release);
    published(t, it, w);
    locality_note(t, hash, SHADOW_WRITE, it);
}

void
publish_moved_locked(
    struct store_thread *t, _Atomic uint64_t *slot, uint64_t hash, struct item *to, struct item *from)
{
    index_must_hold(t->index, hash);
    CHECKED_MUST(to != from && item_seq(to) == 0);
    /* Fields that other threads change under the bucket's lock are final only now. */
    uint32_t shape = item_flags(to) & ITEM_SHAPE, kept = item_flags(from) & (ITEM_KEPT | ITEM_VAIN);
    atomic_store_explicit(&to->flags, (uint16_t)(shape | kept), memory_order_relaxed);
    item_copy_access(to, from);
    if (UNLIKELY(shape & ITEM_BODY))
        atomic_store_explicit(item_referers(to),
            atomic_load_explicit(item_referers(from), memory_order_relaxed), memory_order_relaxed);
    atomic_store_explicit(&to->exptime, item_exptime(from), memory_order_relaxed);
    struct weight w_to = weigh(t, to), w_from = weigh(t, from);
    atomic_store_explicit(&to->seq, item_seq(from), memory_order_release);
    index_locked_swing(slot, hash, item_offset(t->base, to));
    account_swap(t, from, to, w_from, w_to);
    atomic_store_explicit(&from->seq, 0, memory_order_release);
}

void
publish_remove_locked(
    struct store_thread *t, struct index_guard *g, _Atomic uint64_t *slot, struct item *it, enum loss why)
{
    index_guard_must_hold(g);
    CHECKED_MUST(item_seq(it) != 0);
    struct weight w = weigh(t, it);
    index_locked_remove(t->index, g, slot, &t->spares);
    atomic_store_explicit(&it->seq, 0, memory_order_release);
    account(t, w, -1);
    if (UNLIKELY(w.rare))
        account_rare(t, it, w, -1);
    count_loss(t, it, w.class_id, why);
}

static inline void
settle(struct store_thread *t, struct item *unlinked, int64_t items_delta)
{
    store_thread_must_be_inside(t);
    if (LIKELY(unlinked != NULL)) {
        if (UNLIKELY(item_flags(unlinked) & ITEM_CHAINED))
            chain_unmark(t->base, unlinked);
        store_thread_retire(t, unlinked);
    }
    store_thread_retire_overflow(t);
    if (items_delta != 0)
        store_thread_count_items(t, items_delta);
}

void
publish_settle(struct store_thread *t, struct item *unlinked, int64_t items_delta)
{
    settle(t, unlinked, items_delta);
    if (unlinked != NULL && UNLIKELY(item_is_shared(unlinked)))
        publish_leave_body(t, item_shared(unlinked).hash);
}

void
publish_settle_moved(struct store_thread *t, struct item *unlinked)
{
    settle(t, unlinked, 0);
}

__attribute__((noinline, cold)) void
publish_leave_body(struct store_thread *t, uint64_t content)
{
    struct index_guard g;
    struct store_key key = body_key(&content);
    store_thread_lock_bucket(t, key.hash, &g);
    _Atomic uint64_t *slot = index_locked_find(t->index, &g, &key);
    MUST(slot != NULL); /* the caller's reference is counted */
    struct item *body = item_at(t->base, atomic_load_explicit(slot, memory_order_relaxed) & SLOT_OFFSET_MASK);
    uint32_t n = atomic_load_explicit(item_referers(body), memory_order_relaxed);
    MUST(n > 0);
    atomic_store_explicit(item_referers(body), n - 1, memory_order_relaxed);
    if (n == 1)
        publish_remove_locked(t, &g, slot, body, LOSS_REMOVED);
    index_unlock(&g);
    if (n == 1)
        settle(t, body, -1);
}

bool
publish_join_body(struct store_thread *t, struct item *body)
{
    struct index_guard g;
    uint64_t content = body_content(body);
    struct store_key key = body_key(&content);
    store_thread_lock_bucket(t, key.hash, &g);
    bool linked = index_locked_find_offset(t->index, &g, key.hash, item_offset(t->base, body)) != NULL;
    uint32_t n = linked ? atomic_load_explicit(item_referers(body), memory_order_relaxed) : 0;
    bool joined = linked && n < UINT32_MAX;
    if (joined)
        atomic_store_explicit(item_referers(body), n + 1, memory_order_relaxed);
    index_unlock(&g);
    return joined;
}

bool
publish_drop(struct store_thread *t, struct item *it, uint64_t hash, enum loss why)
{
    store_thread_must_be_inside(t);
    struct index_guard g;
    uint64_t offset = item_offset(t->base, it);
    store_thread_lock_bucket(t, hash, &g);
    _Atomic uint64_t *slot = index_locked_find_offset(t->index, &g, hash, offset);
    enum loss still;
    if (slot != NULL && (why == LOSS_EXPIRED || why == LOSS_FLUSHED) &&
        !publish_is_expired(t, it, clock_now_s(), &still))
        slot = NULL;
    if (slot != NULL)
        publish_remove_locked(t, &g, slot, it, why);
    index_unlock(&g);
    if (slot == NULL)
        return false;
    if (why == LOSS_EVICTED || why == LOSS_PAGE) {
        ghost_remember(&t->store->ghosts, hash);
        if (hooks_wanted(&t->store->options.hooks))
            hooks_evicted(t, it);
    }
    publish_settle(t, it, -1);
    return true;
}
