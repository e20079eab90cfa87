/*
 * Values of which several items share one, for tests.
 */
#ifndef TESTS_UNIT_SLAB_SHARING_H
#define TESTS_UNIT_SLAB_SHARING_H

#include "slab/index/body.h"
#include "slab/form/bodies.h"
#include "tests/unit/slab/packing.h"

/* Gives the item of that key a body, or makes it a referer of the one with its value.  The thread joins. */
static inline enum pack_result
share_inside(struct store_thread *t, struct store_key key)
{
    assert_true(t->packer != NULL || pack_join(t));
    struct item *it = index_find(t->index, &key), *body;
    uint64_t content = bodies_content(t, it);
    if ((body = body_find(t->index, content)) != NULL)
        return bodies_refer(t, it, key.hash, body);
    enum pack_result r = bodies_make(t, it, content, &body);
    if (r != PACK_DONE)
        return r;
    r = bodies_refer(t, it, key.hash, body);
    publish_leave_body(t, content);
    return r;
}

static inline enum pack_result
share_key(struct store_key key)
{
    store_enter(self);
    enum pack_result r = share_inside(self, key);
    store_leave(self);
    return r;
}

static inline uint64_t
n_bodies(void)
{
    struct store_cold cold;
    store_cold(the_store, &cold);
    return cold.n_bodies;
}

static inline uint64_t
n_shared(void)
{
    struct store_cold cold;
    store_cold(the_store, &cold);
    return cold.n_shared;
}

#endif
