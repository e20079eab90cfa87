#include "slab/mem/room.h"

/* The class that asks; NULL: none does. */
static struct class *
asking(const struct class_set *s, int node)
{
    uint32_t id = atomic_load_explicit(&s->pools[node].asks, memory_order_relaxed);
    return id == CLASS_NONE ? NULL : class_at(s, node, id);
}

void
room_ask(const struct class *c)
{
    MUST(c->id != CLASS_NONE && c->id <= c->set->n);
    atomic_store_explicit(&c->set->pools[c->node].asks, (uint8_t)c->id, memory_order_relaxed);
}

bool
room_lacks(const struct class_set *s, int node)
{
    const struct class *c = asking(s, node);
    return c != NULL && class_free_chunks(c) == 0 && page_pool_pages(&s->pools[node]) == 0;
}

bool
room_lacks_anywhere(const struct class_set *s)
{
    for (int node = 0; node < s->arena->n_nodes; node++)
        if (room_lacks(s, node))
            return true;
    return false;
}

void
room_serve(struct class_set *s, int node)
{
    struct class *c = asking(s, node);
    if (c == NULL)
        return;
    if (class_free_chunks(c) == 0) {
        if (!class_grow(c))
            return;
        atomic_store_explicit(&s->pools[node].kept, (uint8_t)c->id, memory_order_relaxed);
    }
    atomic_store_explicit(&s->pools[node].asks, CLASS_NONE, memory_order_relaxed);
}

bool
room_is_kept(const struct class *c)
{
    return c->id == atomic_load_explicit(&c->set->pools[c->node].kept, memory_order_relaxed) &&
           class_free_chunks(c) < 2 * (uint64_t)c->geometry->n_chunks;
}
