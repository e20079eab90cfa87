/*
 * codec: every value comes back, with each codec, with a dictionary or without; damaged input never leads
 * out of bounds; and no call needs memory that its state does not have.
 *
 * All buffers end at a fence, because the libraries are built without sanitizers.
 */
#include "slab/codec/codec.h"

#include "tests/unit/slab/fence.h"
#include "tests/unit/slab/values.h"
#include "tests/unit/unit.h"

#include <pthread.h>

enum {
    MORE = 64,
    N_MAX = CODEC_SMALL_MAX + MORE,
    PACKED_MAX = N_MAX + N_MAX / 255 + MORE,
    N_DICT = 16 << 10
};

static char dict[N_DICT];
static size_t n_dict;

/* A codec, its states, and one prepared dictionary. */
struct coding {
    const struct codec *codec;
    void *encoder, *decoder, *encode, *decode;
};

static struct fence values, packed, outs;

static struct coding
coding_new(int id, const void *bytes, size_t n)
{
    const struct codec *c = codec_table[id];
    struct coding with = {
        c, c->encoder_new(), c->decoder_new(), c->prepare_encode(bytes, n), c->prepare_decode(bytes, n)};
    assert_non_null(with.encoder);
    assert_non_null(with.decoder);
    return with;
}

static void
coding_free(struct coding *with)
{
    with->codec->encoder_free(with->encoder);
    with->codec->decoder_free(with->decoder);
    with->codec->encode_free(with->encode);
    with->codec->decode_free(with->decode);
}

static size_t
compressed(const struct coding *with, bool has_dict, const char *from, size_t n, char *to, size_t room)
{
    return with->codec->compress(with->encoder, has_dict ? with->encode : NULL, from, n, to, room);
}

static bool
decompressed(const struct coding *with, bool has_dict, const char *from, size_t n, char *to, size_t n_to)
{
    return with->codec->decompress(with->decoder, has_dict ? with->decode : NULL, from, n, to, n_to);
}

static int
open_all(void **state)
{
    (void)state;
    n_dict = value_dictionary(dict, sizeof dict);
    values = fence_new(N_MAX);
    packed = fence_new(PACKED_MAX);
    outs = fence_new(N_MAX);
    return 0;
}

static int
close_all(void **state)
{
    (void)state;
    fence_free(&values);
    fence_free(&packed);
    fence_free(&outs);
    return 0;
}

/* Calls `check` for every codec, with a dictionary and without. */
static void
for_each_coding(void (*check)(const struct coding *, bool has_dict))
{
    for (int id = 0; id < N_CODECS; id++) {
        struct coding with = coding_new(id, dict, n_dict);
        assert_non_null(with.encode);
        assert_non_null(with.decode);
        check(&with, false);
        check(&with, true);
        coding_free(&with);
    }
}

/* ---- what is whole ------------------------------------------------------- */

static void
test_the_table_has_each_codec_at_its_number(void **state)
{
    (void)state;
    assert_string_equal(codec_table[CODEC_zstd]->name, "zstd");
    assert_string_equal(codec_table[CODEC_lz4]->name, "lz4");
    for (int id = 0; id < N_CODECS; id++)
        assert_true(codec_table[id]->value_max >= CODEC_SMALL_MAX);
}

static void
check_comes_back(const struct coding *with, bool has_dict, enum value_kind kind, size_t n)
{
    char *value = fence_room(&values, n), *to = fence_room(&packed, PACKED_MAX), *out = fence_room(&outs, n);
    value_make(kind, value, n, n + 1);
    size_t n_packed = compressed(with, has_dict, value, n, to, PACKED_MAX);
    if (n == 0 || n > with->codec->value_max) {
        assert_int_equal(n_packed, 0);
        return;
    }
    assert_in_range(n_packed, 1, PACKED_MAX);
    memset(out, 0xa5, n);
    assert_true(decompressed(with, has_dict, fence_put(&packed, to, n_packed), n_packed, out, n));
    assert_memory_equal(out, value, n);
}

static void
check_every_size(const struct coding *with, bool has_dict)
{
    for (size_t n = 0; n <= N_MAX; n++)
        check_comes_back(with, has_dict, (enum value_kind)(n % N_VALUE_KINDS), n);
    for (size_t n = 0; n <= 1024; n++)
        for (int kind = 0; kind < N_VALUE_KINDS; kind++)
            check_comes_back(with, has_dict, (enum value_kind)kind, n);
}

static void
test_every_size_comes_back(void **state)
{
    (void)state;
    for_each_coding(check_every_size);
}

