/*
 * kind_dict: which dictionary a key's kind has.
 *
 *   key -> shape (slab/codec/kind.h) -> a row of slab/codec/kinds.h -> the slot of the kind's dictionary, or none
 *
 * Values of one kind are more alike than all values together, so a dictionary for them alone is
 * smaller and better.  A kind gets one when it has surely a hundredth of the bytes that were packed lately,
 * and the trainer's gate says that it is better than the dictionary in use.  A kind for which none was
 * good waits, twice as long each time.
 *
 *   of_kind[slot] == a row has the slot; n == rows that have one
 *
 * Threads: any; only movers note, and only the training thread adopts.
 * Locks:   its own (LOCK_LEAF).
 */
#ifndef SLAB_FORM_KIND_DICT_H
#define SLAB_FORM_KIND_DICT_H

#include "base/lock.h"
#include "slab/codec/dictionary.h"
#include "slab/codec/kinds.h"
#include "slab/form/drift.h"

enum {
    KIND_DICT_MAX = 16 << 10, /* bytes of a dictionary */
    KIND_DICT_PART = 100,     /* a kind has one hundredth of the bytes, or gets no dictionary */
    KIND_DICT_KINDS = 64,     /* at most so many kinds have one */
};

/* What is known of a row's kind beyond its bytes. */
struct kind_dict_row {
    uint64_t hash;              /* of the kind that it is about: the row may be another's by now */
    uint64_t wait_ns, until_ns; /* after a refusal; the time before which no other is trained */
    uint8_t codec;              /* of its dictionary, ... */
    uint32_t n;                 /* ... which has so many bytes */
};

struct kind_dict {
    struct lock lock;
    struct kinds kinds;                  /* [lock] */
    struct kind_dict_row row[KINDS_MAX]; /* [lock] as kinds.row */
    uint64_t flushed;                    /* [lock] the flush that all dictionaries are younger than */
    _Atomic bool of_kind[PACKED_SLOTS];  /* stored under lock; relaxed */
    _Atomic uint32_t n;                  /* stored under lock; relaxed: an item may miss a new dictionary */
};

void kind_dict_init(struct kind_dict *, uint64_t limit);
void kind_dict_fini(struct kind_dict *);

/* Counts a value of the key that is about to be packed; the slot of its kind's dictionary, or DICTIONARY_NONE. */
uint32_t kind_dict_note(struct kind_dict *, struct bytes key, uint64_t bytes);

/* The slot alone. */
uint32_t kind_dict_find(struct kind_dict *, struct bytes key);

static inline bool
kind_dict_has(const struct kind_dict *d, uint32_t slot)
{
    return atomic_load_explicit(&d->of_kind[slot], memory_order_relaxed);
}

static inline uint32_t
kind_dict_count(const struct kind_dict *d)
{
    return atomic_load_explicit(&d->n, memory_order_relaxed);
}

/* Is the key of the kind with that hash? */
bool kind_dict_is_of(struct bytes key, uint64_t kind);

/* What a search for the next kind to train for depends on. */
struct kind_dict_ask {
    enum codec_id codec; /* that values are packed with from now on */
    uint64_t now_ns;
    bool room_for_first, room_for_next; /* in the arena: for a kind without a dictionary; to replace one */
    const struct drift *drift;
};

/* The kind that a dictionary is due for, with the most bytes.  *slot: its present dictionary, or none. */
bool kind_dict_due(struct kind_dict *, const struct kind_dict_ask *, uint64_t *kind, uint32_t *slot);

/* Of the bytes that were packed lately, the part that are surely of the kind: between 0 and 1. */
double kind_dict_share(struct kind_dict *, uint64_t kind);

/* The slot of the kind's dictionary, or DICTIONARY_NONE. */
uint32_t kind_dict_slot(struct kind_dict *, uint64_t kind);

/*
 * From now on values of the kind are packed with the dictionary in `slot`, which is live.  *before is the slot of
 * the one before, which the caller retires, or none.  false: the kind is no longer known, or
 * there was another flush than `flushed` since.
 */
MUST_USE bool kind_dict_adopt(struct kind_dict *, uint64_t kind, uint32_t slot, const struct dictionary *,
    uint64_t flushed, uint32_t *before);

/*
 * No dictionary is due for the kind for a minute.  `refused`: none was good for it; then it waits twice as long as the
 * last time, up to an hour.
 */
void kind_dict_wait(struct kind_dict *, uint64_t kind, uint64_t now_ns, bool refused);

/* A kind with a dictionary that hardly any packed bytes are of now; DICTIONARY_NONE: there is none. */
uint32_t kind_dict_lightest(struct kind_dict *);

/* Takes the dictionary in the slot away from its kind; the caller retires it.  false: no kind has it. */
MUST_USE bool kind_dict_end(struct kind_dict *, uint32_t slot);

/* A flush: no kind has a dictionary any more.  Writes their slots, which the caller retires; returns how many. */
size_t kind_dict_flush(struct kind_dict *, uint64_t flushed, uint8_t slots[KINDS_MAX]);

/* A kind with a dictionary, for statistics. */
struct kind_dict_kind {
    char text[KINDS_TEXT_MAX]; /* slab/codec/kinds.h */
    uint32_t slot, n;          /* of its dictionary; bytes of that */
    uint64_t bytes, total;     /* that were packed lately, of the kind and in all */
};

/* The kinds with dictionaries, at most `n`; returns how many. */
size_t kind_dict_list(struct kind_dict *, struct kind_dict_kind *, size_t n);

/* Walks everything; for tests and full checks. */
bool kind_dict_check(struct kind_dict *);

#endif
