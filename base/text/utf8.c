#include "base/text/utf8.h"

#include "base/must.h"

size_t
utf8_character(const char *text, size_t n, uint32_t *code)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text;
    MUST(n > 0);
    *code = p[0];
    if (p[0] < 0x80)
        return 1;
    size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || len > n)
        return 0;
    *code = p[0] & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (p[i] & 0x3f);
    }
    return *code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000) ? 0 : len;
}

bool
utf8_is_valid(struct bytes b)
{
    uint32_t code;
    for (size_t i = 0, n; i < b.n; i += n)
        if ((n = utf8_character(b.p + i, b.n - i, &code)) == 0)
            return false;
    return true;
}
