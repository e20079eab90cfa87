/*
 * request: words and numbers of the text protocol, and the commands' properties
 * from commands.def.
 */
#include "proto/request.h"

#include "base/must.h"

/*
 * Finds control characters and blanks in eight bytes at a time.  The high bit of a
 * byte of `v - low` is set if the byte is below '!', of `v ^ 0x7f.. - 1` if it is
 * DEL; ~v clears those above 0x7f.  A borrow spreads only from a byte that is found.
 */
static inline uint64_t
odd_of(const char *p, size_t n)
{
    CHECKED_MUST(n <= sizeof(uint64_t));
    uint64_t v = UINT64_C(0x6161616161616161); /* 'a' in the bytes that the word does not fill */
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    memcpy(&v, p, n);
    uint64_t del = v ^ (ones * 0x7f);
    return (((v - ones * 0x21) & ~v) | ((del - ones) & ~del)) & highs;
}

bool
request_is_plain(struct bytes word)
{
    enum { STEP = sizeof(uint64_t) };
    uint64_t odd = 0;

    if (UNLIKELY(word.n < STEP))
        return odd_of(word.p, word.n) == 0;
    for (size_t i = 0; i + STEP < word.n; i += STEP)
        odd |= odd_of(word.p + i, STEP);
    return (odd | odd_of(word.p + word.n - STEP, STEP)) == 0; /* may overlap the step before */
}

/*
 * Longer tokens are not numbers, whatever their digits: memcached limits them, so
 * that a number is read in bounded time.  Leading zeros count.
 */
enum { TOKEN_32_MAX = 11, TOKEN_64_MAX = 22 };

/* At least one digit, digits only, at most `max`. */
static bool
read_digits(struct bytes token, uint64_t max, uint64_t *out)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < token.n; i++) {
        unsigned digit = (unsigned char)token.p[i] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, digit, &sum))
            return false;
    }
    *out = sum;
    return token.n > 0 && sum <= max;
}

/* `max` is the largest positive value; the most negative one is -max - 1. */
static bool
read_signed(struct bytes token, uint64_t max, int64_t *out)
{
    uint64_t size;
    bool negative = token.n > 0 && token.p[0] == '-';

    if (!read_digits(bytes_of(token.p + negative, token.n - negative), max + negative, &size))
        return false;
    *out = (int64_t)(negative ? -size : size);
    return true;
}

bool
request_u32(struct bytes token, uint32_t *out)
{
    uint64_t wide;

    if (token.n > TOKEN_32_MAX || !read_digits(token, UINT32_MAX, &wide))
        return false;
    CHECKED_MUST(wide <= UINT32_MAX);
    *out = (uint32_t)wide;
    return true;
}

bool
request_i32(struct bytes token, int32_t *out)
{
    int64_t wide;

    if (token.n > TOKEN_32_MAX || !read_signed(token, INT32_MAX, &wide))
        return false;
    CHECKED_MUST(wide >= INT32_MIN && wide <= INT32_MAX);
    *out = (int32_t)wide;
    return true;
}

bool
request_exptime(struct bytes token, int64_t *out)
{
    return token.n <= TOKEN_32_MAX && read_signed(token, INT32_MAX, out);
}

bool
request_u64(struct bytes token, uint64_t *out)
{
    return token.n <= TOKEN_64_MAX && read_digits(token, UINT64_MAX, out);
}

bool
request_i64(struct bytes token, int64_t *out)
{
    return token.n <= TOKEN_64_MAX && read_signed(token, INT64_MAX, out);
}

static const struct {
    const char *word;
    uint8_t body; /* enum request_body */
} commands[CMD_N_KINDS] = {
    [CMD_NONE] = {"", REQUEST_BODY_NONE},
#define CMD(kind, word, shape, effects, body, does) [CMD_##kind] = {word, REQUEST_BODY_##body},
#include "proto/commands.def"
#undef CMD
};

const char *
request_word_of(enum cmd_kind kind)
{
    MUST(kind < CMD_N_KINDS);
    return commands[kind].word;
}

enum request_body
request_body_of(enum cmd_kind kind)
{
    MUST(kind < CMD_N_KINDS);
    return commands[kind].body;
}
