/*
 * text_parse: the classic commands' lines, word by word.
 *
 * We are strict and lenient where memcached 1.6.45 is, since clients depend on it:
 * surplus words are ignored, some numbers must be whole and others may have a tail,
 * and `noreply` counts as the last word only.
 *
 * A command that accepts noreply reads the line as far as noreply before it returns
 * a complaint, so that `quiet` is right by then.
 */
#include "proto/parse/parse_internal.h"

#include <limits.h>

#include "proto/parse.h"

#define BAD_DELTA BYTES("CLIENT_ERROR invalid numeric delta argument")

struct bytes
text_last_word(struct bytes last, struct bytes rest, int n_words)
{
    struct bytes word;

    for (; n_words < LINE_WORDS_MAX && (word = request_word(&rest)).n > 0; n_words++)
        last = word;
    return last;
}

static void
read_noreply(struct request *req, struct bytes last, struct bytes rest, int n_words)
{
    CHECKED_MUST(n_words > 0 && n_words < LINE_WORDS_MAX);
    req->quiet = text_is_noreply(text_last_word(last, rest, n_words));
}

/* ---- get ---------------------------------------------------------------- */

static __attribute__((noinline)) struct bytes
check_more_keys(struct bytes rest)
{
    struct bytes key;

    while ((key = parse_next_key(&rest)).n > 0)
        if (key.n > REQUEST_KEY_MAX)
            return LINE_BAD;
    return LINE_GOOD;
}

struct bytes
text_read_keys(struct request *req, struct bytes rest)
{
    struct bytes key = parse_next_key(&rest);

    CHECKED_MUST(key.p + key.n == rest.p); /* the keys are one run of bytes */
    req->key = key;
    req->args = bytes_of(key.p, key.n + rest.n);
    if (key.n == 0 || key.n > REQUEST_KEY_MAX)
        return LINE_BAD;
    return LIKELY(rest.n == 0) ? LINE_GOOD : check_more_keys(rest);
}

struct bytes
text_read_time_keys(struct request *req, struct bytes rest)
{
    struct bytes exptime = request_word(&rest);
    struct bytes complaint = text_read_keys(req, rest);

    if (req->key.n == 0)
        return LINE_BAD;
    return request_exptime(exptime, &req->exptime) ? complaint : BAD_EXPTIME;
}

/* ---- set ---------------------------------------------------------------- */

static bool
is_c_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/*
 * A number as C's strtoul reads one: white space, a sign, digits, and then
 * anything that begins with white space or a zero byte.  The flags and exptime of a
 * storage line are read this way, from the start of the word on.
 */
static bool
read_c_number(struct bytes word, const char *end, bool *negative, uint64_t *size)
{
    const char *p = word.p;
    uint64_t sum = 0;

    CHECKED_MUST(word.p + word.n <= end);
    while (p < end && is_c_space(*p))
        p++;
    *negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    const char *digits = p;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, *p - '0', &sum))
            return false;
    *size = sum;
    return p > digits && (p == end || is_c_space(*p) || *p == '\0');
}

/* Only the low 32 bits are kept; more bits are no error. */
static bool
read_flags(struct bytes word, const char *line_end, uint32_t *flags)
{
    bool negative;
    uint64_t size;

    if (LIKELY(request_u32(word, flags)))
        return true;
    if (!read_c_number(word, line_end, &negative, &size) || (negative && size > 0))
        return false;
    *flags = (uint32_t)size;
    return true;
}

/* Here too 64 bits are read and 32 are kept, so 2^31 seconds are in the past. */
static bool
read_exptime(struct bytes word, const char *line_end, int64_t *exptime)
{
    bool negative;
    uint64_t size;

    if (LIKELY(request_exptime(word, exptime)))
        return true;
    if (!read_c_number(word, line_end, &negative, &size) || size > (uint64_t)INT64_MAX + negative)
        return false;
    *exptime = (int32_t)(uint32_t)(negative ? -size : size);
    return true;
}

/*
 * Reads the number of bytes before anything else: without it the start of the next
 * line is unknown, and with it every other mistake costs just this request.
 */
static struct bytes
read_storage(struct request *req, struct bytes rest, bool with_cas)
{
    const char *end = rest.p + rest.n;
    struct bytes key = parse_next_key(&rest), flags = request_word(&rest), exptime = request_word(&rest);
    struct bytes length = request_word(&rest), cas = LINE_GOOD;
    int32_t n_value;

    if (!request_i32(length, &n_value) || n_value < 0 || n_value > INT_MAX - 2)
        return LINE_BAD;
    req->n_value = (uint32_t)n_value;
    req->has_body = true;
    req->mode = parse_mode_of(req->kind);
    req->key = key;
    if (with_cas)
        cas = request_word(&rest);
    read_noreply(req, cas.n > 0 ? cas : length, rest, cas.n > 0 ? 6 : 5);

    if (key.n > REQUEST_KEY_MAX || (with_cas && !request_u64(cas, &req->cas)) ||
        !read_flags(flags, end, &req->client_flags) || !read_exptime(exptime, end, &req->exptime))
        return LINE_BAD;
    return LINE_GOOD;
}

/*
 * Reads one to nine digits at `p`; returns their end, or NULL if there are none
 * or more.  Reads no further than the line's end, which is no digit.
 */
