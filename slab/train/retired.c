#include "slab/train/retired.h"

#include "slab/core/forms.h"
#include "slab/form/cold.h"

static void
free_if_unused(struct retired *r, struct store_thread *t, uint32_t slot)
{
    struct store *store = t->store;
    uint64_t now = epoch_now(t->epoch);
    if (dictionary_state(&store->dictionaries, slot) != DICTIONARY_RETIRED) {
        r->seen[slot] = r->unused[slot] = 0;
        return;
    }
    if (r->seen[slot] == 0)
        r->seen[slot] = now;
    if (!epoch_passed(r->seen[slot], now))
        return;
    if (r->unused[slot] == 0 && forms_referers(store, slot) == 0)
        r->unused[slot] = now;
    if (r->unused[slot] == 0 || !epoch_passed(r->unused[slot], now))
        return;
    /* The next dictionary in the slot may be retired before this function sees it live. */
    r->seen[slot] = r->unused[slot] = 0;
    cold_forget(store, slot);
    dictionary_free(&store->dictionaries, slot);
}

void
retired_free(struct retired *r, struct store_thread *t)
{
    store_thread_must_be_outside(t);
    for (uint32_t slot = PACKED_PLAIN; slot < PACKED_SLOTS; slot++)
        free_if_unused(r, t, slot);
}
