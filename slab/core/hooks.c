/* hooks: see hooks.h. */
#include "slab/core/hooks.h"

#include "slab/core/describe.h"

void
hooks_evicted(struct store_thread *t, struct item *it)
{
    store_thread_must_be_inside(t);
    CHECKED_MUST(item_seq(it) == 0);
    const struct store_hooks *h = &t->store->options.hooks;
    if (h->evicted == NULL)
        return;
    const struct store_meta meta = describe_item(t, it, 0);
    h->evicted(h->arg, &meta);
}

void
hooks_freed(struct store *store)
{
    store_must_be(store);
    const struct store_hooks *h = &store->options.hooks;
    if (h->freed != NULL)
        h->freed(h->arg);
}

void
hooks_page_moved(struct store *store, uint32_t from_class, uint32_t to_class)
{
    MUST(from_class <= store->classes.n && to_class <= store->classes.n);
    const struct store_hooks *h = &store->options.hooks;
    if (hooks_wanted(h) && h->page_moved != NULL)
        h->page_moved(h->arg, from_class, to_class);
}
