/*
 * trainer: a dictionary that makes values much smaller, or plainly none, and never one with a secret.
 */
#include "slab/codec/trainer.h"

#include <stdlib.h>

#include "tests/unit/slab/sampling.h"

enum { ROOM = 256 << 10, DICT_MAX = 16 << 10, SEED = 7, GUARD = 64, SECRET = 24 };

static struct samples *s;
static char dict[DICT_MAX + GUARD];

static int
set_up(void **state)
{
    (void)state;
    s = sample_new(ROOM, SEED);
    memset(dict, 'x', sizeof dict);
    return s == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    for (size_t i = DICT_MAX; i < sizeof dict; i++)
        assert_int_equal(dict[i], 'x');
    sample_free(&s);
    assert_int_equal(n_unmapped_dirty, 0);
    return 0;
}

/* Chunks in steps of `*arg` bytes; 48 bytes are the item's other parts. */
static size_t
fit_steps(void *arg, size_t n_stored)
{
    size_t step = *(size_t *)arg;
    return (n_stored + 48 + step - 1) / step * step;
}

static struct trainer_result
run(const struct codec *codec, const void *present, size_t step)
{
    const struct trainer_job job = {codec, s, present, DICT_MAX, fit_steps, &step};
    struct trainer_result r = trainer_run(&job, dict);
    assert_true(r.n_dict <= DICT_MAX);
    assert_int_equal(r.n_dict != 0, r.outcome == TRAINER_ADOPT || r.outcome == TRAINER_REFUSE);
    return r;
}

static bool
dict_has(const struct trainer_result *r, const char *string, size_t n)
{
    return memmem(dict, r->n_dict, string, n) != NULL;
}

static void
test_records_become_much_smaller(void **state)
{
    (void)state;
    offer_records(s, 0, 5000, 0);
    for (int c = 0; c < N_CODECS; c++) {
        struct trainer_result r = run(codec_table[c], NULL, 1);
        assert_int_equal(r.outcome, TRAINER_ADOPT);
        assert_true(r.n_train > 500 && r.n_hold_out > 50);
        assert_int_equal(r.sums.present, r.sums.none);
        assert_true(r.sums.none <= r.sums.plain);
        uint64_t items = 48 * (uint64_t)r.n_hold_out; /* beside the values */
        uint64_t none = r.sums.none - items, trained = r.sums.trained - items;
        assert_true(none > trained * (c == CODEC_zstd ? 5 : 4) / 2);
        assert_true(dict_has(&r, "@example.com\",\"verified\":", 24));
    }
}

static void
check_round_trip(const struct codec *codec, size_t n_dict)
{
    void *encoder = codec->encoder_new(), *decoder = codec->decoder_new();
    void *encode = codec->prepare_encode(dict, n_dict), *decode = codec->prepare_decode(dict, n_dict);
    assert_true(encoder != NULL && decoder != NULL && encode != NULL && decode != NULL);
    for (uint64_t i = 100000; i < 100100; i++) {
        char value[1024], packed[1024], again[1024];
        size_t n = write_record(value, sizeof value, i);
        size_t n_packed = codec->compress(encoder, encode, value, n, packed, sizeof packed);
        assert_true(n_packed > 0 && n_packed < n);
        assert_true(codec->decompress(decoder, decode, packed, n_packed, again, n));
        assert_memory_equal(value, again, n);
    }
    codec->encoder_free(encoder);
    codec->decoder_free(decoder);
    codec->encode_free(encode);
    codec->decode_free(decode);
}

static void
test_a_dictionary_serves_both_ways(void **state)
{
    (void)state;
    offer_records(s, 0, 5000, 0);
    for (int c = 0; c < N_CODECS; c++) {
        struct trainer_result r = run(codec_table[c], NULL, 1);
        assert_int_equal(r.outcome, TRAINER_ADOPT);
        check_round_trip(codec_table[c], r.n_dict);
    }
}

static void
test_one_that_is_not_better_is_refused(void **state)
{
    (void)state;
    offer_records(s, 0, 5000, 0);
    struct trainer_result r = run(&codec_zstd, NULL, 1);
    assert_int_equal(r.outcome, TRAINER_ADOPT);
    char *copy = malloc(r.n_dict);
    assert_non_null(copy);
    memcpy(copy, dict, r.n_dict);
    void *present = codec_zstd.prepare_encode(copy, r.n_dict);
    struct trainer_result again = run(&codec_zstd, present, 1);
    assert_int_equal(again.outcome, TRAINER_REFUSE);
    assert_int_equal(again.sums.present, r.sums.trained);
    codec_zstd.encode_free(present);
    free(copy);
}

static void
offer_random(uint64_t n)
{
    char value[300];
    for (uint64_t i = 0; i < n; i++) {
        fill_randomly(value, sizeof value, i);
        (void)sample_offer(s, hash_number(i), 0, value, sizeof value);
    }
}

