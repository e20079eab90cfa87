/*
 * codec_zstd: frames of zstd, without the bytes that are equal in all of them.
 *
 * A value is at most CODEC_SMALL_MAX bytes, so its frame has one block.  The frame's header and the
 * block's three bytes say nothing that the caller does not know.  Only the block's contents are
 * stored, and the decoder puts the same bytes before them again:
 *
 *   n == n_to  the value itself: zstd could not make it smaller
 *   n == 1     a byte, repeated
 *   else       a compressed block, which has at least two bytes and is smaller than the value
 */
#define ZSTD_STATIC_LINKING_ONLY /* parameters of dictionaries, and dictionaries that borrow their bytes */
#include <zstd.h>

#include "slab/codec/codec.h"

#include <stdlib.h>
#include <string.h>

enum {
    FRAME_HEAD = 6, /* magic, descriptor, window */
    BLOCK_HEAD = 3,
    HEAD = FRAME_HEAD + BLOCK_HEAD,
    WINDOW_16K = 4 << 3, /* as a frame's header has it; at least CODEC_SMALL_MAX */
};
static_assert((1 << (10 + (WINDOW_16K >> 3))) >= CODEC_SMALL_MAX, "a value is one block");

enum block_type { BLOCK_RAW, BLOCK_REPEATED, BLOCK_COMPRESSED };

/* The longest values with the largest dictionary; zstd makes its tables smaller for smaller values. */
static const ZSTD_compressionParameters params = {
    .windowLog = 14,
    .chainLog = 12,
    .hashLog = 13,
    .searchLog = 3,
    .minMatch = 4,
    .targetLength = 8,
    .strategy = ZSTD_lazy,
};

struct encoder {
    ZSTD_CCtx *context;
    uint8_t frame[HEAD + ZSTD_COMPRESSBOUND(CODEC_SMALL_MAX)];
};

struct decoder {
    ZSTD_DCtx *context;
    uint8_t frame[HEAD + CODEC_SMALL_MAX];
};

static bool
set(ZSTD_CCtx *context, ZSTD_cParameter parameter, unsigned value)
{
    return !ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, (int)value));
}

static bool
set_params(ZSTD_CCtx *c)
{
    return set(c, ZSTD_c_windowLog, params.windowLog) && set(c, ZSTD_c_chainLog, params.chainLog) &&
           set(c, ZSTD_c_hashLog, params.hashLog) && set(c, ZSTD_c_searchLog, params.searchLog) &&
           set(c, ZSTD_c_minMatch, params.minMatch) && set(c, ZSTD_c_targetLength, params.targetLength) &&
           set(c, ZSTD_c_strategy, params.strategy) && set(c, ZSTD_c_contentSizeFlag, 0) &&
           set(c, ZSTD_c_checksumFlag, 0) && set(c, ZSTD_c_dictIDFlag, 0);
}

static void
encoder_free(void *encoder)
{
    struct encoder *e = encoder;
    if (e != NULL)
        ZSTD_freeCCtx(e->context);
    free(e);
}

static void *
encoder_new(void)
{
    struct encoder *e = malloc(sizeof *e);
    if (e == NULL)
        return NULL;
    e->context = ZSTD_createCCtx();
    if (e->context == NULL || !set_params(e->context)) {
        encoder_free(e);
        return NULL;
    }
    return e;
}

static void
decoder_free(void *decoder)
{
    struct decoder *d = decoder;
    if (d != NULL)
        ZSTD_freeDCtx(d->context);
    free(d);
}

static void *
decoder_new(void)
{
    static const uint8_t frame_head[FRAME_HEAD] = {0x28, 0xb5, 0x2f, 0xfd, 0, WINDOW_16K};
    struct decoder *d = malloc(sizeof *d);
    if (d == NULL)
        return NULL;
    d->context = ZSTD_createDCtx();
    if (d->context == NULL) {
        decoder_free(d);
        return NULL;
    }
    memcpy(d->frame, frame_head, sizeof frame_head);
    return d;
}

