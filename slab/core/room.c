#include "slab/core/room.h"

static struct room *
room_of(const struct store *store, int node)
{
    MUST(node >= 0 && node < store->arena.n_nodes);
    return (struct room *)&store->rooms[node];
}

/* The class that asks; NULL: none does. */
static struct class *
asking(const struct store *store, int node)
{
    uint32_t id = atomic_load_explicit(&room_of(store, node)->asks, memory_order_relaxed);
    return id == CLASS_NONE ? NULL : class_at(&store->classes, node, id);
}

void
room_ask(struct store *store, const struct class *c)
{
    MUST(c->id != CLASS_NONE && c->id <= store->classes.n);
    atomic_store_explicit(&room_of(store, c->node)->asks, (uint8_t)c->id, memory_order_relaxed);
}

bool
room_lacks(const struct store *store, int node)
{
    const struct class *c = asking(store, node);
    return c != NULL && class_free_chunks(c) == 0 && page_pool_pages(&store->classes.pools[node]) == 0;
}

bool
room_lacks_anywhere(const struct store *store)
{
    for (int node = 0; node < store->arena.n_nodes; node++)
        if (room_lacks(store, node))
            return true;
    return false;
}

void
room_serve(struct store *store, int node)
{
    struct class *c = asking(store, node);
    struct room *room = room_of(store, node);
    if (c == NULL)
        return;
    if (class_free_chunks(c) == 0) {
        if (!class_grow(c))
            return;
        atomic_store_explicit(&room->kept, (uint8_t)c->id, memory_order_relaxed);
    }
    atomic_store_explicit(&room->asks, CLASS_NONE, memory_order_relaxed);
}

bool
room_is_kept(const struct store *store, const struct class *c)
{
    return c->id == atomic_load_explicit(&room_of(store, c->node)->kept, memory_order_relaxed) &&
           class_free_chunks(c) < 2 * (uint64_t)c->geometry->n_chunks;
}
