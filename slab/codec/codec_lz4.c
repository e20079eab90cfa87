/*
 * codec_lz4: blocks of lz4, made by its slow compressor (HC).
 *
 * Decompression has no state, and its dictionary is the bytes.  For compression a prepared dictionary
 * is a stream that has loaded it.  Each call copies the stream, which takes 5 us: liblz4 exports a
 * function that refers to it instead only from 1.10 on.
 */
#include <lz4.h>
#include <lz4hc.h>

#include "slab/codec/codec.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/*
 * A level compares at most 8, or 4, earlier places with each place, so that no value is slow: 8 KiB take at
 * most 0.1 ms, and 64 KiB at most 0.9 ms (random digits; JSON takes 0.3 ms).  For large values the higher
 * level would take half as long again, to become 1.5 % smaller.
 */
enum { LEVEL = 4, LEVEL_LARGE = 3 };

/* liblz4's LZ4_DECOMPRESS_INPLACE_MARGIN, which only programs with a static liblz4 may use. */
static_assert((CODEC_LARGE_MAX >> 8) + 32 <= CODEC_SPARE, "room to decompress in place");

struct decode_dict {
    const char *bytes;
    size_t n;
};

static void *
encoder_new(void)
{
    return LZ4_createStreamHC();
}

static void
encoder_free(void *encoder)
{
    LZ4_freeStreamHC(encoder);
}

/* There is no state; NULL would mean that there is no memory. */
static void *
decoder_new(void)
{
    static char none;
    return &none;
}

static void
decoder_free(void *decoder)
{
    (void)decoder;
}

static void *
prepare_encode(const void *dict, size_t n)
{
    if (n > INT_MAX)
        return NULL;
    LZ4_streamHC_t *stream = LZ4_createStreamHC();
    if (stream == NULL)
        return NULL;
    LZ4_resetStreamHC_fast(stream, LEVEL);
    (void)LZ4_loadDictHC(stream, dict, (int)n);
    return stream;
}

static void *
prepare_decode(const void *dict, size_t n)
{
    struct decode_dict *d = n <= INT_MAX ? malloc(sizeof *d) : NULL;
    if (d != NULL)
        *d = (struct decode_dict){dict, n};
    return d;
}

static void
decode_free(void *prepared)
{
    free(prepared);
}

static size_t
stream_memory(const void *stream)
{
    (void)stream;
    return sizeof(LZ4_streamHC_t);
}

static size_t
decode_memory(const void *prepared)
{
    (void)prepared;
    return sizeof(struct decode_dict);
}

static size_t
decoder_memory(const void *decoder)
{
    (void)decoder;
    return 0;
}

static size_t
compress(void *encoder, const void *dict, const char *from, size_t n, char *to, size_t room)
{
    if (n == 0 || n > LZ4_MAX_INPUT_SIZE)
        return 0;
    if (dict != NULL)
        memcpy(encoder, dict, sizeof(LZ4_streamHC_t));
    else
        LZ4_resetStreamHC_fast(encoder, n > CODEC_SMALL_MAX ? LEVEL_LARGE : LEVEL);
    int n_room = room < INT_MAX ? (int)room : INT_MAX;
    int n_written = LZ4_compress_HC_continue(encoder, from, to, (int)n, n_room);
    return n_written > 0 ? (size_t)n_written : 0;
}

static bool
decompress(void *decoder, const void *dict, const char *from, size_t n, char *to, size_t n_to)
{
    (void)decoder;
    const struct decode_dict *d = dict;
    if (n == 0 || n > INT_MAX || n_to == 0 || n_to > LZ4_MAX_INPUT_SIZE)
        return false;
    int n_written = d == NULL
                        ? LZ4_decompress_safe(from, to, (int)n, (int)n_to)
                        : LZ4_decompress_safe_usingDict(from, to, (int)n, (int)n_to, d->bytes, (int)d->n);
    return n_written >= 0 && (size_t)n_written == n_to;
}

const struct codec codec_lz4 = {
    .name = "lz4",
    .value_max = LZ4_MAX_INPUT_SIZE,
    .encoder_new = encoder_new,
    .encoder_free = encoder_free,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .prepare_encode = prepare_encode,
    .encode_free = encoder_free,
    .prepare_decode = prepare_decode,
    .decode_free = decode_free,
    .encode_memory = stream_memory,
    .decode_memory = decode_memory,
    .encoder_memory = stream_memory,
    .decoder_memory = decoder_memory,
    .compress = compress,
    .decompress = decompress,
};
