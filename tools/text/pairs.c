#include "tools/text/pairs.h"

#include "base/must.h"
#include "base/text/split.h"

bool
pairs_next(struct bytes *line, struct bytes *name, struct bytes *value)
{
    while (line->n > 0 && (line->p[0] == ' ' || line->p[0] == '\r' || line->p[0] == '\n'))
        *line = bytes_of(line->p + 1, line->n - 1);
    if (line->n == 0)
        return false;
    size_t n = 0;
    while (n < line->n && line->p[n] != ' ' && line->p[n] != '\r' && line->p[n] != '\n')
        n++;
    struct bytes word = split_front(line, n);
    *value = word;
    if (!split_at(value, '=', name)) {
        *name = bytes_of(word.p, 0);
        *value = word;
    }
    return true;
}

static int
digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t
pairs_unescape(struct bytes text, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '%') {
            out[n++] = text.p[i];
            continue;
        }
        if (text.n - i < 3 || digit(text.p[i + 1]) < 0 || digit(text.p[i + 2]) < 0)
            return 0;
        out[n++] = (char)(digit(text.p[i + 1]) << 4 | digit(text.p[i + 2]));
        i += 2;
    }
    MUST(n <= text.n);
    return n;
}
