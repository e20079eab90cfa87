/*
 * text_ask: the classic requests, as clients write them.
 *
 * Meta calls text_ask for the requests that it lacks: statistics, flushes, a login.
 */
#include "proto/ask/ask_internal.h"

#include "proto/compose/compose_internal.h"

#define F(letter) META_FLAG(letter)

uint64_t
text_ask_flags(const struct ask *ask)
{
    switch ((enum ask_kind)ask->kind) {
    case ASK_GET: return ask->quiet ? ASK_NOTHING : F('v') | F('f') | F('k') | F('c') | F('T');
    case ASK_PUT: return ask->mode == PUT_SET ? F('C') : ask->mode == PUT_CAS ? ASK_NOTHING : 0;
    case ASK_ARITH: return F('v');
    case ASK_NOP: return ASK_NOTHING;
    case ASK_DELETE:
    case ASK_TOUCH:
    case ASK_STATS:
    case ASK_VERSION:
    case ASK_FLUSH:
    case ASK_QUIT:
    case ASK_LOGIN:
    case ASK_LINE: return 0;
    case ASK_N_KINDS: break;
    }
    return ASK_NOTHING;
}

static char *
add_number(char *dst, uint64_t v)
{
    *dst = ' ';
    return compose_u64(dst + 1, v);
}

static char *
add_time(char *dst, int64_t t)
{
    *dst++ = ' ';
    if (t < 0)
        *dst++ = '-';
    return compose_u64(dst, (uint64_t)(t < 0 ? -t : t));
}

static char *
end_line(char *dst, const struct ask *ask)
{
    return compose_crlf(ask->quiet ? compose_bytes(dst, BYTES(" noreply")) : dst);
}

char *
ask_text_keys(char *dst, const struct ask *ask)
{
    if (ask->flags & F('T')) {
        dst = compose_bytes(dst, ask->flags & F('c') ? BYTES("gats") : BYTES("gat"));
        return add_time(dst, ask->exptime);
    }
    return compose_bytes(dst, ask->flags & F('c') ? BYTES("gets") : BYTES("get"));
}

static char *
text_ask_get(char *dst, const struct ask *ask)
{
    dst = ask_text_keys(dst, ask);
    *dst++ = ' ';
    return compose_crlf(compose_bytes(dst, ask->key));
}

static char *
text_ask_put(char *dst, const struct ask *ask)
{
    static const char words[][9] = {
        [PUT_SET] = "set ",
        [PUT_ADD] = "add ",
        [PUT_REPLACE] = "replace ",
        [PUT_APPEND] = "append ",
        [PUT_PREPEND] = "prepend ",
    };
    bool with_cas = ask->flags & F('C');
    CHECKED_MUST(ask->mode < PUT_CAS && (!with_cas || ask->mode == PUT_SET));
    const char *word = with_cas ? "cas " : words[ask->mode];

    dst = compose_bytes(dst, bytes_of(word, strlen(word)));
    dst = compose_bytes(dst, ask->key);
    dst = add_number(dst, ask->client_flags);
    dst = add_time(dst, ask->exptime);
    dst = add_number(dst, ask->n_value);
    return end_line(with_cas ? add_number(dst, ask->cas) : dst, ask);
}

/* The server accepts any key. */
static char *
text_ask_login(char *dst, const struct ask *ask)
{
    return compose_crlf(add_number(compose_bytes(dst, BYTES("set login 0 0")), ask->n_value));
}

static char *
text_ask_flush(char *dst, const struct ask *ask)
{
    dst = compose_bytes(dst, BYTES("flush_all"));
    return end_line(ask->exptime != 0 ? add_time(dst, ask->exptime) : dst, ask);
}

static char *
text_ask_stats(char *dst, const struct ask *ask)
{
    dst = compose_bytes(dst, BYTES("stats"));
    if (ask->words.n > 0) {
        *dst++ = ' ';
        dst = compose_bytes(dst, ask->words);
    }
    return compose_crlf(dst);
}

char *
text_ask(char *dst, const struct ask *ask)
{
    switch ((enum ask_kind)ask->kind) {
    case ASK_GET: return text_ask_get(dst, ask);
    case ASK_PUT: return text_ask_put(dst, ask);
    case ASK_DELETE: return end_line(compose_bytes(compose_bytes(dst, BYTES("delete ")), ask->key), ask);
    case ASK_ARITH:
        dst = compose_bytes(compose_bytes(dst, ask->decr ? BYTES("decr ") : BYTES("incr ")), ask->key);
        return end_line(add_number(dst, ask->delta), ask);
    case ASK_TOUCH:
        dst = compose_bytes(compose_bytes(dst, BYTES("touch ")), ask->key);
        return end_line(add_time(dst, ask->exptime), ask);
    case ASK_STATS: return text_ask_stats(dst, ask);
    case ASK_VERSION: return compose_bytes(dst, BYTES("version\r\n"));
    case ASK_FLUSH: return text_ask_flush(dst, ask);
    case ASK_QUIT: return compose_bytes(dst, BYTES("quit\r\n"));
    case ASK_LOGIN: return text_ask_login(dst, ask);
    case ASK_LINE: return compose_crlf(compose_bytes(dst, ask->words));
    case ASK_NOP:
    case ASK_N_KINDS: break;
    }
    UNREACHABLE();
}
