/* ask: calls the dialect's file, and checks what no dialect can express. */
#include "proto/ask.h"

#include <assert.h>

#include "proto/ask/ask_internal.h"
#include "base/text/base64.h"

/* The key of a binary login is the mechanism; a text login has no key. */
static_assert(
    (int)ASK_GET < (int)ASK_TOUCH && (int)ASK_NOP == (int)ASK_TOUCH + 1, "the kinds with a key come first");
static_assert(ASK_MAX >= ASK_WORDS_MAX + 64 && ASK_MAX >= 2 * REQUEST_KEY_MAX + 256, "the longest fits");

static bool
has_key(enum dialect dialect, const struct ask *ask)
{
    return ask->kind <= ASK_TOUCH || (ask->kind == ASK_LOGIN && dialect == DIALECT_BINARY);
}

/* A key that meta sends as base64 must be short enough once encoded. */
static bool
is_good_key(enum dialect dialect, struct bytes key)
{
    if (key.n == 0 || key.n > REQUEST_KEY_MAX)
        return false;
    if (dialect == DIALECT_BINARY || request_is_plain(key))
        return true;
    return dialect == DIALECT_META && BASE64_ENCODED(key.n) <= REQUEST_KEY_MAX;
}

static bool
are_good_words(struct bytes words)
{
    if (words.n > ASK_WORDS_MAX)
        return false;
    return words.n == 0 || (memchr(words.p, '\n', words.n) == NULL && memchr(words.p, '\r', words.n) == NULL);
}

/* The wire's range.  Binary's times have no sign; it sends a negative one as a time in the past. */
static bool
is_good_time(int64_t t)
{
    return t >= INT32_MIN && t <= INT32_MAX;
}

static uint64_t
known_flags(enum dialect dialect, const struct ask *ask)
{
    switch (dialect) {
    case DIALECT_TEXT: return text_ask_flags(ask);
    case DIALECT_META: return meta_ask_flags(ask);
    case DIALECT_BINARY: return binary_ask_flags(ask);
    }
    UNREACHABLE();
}

enum ask_fault
proto_ask_check(enum dialect dialect, const struct ask *ask)
{
    CHECKED_MUST(ask->mode <= PUT_CAS);
    uint64_t known = known_flags(dialect, ask);

    if (UNLIKELY((known & ASK_NOTHING) || (ask->flags & ~known)))
        return ASK_NOT_SUPPORTED;
    if (has_key(dialect, ask) && UNLIKELY(!is_good_key(dialect, ask->key)))
        return ASK_BAD_KEY;
    if ((ask->kind == ASK_STATS || ask->kind == ASK_LINE) && !are_good_words(ask->words))
        return ASK_BAD_WORDS;
    if (UNLIKELY(!is_good_time(ask->exptime) || !is_good_time(ask->vivify_exptime) ||
                 !is_good_time(ask->recache_exptime) || ask->n_value > INT32_MAX - 2))
        return ASK_BAD_NUMBER;
    return ASK_GOOD;
}

char *
proto_ask(char *dst, enum dialect dialect, const struct ask *ask)
{
    CHECKED_MUST(proto_ask_check(dialect, ask) == ASK_GOOD);
    switch (dialect) {
    case DIALECT_TEXT: return text_ask(dst, ask);
    case DIALECT_META: return meta_ask(dst, ask);
    case DIALECT_BINARY: return binary_ask(dst, ask);
    }
    UNREACHABLE();
}

char *
proto_ask_tail(char *dst, enum dialect dialect, const struct ask *ask)
{
    if (dialect == DIALECT_BINARY || (ask->kind != ASK_PUT && ask->kind != ASK_LOGIN))
        return dst;
    memcpy(dst, "\r\n", 2);
    return dst + 2;
}