/* A few records among random bytes are reason enough to try. */
static void
test_from_random_bytes_none_is_made(void **state)
{
    (void)state;
    offer_random(5000);
    for (int c = 0; c < N_CODECS; c++)
        assert_int_equal(run(codec_table[c], NULL, 1).n_dict, 0);
    offer_records(s, 5000, 5500, 0);
    for (int c = 0; c < N_CODECS; c++)
        assert_int_not_equal(run(codec_table[c], NULL, 1).n_dict, 0);
}

static void
test_one_for_other_values_is_replaced(void **state)
{
    (void)state;
    static const char other[] =
        "GET /index.html HTTP/1.1 Host: www.example.org User-Agent: curl Accept: text/html";
    offer_records(s, 0, 5000, 0);
    void *present = codec_zstd.prepare_encode(other, sizeof other - 1);
    struct trainer_result r = run(&codec_zstd, present, 1);
    assert_int_equal(r.outcome, TRAINER_ADOPT);
    assert_true(r.sums.present > r.sums.trained * 100 / TRAINER_GATE_PCT);
    codec_zstd.encode_free(present);
}

static void
test_a_gain_that_no_chunk_shows_is_refused(void **state)
{
    (void)state;
    offer_records(s, 0, 5000, 0);
    struct trainer_result r = run(&codec_zstd, NULL, 4096);
    assert_int_equal(r.outcome, TRAINER_REFUSE);
    assert_true(r.sums.trained == r.sums.plain && r.sums.none == r.sums.plain);
}

/* Records with a secret at the end, each another one; if `shared`, a third of them have the same. */
static void
offer_secrets(uint64_t n, bool shared)
{
    char value[1024], secret[SECRET];
    for (uint64_t i = 0; i < n; i++) {
        size_t at = write_record(value, sizeof value - SECRET, i);
        fill_randomly(secret, SECRET, shared && i % 3 == 0 ? 0 : i);
        memcpy(value + at, secret, SECRET);
        (void)sample_offer(s, hash_number(i), 0, value, at + SECRET);
    }
}

static unsigned
count_secrets(const struct trainer_result *r, uint64_t n)
{
    unsigned count = 0;
    for (uint64_t i = 0; i < n; i++) {
        char secret[SECRET];
        fill_randomly(secret, SECRET, i);
        for (size_t at = 0; at + 8 <= SECRET; at++)
            count += dict_has(r, secret + at, 8);
    }
    return count;
}

static void
test_what_one_value_had_is_in_no_dictionary(void **state)
{
    (void)state;
    enum { N = 1500 };
    for (int c = 0; c < N_CODECS; c++)
        for (int shared = 0; shared <= 1; shared++) {
            sample_free(&s);
            s = sample_new(ROOM, SEED);
            assert_non_null(s);
            offer_secrets(N, shared);
            struct trainer_result r = run(codec_table[c], NULL, 1);
            assert_int_equal(r.outcome, TRAINER_ADOPT);
            assert_int_equal(count_secrets(&r, N), shared ? SECRET - 7 : 0);
        }
}

/* The token of a record is no secret of fill_randomly; it is hexadecimal, and between fixed texts. */
static void
test_no_token_of_a_record_is_in_the_dictionary(void **state)
{
    (void)state;
    offer_records(s, 0, 2000, 0);
    struct trainer_result r = run(&codec_zstd, NULL, 1);
    assert_int_equal(r.outcome, TRAINER_ADOPT);
    for (uint64_t i = 0; i < 2000; i++) {
        char value[1024];
        write_record(value, sizeof value, i);
        const char *token = strstr(value, "\"token\":\"");
        assert_non_null(token);
        for (size_t at = 9; at + 8 <= 9 + 16; at++)
            assert_false(dict_has(&r, token + at, 8));
    }
}

static void
test_the_same_samples_make_the_same_dictionary(void **state)
{
    (void)state;
    static char first[DICT_MAX];
    offer_records(s, 0, 5000, 0);
    struct trainer_result a = run(&codec_zstd, NULL, 1);
    memcpy(first, dict, a.n_dict);
    sample_free(&s);
    s = sample_new(ROOM, SEED);
    assert_non_null(s);
    offer_records(s, 0, 5000, 0);
    struct trainer_result b = run(&codec_zstd, NULL, 1);
    assert_int_equal(a.n_dict, b.n_dict);
    assert_memory_equal(first, dict, a.n_dict);
    assert_memory_equal(&a.sums, &b.sums, sizeof a.sums);
}

