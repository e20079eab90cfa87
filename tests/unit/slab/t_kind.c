/* kind: keys of one sort have one shape, keys of different sorts have different ones. */
#include "slab/codec/kind.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/slab/drawing.h"
#include "tests/unit/unit.h"

static int
begin(void **state)
{
    (void)state;
    seed = 1;
    return 0;
}

/* The text of a level; valid until the next call. */
static const char *
level_text(const struct kind *kind, unsigned level)
{
    static char text[KIND_KEY_MAX + 2];
    snprintf(text, sizeof text, "%.*s%s", kind->n[level], kind->text, level > 0 ? "*" : "");
    return text;
}

static const char *
shape(const char *key)
{
    static struct kind kind;
    kind_of_key(&kind, bytes_of(key, strlen(key)));
    return level_text(&kind, 0);
}

static void
test_numbers_and_ids_become_hashes(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"user:123:profile", "user:#:profile"},
        {"user_123_profile", "user_#_profile"},
        {"user-123-profile", "user-#-profile"},
        {"user123", "user#"},
        {"v2:prod:12345:en", "v#:prod:#:en"},
        {"sess:550e8400-e29b-41d4-a716-446655440000", "sess:#"},
        {"sess:550e8400-face-dead-ab16-446655440000", "sess:#"},
        {"SID:550E8400-E29B-41D4-A716-446655440000", "SID:#"},
        {"obj:da39a3ee5e6b4b0d3255bfef95601890afd80709", "obj:#"},
        {"obj:65f1c0ffee0123456789abcd:meta", "obj:#:meta"},
        {"PHPSESSID_0k2v9f7a3q8r1m5tabcdefgh12", "PHPSESSID_#"},
        {"memc.sess.key.lock.q3k9v8c7b6n5m4x1", "memc.sess.key.lock.#"},
        {":1:django.contrib.sessions.cacheq3k9v8c7b6n5m4x2c3v4b5n6", ":#:django.contrib.sessions.#"},
        {"views/products/1-20130627090347/7a1156131a6928cb0026877f8b749ac9", "views/products/#/#"},
        {"wp_:transient:feed_d117b5738fbd35bd8c0391cda1f2b5d9", "wp_:transient:feed_#"},
        {"nano:V1StGXR8_Z5jdHi6B-myT", "nano:#"},
        {"nano:ab_V1StGXR8Z5jdHi6B", "nano:#"},
        {"h:1B2M2Y8AsgT/gAmY7PhCfg==", "h:#=="},
        {"order:01ARZ3NDEKTSV4RRFFQ69G5FAV", "order:#"},
        {"stats:2024-01-15", "stats:#"},
        {"rate:10.0.0.1", "rate:#.#.#.#"},
        {"12345678", "#"},
        {"d41d8cd98f00b204e9800998ecf8427e", "#"},
    };
    for (size_t i = 0; i < N_OF(rows); i++)
        assert_string_equal(shape(rows[i][0]), rows[i][1]);
}

static void
test_words_stay(void **state)
{
    (void)state;
    static const char *const keys[] = {"alloptions", "wp_:options:alloptions", "getUserProfileById",
        "PHPSESSID", "XMLHttpRequest", "page:/blog/how-to-make-bread", "www.example.com", "user:feed",
        "user-feed-dad"};
    for (size_t i = 0; i < N_OF(keys); i++)
        assert_string_equal(shape(keys[i]), keys[i]);
    assert_string_equal(shape("user:7-feed"), "user:#-feed");
    assert_string_equal(shape("ad123:x"), "ad#:x");
    assert_string_equal(shape("utf8:x"), "utf#:x");
}

static void
test_levels_end_after_words(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"user:jsmith", "user:*", "user:*"},
        {"user:jsmith:profile", "user:jsmith:*", "user:*"},
        {"app:user:jsmith:profile", "app:user:*", "app:*"},
        {"user:123:profile:jsmith", "user:#:profile:*", "user:*"},
        {"page:/blog/how-to-make-bread", "page:/blog/*", "page:*"},
        {"https://www.example.com/a/b", "https://www.example.com/*", "https:*"},
        {"user_jsmith", "user_*", "user_*"},
        {"user_settings_jsmith", "user_settings_*", "user_*"},
        {"jsmith", "*", "*"},
        {"123", "*", "*"},
    };
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct kind kind;
        kind_of_key(&kind, bytes_of(rows[i][0], strlen(rows[i][0])));
        assert_string_equal(level_text(&kind, 1), rows[i][1]);
        assert_string_equal(level_text(&kind, 2), rows[i][2]);
    }
}

static void
test_a_beginning_has_another_hash_than_a_key(void **state)
{
    (void)state;
    struct kind name, prefix, other;
    kind_of_key(&name, BYTES("user:jsmith"));
    kind_of_key(&prefix, BYTES("user:"));
    kind_of_key(&other, BYTES("user:anna:profile"));
    assert_true(kind_hash(&name, 1) != kind_hash(&prefix, 0));
    assert_true(kind_hash(&name, 1) == kind_hash(&other, 2));
    assert_true(kind_hash(&name, 0) != kind_hash(&other, 0));
}

