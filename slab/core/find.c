#include "slab/core/find.h"

struct item *
find_past_expired(struct store_thread *t, const struct store_key *key, struct item *it)
{
    store_thread_must_be_inside(t);
    for (;;) {
        uint32_t class_id = store_thread_class_of(t, it);
        enum loss why;
        /*
         * seq 0 means that the item was unlinked after it was found: if it was replaced,
         * the next lookup finds the new one.
         */
        if (item_seq(it) != 0) {
            if (!publish_is_expired(t, it, clock_now_s(), &why))
                return it;
            counter_inc(store_thread_counter(
                t, class_id, why == LOSS_FLUSHED ? STORE_N_GET_FLUSHED : STORE_N_GET_EXPIRED));
            (void)publish_drop(t, it, key->hash, why);
            return NULL;
        }
        it = index_find(t->index, key);
        if (it == NULL || !publish_is_expired(t, it, clock_now_s(), &why))
            return it;
    }
}

bool
find_is_linked(struct store_thread *t, uint64_t hash, uint64_t offset)
{
    struct index_guard g;
    store_thread_lock_bucket(t, hash, &g);
    bool linked = index_locked_find_offset(t->index, &g, hash, offset) != NULL;
    index_unlock(&g);
    return linked;
}
