/* base64: encodes three bytes at a time as four letters, and decodes them. */
#include "base/text/base64.h"

#include <assert.h>
#include <stdint.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { NO_LETTER = 64 }; /* the one bit that is set in no letter's value */

static_assert(sizeof letters == 64 + 1, "each letter is six bits");

static uint32_t
value_of(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return (uint32_t)(letter - 'A');
    if (letter >= 'a' && letter <= 'z')
        return (uint32_t)(letter - 'a' + 26);
    if (letter >= '0' && letter <= '9')
        return (uint32_t)(letter - '0' + 52);
    if (letter == '+')
        return 62;
    return letter == '/' ? 63 : NO_LETTER;
}

char *
base64_encode(char *dst, struct bytes raw)
{
    const unsigned char *p = (const unsigned char *)raw.p, *end = p + raw.n;

    for (; p < end; p += 3, dst += 4) {
        size_t left = (size_t)(end - p);
        uint32_t b = left > 1 ? p[1] : 0, c = left > 2 ? p[2] : 0;
        uint32_t bits = (uint32_t)p[0] << 16 | b << 8 | c;
        dst[0] = letters[bits >> 18];
        dst[1] = letters[bits >> 12 & 63];
        dst[2] = left > 1 ? letters[bits >> 6 & 63] : '=';
        dst[3] = left > 2 ? letters[bits & 63] : '=';
        if (left < 3)
            return dst + 4;
    }
    return dst;
}

bool
base64_decode(struct bytes text, char *dst, size_t *n)
{
    const char *p = text.p;
    size_t n_groups = text.n / 4, at = 0;

    if (n_groups == 0 || text.n % 4 != 0)
        return false;
    for (size_t i = 0; i < n_groups; i++, p += 4) {
        bool last = i + 1 == n_groups;
        int n_pad = !last || p[3] != '=' ? 0 : p[2] != '=' ? 1 : 2;
        uint32_t a = value_of(p[0]), b = value_of(p[1]);
        uint32_t c = n_pad == 2 ? 0 : value_of(p[2]), d = n_pad > 0 ? 0 : value_of(p[3]);
        if ((a | b | c | d) & NO_LETTER)
            return false;
        uint32_t bits = a << 18 | b << 12 | c << 6 | d;
        dst[at++] = (char)(bits >> 16);
        if (n_pad < 2)
            dst[at++] = (char)(bits >> 8);
        if (n_pad < 1)
            dst[at++] = (char)bits;
    }
    CHECKED_MUST(at > 0 && at <= BASE64_DECODED_MAX(text.n));
    *n = at;
    return true;
}
