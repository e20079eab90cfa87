#include "slab/chain.h"

static void
set_marks(struct store_thread *t, const struct item *it, uint64_t mark)
{
    for (struct link *link = chain_first(t, it); link != NULL; link = chain_next(t, link))
        atomic_store_explicit(&link->mark, mark, memory_order_release); /* sweep_item_of's acquire */
}

void
chain_mark(struct store_thread *t, const struct item *it)
{
    set_marks(t, it, LINK_MARK | (uint64_t)((const char *)it - t->base));
}

/* From here on sweep, drain and recovery see no links. */
void
chain_unmark(struct store_thread *t, const struct item *it)
{
    set_marks(t, it, 0);
}
