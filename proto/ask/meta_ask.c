/*
 * meta_ask: requests of the meta protocol: two letters, a key, flags.
 *
 * The flags without an argument are written from the set, lowest letter first; a
 * flag with an argument is written by the function that knows the argument.
 */
#include "proto/ask/ask_internal.h"

#include "base/text/base64.h"
#include "proto/compose/compose_internal.h"

#define F(letter) META_FLAG(letter)

/* The flags without an argument. */
#define BARE_FLAGS                                                                                      \
    (F('I') | F('c') | F('f') | F('h') | F('k') | F('l') | F('q') | F('s') | F('t') | F('u') | F('v') | \
        F('x'))

uint64_t
meta_ask_flags(const struct ask *ask)
{
    const uint64_t always = F('b') | F('k') | F('O');
    switch ((enum ask_kind)ask->kind) {
    case ASK_GET:
        return always | F('v') | F('c') | F('f') | F('h') | F('l') | F('s') | F('t') | F('u') | F('C') |
               F('E') | F('N') | F('R') | F('T');
    case ASK_PUT:
        return ask->mode == PUT_CAS ? ASK_NOTHING
                                    : always | F('c') | F('s') | F('C') | F('E') | F('I') | F('N');
    case ASK_DELETE: return always | F('C') | F('E') | F('I') | F('T') | F('x');
    case ASK_ARITH: return always | F('v') | F('c') | F('t') | F('C') | F('E') | F('N') | F('T');
    case ASK_TOUCH: return always | F('c') | F('f') | F('h') | F('l') | F('s') | F('t');
    case ASK_NOP: return 0;
    case ASK_STATS:
    case ASK_VERSION:
    case ASK_FLUSH:
    case ASK_QUIT:
    case ASK_LOGIN:
    case ASK_LINE: return text_ask_flags(ask);
    case ASK_N_KINDS: break;
    }
    return ASK_NOTHING;
}

static char *
add_number(char *dst, char letter, uint64_t v)
{
    dst[0] = ' ';
    dst[1] = letter;
    return compose_u64(dst + 2, v);
}

static char *
add_time(char *dst, char letter, int64_t t)
{
    dst[0] = ' ';
    dst[1] = letter;
    dst += 2;
    if (t < 0)
        *dst++ = '-';
    return compose_u64(dst, (uint64_t)(t < 0 ? -t : t));
}

/* Writes "mg key"; *encoded is true if the key is written as base64. */
static char *
begin_line(char *dst, const char *word, const struct ask *ask, bool *encoded)
{
    CHECKED_MUST(ask->key.n > 0 && ask->key.n <= REQUEST_KEY_MAX);
    memcpy(dst, word, 3);
    dst += 3;
    *encoded = (ask->flags & F('b')) || UNLIKELY(!request_is_plain(ask->key));
    return *encoded ? base64_encode(dst, ask->key) : compose_bytes(dst, ask->key);
}

static char *
add_bare(char *dst, uint64_t flags)
{
    for (; flags != 0; flags &= flags - 1) {
        dst[0] = ' ';
        dst[1] = (char)('A' + __builtin_ctzll(flags));
        dst += 2;
    }
    return dst;
}

/* Writes the flags that are not particular to one kind, and CRLF. */
static char *
end_line(char *dst, const struct ask *ask, bool encoded)
{
    uint64_t flags = ask->flags;
    uint64_t bare = flags & BARE_FLAGS;

    if (encoded)
        bare |= F('b');
    if (ask->quiet)
        bare |= F('q');
    dst = add_bare(dst, bare);
    if (LIKELY((flags & ~BARE_FLAGS) == 0))
        return compose_crlf(dst);
    if (flags & F('C'))
        dst = add_number(dst, 'C', ask->cas);
    if (flags & F('E'))
        dst = add_number(dst, 'E', ask->cas_new);
    if (flags & F('N'))
        dst = add_time(dst, 'N', ask->vivify_exptime);
    if (flags & F('O'))
        dst = add_number(dst, 'O', ask->opaque);
    if (flags & F('R'))
        dst = add_time(dst, 'R', ask->recache_exptime);
    if (flags & F('T'))
        dst = add_time(dst, 'T', ask->exptime);
    return compose_crlf(dst);
}

static char *
meta_ask_put(char *dst, const struct ask *ask)
{
    static const char modes[] = {
        [PUT_ADD] = 'E', [PUT_REPLACE] = 'R', [PUT_APPEND] = 'A', [PUT_PREPEND] = 'P'};
    bool encoded;

    dst = begin_line(dst, "ms ", ask, &encoded);
    *dst++ = ' ';
    dst = compose_u64(dst, ask->n_value);
    if (ask->client_flags != 0)
        dst = add_number(dst, 'F', ask->client_flags);
    if (ask->exptime != 0)
        dst = add_time(dst, 'T', ask->exptime);
    if (ask->mode != PUT_SET) {
        memcpy(dst, " M", 2);
        CHECKED_MUST(ask->mode < PUT_CAS);
        dst[2] = modes[ask->mode];
        dst += 3;
    }
    return end_line(dst, ask, encoded);
}

static char *
meta_ask_arith(char *dst, const struct ask *ask)
{
    bool encoded;

    dst = begin_line(dst, "ma ", ask, &encoded);
    if (ask->decr)
        dst = compose_bytes(dst, BYTES(" MD"));
    dst = add_number(dst, 'D', ask->delta);
    if (ask->flags & F('N'))
        dst = add_number(dst, 'J', ask->initial);
    return end_line(dst, ask, encoded);
}

/* A get that returns nothing. */
static char *
meta_ask_touch(char *dst, const struct ask *ask)
{
    bool encoded;

    dst = begin_line(dst, "mg ", ask, &encoded);
    return end_line(add_time(dst, 'T', ask->exptime), ask, encoded);
}

static char *
meta_ask_plain(char *dst, const char *word, const struct ask *ask)
{
    bool encoded;

    dst = begin_line(dst, word, ask, &encoded);
    return end_line(dst, ask, encoded);
}

char *
meta_ask(char *dst, const struct ask *ask)
{
    switch ((enum ask_kind)ask->kind) {
    case ASK_GET: return meta_ask_plain(dst, "mg ", ask);
    case ASK_PUT: return meta_ask_put(dst, ask);
    case ASK_DELETE: return meta_ask_plain(dst, "md ", ask);
    case ASK_ARITH: return meta_ask_arith(dst, ask);
    case ASK_TOUCH: return meta_ask_touch(dst, ask);
    case ASK_NOP: return compose_bytes(dst, BYTES("mn\r\n"));
    case ASK_STATS:
    case ASK_VERSION:
    case ASK_FLUSH:
    case ASK_QUIT:
    case ASK_LOGIN:
    case ASK_LINE: return text_ask(dst, ask);
    case ASK_N_KINDS: break;
    }
    UNREACHABLE();
}
