/*
 * class_number: the numbers by which clients know the size classes.
 *
 * The engine has up to 250 classes, 90 to 130 unless told otherwise.  memcached has
 * at most 63, and with its defaults never had more than 42: scripts that list keys or
 * add up classes walk the numbers 1..63, or 1..42.  So clients see at most 42 groups
 * of neighbouring classes, as even as can be, and take each group for a class:
 *
 *   number            1      2      3     ...    42
 *   classes of 90    1..3   4..5   6..7   ...  89..90
 *
 * A group counts what its classes count together, and has the chunk size of its
 * largest: so an item is in the first group whose chunks are large enough for it.
 * Where there are 42 classes or fewer, their numbers are the engine's.
 *
 * Every class number that a client is shown, or gives, is one of these.  `stats pages`
 * alone shows the engine's own.
 *
 * Threads: any; nothing is kept.
 */
#ifndef SERVER_CMD_CLASS_NUMBER_H
#define SERVER_CMD_CLASS_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "slab/store.h"

enum {
    CLASS_NUMBER_MAX = 42, /* the highest that has a class */
    CLASS_NUMBER_END = 64, /* memcached's: numbers below are good, whether there is such a class or not */
};

/* The number of class `id` of `n_classes`, 1..CLASS_NUMBER_MAX and rising with it; 0 (none) stays 0. */
uint32_t class_number_at(uint32_t n_classes, uint32_t id);

/* Of a store's class. */
uint32_t class_number_of(const struct store *, uint32_t id);

/* The highest number that a store's classes have. */
uint32_t class_number_highest(const struct store *);

/* What the classes of a number count together; `id` is the number.  All 0 if there is none. */
void class_number_stats(struct store *, uint32_t number, struct store_class_stats *);

/* The class of this number that has the most pages, the largest of several; 0 if there is none. */
uint32_t class_number_fullest(struct store *, uint32_t number);

#endif
