/*
 * sample: values to train a dictionary on, a fair sample of those that were offered.
 *
 * Each key draws a number from its hash, and the set holds the values of keys below a bar.  If there is no
 * room for a value, the bar falls, and the values above it are dropped.  So each key has the same
 * chance, at whatever time and however often it is offered, and a client cannot choose keys that stay,
 * since it does not know the seed.  A value that the set has under another key is refused: no two samples
 * have the same key or the same value.
 *
 *   room  | 7/8: samples to train on, of each value SAMPLE_PART bytes at most | 1/8: held out, whole values |
 *
 * The key's hash decides whether a value is held out.  The trainer measures its dictionaries on those.
 *
 * A kind of key has the same share of the samples as of the values that were offered.  Only if it has more
 * than half of the bytes, the bar of that kind falls alone, at most to a quarter of the others'.  So a
 * client that stores much rubbish under one kind of key leaves room for other kinds.
 *
 * The bytes are secrets of clients.  They exist only while samples are taken or trained on, and
 * sample_free wipes them.  All memory is taken by sample_new.
 *
 * Threads: the caller's lock.  With a low bar most offers are refused, in 5 ns; others copy a value.  An offer
 * for which the bar falls moves all samples, in 0.1 ms for a room of 512 KiB, 2 or 3 times while the
 * number of offers doubles.  The trainer does not work under the lock: the owner exchanges its pointer.
 */
#ifndef SLAB_CODEC_SAMPLE_H
#define SLAB_CODEC_SAMPLE_H

#include "slab/codec/codec.h"

enum {
    SAMPLE_MIN = 8, /* shorter values are refused */
    SAMPLE_MAX = CODEC_SMALL_MAX,
    SAMPLE_PART = 2 << 10,
    SAMPLE_KINDS = 256,
    SAMPLE_ROOM_MIN = 64 << 10,
    SAMPLE_ROOM_MAX = 4 << 20,
};

enum sample_use { SAMPLE_TRAIN, SAMPLE_HOLD_OUT, N_SAMPLE_USES };

struct sample {
    uint64_t draw;  /* of the key; unique */
    uint64_t value; /* hash of the whole value; unique */
    uint32_t at;    /* position of its bytes in those of the set */
    uint16_t n;     /* bytes; of a value to train on, SAMPLE_PART at most */
    uint8_t kind;
};

/* The samples of one use: of[i].at rises, and they are without gaps. */
struct sample_set {
    struct sample *of;
    uint32_t n, n_max;
    uint32_t from, room, used;   /* bytes */
    uint64_t bar;                /* a draw is below it */
    uint8_t lower[SAMPLE_KINDS]; /* the bar of the kind is shifted right by so many bits */
};

struct samples {
    struct sample_set use[N_SAMPLE_USES];
    char *bytes;
    uint16_t *table; /* by draw and by value: 1 + number of a sample, 0: none; open addressing */
    uint32_t table_mask;
    uint64_t seed;
    size_t mapped;      /* bytes of memory */
    uint64_t n_offered; /* values */
};

/* `room` bytes for values, between the two bounds.  NULL: out of memory. */
struct samples *sample_new(size_t room, uint64_t seed);

/* Wipes the samples. */
void sample_free(struct samples **);

/*
 * A value of the key with that hash; `kind` is less than SAMPLE_KINDS.  true: it is a sample now.
 * Values shorter than SAMPLE_MIN or longer than SAMPLE_MAX are refused.
 */
bool sample_offer(struct samples *, uint64_t hash, unsigned kind, const char *value, size_t n);

/* Bytes of the samples, at most `room`.  They cease to grow once the bar has fallen. */
size_t sample_used(const struct samples *);

/* Are there nearly as many samples as it keeps?  Short values never fill the room. */
bool sample_is_full(const struct samples *);

/* Every invariant above. */
bool sample_check(const struct samples *);

#endif
