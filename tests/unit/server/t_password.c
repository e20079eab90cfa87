/* password: known digests, hashes as text, and hashes that are refused. */
#include "server/auth/password.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

/* Python's hashlib.scrypt(b"secret", salt=b"0123456789abcdef", n=16, r=8, p=1, dklen=32). */
#define SALT   "MDEyMzQ1Njc4OWFiY2RlZg"
#define DIGEST "gEeb/KeWbm5g+kBQOFr1yJbkjBxxxDOkhSmrSXFFwOg"
#define SECRET "$scrypt$ln=4,r=8,p=1$" SALT "$" DIGEST

static struct bytes
bytes_of_text(const char *text)
{
    return bytes_of(text, strlen(text));
}

static void
read_hex(const char *hex, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
}

/* The test vectors of RFC 7914, section 12. */
static void
test_known_digests(void **state)
{
    static const struct {
        const char *password, *salt, *digest;
        uint32_t n, r, p;
    } known[] = {
        {"", "",
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
            "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906",
            16, 1, 1},
        {"password", "NaCl",
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
            "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
            1024, 8, 16},
        {"pleaseletmein", "SodiumChloride",
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
            "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
            16384, 8, 1},
    };
    (void)state;
    for (size_t i = 0; i < N_OF(known); i++) {
        struct password_hash h = {.n = known[i].n, .r = known[i].r, .p = known[i].p, .n_digest = 64};
        h.n_salt = (uint8_t)strlen(known[i].salt);
        memcpy(h.salt, known[i].salt, h.n_salt);
        read_hex(known[i].digest, h.digest, 64);
        assert_int_equal(password_check(&h, bytes_of_text(known[i].password)), PASSWORD_RIGHT);
        h.digest[63] ^= 1;
        assert_int_equal(password_check(&h, bytes_of_text(known[i].password)), PASSWORD_WRONG);
    }
}

static void
test_read_hash(void **state)
{
    struct password_hash h;
    const char *why;
    (void)state;
    assert_true(password_read_hash(BYTES(SECRET), &h, &why));
    assert_int_equal(h.n, 16);
    assert_int_equal(h.r, 8);
    assert_int_equal(h.p, 1);
    assert_int_equal(h.n_salt, 16);
    assert_memory_equal(h.salt, "0123456789abcdef", 16);
    assert_int_equal(h.n_digest, 32);
    assert_int_equal(password_check(&h, BYTES("secret")), PASSWORD_RIGHT);
    assert_int_equal(password_check(&h, BYTES("Secret")), PASSWORD_WRONG);
    assert_int_equal(password_check(&h, BYTES("")), PASSWORD_WRONG);
}

static void
test_is_hash(void **state)
{
    (void)state;
    assert_true(password_is_hash(BYTES("$scrypt$")));
    assert_false(password_is_hash(BYTES("$scrypt")));
    assert_false(password_is_hash(BYTES("")));
    assert_false(password_is_hash(BYTES("scrypt$ln=4,r=8,p=1$a$b")));
    assert_false(password_is_hash(BYTES("$2b$12$abc")));
}

static void
must_refuse(const char *text, const char *because)
{
    struct password_hash h;
    const char *why = NULL;
    char *exact =
        malloc(strlen(text)); /* without its NUL, so that the sanitizer finds a read beyond its end */
    assert_non_null(memcpy(exact, text, strlen(text)));
    if (password_read_hash(bytes_of(exact, strlen(text)), &h, &why))
        fail_msg("%s was accepted", text);
    if (strstr(why, because) == NULL)
        fail_msg("%s: %s", text, why);
    free(exact);
}