static void
check_room(const struct coding *with, bool has_dict)
{
    for (size_t n = 1; n <= CODEC_SMALL_MAX; n = n * 3 / 2 + 1)
        for (int kind = 0; kind < N_VALUE_KINDS; kind++) {
            char *value = fence_room(&values, n);
            value_make((enum value_kind)kind, value, n, n);
            size_t need = compressed(with, has_dict, value, n, fence_room(&packed, PACKED_MAX), PACKED_MAX);
            for (size_t less = 1; less <= need; less += 1 + less / 8)
                assert_int_equal(
                    compressed(with, has_dict, value, n, fence_room(&packed, need - less), need - less), 0);
            assert_int_equal(compressed(with, has_dict, value, n, fence_room(&packed, need), need), need);
        }
}

static void
test_a_value_is_written_only_where_it_fits(void **state)
{
    (void)state;
    for_each_coding(check_room);
}

static void
test_a_dictionary_makes_small_values_smaller(void **state)
{
    (void)state;
    for (int id = 0; id < N_CODECS; id++) {
        struct coding with = coding_new(id, dict, n_dict);
        char *value = fence_room(&values, 180), *to = fence_room(&packed, PACKED_MAX);
        value_make(VALUE_JSON, value, 180, 7);
        assert_in_range(compressed(&with, true, value, 180, to, PACKED_MAX), 1, 120);
        assert_true(compressed(&with, false, value, 180, to, PACKED_MAX) > 120);
        coding_free(&with);
    }
}

static void
test_memory_is_reported(void **state)
{
    (void)state;
    for (int id = 0; id < N_CODECS; id++) {
        struct coding with = coding_new(id, dict, n_dict);
        const struct codec *c = with.codec;
        assert_in_range(c->encoder_memory(with.encoder), 64 << 10, 512 << 10);
        assert_true(c->decoder_memory(with.decoder) <= 256 << 10);
        assert_in_range(c->encode_memory(with.encode), 32 << 10, 512 << 10);
        assert_in_range(c->decode_memory(with.decode), 1, 64 << 10);
        coding_free(&with);
        c->encoder_free(NULL);
        c->decoder_free(NULL);
        c->encode_free(NULL);
        c->decode_free(NULL);
    }
}

/* ---- threads ------------------------------------------------------------- */

struct own {
    struct coding shared;
    size_t n_wrong;
};

static void *
code_in_thread(void *arg)
{
    struct own *own = arg;
    const struct codec *c = own->shared.codec;
    void *encoder = c->encoder_new(), *decoder = c->decoder_new();
    char value[500], to[1000], out[500];
    for (uint64_t i = 0; i < 1000; i++) {
        size_t n = 1 + i % sizeof value;
        value_make(VALUE_JSON, value, n, i);
        size_t n_packed = c->compress(encoder, own->shared.encode, value, n, to, sizeof to);
        bool same =
            c->decompress(decoder, own->shared.decode, to, n_packed, out, n) && memcmp(value, out, n) == 0;
        own->n_wrong += !same;
    }
    c->encoder_free(encoder);
    c->decoder_free(decoder);
    return NULL;
}

static void
test_threads_share_a_dictionary(void **state)
{
    (void)state;
    for (int id = 0; id < N_CODECS; id++) {
        struct coding with = coding_new(id, dict, n_dict);
        struct own own[3];
        pthread_t threads[N_OF(own)];
        for (size_t i = 0; i < N_OF(own); i++) {
            own[i] = (struct own){.shared = with};
            assert_int_equal(pthread_create(&threads[i], NULL, code_in_thread, &own[i]), 0);
        }
        for (size_t i = 0; i < N_OF(own); i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_int_equal(own[i].n_wrong, 0);
        }
        coding_free(&with);
    }
}

/* ---- what is damaged ----------------------------------------------------- */

/* A value that gets smaller, and its packed bytes right before the fence; `n_packed` of them. */
static char *
some_packed(const struct coding *with, bool has_dict, size_t n, size_t *n_packed)
{
    char *value = fence_room(&values, n), room[PACKED_MAX];
    value_make(VALUE_JSON, value, n, n);
    *n_packed = compressed(with, has_dict, value, n, room, sizeof room);
    assert_in_range(*n_packed, 1, n - 1);
    return fence_put(&packed, room, *n_packed);
}

static const size_t sizes[] = {300, 1000, 5000};

static void
check_wrong_length(const struct coding *with, bool has_dict)
{
    for (size_t i = 0; i < N_OF(sizes); i++) {
        size_t n = sizes[i], n_packed;
        const char *from = some_packed(with, has_dict, n, &n_packed);
        for (size_t d = 1; d < 200; d++) {
            if (n - d != n_packed) /* as long as a value that did not get smaller */
                assert_false(decompressed(with, has_dict, from, n_packed, fence_room(&outs, n - d), n - d));
            assert_false(decompressed(with, has_dict, from, n_packed, fence_room(&outs, n + d), n + d));
        }
        assert_false(decompressed(with, has_dict, from, n_packed, fence_room(&outs, 0), 0));
        assert_true(decompressed(with, has_dict, from, n_packed, fence_room(&outs, n), n));
    }
}

