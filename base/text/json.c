#include "base/text/json.h"

#include <math.h>

#include "base/must.h"
#include "base/text/base64.h"
#include "base/text/utf8.h"

/*
 * Escapes control characters, including those above ASCII, since a terminal may show
 * the output.  A byte that is not valid UTF-8 is written as the character of its value.
 */
static void
put_characters(FILE *f, struct bytes b)
{
    uint32_t code;
    for (size_t i = 0, n; i < b.n; i += n) {
        n = utf8_character(b.p + i, b.n - i, &code);
        if (n == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0)) {
            fprintf(f, "\\u%04x", n == 0 ? (unsigned char)b.p[i] : code);
            n = n == 0 ? 1 : n;
            continue;
        }
        if (code == '"' || code == '\\')
            putc('\\', f);
        fwrite(b.p + i, 1, n, f);
    }
}

static void
put_string(FILE *f, struct bytes b)
{
    putc('"', f);
    put_characters(f, b);
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

static char
innermost(const struct json *j)
{
    MUST(j->depth > 0 && j->depth <= JSON_DEPTH_MAX);
    return j->open[j->depth - 1];
}

/* Starts a new line for the next member, if the style has one per line. */
static void
break_line(const struct json *j)
{
    if (j->style == JSON_INDENT)
        fprintf(j->out, "\n%*s", (int)(2 * j->depth), "");
}

/* Writes the separator and name before a value.  Returns the stream to write to. */
static FILE *
put_name(struct json *j, const char *name, const char *suffix)
{
    MUST((innermost(j) == '{') == (name != NULL));
    if (j->has_one)
        fputs(j->style == JSON_INDENT ? "," : ", ", j->out);
    break_line(j);
    j->has_one = true;
    if (name != NULL) {
        putc('"', j->out);
        put_characters(j->out, bytes_of(name, strlen(name)));
        fprintf(j->out, "%s\": ", suffix);
    }
    return j->out;
}

static void
open_bracket(struct json *j, char bracket)
{
    MUST(bracket == '{' || bracket == '[');
    MUST(j->depth < JSON_DEPTH_MAX);
    j->open[j->depth++] = bracket;
    j->has_one = false;
    putc(bracket, j->out);
}

static void
close_bracket(struct json *j, char bracket)
{
    MUST(bracket == (innermost(j) == '{' ? '}' : ']'));
    j->depth--;
    if (j->has_one)
        break_line(j);
    j->has_one = true;
    putc(bracket, j->out);
}

void
json_begin(struct json *j, FILE *out, enum json_style style)
{
    *j = (struct json){.out = out, .style = style};
    open_bracket(j, '{');
}

void
json_end(struct json *j)
{
    MUST(j->depth == 1);
    close_bracket(j, '}');
    putc('\n', j->out);
}

void
json_open(struct json *j, const char *name, char bracket)
{
    (void)put_name(j, name, "");
    open_bracket(j, bracket);
}

void
json_close(struct json *j, char bracket)
{
    MUST(j->depth > 1);
    close_bracket(j, bracket);
}

void
json_bytes(struct json *j, const char *name, struct bytes value)
{
    if (utf8_is_valid(value))
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
json_signed(struct json *j, const char *name, int64_t v)
{
    fprintf(put_name(j, name, ""), "%lld", (long long)v);
}

void
json_unsigned(struct json *j, const char *name, uint64_t v)
{
    fprintf(put_name(j, name, ""), "%llu", (unsigned long long)v);
}

void
json_real(struct json *j, const char *name, double value, int digits)
{
    fprintf(put_name(j, name, ""), "%.*f", digits, isfinite(value) ? value : 0);
}

void
json_bool(struct json *j, const char *name, bool v)
{
    fputs(v ? "true" : "false", put_name(j, name, ""));
}

/* By JSON's rules: no leading zero before another digit, no plus, no dot at an end. */
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