static void *
prepare_encode(const void *dict, size_t n)
{
    return ZSTD_createCDict_advanced(dict, n, ZSTD_dlm_byRef, ZSTD_dct_auto, params, ZSTD_defaultCMem);
}

static void
encode_free(void *prepared)
{
    ZSTD_freeCDict(prepared);
}

static void *
prepare_decode(const void *dict, size_t n)
{
    return ZSTD_createDDict_byReference(dict, n);
}

static void
decode_free(void *prepared)
{
    ZSTD_freeDDict(prepared);
}

static size_t
encode_memory(const void *prepared)
{
    return ZSTD_sizeof_CDict(prepared);
}

static size_t
decode_memory(const void *prepared)
{
    return ZSTD_sizeof_DDict(prepared);
}

static size_t
encoder_memory(const void *encoder)
{
    const struct encoder *e = encoder;
    return sizeof *e + ZSTD_sizeof_CCtx(e->context);
}

static size_t
decoder_memory(const void *decoder)
{
    const struct decoder *d = decoder;
    return sizeof *d + ZSTD_sizeof_DCtx(d->context);
}

/* The bytes of the frame's only block; 0: the frame is not of the form that decompress makes again. */
static size_t
n_contents(const uint8_t *frame, size_t n_frame, size_t n)
{
    if (n_frame <= HEAD || frame[4] != 0)
        return 0;
    const uint8_t *at = frame + FRAME_HEAD;
    unsigned head = at[0] | (unsigned)at[1] << 8 | (unsigned)at[2] << 16;
    enum block_type type = head >> 1 & 3;
    size_t expected = type == BLOCK_RAW ? n : type == BLOCK_REPEATED ? 1 : head >> 3;
    return (head & 1) != 0 && n_frame - HEAD == expected ? expected : 0;
}

static size_t
compress(void *encoder, const void *dict, const char *from, size_t n, char *to, size_t room)
{
    struct encoder *e = encoder;
    if (n == 0 || n > CODEC_SMALL_MAX || ZSTD_isError(ZSTD_CCtx_refCDict(e->context, dict)))
        return 0;
    size_t n_frame = ZSTD_compress2(e->context, e->frame, sizeof e->frame, from, n);
    if (ZSTD_isError(n_frame))
        return 0;
    size_t n_written = n_contents(e->frame, n_frame, n);
    if (n_written > room)
        return 0;
    memcpy(to, e->frame + HEAD, n_written);
    return n_written;
}

static void
write_block_head(uint8_t *to, enum block_type type, size_t n)
{
    unsigned head = 1 | (unsigned)type << 1 | (unsigned)n << 3;
    to[0] = (uint8_t)head;
    to[1] = (uint8_t)(head >> 8);
    to[2] = (uint8_t)(head >> 16);
}

static bool
decompress(void *decoder, const void *dict, const char *from, size_t n, char *to, size_t n_to)
{
    struct decoder *d = decoder;
    if (n == 0 || n > n_to || n_to > CODEC_SMALL_MAX)
        return false;
    if (n == n_to) {
        memcpy(to, from, n);
        return true;
    }
    if (n == 1) {
        memset(to, from[0], n_to);
        return true;
    }
    write_block_head(d->frame + FRAME_HEAD, BLOCK_COMPRESSED, n);
    memcpy(d->frame + HEAD, from, n);
    return ZSTD_decompress_usingDDict(d->context, to, n_to, d->frame, HEAD + n, dict) == n_to;
}

const struct codec codec_zstd = {
    .name = "zstd",
    .value_max = CODEC_SMALL_MAX,
    .encoder_new = encoder_new,
    .encoder_free = encoder_free,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .prepare_encode = prepare_encode,
    .encode_free = encode_free,
    .prepare_decode = prepare_decode,
    .decode_free = decode_free,
    .encode_memory = encode_memory,
    .decode_memory = decode_memory,
    .encoder_memory = encoder_memory,
    .decoder_memory = decoder_memory,
    .compress = compress,
    .decompress = decompress,
};