static inline const char *
scan_digits(const char *p, uint32_t *out)
{
    enum { DIGITS_MAX = 9 };
    const char *start = p;
    uint32_t digit, sum = (uint32_t)(unsigned char)*p++ - '0';

    if (UNLIKELY(sum > 9))
        return NULL;
    for (; (digit = (uint32_t)(unsigned char)*p - '0') <= 9; p++)
        sum = sum * 10 + digit;
    *out = sum;
    return LIKELY(p - start <= DIGITS_MAX) ? p : NULL;
}

/*
 * Reads the line that nearly every client sends, in one pass: words with one space
 * between them, plain numbers.  False for any other line, which read_storage reads.
 */
static bool
read_usual_storage(struct request *req, struct bytes rest)
{
    const char *end = rest.p + rest.n, *key = rest.p + 1, *p;
    uint32_t exptime;

    if (rest.n < 2 || (p = memchr(key, ' ', (size_t)(end - key))) == NULL)
        return false;
    req->key = bytes_of(key, (size_t)(p - key));
    if (req->key.n - 1 >= REQUEST_KEY_MAX) /* 0 wraps */
        return false;
    if ((p = scan_digits(p + 1, &req->client_flags)) == NULL || *p != ' ' ||
        (p = scan_digits(p + 1, &exptime)) == NULL || *p != ' ' ||
        (p = scan_digits(p + 1, &req->n_value)) == NULL)
        return false;
    CHECKED_MUST(p <= end && req->key.n <= REQUEST_KEY_MAX);
    req->quiet = p != end;
    if (UNLIKELY(req->quiet) && !bytes_equal(bytes_of(p, (size_t)(end - p)), BYTES(" noreply")))
        return false;
    req->exptime = exptime;
    req->has_body = true;
    req->mode = parse_mode_of(req->kind);
    return true;
}

struct bytes
text_read_storage(struct request *req, struct bytes rest)
{
    if (LIKELY(read_usual_storage(req, rest)))
        return LINE_GOOD;
    req->quiet = false;
    return read_storage(req, rest, false);
}

struct bytes
text_read_storage_cas(struct request *req, struct bytes rest)
{
    return read_storage(req, rest, true);
}

/* ---- delete, incr, touch ------------------------------------------------ */

/* A lone `delete noreply` deletes the key "noreply" without a reply. */
struct bytes
text_read_key(struct request *req, struct bytes rest)
{
    struct bytes key = parse_next_key(&rest);

    if (key.n == 0)
        return LINE_BAD;
    req->key = key;
    req->cas = 0;
    read_noreply(req, key, rest, 2);
    return key.n > REQUEST_KEY_MAX ? LINE_BAD : LINE_GOOD;
}

/* Reads a key and returns the word after it in *number; empty if the line has another error. */
static struct bytes
read_key_and(struct request *req, struct bytes rest, struct bytes *number)
{
    struct bytes key = parse_next_key(&rest), second = request_word(&rest);

    *number = LINE_GOOD;
    if (second.n == 0)
        return LINE_BAD;
    req->key = key;
    read_noreply(req, second, rest, 3);
    if (key.n > REQUEST_KEY_MAX)
        return LINE_BAD;
    *number = second;
    return LINE_GOOD;
}

struct bytes
text_read_key_delta(struct request *req, struct bytes rest)
{
    struct bytes number;
    struct bytes complaint = read_key_and(req, rest, &number);

    req->arith_decr = req->kind == CMD_DECR;
    if (number.n > 0 && !request_u64(number, &req->delta))
        return BAD_DELTA;
    return complaint;
}

struct bytes
text_read_key_time(struct request *req, struct bytes rest)
{
    struct bytes number;
    struct bytes complaint = read_key_and(req, rest, &number);

    if (number.n > 0 && !request_exptime(number, &req->exptime))
        return BAD_EXPTIME;
    return complaint;
}

/* ---- everything else ---------------------------------------------------- */

static struct bytes
without_outer_spaces(struct bytes text)
{
    while (text.n > 0 && text.p[0] == ' ')
        text = bytes_of(text.p + 1, text.n - 1);
    while (text.n > 0 && text.p[text.n - 1] == ' ')
        text.n--;
    return text;
}

struct bytes
text_read_words(struct request *req, struct bytes rest)
{
    req->args = without_outer_spaces(rest);
    return LINE_GOOD;
}

struct bytes
text_read_admin(struct request *req, struct bytes rest)
{
    struct bytes last = text_last_word(bytes_of(rest.p, 0), rest, 1);

    req->quiet = text_is_noreply(last);
    const char *end = req->quiet ? last.p : last.p + last.n;

    CHECKED_MUST(end >= rest.p && end <= rest.p + rest.n);
    req->args = without_outer_spaces(bytes_of(rest.p, (size_t)(end - rest.p)));
    return LINE_GOOD;
}

/* Only `set` has a body.  Any error but one in the length costs just this request. */
struct bytes
text_read_config(struct request *req, struct bytes rest)
{
    (void)text_read_admin(req, rest);
    struct bytes args = req->args;
    if (!bytes_equal(request_word(&args), BYTES("set")))
        return LINE_GOOD;
    struct bytes name = request_word(&args), flags = request_word(&args), length = request_word(&args);
    int32_t n_value;

    if (!request_i32(length, &n_value) || n_value < 0 || n_value > INT_MAX - 2)
        return LINE_BAD;
    req->n_value = (uint32_t)n_value;
    req->has_body = true;
    if (name.n > REQUEST_KEY_MAX || !request_u32(flags, &req->client_flags))
        return LINE_BAD;
    return n_value > REQUEST_CONFIG_MAX ? BYTES("SERVER_ERROR object too large for cache") : LINE_GOOD;
}
