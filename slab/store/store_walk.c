/* The store's inspecting side: describes one item, or walks all of them. */
#include "slab/core/describe.h"
#include "slab/core/find.h"
#include "slab/index/index_walk.h"
#include "slab/store.h"

enum { WALK_SLICE = 1024 };

enum store_result
store_describe(struct store_thread *t, const struct store_key *key, struct store_meta *meta)
{
    struct item *it;
    while ((it = find_live(t, key)) != NULL) {
        uint64_t seq = item_seq(it);
        if (UNLIKELY(seq == 0))
            continue; /* replaced since it was found */
        *meta = describe_item(t, it, seq);
        return STORE_OK;
    }
    return STORE_MISSING;
}

enum store_presence
store_look(struct store_thread *t, const struct store_key *key, struct store_meta *meta)
{
    store_thread_must_be_inside(t);
    struct item *it = index_find(t->index, key);
    enum loss why;
    if (it == NULL)
        return STORE_ABSENT;
    if (publish_is_expired(t, it, clock_now_s(), &why))
        return why == LOSS_FLUSHED ? STORE_FLUSHED : STORE_EXPIRED;
    *meta = describe_item(t, it, 0);
    return STORE_PRESENT;
}

/*
 * Shows an item that was in the index when its bucket was locked.  If it has
 * been replaced since, shows the item that its key has now.
 */
static bool
show(struct store_thread *t, struct item *it, store_visit *visit, void *arg)
{
    if (item_is_body(it)) /* for clients it is no item */
        return true;
    const struct store_key key = {item_key(it), it->nkey, hash_key(item_key(it), it->nkey)};
    enum loss why;
    uint64_t seq;
    while ((seq = item_seq(it)) == 0) {
        it = index_find(t->index, &key);
        if (it == NULL)
            return true;
    }
    if (publish_is_expired(t, it, clock_now_s(), &why))
        return true;
    struct store_meta meta = describe_item(t, it, seq);
    return visit(arg, &meta);
}

bool
store_walk_some(struct store_thread *t, struct store_cursor *c, store_visit *visit, void *arg, uint32_t max)
{
    store_thread_must_be_inside(t);
    MUST(max > 0);
    uint64_t offsets[STORE_WALK_STEP];
    for (uint64_t seen = 0; !c->done && seen < max; seen++) {
        size_t n = index_walk_snapshot(t->index, &c->at, offsets, STORE_WALK_STEP);
        c->done = c->at == 0;
        for (size_t i = 0; i < n; i++)
            if (!show(t, item_at(t->base, offsets[i]), visit, arg)) {
                c->done = true;
                return false;
            }
        seen += n;
    }
    return !c->done;
}

void
store_walk(struct store_thread *t, store_visit *visit, void *arg)
{
    struct store_cursor c = {0};
    store_thread_must_be_outside(t);
    for (bool more = true; more;) {
        store_enter(t);
        more = store_walk_some(t, &c, visit, arg, WALK_SLICE);
        store_leave(t);
    }
}
