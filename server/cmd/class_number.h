/*
 * class_number: the numbers by which clients know the size classes.
 *
 * The engine has up to 250 classes, 90 to 130 with the default options.  memcached has at
 * most 63, and with its defaults never had more than 42: scripts that list keys or add up
 * classes walk the numbers 1..63, or 1..42.  So clients see at most 42 groups of
 * neighbouring classes, as even as possible, and each group looks like a class:
 *
 *   number            1      2      3     ...    42
 *   classes of 90    1..3   4..5   6..7   ...  89..90
 *
 * The counts of a group are the sums of its classes, and its chunk size is that of
 * its largest class, so an item is in the first group whose chunks are large enough
 * for it.  With 42 classes or fewer, their numbers are the engine's.
 *
 * Every class number that clients see or send is one of these.  Only `stats
 * pages` shows the engine's own.
 *
 * Threads: any; no state.
 */
#ifndef SERVER_CMD_CLASS_NUMBER_H
#define SERVER_CMD_CLASS_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "slab/store.h"

enum {
    CLASS_NUMBER_MAX = 42, /* the highest that has a class */
    CLASS_NUMBER_END = 64, /* memcached's: lower numbers are valid, whether or not such a class exists */
};

/*
 * The number of class `id` of `n_classes`, in 1..CLASS_NUMBER_MAX and rising
 * with `id`; 0 (no class) stays 0.
 */
uint32_t class_number_at(uint32_t n_classes, uint32_t id);

/* The number of a store's class. */
uint32_t class_number_of(const struct store *, uint32_t id);

/* The highest number of a store's classes. */
uint32_t class_number_highest(const struct store *);

/* The sums over the classes of a number; `id` is the number.  All 0 if there is none. */
void class_number_stats(struct store *, uint32_t number, struct store_class_stats *);

/* The class of this number that has the most pages, the largest if there are several; 0 if there is none. */
uint32_t class_number_fullest(struct store *, uint32_t number);

#endif
