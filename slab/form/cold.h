/*
 * cold: which items the hand packs, and what packing costs and saves.
 *
 * Items are ranked by how often they are read, whatever their size.  The hottest eighth of the bytes that
 * the hand meets stays plain, and the rest is cold.  A packed item that has become an octave
 * hotter than the cut is made plain again.
 *
 *   the hand -> evict -> as before
 *            -> cold, plain -> kind of its key, effort, probe or glance -> pack_item -> saved, or vain
 *            -> vain, and a dictionary is new -> tried again
 *            -> packed with a retired dictionary -> packed anew
 *            -> packed with the shared dictionary, and its kind's is new -> packed anew, if that is smaller
 *            -> packed, hot -> plain
 *
 * While a sixteenth of the bytes that the hand meets can be packed, packing makes room, and nothing
 * is evicted.  So the hand passes more items for the same room, but loses none.
 *
 * Values over CODEC_SMALL_MAX bytes, large ones, are packed with lz4 and no dictionary.  Clients may store them
 * faster than a mover packs them.  So packing them takes at most an eighth of the time, and when that is spent, items
 * are evicted as if they could not be packed.  (Without evictions it takes all the time that it needs.)
 *
 * While packing does not pay, most runs rest (slab/form/rest.h).
 *
 * Only a thread that has joined (pack_join) packs, and only while the budget allows it.  With no budget,
 * or with compression off, the sweep decides as if this module did not exist.
 *
 * Threads: the movers'; cold_init and cold_fini while there are none; the settings and sums: any.
 * Locks:   LOCK_LEAF (the cutoff's).
 */
#ifndef SLAB_FORM_COLD_H
#define SLAB_FORM_COLD_H

#include "slab/codec/budget.h"
#include "slab/codec/probe.h"
#include "slab/core/store_thread.h"
#include "slab/form/again.h"
#include "slab/form/drift.h"
#include "slab/form/kind_dict.h"
#include "slab/form/pack.h"
#include "slab/form/rest.h"

/* Stamps: an item that was stored or read so lately is not packed, since it may just be in use. */
enum { COLD_MOMENT = 1 };

enum cold_plan {
    COLD_LEAVE,
    COLD_PACK,
    COLD_RETRY, /* to pack it was vain, with an older dictionary */
    COLD_REPACK,
    COLD_IMPROVE, /* its kind has a dictionary now */
    COLD_UNPACK,
};

/* Any mover adds; relaxed. */
struct cold_counts {
    _Atomic uint64_t n_tries, n_vain; /* values that were compressed; of these, those without gain */
    _Atomic uint64_t n_unpromising; /* values that were not tried, because the probe promised nothing, ... */
    _Atomic uint64_t n_skipped;     /* ... or because few of the last tries paid */
    _Atomic uint64_t n_packed, n_repacked; /* items */
    _Atomic uint64_t n_improved;           /* items packed anew, since their kind has a dictionary now */
    _Atomic uint64_t n_unpacked;           /* items made plain because they had become hot */
    _Atomic uint64_t n_promoted;           /* items made plain because readers wished for it */
    _Atomic uint64_t n_no_chunk;           /* packing ended because no chunk was free: slab/mem/room.h */
    _Atomic uint64_t saved_bytes;          /* of chunks, by packing */
    _Atomic uint64_t cpu_ns;               /* of movers, for all of it */
};

struct cold {
    _Atomic uint8_t compression; /* enum store_compression; relaxed */
    _Atomic uint8_t
        slot; /* the shared dictionary to pack with; release in cold_use, acquire in choose_shared */
    struct cutoff cut;
    struct budget budget;
    /* bytes that the hand met lately, those of small and of large values that can be packed, and all; relaxed */
    _Atomic uint64_t plain_met, large_met, met;
    _Atomic uint32_t ratio; /* of 256: what a packed item's chunk is of its plain one, lately; relaxed */
    _Atomic uint32_t ratio_large; /* the same of large values; relaxed */
    /* when the time for packing large values was, or will be, spent: as in struct budget; relaxed: a race packs
     * one value more, or one less */
    _Atomic uint64_t large_zero_ns;
    struct rest rest;
    struct kind_dict kinds; /* the dictionaries of kinds of keys */
    struct drift drift;
    struct again again;
    _Atomic(struct probe *) probe[PACKED_SLOTS]; /* by slot; release in prepare, acquire in is_promising */
    _Atomic uint8_t codec[PACKED_SLOTS]; /* of the slot's dictionary, or of the last one in it; relaxed */
    _Atomic uint64_t probe_bytes;        /* memory of these; relaxed */
    struct cold_counts counts;
};

