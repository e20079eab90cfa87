/*
 * f_codec: compresses any bytes with each codec, and decompresses any bytes, with a dictionary and without.
 *
 * What was compressed must come back.  Damaged bytes may become a value of the wrong bytes, but nothing is
 * read or written out of bounds: the buffers end at a fence, because the libraries are built without
 * sanitizers.  The first two bytes of an input choose a length and the damage.
 */
#include "slab/codec/coder.h"

#include "tests/fuzz/fuzz.h"
#include "tests/unit/slab/fence.h"
#include "tests/unit/slab/values.h"

enum { VALUE_MOST = CODEC_LARGE_MAX, PACKED_MAX = VALUE_MOST + VALUE_MOST / 128 + 64 };

struct coding {
    void *encoder, *decoder;
    void *encode[2], *decode[2]; /* without a dictionary, and with one */
};

static struct coding codings[N_CODECS];
static struct fence values, packed, outs;

static void
prepare(void)
{
    static char dict[16 << 10];
    size_t n_dict = value_dictionary(dict, sizeof dict);
    values = fence_new(VALUE_MOST);
    packed = fence_new(PACKED_MAX);
    outs = fence_new(VALUE_MOST + CODEC_SPARE);
    for (int id = 0; id < N_CODECS; id++) {
        const struct codec *c = codec_table[id];
        struct coding *with = &codings[id];
        *with = (struct coding){c->encoder_new(), c->decoder_new(), {NULL, c->prepare_encode(dict, n_dict)},
            {NULL, c->prepare_decode(dict, n_dict)}};
        MUST(with->encoder != NULL && with->decoder != NULL && with->encode[1] != NULL &&
             with->decode[1] != NULL);
    }
}

/* Decompresses `n` bytes to `n_to`, whether they are damaged or not. */
static bool
decompress(int id, int has_dict, struct bytes from, size_t n_to)
{
    const struct coding *with = &codings[id];
    return codec_table[id]->decompress(with->decoder, with->decode[has_dict],
        fence_put(&packed, from.p, from.n), from.n, fence_room(&outs, n_to), n_to);
}

/* The same with the input at the end of the room of the output. */
static bool
decompress_in_place(int id, struct bytes from, size_t n_to)
{
    const struct coding *with = &codings[id];
    char *to = fence_room(&outs, n_to + CODEC_SPARE), *at = to + n_to + CODEC_SPARE - from.n;
    memcpy(at, from.p, from.n);
    return codec_table[id]->decompress(with->decoder, NULL, at, from.n, to, n_to);
}

/* Returns a copy of the compressed bytes in `room`. */
static struct bytes
compress_and_compare(int id, int has_dict, struct bytes value, char *room)
{
    const struct coding *with = &codings[id];
    char *to = fence_room(&packed, PACKED_MAX);
    const char *from = fence_put(&values, value.p, value.n);
    size_t n =
        codec_table[id]->compress(with->encoder, with->encode[has_dict], from, value.n, to, PACKED_MAX);
    MUST((n == 0) == (value.n == 0 || value.n > codec_table[id]->value_max) && n <= PACKED_MAX);
    memcpy(room, to, n);
    struct bytes all = bytes_of(room, n);
    if (n > 0) {
        MUST(decompress(id, has_dict, all, value.n));
        MUST(memcmp(fence_room(&outs, value.n), value.p, value.n) == 0);
        if (coder_unpacks_in_place((uint32_t)id) && !has_dict && n < value.n) {
            MUST(decompress_in_place(id, all, value.n));
            MUST(memcmp(fence_room(&outs, value.n + CODEC_SPARE), value.p, value.n) == 0);
        }
    }
    return all;
}

static void
damage(struct bytes all, char *room, uint64_t seed)
{
    for (uint32_t left = 1 + value_random(&seed) % 4; left > 0 && all.n > 0; left--)
        room[value_random(&seed) % all.n] ^= (char)(1 << value_random(&seed) % 8);
}

static void
code(int id, int has_dict, struct bytes in, size_t n_to, uint64_t seed)
{
    char room[PACKED_MAX];
    (void)decompress(id, has_dict, in, n_to);
    struct bytes all = compress_and_compare(id, has_dict, in, room);
    damage(all, room, seed);
    (void)decompress(id, has_dict, all, in.n);
    (void)decompress(id, !has_dict, all, in.n);
    if (coder_unpacks_in_place((uint32_t)id) && all.n < in.n)
        (void)decompress_in_place(id, all, in.n);
    (void)decompress(id, has_dict, bytes_of(room, all.n - all.n / 3), in.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (values.end == NULL)
        prepare();
    if (n < 2)
        return 0;
    uint64_t seed = data[0] | (uint64_t)data[1] << 8;
    size_t n_in = n - 2 < VALUE_MOST ? n - 2 : VALUE_MOST;
    for (int id = 0; id < N_CODECS; id++)
        for (int has_dict = 0; has_dict < 2; has_dict++)
            code(id, has_dict, bytes_of((const char *)data + 2, n_in), seed % (CODEC_SMALL_MAX + 1), seed);
    return 0;
}

const char *const fuzz_words[] = {"\x01\x01", "\x40\x20", "{\"id\":", "\",\"name\":\"",
    "@example.com\",\"verified\":", "true", "\"token\":\"", "00:00:00Z\"}", "0123456789",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "the cache ", "\xff\xff\xff", "\x80", NULL};
