/* password: see password.h. */
#include "server/auth/password.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "base/text/split.h"
#include "base/text/base64.h"
#include "proto/request.h"

#define PREFIX "$scrypt$"

enum {
    SALT_MIN = 8,
    DIGEST_MIN = 16,
    SALT_MADE = 16,
    DIGEST_MADE = 32,
    LN_MADE = 11,
    R_MADE = 8,
    P_MADE = 1,
    LN_MAX = 15, /* scrypt with r = 1 needs N < 2^16, and with a larger r the cost is the limit */
};
static_assert((R_MADE * P_MADE) << LN_MADE <= PASSWORD_COST_MAX, "our own hashes do not cost too much");
static_assert((int)SALT_MADE <= (int)PASSWORD_SALT_MAX && (int)DIGEST_MADE <= (int)PASSWORD_DIGEST_MAX,
    "our own hashes fit");
static_assert((int)PASSWORD_SALT_MAX <= (int)PASSWORD_DIGEST_MAX, "read_bytes has room for either");

bool
password_is_hash(struct bytes text)
{
    return bytes_begin_with(text, BYTES(PREFIX));
}

/* ---- as text ------------------------------------------------------------ */

/* name=number */
static bool
read_parameter(struct bytes text, struct bytes name, uint32_t *out)
{
    struct bytes found = split_off(&text, '=');
    return bytes_equal(found, name) && request_u32(text, out);
}

/* Reads the parameters up to their '$'.  All programs write them in this order. */
static const char *
read_parameters(struct bytes text, struct password_hash *h)
{
    uint32_t ln;
    struct bytes first = split_off(&text, ','), second = split_off(&text, ',');
    if (!read_parameter(first, BYTES("ln"), &ln) || !read_parameter(second, BYTES("r"), &h->r) ||
        !read_parameter(text, BYTES("p"), &h->p))
        return "the hash's parameters are not ln=<num>,r=<num>,p=<num>";
    if (ln == 0 || h->r == 0 || h->p == 0)
        return "a parameter of the hash is 0";
    if (ln > LN_MAX || h->r > PASSWORD_COST_MAX || h->p > PASSWORD_COST_MAX ||
        ((uint64_t)h->r * h->p) << ln > PASSWORD_COST_MAX)
        return "the hash costs too much: 2^ln times r times p may be 65536 (ln=13,r=8,p=1)";
    h->n = UINT32_C(1) << ln;
    return NULL;
}

/* Reads base64 without padding. */
static bool
read_bytes(struct bytes text, uint8_t *out, size_t least, size_t most, uint8_t *n_out)
{
    char padded[BASE64_ENCODED(PASSWORD_DIGEST_MAX) + 4], raw[sizeof padded];
    size_t n_pad = (4 - text.n % 4) % 4, n;
    if (text.n > BASE64_ENCODED(most) || n_pad == 3 || memchr(text.p, '=', text.n) != NULL)
        return false;
    MUST(most <= PASSWORD_DIGEST_MAX && text.n + n_pad <= sizeof padded);
    memcpy(padded, text.p, text.n);
    memcpy(padded + text.n, "===", n_pad);
    if (!base64_decode(bytes_of(padded, text.n + n_pad), raw, &n) || n < least || n > most)
        return false;
    memcpy(out, raw, n);
    *n_out = (uint8_t)n;
    return true;
}

bool
password_read_hash(struct bytes text, struct password_hash *h, const char **why)
{
    MUST(password_is_hash(text));
    struct bytes rest = bytes_of(text.p + sizeof PREFIX - 1, text.n - (sizeof PREFIX - 1));
    struct bytes parameters = split_off(&rest, '$'), salt = split_off(&rest, '$');
    *why = read_parameters(parameters, h);
    if (*why == NULL && !read_bytes(salt, h->salt, SALT_MIN, PASSWORD_SALT_MAX, &h->n_salt))
        *why = "the hash's salt is not base64 of 8 to 64 bytes";
    if (*why == NULL && !read_bytes(rest, h->digest, DIGEST_MIN, PASSWORD_DIGEST_MAX, &h->n_digest))
        *why = "the hash's digest is not base64 of 16 to 64 bytes";
    return *why == NULL;
}

static char *
write_bytes(char *dst, const uint8_t *raw, size_t n)
{
    char *end = base64_encode(dst, bytes_of((const char *)raw, n));
    while (end > dst && end[-1] == '=')
        end--;
    return end;
}

/* ---- computing ---------------------------------------------------------- */

static bool
derive(const struct password_hash *h, struct bytes password, uint8_t *digest)
{
    MUST(h->n > 1 && h->r > 0 && h->p > 0);
    MUST(h->n_salt <= PASSWORD_SALT_MAX && h->n_digest <= PASSWORD_DIGEST_MAX);
    uint64_t memory = UINT64_C(128) * h->r * ((uint64_t)h->n + h->p + 2) + 4096;
    return EVP_PBE_scrypt(password.p, password.n, h->salt, h->n_salt, h->n, h->r, h->p, memory, digest,
               h->n_digest) == 1;
}

enum password_answer
password_check(const struct password_hash *h, struct bytes password)
{
    uint8_t digest[PASSWORD_DIGEST_MAX];
    if (!derive(h, password, digest))
        return PASSWORD_NO_MEMORY;
    bool same = CRYPTO_memcmp(digest, h->digest, h->n_digest) == 0;
    OPENSSL_cleanse(digest, sizeof digest);
    return same ? PASSWORD_RIGHT : PASSWORD_WRONG;
}

bool
password_make(struct bytes password, char text[PASSWORD_TEXT_MAX])
{
    struct password_hash h = {
        .n = 1 << LN_MADE, .r = R_MADE, .p = P_MADE, .n_salt = SALT_MADE, .n_digest = DIGEST_MADE};
    if (RAND_bytes(h.salt, h.n_salt) != 1 || !derive(&h, password, h.digest))
        return false;
    char *end = text + sprintf(text, PREFIX "ln=%d,r=%d,p=%d$", LN_MADE, R_MADE, P_MADE);
    end = write_bytes(end, h.salt, h.n_salt);
    *end++ = '$';
    end = write_bytes(end, h.digest, h.n_digest);
    MUST(end < text + PASSWORD_TEXT_MAX);
    *end = '\0';
    return true;
}
