#include "slab/relocate.h"

#include "slab/publish.h"

/* All but the number: a copy that is not visible yet. */
static void
copy_item(struct item *to, const struct item *from)
{
    to->vlen = from->vlen;
    to->nkey = from->nkey;
    atomic_store_explicit(
        &to->atime, atomic_load_explicit(&from->atime, memory_order_relaxed), memory_order_relaxed);
    atomic_store_explicit(
        &to->heat, atomic_load_explicit(&from->heat, memory_order_relaxed), memory_order_relaxed);
    atomic_store_explicit(&to->flags, (uint16_t)item_flags(from), memory_order_relaxed);
    size_t n = item_size(from) - sizeof *from, n_before_pins = 0;
    if (from->vlen >= STORE_PIN_MIN) {
        /* Pins are of the chunk, not of the item; a sender may be counting there right now. */
        n_before_pins = (size_t)((unsigned char *)item_pins(from) - from->body);
        memcpy(to->body, from->body, n_before_pins);
        atomic_store_explicit(item_pins(to), 0, memory_order_relaxed);
        n_before_pins += sizeof(uint32_t);
    }
    memcpy(to->body + n_before_pins, from->body + n_before_pins, n - n_before_pins);
}

enum relocate_result
relocate(struct store_thread *t, struct item *from, uint64_t hash)
{
    if (item_flags(from) & ITEM_CHAINED)
        return RELOCATE_NO_ROOM;
    uint32_t class_id = store_thread_class_of(t, from);
    uint64_t chunk = store_thread_take_chunk(t, class_id);
    if (chunk == 0)
        return RELOCATE_NO_ROOM;
    struct item *to = (struct item *)(t->base + chunk);
    copy_item(to, from);

    struct index_guard g;
    store_thread_lock_bucket(t, hash, &g);
    _Atomic uint64_t *slot = index_locked_find_offset(t->index, &g, hash, (uint64_t)((char *)from - t->base));
    if (slot != NULL) {
        /* What others change under the bucket's lock is as it will stay only now. */
        atomic_store_explicit(&to->flags, (uint16_t)item_flags(from), memory_order_relaxed);
        atomic_store_explicit(&to->exptime, item_exptime(from), memory_order_relaxed);
        atomic_store_explicit(&to->seq, item_seq(from), memory_order_release);
        index_locked_swing(slot, hash, chunk);
        atomic_store_explicit(&from->seq, 0, memory_order_release);
    }
    index_unlock(&g);
    if (slot == NULL) {
        store_thread_give_chunk(t, chunk);
        return RELOCATE_GONE;
    }
    publish_note_expiry(t, to);
    publish_settle(t, from, 0);
    counter_inc(store_thread_counter(t, class_id, STORE_N_RELOCATED));
    return RELOCATE_DONE;
}
