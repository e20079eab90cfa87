#include "slab/store/rewrite.h"

#include "slab/core/find.h"
#include "slab/core/publish.h"
#include "slab/form/pack_always.h"
#include "slab/form/share_always.h"
#include "slab/store/write.h"

void
rewrite_keep_expiry(struct item *to, const struct item *old)
{
    atomic_store_explicit(&to->exptime, item_exptime(old), memory_order_relaxed);
}

void
rewrite_keep_history(struct item *to, const struct item *old)
{
    CHECKED_MUST(item_seq(to) == 0);
    uint32_t status = item_flags(old) & ITEM_KEPT;
    atomic_store_explicit(&to->flags, (uint16_t)(item_flags(to) | status), memory_order_relaxed);
    item_copy_access(to, old);
}

_Atomic uint64_t *
rewrite_lock(struct store_thread *t, const struct store_key *key, struct item *old, uint64_t seq,
    const struct item *to, struct index_guard *g, uint64_t *number)
{
    CHECKED_MUST(seq != 0);
    enum loss why;
    publish_prepare(t, to);
    store_thread_lock_bucket(t, key->hash, g);
    _Atomic uint64_t *slot = index_locked_find_offset(t->index, g, key->hash, item_offset(t->base, old));
    /*
     * Draws the number first: if a flush comes now, either the number is below it,
     * or `old` is seen as flushed.
     */
    *number = store_thread_seq_above(t, store_thread_next_seq(t), seq);
    bool same = slot != NULL && item_seq(old) == seq && !publish_is_expired(t, old, clock_now_s(), &why);
    return same ? slot : NULL;
}

/* Swings the slot from `old` to `to`, if `old` is unchanged in it. */
static bool
replace(struct store_thread *t, const struct store_key *key, struct item *old, uint64_t seq, struct item *to,
    const struct rewrite *how, void *arg, struct rewritten *out)
{
    struct index_guard g;
    uint64_t number;
    _Atomic uint64_t *slot = rewrite_lock(t, key, old, seq, to, &g, &number);
    bool same = slot != NULL;
    if (same) {
        item_set_status(to, item_flags(old) & ITEM_PINNED);
        how->settle(arg, to, old);
        publish_instead_locked(t, slot, key->hash, to, number, old, LOSS_REPLACED);
        *out = (struct rewritten){find_cas(to), item_n_value(to), item_exptime(to)};
    }
    index_unlock(&g);
    if (same)
        publish_settle(t, old, 0);
    return same;
}

enum store_result
rewrite_item(struct store_thread *t, const struct store_key *key, const struct rewrite *how, void *arg,
    struct rewritten *out)
{
    store_thread_must_be_inside(t);
    for (;;) {
        struct store_spec spec = {0};
        struct item *to, *old = find_live(t, key);
        if (old == NULL)
            return STORE_MISSING;
        uint64_t seq = item_seq(old);
        if (seq == 0)
            continue;
        enum store_result r = how->decide(arg, t, old, item_cas(old, seq), &spec);
        if (r != STORE_OK)
            return r;
        r = write_item(t, key, &spec, &to);
        if (r != STORE_OK)
            return r;
        /* Reclaiming memory may have left the epoch: `old` may be reused memory now. */
        old = find_live(t, key);
        if (old != NULL && item_seq(old) == seq) {
            how->fill(arg, t, to, old);
            if (replace(t, key, old, seq, to, how, arg, out)) {
                share_always(t, key);
                pack_always(t, key);
                return STORE_OK;
            }
        }
        publish_abandon(t, to);
    }
}
