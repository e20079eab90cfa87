/*
 * codec: compresses one value at a time, without headers: the item knows the codec, the length and
 * the dictionary.
 *
 * A codec is one const struct of functions.  It never sees items, keys or threads.  Its caller has a
 * state for each thread, and dictionaries that any thread may use at the same time.  A state is not
 * bound to a dictionary: each call names one, or none.  After the first call with a state, further
 * calls allocate nothing.
 *
 * To add one: slab/README.md, "To add a ...".
 *
 * Threads: a state belongs to one thread at a time, a prepared dictionary to any number of them.
 */
#ifndef SLAB_CODEC_CODEC_H
#define SLAB_CODEC_CODEC_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"

enum {
    CODEC_SMALL_MAX = 8 << 10,  /* the longest value that is compressed with a dictionary */
    CODEC_LARGE_MAX = 64 << 10, /* the longest value that is compressed at all */
    CODEC_GAIN_PART = 16,
    CODEC_SPARE = 288, /* bytes after a value's place, for decompression in place: coder_unpacks_in_place */
};

enum codec_id {
#define CODEC(name, text) CODEC_##name,
#include "slab/codec/codec.def"
#undef CODEC
    N_CODECS
};

struct codec {
    const char *name;
    uint32_t value_max; /* the longest value that it compresses; bytes */

    /* A thread's own state.  NULL: out of memory.  Freeing NULL does nothing, here and below. */
    void *(*encoder_new)(void);
    void (*encoder_free)(void *encoder);
    void *(*decoder_new)(void);
    void (*decoder_free)(void *decoder);

    /*
     * A prepared dictionary, read by any thread.  It borrows the bytes, which must not change.
     * NULL: out of memory, or the bytes are no dictionary.
     */
    void *(*prepare_encode)(const void *dict, size_t n);
    void (*encode_free)(void *prepared);
    void *(*prepare_decode)(const void *dict, size_t n);
    void (*decode_free)(void *prepared);

    /* Bytes of memory of a prepared dictionary, beside the bytes that it borrows; and of a thread's state. */
    size_t (*encode_memory)(const void *prepared);
    size_t (*decode_memory)(const void *prepared);
    size_t (*encoder_memory)(const void *encoder);
    size_t (*decoder_memory)(const void *decoder);

    /*
     * Compresses `n` bytes; `dict` is from prepare_encode, or NULL.  Returns the number of bytes
     * written; 0: they do not fit `room`, or the value is empty or longer than value_max.
     */
    size_t (*compress)(void *encoder, const void *dict, const char *from, size_t n, char *to, size_t room);

    /*
     * Decompresses a value of `n_to` bytes; `dict` is from prepare_decode, or NULL.  true: exactly
     * `n_to` bytes were written.  false: the input is damaged or hostile; then `to` has any bytes.
     * Neither reads nor writes out of bounds, whatever the input is.
     */
    bool (*decompress)(void *decoder, const void *dict, const char *from, size_t n, char *to, size_t n_to);
};

/*
 * Does another form of a value pay?  `held` and `then` are the bytes of its chunks now and in that form.  Returns
 * what becomes free, 0 if that is less than a sixteenth of `held`.
 */
static inline uint64_t
codec_gain(uint64_t held, uint64_t then)
{
    return then + held / CODEC_GAIN_PART <= held ? held - then : 0;
}

extern const struct codec *const codec_table[N_CODECS]; /* by enum codec_id */

#define CODEC(name, text) extern const struct codec codec_##name;
#include "slab/codec/codec.def"
#undef CODEC

#endif