/* How many of 10,000 keys with a random part have another shape than `expect`. */
static unsigned
count_others(const char *prefix, const char *alphabet, size_t n, const char *expect)
{
    unsigned others = 0;
    for (unsigned i = 0; i < 10000; i++) {
        char key[256];
        size_t at = strlen(prefix);
        memcpy(key, prefix, at);
        for (size_t j = 0; j < n; j++)
            key[at++] = alphabet[draw((uint32_t)strlen(alphabet))];
        key[at] = '\0';
        others += strcmp(shape(key), expect) != 0;
    }
    return others;
}

#define BASE36 "0123456789abcdefghijklmnopqrstuvwxyz"
#define BASE62 BASE36 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static void
test_random_ids_have_one_shape(void **state)
{
    (void)state;
    assert_int_equal(count_others("sess:", "0123456789abcdef", 32, "sess:#"), 0);
    assert_in_range(count_others("evt:", "0123456789abcdef", 16, "evt:#"), 0, 10);
    assert_in_range(count_others("sess:", BASE36, 26, "sess:#"), 0, 50);
    assert_in_range(count_others("sess:", BASE62, 32, "sess:#"), 0, 50);
    assert_in_range(count_others("sess:", BASE62, 22, "sess:#"), 0, 200);
    assert_in_range(count_others("tok:", BASE62 "-_", 43, "tok:#"), 0, 1500);
    assert_in_range(count_others("nano:", BASE62 "-_", 21, "nano:#"), 0, 2000);
    assert_in_range(count_others("", BASE62, 24, "#"), 0, 200);
}

/* The same with `n` random bytes, and whatever levels they have. */
static unsigned
count_binary_others(const char *prefix, size_t n, const char *expect)
{
    unsigned others = 0;
    for (unsigned i = 0; i < 10000; i++) {
        char key[256];
        struct kind kind;
        size_t at = strlen(prefix);
        memcpy(key, prefix, at);
        for (size_t j = 0; j < n; j++)
            key[at++] = (char)draw(256);
        kind_of_key(&kind, bytes_of(key, at));
        others += strcmp(level_text(&kind, 0), expect) != 0;
    }
    return others;
}

static void
test_random_bytes_have_one_shape(void **state)
{
    (void)state;
    assert_in_range(count_binary_others("", 16, "#"), 0, 200);
    assert_in_range(count_binary_others("img:", 16, "img:#"), 0, 200);
    assert_in_range(count_binary_others("", 128, "#"), 0, 200);
    assert_string_equal(shape("city:m\xc3\xbcnchen:7"), "city:#");
    assert_in_range(count_binary_others("u:", 16, "u:#"), 0, 200);
    assert_string_equal(shape("q:{\"a\":1,\"b\":\"x\"}"), "q:#");
    assert_string_equal(shape("{\"a\":1,\"b\":\"x\"}"), "#");
}

static void
test_only_the_beginning_of_a_long_key_counts(void **state)
{
    (void)state;
    char key[251], words[251];
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = "0a"[draw(2)];
        words[i] = "word:"[i % 5];
    }
    struct kind a, b;
    kind_of_key(&a, bytes_of(key, 250));
    assert_string_equal(level_text(&a, 0), "#");
    kind_of_key(&a, bytes_of(words, 250));
    words[200] = 'x';
    kind_of_key(&b, bytes_of(words, 250));
    assert_int_equal(a.n[0], b.n[0]);
    assert_memory_equal(a.text, b.text, a.n[0]);
    assert_int_equal(a.text[a.n[0] - 1], '#'); /* the word that was cut */
    kind_of_key(&b, bytes_of(words, KIND_KEY_MAX));
    assert_int_equal(b.n[0], KIND_KEY_MAX);
}

/* Any bytes: the text is printable, no longer than the key, and a level is a beginning of it. */
static void
test_any_key_has_a_printable_shape(void **state)
{
    (void)state;
    static const char likely[] = "0123456789abcdefghxyzABCDEFXYZ-_-_./:+=#!\"%* \xff";
    for (unsigned i = 0; i < 200000; i++) {
        size_t n = 1 + draw(draw(8) == 0 ? 250 : 40);
        char *key = malloc(n); /* of the very size, for the address sanitizer */
        for (size_t j = 0; j < n; j++)
            key[j] = likely[draw(sizeof likely)];
        struct kind kind;
        kind_of_key(&kind, bytes_of(key, n));
        free(key);
        assert_in_range(kind.n[0], 1, n);
        assert_true(kind.n[0] >= kind.n[1] && kind.n[1] >= kind.n[2]);
        for (unsigned j = 0; j < kind.n[0]; j++)
            assert_in_range(kind.text[j], ' ', '~');
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_and_ids_become_hashes),
        cmocka_unit_test(test_words_stay),
        cmocka_unit_test(test_levels_end_after_words),
        cmocka_unit_test(test_a_beginning_has_another_hash_than_a_key),
        cmocka_unit_test_setup(test_random_ids_have_one_shape, begin),
        cmocka_unit_test_setup(test_random_bytes_have_one_shape, begin),
        cmocka_unit_test_setup(test_only_the_beginning_of_a_long_key_counts, begin),
        cmocka_unit_test_setup(test_any_key_has_a_printable_shape, begin),
    };
    return cmocka_run_group_tests_name("kind", tests, NULL, NULL);
}
