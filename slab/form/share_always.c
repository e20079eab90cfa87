#include "slab/form/share_always.h"

#ifdef LARDER_CHECKS
#include <stdlib.h>

#include "slab/index/body.h"
#include "slab/core/publish.h"
#include "slab/form/bodies.h"
#include "slab/form/pack_always.h"

bool
share_always_wanted(void)
{
    return getenv("LARDER_SHARE") != NULL;
}

/* A new body, which begins with the item as its only referer. */
static void
make_body(struct store_thread *t, struct item *it, uint64_t hash, uint64_t content)
{
    struct item *body;
    if (bodies_make(t, it, content, &body) != PACK_DONE)
        return;
    (void)!bodies_refer(t, it, hash, body);
    publish_leave_body(t, content);
}

void
share_always(struct store_thread *t, const struct store_key *key)
{
    store_thread_must_be_inside(t);
    struct item *it = index_find(t->index, key);
    if (!t->store->shares_always || it == NULL || !bodies_may(it))
        return;
    if (t->packer == NULL && !pack_join(t))
        return;
    uint64_t content = bodies_content(t, it);
    struct item *body = body_find(t->index, content);
    if (body != NULL)
        (void)!bodies_refer(t, it, key->hash, body);
    else
        make_body(t, it, key->hash, content);
    struct store_key of_body = body_key(&content);
    pack_always(t, &of_body);
}
#endif