static void
test_another_length_is_refused(void **state)
{
    (void)state;
    for_each_coding(check_wrong_length);
}

static void
check_truncated(const struct coding *with, bool has_dict)
{
    for (size_t i = 0; i < N_OF(sizes); i++) {
        size_t n = sizes[i], n_packed;
        const char *from = some_packed(with, has_dict, n, &n_packed);
        char room[PACKED_MAX], *out = fence_room(&outs, n);
        memcpy(room, from, n_packed);
        for (size_t less = 1; less <= n_packed; less++) {
            const char *part = fence_put(&packed, room, n_packed - less);
            bool same = decompressed(with, has_dict, part, n_packed - less, out, n) &&
                        memcmp(out, fence_room(&values, n), n) == 0;
            assert_false(same);
        }
    }
}

static void
test_truncated_bytes_are_not_the_value(void **state)
{
    (void)state;
    for_each_coding(check_truncated);
}

/* The result may be false, or true with other bytes; the fences notice everything else. */
static void
check_flipped(const struct coding *with, bool has_dict)
{
    for (size_t i = 0; i < N_OF(sizes); i++) {
        size_t n = sizes[i], n_packed;
        char *from = some_packed(with, has_dict, n, &n_packed);
        for (size_t bit = 0; bit < 8 * n_packed; bit++) {
            from[bit / 8] ^= (char)(1 << bit % 8);
            (void)decompressed(with, has_dict, from, n_packed, fence_room(&outs, n), n);
            from[bit / 8] ^= (char)(1 << bit % 8);
        }
        assert_true(decompressed(with, has_dict, from, n_packed, fence_room(&outs, n), n));
        assert_memory_equal(fence_room(&outs, n), fence_room(&values, n), n);
    }
}

static void
check_noise(const struct coding *with, bool has_dict)
{
    for (uint64_t seed = 0; seed < 20000; seed++) {
        uint64_t random = seed;
        size_t n_packed = value_random(&random) % 300, n = value_random(&random) % 600;
        char *from = fence_room(&packed, n_packed);
        value_make(VALUE_RANDOM, from, n_packed, random);
        if (n_packed > 0 && seed % 2 == 0)
            from[0] &= 0x3f; /* nearer to the beginning of a block */
        (void)decompressed(with, has_dict, from, n_packed, fence_room(&outs, n), n);
    }
}

static void
test_damaged_bytes_stay_in_bounds(void **state)
{
    (void)state;
    for_each_coding(check_flipped);
    for_each_coding(check_noise);
}

static void
test_the_wrong_dictionary_stays_in_bounds(void **state)
{
    (void)state;
    for (int id = 0; id < N_CODECS; id++) {
        struct coding right = coding_new(id, dict, n_dict), raw = coding_new(id, "not trained", 11);
        assert_non_null(raw.decode);
        for (size_t i = 0; i < N_OF(sizes); i++) {
            size_t n = sizes[i], n_packed;
            char *from = some_packed(&right, true, n, &n_packed), *out = fence_room(&outs, n);
            const char *value = fence_room(&values, n);
            assert_false(decompressed(&raw, true, from, n_packed, out, n) && memcmp(out, value, n) == 0);
            assert_false(decompressed(&right, false, from, n_packed, out, n) && memcmp(out, value, n) == 0);
            from = some_packed(&right, false, n, &n_packed);
            (void)decompressed(&right, true, from, n_packed, out, n);
        }
        coding_free(&right);
        coding_free(&raw);
    }
}

/* Both sides refuse a damaged dictionary, or both use it: values come back. */
static void
check_dictionary(int id, const char *bytes, size_t n)
{
    struct coding with = coding_new(id, bytes, n);
    if (with.encode != NULL && with.decode != NULL)
        for (size_t i = 0; i < N_OF(sizes); i++) {
            char *value = fence_room(&values, sizes[i]), *out = fence_room(&outs, sizes[i]), to[PACKED_MAX];
            value_make(VALUE_JSON, value, sizes[i], i);
            size_t n_packed = compressed(&with, true, value, sizes[i], to, sizeof to);
            if (n_packed == 0)
                continue;
            assert_true(decompressed(&with, true, to, n_packed, out, sizes[i]));
            assert_memory_equal(out, value, sizes[i]);
        }
    coding_free(&with);
}

