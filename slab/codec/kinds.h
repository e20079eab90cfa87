/*
 * kinds: the kinds of keys that most bytes have, in a table of 256 rows.
 *
 * Each noted item adds its bytes to the row of its kind.  A kind without a row takes that of the
 * lightest one: it inherits the row's bytes and remembers them as its possible error.  So no row
 * has fewer bytes than its kind, and a kind with a 256th of all noted bytes has a row, whatever
 * else is noted: a client that makes a million shapes of keys only replaces light kinds.
 *
 *   bytes - error <= bytes of the kind that were noted <= bytes
 *
 * A kind is heavy if it has surely a 128th of the bytes, or if its owner gave it a dictionary.  An
 * item is counted at the levels of its kind (kind.h), from the whole shape on, until one is heavy.
 * So user:#:profile gets a row of its own, and users whose keys have names have a row in common.
 * A light item is noted up to three times: with nothing but light items, a kind has surely a row
 * only from 3/256 of all bytes on.
 *
 * After each `window` bytes everything is halved, so that the table follows changes.
 *
 * The lightest row is the top of a heap.  A heavy row is near its bottom, so that noting its items
 * moves nothing.
 *
 * Source: Metwally, Agrawal and El Abbadi, "Efficient computation of frequent and top-k elements
 * in data streams" (ICDT 2005).
 *
 * Threads: one at a time; the owner says how a table is shared.
 */
#ifndef SLAB_CODEC_KINDS_H
#define SLAB_CODEC_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "slab/codec/kind.h"

enum {
    KINDS_MAX = 256,
    KINDS_NONE = KINDS_MAX,
    KINDS_HEAVY = 128,   /* a heavy kind has this part of the bytes */
    KINDS_TEXT_MAX = 64, /* with the terminating zero */
};

struct kinds_row {
    uint64_t hash;
    uint64_t bytes, error;
    uint16_t next; /* the row after it in its bucket, or KINDS_NONE */
    uint8_t place; /* in the heap */
    uint8_t slot;  /* the owner's: the slot of its dictionary.  Such a row is not replaced.  0: none */
};

struct kinds {
    struct kinds_row row[KINDS_MAX];
    unsigned n;                 /* rows in use */
    uint64_t total;             /* bytes noted, each item once */
    uint64_t window, fresh;     /* bytes between two halvings; since the last one */
    uint8_t heap[KINDS_MAX];    /* the rows in use; no row is lighter than the one at half its place */
    uint16_t bucket[KINDS_MAX]; /* the first row with such a hash, or KINDS_NONE */
    char text[KINDS_MAX][KINDS_TEXT_MAX];
};

void kinds_init(struct kinds *, uint64_t window);

/*
 * Counts an item and returns its row: that of its first level that is heavy, else of its last.  A
 * later call may give the row to another kind, unless it has a dictionary; then row[i].hash differs.
 */
unsigned kinds_note(struct kinds *, const struct kind *, uint64_t bytes);

/* The row of the first level that is heavy, or KINDS_NONE. */
unsigned kinds_find(const struct kinds *, const struct kind *);

static inline bool
kinds_is_heavy(const struct kinds *k, unsigned i)
{
    CHECKED_MUST(i < k->n);
    return k->row[i].slot != 0 || k->row[i].bytes - k->row[i].error > k->total / KINDS_HEAVY;
}

/* The slot of the kind's first level that has a dictionary; 0: none has one. */
uint8_t kinds_slot(const struct kinds *, const struct kind *);

/* The row with that hash, or KINDS_NONE. */
unsigned kinds_at(const struct kinds *, uint64_t hash);

/* The owner gives the kind a dictionary, or with 0 takes it away; at least one row must have none. */
void kinds_give(struct kinds *, unsigned i, uint8_t slot);

/* The kind's pattern, printable and without spaces, as user:#:profile; borrowed until the row is replaced. */
const char *kinds_text(const struct kinds *, unsigned i);

/* Walks everything; for tests and full checks. */
bool kinds_check(const struct kinds *);

#endif