/* Sets store->cold.  false: out of memory. */
MUST_USE bool cold_init(struct store *);
void cold_fini(struct store *);

static inline enum store_compression
cold_compression(const struct cold *c)
{
    return (enum store_compression)atomic_load_explicit(&c->compression, memory_order_relaxed);
}

/*
 * From now on values are packed with the dictionary in `slot`, which is live, or not at all
 * (DICTIONARY_NONE).  Returns the slot of the one before, which the caller retires.
 */
MUST_USE uint32_t cold_use(struct store *, uint32_t slot, struct probe *);

/* The same for values of a kind of keys: see kind_dict_adopt.  false: the dictionary is not used. */
MUST_USE bool cold_use_for(
    struct store *, uint64_t kind, uint32_t slot, struct probe *, uint64_t flushed, uint32_t *before);

static inline enum codec_id
cold_codec_of(const struct cold *c, uint32_t slot)
{
    return (enum codec_id)atomic_load_explicit(&c->codec[slot], memory_order_relaxed);
}

/* No thread uses the retired dictionary's probe any more. */
void cold_forget(struct store *, uint32_t slot);

/* Would a mover pack now, as far as settings, dictionary and budget go, and is that worth a sweep of its own? */
bool cold_may_pack(const struct store *);

/* Is packing to make room, so that nothing is evicted? */
bool cold_grows(const struct store *);

/* Makes the cut from the items that were met so far, before the first of them is packed. */
void cold_make_first_cut(struct store *);

/* One run of a sweep. */
struct cold_pass {
    bool rests;                    /* no item is judged in this run */
    bool packs;                    /* the thread may pack in this run, ... */
    bool packs_small, packs_large; /* ... values of these sizes */
    bool repacks;                  /* some dictionaries are retired */
    bool again;                    /* some dictionaries are new */
    bool grows;                    /* nothing is evicted, since packing makes room */
    uint32_t cut;                  /* a step of the cutoff */
    uint32_t ratio, ratio_large;
    uint64_t until_ns; /* the end of the run's packing */
    uint64_t cpu_ns;   /* the thread's CPU time when it carried out the first plan; 0: it has not */
    uint64_t plain_met, large_met, met;
    uint64_t tried, freed; /* bytes */
    struct cutoff_batch batch;
};

void cold_begin(struct store_thread *, struct cold_pass *);
void cold_end(struct store_thread *, struct cold_pass *, uint64_t window);

/*
 * What is to be done with an item that the hand meets; `bytes` is what it holds, `age` and `fresh` as the
 * sweep has them.  Reports its rank.
 */
enum cold_plan cold_judge(
    struct store_thread *, struct cold_pass *, const struct item *, uint64_t bytes, uint32_t age, bool fresh);

/*
 * The longest time since the last read, in stamps, with which a packed item of that heat is made plain
 * again (COLD_UNPACK); 0: none is, at present.
 */
uint32_t cold_age_hot(const struct store *, uint32_t heat);

/* What the item would hold if it were packed; `bytes` if it cannot be. */
uint64_t cold_bytes(const struct cold_pass *, const struct item *, uint64_t bytes);

/* Is the run's time for packing over?  Then the other plans wait until the hand comes again. */
bool cold_is_over(const struct cold_pass *);

/* Carries out a plan; returns the bytes of chunks that became free, 0 if nothing changed. */
uint64_t cold_carry_out(
    struct store_thread *, struct cold_pass *, struct item *, uint64_t hash, enum cold_plan);

#endif
