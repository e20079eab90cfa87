#include "tools/text/record.h"

#include <assert.h>
#include <stdlib.h>

#include "base/text/base64.h"

enum { WORDS_MAX = 8 };
static_assert(RECORD_LINE_MAX >= BASE64_ENCODED(RECORD_KEY_MAX) + 64, "a key and its numbers fit a line");

static size_t
split(struct bytes line, struct bytes word[WORDS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < line.n;) {
        while (i < line.n && line.p[i] == ' ')
            i++;
        size_t from = i;
        while (i < line.n && line.p[i] != ' ')
            i++;
        if (i == from)
            break;
        if (n == WORDS_MAX)
            return 0;
        MUST(from < i && i <= line.n);
        word[n++] = bytes_of(line.p + from, i - from);
    }
    return n;
}

static bool
number(struct bytes b, int64_t least, int64_t most, int64_t *out)
{
    bool minus = b.n > 0 && b.p[0] == '-';
    size_t i = minus;
    int64_t v = 0;
    if (i == b.n || b.n > 18)
        return false;
    for (; i < b.n; i++) {
        if (b.p[i] < '0' || b.p[i] > '9')
            return false;
        v = v * 10 + (b.p[i] - '0');
    }
    MUST(v >= 0); /* so few digits do not overflow */
    *out = minus ? -v : v;
    return *out >= least && *out <= most;
}

static bool
is_plain(struct bytes key)
{
    for (size_t i = 0; i < key.n; i++)
        if ((unsigned char)key.p[i] <= ' ' || key.p[i] == 0x7f)
            return false;
    return key.n > 0;
}

static bool
take_key(struct record *r, struct bytes key)
{
    if (!is_plain(key) || key.n > RECORD_KEY_MAX)
        return false;
    memcpy(r->key, key.p, key.n);
    r->n_key = key.n;
    return true;
}

static bool
take_binary_key(struct record *r, struct bytes key)
{
    char raw[BASE64_DECODED_MAX(RECORD_LINE_MAX)];
    if (key.n > RECORD_LINE_MAX || !base64_decode(key, raw, &r->n_key) || r->n_key == 0 ||
        r->n_key > RECORD_KEY_MAX)
        return false;
    memcpy(r->key, raw, r->n_key);
    return true;
}

static bool
take_numbers(struct record *r, int64_t n_value, int64_t flags, int64_t exptime)
{
    MUST(n_value >= 0 && n_value <= INT32_MAX && flags >= 0 && flags <= UINT32_MAX);
    MUST(r->n_key > 0 && r->n_key <= RECORD_KEY_MAX);
    r->n_value = (uint32_t)n_value;
    r->flags = (uint32_t)flags;
    r->exptime = exptime;
    return true;
}

/* set KEY FLAGS EXPIRY LENGTH */
static bool
parse_classic(const struct bytes *word, size_t n, struct record *r)
{
    int64_t flags, exptime, length;
    return n == 5 && take_key(r, word[1]) && number(word[2], 0, UINT32_MAX, &flags) &&
           number(word[3], INT32_MIN, UINT32_MAX, &exptime) && number(word[4], 0, INT32_MAX, &length) &&
           take_numbers(r, length, flags, exptime);
}

static bool
parse_meta(const struct bytes *word, size_t n, struct record *r)
{
    int64_t flags = 0, exptime = 0, length;
    bool binary = false;
    if (n < 3 || !number(word[2], 0, INT32_MAX, &length))
        return false;
    for (size_t i = 3; i < n; i++) {
        struct bytes token = bytes_of(word[i].p + 1, word[i].n - 1);
        if (word[i].p[0] == 'b' && token.n == 0)
            binary = true;
        else if (!(word[i].p[0] == 'T' && number(token, INT32_MIN, UINT32_MAX, &exptime)) &&
                 !(word[i].p[0] == 'F' && number(token, 0, UINT32_MAX, &flags)))
            return false;
    }
    return (binary ? take_binary_key(r, word[1]) : take_key(r, word[1])) &&
           take_numbers(r, length, flags, exptime);
}

bool
record_parse(struct bytes line, struct record *r)
{
    struct bytes word[WORDS_MAX];
    size_t n = split(line, word);
    if (n == 0)
        return false;
    if (bytes_equal(word[0], BYTES("ms")))
        return parse_meta(word, n, r);
    if (bytes_equal(word[0], BYTES("add")) || bytes_equal(word[0], BYTES("set")))
        return parse_classic(word, n, r);
    return false;
}

char *
record_compose(char *dst, struct bytes key, uint32_t n_value, uint32_t flags, int64_t exptime)
{
    MUST(key.n > 0 && key.n <= RECORD_KEY_MAX);
    memcpy(dst, "ms ", 3);
    dst += 3;
    bool plain = is_plain(key);
    if (plain) {
        memcpy(dst, key.p, key.n);
        dst += key.n;
    } else {
        dst = base64_encode(dst, key);
    }
    return dst + sprintf(dst, " %u T%lld F%u%s\r\n", n_value, (long long)exptime, flags, plain ? "" : " b");
}