static void
test_rubbish_takes_only_a_part(void **state)
{
    (void)state;
    char value[400];
    for (uint64_t i = 0; i < 20000; i++) {
        if (i % 5 == 0)
            offer_records(s, i, i + 1, 1);
        else {
            fill_randomly(value, sizeof value, i);
            (void)sample_offer(s, hash_number(i), 2, value, sizeof value);
        }
    }
    struct trainer_result r = run(&codec_zstd, NULL, 1);
    assert_int_equal(r.outcome, TRAINER_ADOPT);
    check_round_trip(&codec_zstd, r.n_dict);
    void *encoder = codec_zstd.encoder_new(), *encode = codec_zstd.prepare_encode(dict, r.n_dict);
    size_t n = write_record(value, sizeof value, 999999);
    assert_in_range(codec_zstd.compress(encoder, encode, value, n, dict, n), 1, n / 2);
    codec_zstd.encode_free(encode);
    codec_zstd.encoder_free(encoder);
    memset(dict, 'x', sizeof dict);
}

/* Values of which a dictionary is useless; returns false after the last kind. */
static bool
offer_junk(int kind)
{
    char value[SAMPLE_MAX] = {0};
    for (uint64_t i = 0; i < 10000; i++) {
        size_t n = 50 + i % 1000;
        switch (kind) {
        case 0: return true; /* none at all */
        case 1: /* three */ offer_records(s, 0, 3, 0); return true;
        case 2: fill_randomly(value, n, i); break;
        case 3: /* digits */
            fill_randomly(value, n, i);
            for (size_t at = 0; at < n; at++)
                value[at] = (char)('0' + (unsigned char)value[at] % 10);
            break;
        case 4: n = 8 + i % (sizeof value - 8); break;           /* zeros */
        case 5: n = write_record(value, sizeof value, 1); break; /* one value, again and again */
        case 6:
            n = SAMPLE_MIN;
            fill_randomly(value, n, i);
            break;
        case 7: /* a few, repeated within a value */
            for (size_t at = 0; at < n; at++)
                value[at] = (char)(i >> at % 4 * 4);
            break;
        case 8: /* periods that are almost alike */
            n = sizeof value;
            for (size_t at = 0; at < n; at++)
                value[at] = (char)(at % (2 + i % 7 + (at > 4000)) == 0 ? 'b' : 'a');
            break;
        case 9: /* one byte of difference, in the middle of long equal runs */
            n = 2000;
            memset(value, 'a', n);
            memcpy(value + 1000, &i, sizeof i);
            break;
        default: return false;
        }
        (void)sample_offer(s, hash_number(i), 0, value, n);
    }
    return true;
}

static void
run_junk(void)
{
    for (int kind = 0;; kind++) {
        sample_free(&s);
        s = sample_new(ROOM, SEED);
        if (s == NULL || !offer_junk(kind))
            return;
        for (int c = 0; c < N_CODECS; c++) {
            struct trainer_result r = run(codec_table[c], NULL, 1);
            if (r.outcome == TRAINER_ADOPT && kind < 7)
                fprintf(stderr, "junk %d has a dictionary\n", kind);
            if (r.outcome == TRAINER_ADOPT)
                (void)codec_table[c]->decode_free(codec_table[c]->prepare_decode(dict, r.n_dict));
        }
    }
}

/* And nothing is written to standard error, by libzstd neither. */
static void
test_junk_makes_no_dictionary(void **state)
{
    (void)state;
    char said[1024];
    assert_int_equal(unit_in_child(run_junk, said, sizeof said), 0);
    assert_string_equal(said, "");
}

static void *
no_encoder(void)
{
    return NULL;
}

static void
test_no_memory(void **state)
{
    (void)state;
    struct codec poor = codec_zstd;
    poor.encoder_new = no_encoder;
    offer_records(s, 0, 2000, 0);
    assert_int_equal(run(&poor, NULL, 1).outcome, TRAINER_NO_MEMORY);
}

int
main(void)
{
#define WITH_SAMPLES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_SAMPLES(test_records_become_much_smaller),
        WITH_SAMPLES(test_a_dictionary_serves_both_ways),
        WITH_SAMPLES(test_one_that_is_not_better_is_refused),
        WITH_SAMPLES(test_from_random_bytes_none_is_made),
        WITH_SAMPLES(test_one_for_other_values_is_replaced),
        WITH_SAMPLES(test_a_gain_that_no_chunk_shows_is_refused),
        WITH_SAMPLES(test_what_one_value_had_is_in_no_dictionary),
        WITH_SAMPLES(test_no_token_of_a_record_is_in_the_dictionary),
        WITH_SAMPLES(test_the_same_samples_make_the_same_dictionary),
        WITH_SAMPLES(test_rubbish_takes_only_a_part),
        WITH_SAMPLES(test_junk_makes_no_dictionary),
        WITH_SAMPLES(test_no_memory),
    };
    return cmocka_run_group_tests_name("trainer", tests, NULL, NULL);
}
