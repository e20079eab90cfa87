#include "tools/json.h"

#include <stdlib.h>

#include "proto/base64.h"

/* How many bytes the character at `p` has; 0 if it is none. */
static size_t
character(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (p[0] < 0xc2 || p[0] > 0xf4 || len > n)
        return 0;
    uint32_t code = p[0] & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3f);
    }
    return code < least[len] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : len;
}

bool
json_is_utf8(struct bytes b)
{
    for (size_t i = 0, len; i < b.n; i += len)
        if ((len = character((const unsigned char *)b.p + i, b.n - i)) == 0)
            return false;
    return true;
}

static void
put_string(FILE *f, struct bytes b)
{
    putc('"', f);
    for (size_t i = 0; i < b.n; i++) {
        unsigned char c = (unsigned char)b.p[i];
        if (c == '"' || c == '\\')
            fprintf(f, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            fprintf(f, "\\u%04x", c);
        else
            putc(c, f);
    }
    putc('"', f);
}

static void
put_base64(FILE *f, struct bytes b)
{
    enum { STEP = 3 * 256 };
    char out[BASE64_ENCODED(STEP)];
    putc('"', f);
    for (size_t i = 0; i < b.n; i += STEP) {
        size_t n = b.n - i < STEP ? b.n - i : STEP;
        fwrite(out, 1, (size_t)(base64_encode(out, bytes_of(b.p + i, n)) - out), f);
    }
    putc('"', f);
}

static FILE *
put_name(struct json *j, const char *name, const char *suffix)
{
    fputs(j->begun ? ", " : "", j->f);
    j->begun = true;
    putc('"', j->f);
    fputs(name, j->f);
    fputs(suffix, j->f);
    fputs("\": ", j->f);
    return j->f;
}

void
json_begin(struct json *j, FILE *f)
{
    *j = (struct json){f, false};
    putc('{', f);
}

void
json_bytes(struct json *j, const char *name, struct bytes value)
{
    if (json_is_utf8(value))
        put_string(put_name(j, name, ""), value);
    else
        put_base64(put_name(j, name, "_base64"), value);
}

void
json_text(struct json *j, const char *name, const char *value)
{
    json_bytes(j, name, bytes_of(value, strlen(value)));
}

void
json_number(struct json *j, const char *name, int64_t v)
{
    fprintf(put_name(j, name, ""), "%lld", (long long)v);
}

void
json_unsigned(struct json *j, const char *name, uint64_t v)
{
    fprintf(put_name(j, name, ""), "%llu", (unsigned long long)v);
}

void
json_real(struct json *j, const char *name, double v)
{
    fprintf(put_name(j, name, ""), "%.3f", v);
}

void
json_bool(struct json *j, const char *name, bool v)
{
    fputs(v ? "true" : "false", put_name(j, name, ""));
}

/* As JSON has them: no zero before another digit, no plus, no dot at an end. */
static bool
is_number(struct bytes b)
{
    size_t i = b.n > 0 && b.p[0] == '-', first = i, dots = 0;
    if (i == b.n || b.n > 20 || (b.p[i] == '0' && i + 1 < b.n && b.p[i + 1] != '.'))
        return false;
    for (; i < b.n; i++) {
        bool inside = i > first && i + 1 < b.n;
        if (b.p[i] == '.' && inside && dots++ == 0)
            continue;
        if (b.p[i] < '0' || b.p[i] > '9')
            return false;
    }
    return true;
}

void
json_word(struct json *j, const char *name, struct bytes value)
{
    if (is_number(value))
        fwrite(value.p, 1, value.n, put_name(j, name, ""));
    else
        json_bytes(j, name, value);
}

void
json_end(struct json *j)
{
    fputs("}\n", j->f);
}
