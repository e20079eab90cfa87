#include "slab/train/kind_end.h"

#include "slab/core/forms.h"
#include "slab/form/cold.h"

enum { FEW_PART = 400 }; /* of all packed items */

void
kind_end_lightest(struct store *store)
{
    struct form_counts forms;
    uint32_t slot = kind_dict_lightest(&store->cold->kinds);
    if (slot == DICTIONARY_NONE)
        return;
    forms_sum(store, &forms);
    if (counter_read(&forms.referers[slot]) * FEW_PART < counter_read(&forms.n_packed) &&
        kind_dict_end(&store->cold->kinds, slot))
        dictionary_retire(&store->dictionaries, slot);
}
