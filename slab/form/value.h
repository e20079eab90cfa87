/*
 * value: the bytes of a value as clients see them, whatever its form.
 *
 * Threads: inside an epoch.
 */
#ifndef SLAB_FORM_VALUE_H
#define SLAB_FORM_VALUE_H

#include "slab/core/store_thread.h"

/* Copies the whole value, item_n_value bytes, to `to`. */
void value_copy(const struct store_thread *, const struct item *, char *to);

#endif
