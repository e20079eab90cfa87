/* uri: see uri.h. */
#include "base/text/uri.h"

#include <stdbool.h>

static bool
is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

char *
uri_encode(char *dst, struct bytes raw)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < raw.n; i++) {
        unsigned char c = (unsigned char)raw.p[i];
        if (is_unreserved(c)) {
            *dst++ = (char)c;
            continue;
        }
        *dst++ = '%';
        *dst++ = digits[c >> 4];
        *dst++ = digits[c & 15];
    }
    return dst;
}
