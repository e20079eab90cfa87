#include "slab/index/body.h"

struct item *
body_find(const struct index *idx, uint64_t content)
{
    struct store_key key = body_key(&content);
    return index_find(idx, &key);
}