static void
test_a_damaged_dictionary_is_refused_or_of_use(void **state)
{
    (void)state;
    struct fence f = fence_new(N_DICT);
    char *bytes = fence_put(&f, dict, n_dict);
    for (int id = 0; id < N_CODECS; id++) {
        for (size_t bit = 0; bit < 8 * 300; bit += 5) {
            bytes[bit / 8] ^= (char)(1 << bit % 8);
            check_dictionary(id, bytes, n_dict);
            bytes[bit / 8] ^= (char)(1 << bit % 8);
        }
        for (size_t n = 0; n < n_dict; n = n < 200 ? n + 3 : n * 2)
            check_dictionary(id, fence_put(&f, dict, n), n);
        bytes = fence_put(&f, dict, n_dict);
    }
    struct coding with = coding_new(CODEC_zstd, dict, 100);
    assert_null(with.encode);
    assert_null(with.decode);
    coding_free(&with);
    fence_free(&f);
}

/* ---- without memory ------------------------------------------------------ */

static struct coding codings[N_CODECS];

/* Later the stack cannot grow.  Not inline, so that the functions called later use the same part of it. */
static __attribute__((noinline)) void
grow_stack(void)
{
    char stack[256 << 10];
    explicit_bzero(stack, sizeof stack);
}

/* From here on malloc fails, for small blocks too.  Returns blocks that can be freed, as a list. */
static void **
use_up_memory(void)
{
    grow_stack();
    struct rlimit none = {0, 0};
    MUST(setrlimit(RLIMIT_AS, &none) == 0);
    void **list = NULL, **p;
    for (size_t n = 1 << 20; n >= sizeof *p; n /= 2)
        while ((p = malloc(n)) != NULL) {
            *p = list;
            list = n == 4096 ? p : list;
        }
    return list;
}

static void
code_all_sizes(void)
{
    for (int id = 0; id < N_CODECS; id++)
        for (size_t n = 1; n <= CODEC_SMALL_MAX; n += n < 1000 ? 7 : 577)
            for (int has_dict = 0; has_dict < 2; has_dict++) {
                char value[CODEC_SMALL_MAX], to[PACKED_MAX], out[CODEC_SMALL_MAX];
                value_make(VALUE_JSON, value, n, n);
                size_t n_packed = compressed(&codings[id], has_dict, value, n, to, sizeof to);
                MUST(n_packed > 0 && decompressed(&codings[id], has_dict, to, n_packed, out, n));
                MUST(memcmp(value, out, n) == 0);
            }
}

static void
code_without_memory(void)
{
    (void)use_up_memory();
    MUST(codec_table[CODEC_zstd]->encoder_new() == NULL && codec_table[CODEC_lz4]->encoder_new() == NULL);
    code_all_sizes();
}

/* Frees one block after the other, so that each allocation of the functions fails once. */
static void
prepare_without_memory(void)
{
    for (void **list = use_up_memory(); list != NULL;) {
        for (int id = 0; id < N_CODECS; id++) {
            const struct codec *c = codec_table[id];
            c->encoder_free(c->encoder_new());
            c->decoder_free(c->decoder_new());
            c->encode_free(c->prepare_encode(dict, n_dict));
            c->decode_free(c->prepare_decode(dict, n_dict));
        }
        void **next = *list;
        free(list);
        list = next;
    }
}

static bool
has_sanitizer(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true; /* which needs address space of its own */
#else
    return false;
#endif
}

static void
test_no_call_needs_memory(void **state)
{
    (void)state;
    char said[1000];
    if (has_sanitizer())
        skip();
    for (int id = 0; id < N_CODECS; id++)
        codings[id] = coding_new(id, dict, n_dict);
    assert_int_equal(unit_in_child(code_without_memory, said, sizeof said), 0);
    assert_int_equal(unit_in_child(prepare_without_memory, said, sizeof said), 0);
    for (int id = 0; id < N_CODECS; id++)
        coding_free(&codings[id]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table_has_each_codec_at_its_number),
        cmocka_unit_test(test_every_size_comes_back),
        cmocka_unit_test(test_a_value_is_written_only_where_it_fits),
        cmocka_unit_test(test_a_dictionary_makes_small_values_smaller),
        cmocka_unit_test(test_memory_is_reported),
        cmocka_unit_test(test_threads_share_a_dictionary),
        cmocka_unit_test(test_another_length_is_refused),
        cmocka_unit_test(test_truncated_bytes_are_not_the_value),
        cmocka_unit_test(test_damaged_bytes_stay_in_bounds),
        cmocka_unit_test(test_the_wrong_dictionary_stays_in_bounds),
        cmocka_unit_test(test_a_damaged_dictionary_is_refused_or_of_use),
        cmocka_unit_test(test_no_call_needs_memory),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
