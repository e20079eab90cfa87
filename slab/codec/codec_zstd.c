/*
 * codec_zstd: blocks of zstd, without a frame around them.
 *
 * A value is at most CODEC_SMALL_MAX bytes and so one block.  The headers of a frame and a block would
 * be 5 to 9 bytes, a tenth of a small value, and say nothing that the caller does not know.  Stored are
 *
 *   n == n_to  the value itself: zstd could not make it smaller
 *   n < n_to   a compressed block
 *
 * libzstd declares the functions for blocks and for tables of a chosen size as for static linking only.
 * Newer versions mark those for blocks as deprecated, in favour of frames; the second macro below
 * keeps that from being a warning, and so with --enable-werror an error.  Blocks are worth it: a call
 * builds no header and parses none, and its state has a constant size, which libzstd never allocates again.
 */
#define ZSTD_STATIC_LINKING_ONLY
#define ZSTD_DISABLE_DEPRECATE_WARNINGS
#include <zstd.h>

#include "slab/codec/codec.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW_LOG = 13, HASH_LOG_MIN = 10, HASH_LOG_MAX = 14 };
static_assert(CODEC_SMALL_MAX <= 1 << WINDOW_LOG, "a value is one block");

struct encoder {
    ZSTD_CCtx *context;
    char block[ZSTD_COMPRESSBOUND(
        CODEC_SMALL_MAX)]; /* libzstd writes less than fits if it has no room to spare */
};

struct encode_dict {
    const ZSTD_CDict *prepared;
    size_t n_memory;
    uint64_t memory[]; /* aligned as libzstd needs it */
};

/*
 * Two hash tables without chains: the time to compress is proportional to the length, whatever the
 * bytes are, and the tables of dictionaries are small.
 */
static ZSTD_compressionParameters
params_for(unsigned hash_log)
{
    return (ZSTD_compressionParameters){.windowLog = WINDOW_LOG,
        .chainLog = hash_log - 1,
        .hashLog = hash_log,
        .searchLog = 1,
        .minMatch = 5,
        .targetLength = 0,
        .strategy = ZSTD_dfast};
}

/* One place for two bytes of the dictionary: twice as many would save 1 %, half as many would cost 1 %. */
static ZSTD_compressionParameters
params_for_dict(size_t n)
{
    unsigned hash_log = HASH_LOG_MIN;
    while (hash_log < HASH_LOG_MAX && (size_t)2 << hash_log < n)
        hash_log++;
    return params_for(hash_log);
}

static bool
begin(ZSTD_CCtx *context, const struct encode_dict *dict)
{
    if (dict != NULL)
        return !ZSTD_isError(ZSTD_compressBegin_usingCDict(context, dict->prepared));
    ZSTD_parameters params = {.cParams = params_for(HASH_LOG_MAX)};
    return !ZSTD_isError(ZSTD_compressBegin_advanced(context, NULL, 0, params, ZSTD_CONTENTSIZE_UNKNOWN));
}

static void
encoder_free(void *encoder)
{
    struct encoder *e = encoder;
    if (e == NULL)
        return;
    ZSTD_freeCCtx(e->context);
    explicit_bzero(e->block, sizeof e->block);
    free(e);
}

/* The first block is begun here, with the largest tables, so that later calls find all memory. */
static void *
encoder_new(void)
{
    struct encoder *e = malloc(sizeof *e);
    if (e == NULL)
        return NULL;
    e->context = ZSTD_createCCtx();
    if (e->context == NULL || !begin(e->context, NULL)) {
        encoder_free(e);
        return NULL;
    }
    return e;
}

static void *
decoder_new(void)
{
    return ZSTD_createDCtx();
}

static void
decoder_free(void *decoder)
{
    ZSTD_freeDCtx(decoder);
}

/* In memory of our own: libzstd 1.5.4 crashes if its own allocation for it fails. */
static void *
prepare_encode(const void *dict, size_t n)
{
    ZSTD_compressionParameters params = params_for_dict(n);
    size_t n_memory = ZSTD_estimateCDictSize_advanced(n, params, ZSTD_dlm_byRef);
    struct encode_dict *e = calloc(1, sizeof *e + n_memory);
    if (e == NULL)
        return NULL;
    e->n_memory = n_memory;
    e->prepared = ZSTD_initStaticCDict(e->memory, n_memory, dict, n, ZSTD_dlm_byRef, ZSTD_dct_auto, params);
    if (e->prepared == NULL) {
        free(e);
        return NULL;
    }
    return e;
}

static void
encode_free(void *prepared)
{
    free(prepared);
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
    const struct encode_dict *e = prepared;
    return sizeof *e + e->n_memory;
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
    return ZSTD_sizeof_DCtx(decoder);
}

static size_t
compress(void *encoder, const void *dict, const char *from, size_t n, char *to, size_t room)
{
    struct encoder *e = encoder;
    if (n == 0 || n > CODEC_SMALL_MAX || !begin(e->context, dict))
        return 0;
    size_t n_block = ZSTD_compressBlock(e->context, e->block, sizeof e->block, from, n);
    if (ZSTD_isError(n_block))
        return 0;
    bool smaller = n_block > 0 && n_block < n; /* 0: libzstd found nothing to compress */
    const char *stored = smaller ? e->block : from;
    size_t n_stored = smaller ? n_block : n;
    if (n_stored > room)
        return 0;
    memcpy(to, stored, n_stored);
    return n_stored;
}

static bool
decompress(void *decoder, const void *dict, const char *from, size_t n, char *to, size_t n_to)
{
    if (n == 0 || n > n_to || n_to > CODEC_SMALL_MAX)
        return false;
    if (n == n_to) {
        memcpy(to, from, n);
        return true;
    }
    return !ZSTD_isError(ZSTD_decompressBegin_usingDDict(decoder, dict)) &&
           ZSTD_decompressBlock(decoder, to, n_to, from, n) == n_to;
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