static void
test_refused(void **state)
{
    (void)state;
    must_refuse("$scrypt$", "parameters");
    must_refuse("$scrypt$$$", "parameters");
    must_refuse("$scrypt$ln=4,r=8$" SALT "$" DIGEST, "parameters");
    must_refuse("$scrypt$r=8,ln=4,p=1$" SALT "$" DIGEST, "parameters");
    must_refuse("$scrypt$ln=4,r=8,p=1,x=1$" SALT "$" DIGEST, "parameters");
    must_refuse("$scrypt$ln=-4,r=8,p=1$" SALT "$" DIGEST, "parameters");
    must_refuse("$scrypt$ln=4,r=8,p=99999999999$" SALT "$" DIGEST, "parameters");
    must_refuse("$scrypt$ln=0,r=8,p=1$" SALT "$" DIGEST, "is 0");
    must_refuse("$scrypt$ln=4,r=0,p=1$" SALT "$" DIGEST, "is 0");
    must_refuse("$scrypt$ln=4,r=8,p=0$" SALT "$" DIGEST, "is 0");
    must_refuse("$scrypt$ln=14,r=8,p=1$" SALT "$" DIGEST, "too much");
    must_refuse("$scrypt$ln=16,r=1,p=1$" SALT "$" DIGEST, "too much"); /* scrypt itself refuses it */
    must_refuse("$scrypt$ln=4294967295,r=1,p=1$" SALT "$" DIGEST, "too much");
    must_refuse("$scrypt$ln=16,r=4294967295,p=4294967295$" SALT "$" DIGEST, "too much");
    must_refuse("$scrypt$ln=1,r=65536,p=65536$" SALT "$" DIGEST, "too much");
    must_refuse("$scrypt$ln=4,r=8,p=1$$" DIGEST, "salt");
    must_refuse("$scrypt$ln=4,r=8,p=1$" SALT "==$" DIGEST, "salt");
    must_refuse("$scrypt$ln=4,r=8,p=1$c2hvcnQ$" DIGEST, "salt");
    must_refuse("$scrypt$ln=4,r=8,p=1$" SALT SALT SALT SALT SALT "$" DIGEST, "salt");
    must_refuse("$scrypt$ln=4,r=8,p=1$" SALT, "digest");
    must_refuse("$scrypt$ln=4,r=8,p=1$" SALT "$", "digest");
    must_refuse("$scrypt$ln=4,r=8,p=1$" SALT "$c2hvcnQ", "digest");
    must_refuse("$scrypt$ln=4,r=8,p=1$" SALT "$" DIGEST "$", "digest");
    must_refuse("$scrypt$ln=4,r=8,p=1$" SALT "$" DIGEST "!", "digest");
    must_refuse(SECRET DIGEST DIGEST DIGEST, "digest");
}

/* The most expensive hashes that a file may have, and the hashes that larderd makes. */
static void
test_make(void **state)
{
    char one[PASSWORD_TEXT_MAX], two[PASSWORD_TEXT_MAX];
    struct password_hash h;
    const char *why;
    (void)state;
    assert_true(password_read_hash(BYTES("$scrypt$ln=13,r=8,p=1$" SALT "$" DIGEST), &h, &why));
    assert_int_equal(password_check(&h, BYTES("secret")), PASSWORD_WRONG);
    assert_true(password_read_hash(BYTES("$scrypt$ln=15,r=1,p=2$" SALT "$" DIGEST), &h, &why));
    assert_int_equal(password_check(&h, BYTES("secret")), PASSWORD_WRONG);
    assert_true(password_make(BYTES("secret"), one));
    assert_true(password_make(BYTES("secret"), two));
    assert_string_not_equal(one, two);
    assert_true(password_read_hash(bytes_of_text(one), &h, &why));
    assert_int_equal(password_check(&h, BYTES("secret")), PASSWORD_RIGHT);
    assert_int_equal(password_check(&h, BYTES("secret ")), PASSWORD_WRONG);
    assert_true((uint64_t)h.n * h.r * h.p * 4 <= PASSWORD_COST_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_digests),
        cmocka_unit_test(test_read_hash),
        cmocka_unit_test(test_is_hash),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_make),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
