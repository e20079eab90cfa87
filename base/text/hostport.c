#include "base/text/hostport.h"

#include <stdio.h>

#include "base/text/split.h"

static unsigned
count_colons(struct bytes text)
{
    unsigned n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == ':';
    return n;
}

bool
hostport_split(struct bytes text, unsigned n_fields, struct bytes *host, struct bytes *rest)
{
    if (text.n > 0 && text.p[0] == '[') {
        *rest = bytes_of(text.p + 1, text.n - 1);
        return split_at(rest, ']', host) && (rest->n == 0 || rest->p[0] == ':');
    }
    size_t n = text.n;
    if (count_colons(text) <= n_fields)
        for (n = 0; n < text.n && text.p[n] != ':';)
            n++;
    *rest = text;
    *host = split_front(rest, n);
    return true;
}

bool
hostport_port(struct bytes text, uint16_t *port)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned digit = (unsigned char)text.p[i] - (unsigned)'0';
        if (digit > 9 || (sum = sum * 10 + digit) > UINT16_MAX)
            return false;
    }
    *port = (uint16_t)sum;
    return sum > 0;
}

int
hostport_text(char *text, size_t n_text, struct bytes host, uint16_t port)
{
    bool brackets = count_colons(host) > 0;
    return snprintf(
        text, n_text, "%s%.*s%s:%u", brackets ? "[" : "", (int)host.n, host.p, brackets ? "]" : "", port);
}
