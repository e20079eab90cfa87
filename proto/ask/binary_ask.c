/* binary_ask: the requests of the binary protocol, as clients write them. */
#include "proto/ask/ask_internal.h"

#include "base/clock.h"
#include "proto/binary.h"
#include "proto/compose/compose_internal.h"

#define F(letter) META_FLAG(letter)

enum opcode {
#define OPCODE(code, name, kind, quiet, flags, shape) OP_##name = code,
#include "proto/binary.def"
#undef OPCODE
};

uint64_t
binary_ask_flags(const struct ask *ask)
{
    const uint64_t always = F('O');
    switch ((enum ask_kind)ask->kind) {
    case ASK_GET: return always | F('v') | F('f') | F('c') | F('k') | F('T');
    case ASK_PUT:
        if (ask->mode == PUT_CAS)
            return ASK_NOTHING;
        return always | F('c') | F('C');
    case ASK_DELETE: return always | F('C');
    case ASK_ARITH: return always | F('v') | F('c') | F('C') | F('N');
    case ASK_TOUCH: return ask->quiet ? ASK_NOTHING : always | F('c') | F('f');
    case ASK_NOP:
    case ASK_STATS:
    case ASK_VERSION:
    case ASK_FLUSH:
    case ASK_QUIT:
    case ASK_LOGIN: return always;
    case ASK_LINE:
    case ASK_N_KINDS: break;
    }
    return ASK_NOTHING;
}

struct packet {
    enum opcode opcode;
    struct bytes key;
    uint32_t n_extras, n_value;
};

/* Writes everything but the value; copies the extras from `extras`. */
static char *
ask_packet(char *dst, const struct ask *ask, struct packet p, const char *extras)
{
    CHECKED_MUST(p.key.n <= UINT16_MAX && p.n_extras <= UINT8_MAX);
    CHECKED_MUST(p.n_extras == 0 || extras != NULL);
    dst[0] = (char)BINARY_REQUEST;
    dst[1] = (char)p.opcode;
    binary_put16(dst + 2, (uint16_t)p.key.n);
    dst[4] = (char)p.n_extras;
    memset(dst + 5, 0, 3);
    binary_put32(dst + 8, p.n_extras + (uint32_t)p.key.n + p.n_value);
    binary_put32(dst + 12, ask->opaque);
    binary_put64(dst + 16, ask->flags & F('C') ? ask->cas : 0);
    dst += BINARY_HEAD;
    if (p.n_extras > 0)
        dst = compose_bytes(dst, bytes_of(extras, p.n_extras));
    return p.key.n > 0 ? compose_bytes(dst, p.key) : dst;
}

/*
 * Writes a time without a sign.  A negative one, which in text is in the past,
 * would be the year 2106 here.  So we write a time in 1970, of more than 30 days.
 */
static void
put_time(char *p, int64_t t)
{
    binary_put32(p, t < 0 ? CLOCK_RELATIVE_MAX + 1 : (uint32_t)t);
}

static char *
ask_get(char *dst, const struct ask *ask)
{
    static const uint8_t opcodes[2][2][2] = {
        /* [touch][key][quiet] */
        {{OP_GET, OP_GETQ}, {OP_GETK, OP_GETKQ}},
        {{OP_GAT, OP_GATQ}, {OP_GATK, OP_GATKQ}},
    };
    bool touch = ask->flags & F('T'), key = ask->flags & F('k');
    char extras[4];

    put_time(extras, ask->exptime);
    return ask_packet(dst, ask,
        (struct packet){opcodes[touch][key][ask->quiet], ask->key, touch ? sizeof extras : 0, 0}, extras);
}

static char *
ask_put(char *dst, const struct ask *ask)
{
    static const uint8_t opcodes[][2] = {
        [PUT_SET] = {OP_SET, OP_SETQ},
        [PUT_ADD] = {OP_ADD, OP_ADDQ},
        [PUT_REPLACE] = {OP_REPLACE, OP_REPLACEQ},
        [PUT_APPEND] = {OP_APPEND, OP_APPENDQ},
        [PUT_PREPEND] = {OP_PREPEND, OP_PREPENDQ},
    };
    CHECKED_MUST(ask->mode < PUT_CAS);
    bool grows = ask->mode == PUT_APPEND || ask->mode == PUT_PREPEND;
    char extras[8];

    binary_put32(extras, ask->client_flags);
    put_time(extras + 4, ask->exptime);
    return ask_packet(dst, ask,
        (struct packet){opcodes[ask->mode][ask->quiet], ask->key, grows ? 0 : sizeof extras, ask->n_value},
        extras);
}

static char *
ask_arith(char *dst, const struct ask *ask)
{
    static const uint8_t opcodes[2][2] = {{OP_INCREMENT, OP_INCREMENTQ}, {OP_DECREMENT, OP_DECREMENTQ}};
    char extras[20];

    binary_put64(extras, ask->delta);
    binary_put64(extras + 8, ask->initial);
    if (ask->flags & F('N'))
        put_time(extras + 16, ask->vivify_exptime);
    else
        binary_put32(extras + 16, BINARY_NO_VIVIFY);
    return ask_packet(
        dst, ask, (struct packet){opcodes[ask->decr][ask->quiet], ask->key, sizeof extras, 0}, extras);
}

/* A packet whose extras, if any, are a time. */
static char *
ask_timed(char *dst, const struct ask *ask, enum opcode opcode, struct bytes key, bool timed)
{
    char extras[4];

    put_time(extras, ask->exptime);
    return ask_packet(dst, ask, (struct packet){opcode, key, timed ? sizeof extras : 0, 0}, extras);
}

char *
binary_ask(char *dst, const struct ask *ask)
{
    const struct bytes none = {NULL, 0};
    switch ((enum ask_kind)ask->kind) {
    case ASK_GET: return ask_get(dst, ask);
    case ASK_PUT: return ask_put(dst, ask);
    case ASK_DELETE: return ask_timed(dst, ask, ask->quiet ? OP_DELETEQ : OP_DELETE, ask->key, false);
    case ASK_ARITH: return ask_arith(dst, ask);
    case ASK_TOUCH: return ask_timed(dst, ask, OP_TOUCH, ask->key, true);
    case ASK_NOP: return ask_packet(dst, ask, (struct packet){OP_NOOP, none, 0, 0}, NULL);
    case ASK_STATS: return ask_packet(dst, ask, (struct packet){OP_STAT, ask->words, 0, 0}, NULL);
    case ASK_VERSION: return ask_packet(dst, ask, (struct packet){OP_VERSION, none, 0, 0}, NULL);
    case ASK_FLUSH: return ask_timed(dst, ask, ask->quiet ? OP_FLUSHQ : OP_FLUSH, none, ask->exptime != 0);
    case ASK_QUIT:
        return ask_packet(dst, ask, (struct packet){ask->quiet ? OP_QUITQ : OP_QUIT, none, 0, 0}, NULL);
    case ASK_LOGIN:
        return ask_packet(dst, ask, (struct packet){OP_SASL_AUTH, ask->key, 0, ask->n_value}, NULL);
    case ASK_LINE:
    case ASK_N_KINDS: break;
    }
    UNREACHABLE();
}
