#include "slab/core/body.h"

struct item *
body_find(const struct store_thread *t, uint64_t content)
{
    store_thread_must_be_inside(t);
    struct store_key key = body_key(&content);
    return index_find(t->index, &key);
}
