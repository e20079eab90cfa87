#include "slab/find.h"

struct item *
find_past_dead(struct store_thread *t, const struct store_key *key, struct item *it)
{
    for (;;) {
        uint32_t class_id = store_thread_class_of(t, it);
        enum loss why;
        /* seq 0 means that it was unlinked after we found it: if it was replaced, the next look finds that one. */
        if (item_seq(it) != 0) {
            if (!publish_is_dead(t, it, clock_now_s(), &why))
                return it;
            counter_inc(store_thread_counter(
                t, class_id, why == LOSS_FLUSHED ? STORE_N_GET_FLUSHED : STORE_N_GET_EXPIRED));
            (void)publish_drop(t, it, key->hash, why);
            return NULL;
        }
        it = index_find(t->index, key);
        if (it == NULL || !publish_is_dead(t, it, clock_now_s(), &why))
            return it;
    }
}

struct store_meta
find_describe(const struct store_thread *t, struct item *it, uint64_t seq)
{
    uint32_t flags = item_flags(it);
    return (struct store_meta){
        .key = bytes_of(item_key(it), it->nkey),
        .key_is_binary = flags & ITEM_KEY_BINARY,
        .fetched = flags & ITEM_FETCHED,
        .exptime = clock_due_s(item_exptime(it)),
        .atime = clock_second_of(atomic_load_explicit(&it->atime, memory_order_relaxed)),
        .cas = (flags & ITEM_OWN_CAS) ? *item_own_cas(it) : seq,
        .client_flags = item_client_flags(it),
        .class_id = store_thread_class_of(t, it),
        .n_item = (uint32_t)item_size(it),
        .n_value = it->vlen,
    };
}
