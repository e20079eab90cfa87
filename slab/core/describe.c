#include "slab/core/describe.h"

#include "base/clock.h"

struct store_meta
describe_item(const struct store_thread *t, struct item *it, uint64_t seq)
{
    store_thread_must_be_inside(t);
    uint32_t flags = item_flags(it);
    return (struct store_meta){
        .key = bytes_of(item_key(it), it->nkey),
        .key_is_binary = flags & ITEM_KEY_BINARY,
        .fetched = flags & ITEM_FETCHED,
        .exptime = clock_due_s(item_exptime(it)),
        .atime = clock_second_of(atomic_load_explicit(&it->atime, memory_order_relaxed)),
        .cas = item_cas(it, seq),
        .client_flags = item_client_flags(it),
        .class_id = store_thread_client_class_of(t, it),
        .n_item = (uint32_t)item_client_size(it, t->store->classes.chunk_max),
        .n_value = item_n_value(it),
    };
}
