/*
 * binary_reply: reads the replies of the binary protocol.
 *
 * A reply repeats the opcode of its request; the opcode tells whether the
 * reply's value is an item's, a number or words.
 */
#include "proto/reply/reply_internal.h"

#include "proto/binary.h"

enum answer { ANSWER_DONE, ANSWER_ITEM, ANSWER_NUMBER, ANSWER_WORDS, ANSWER_STAT, ANSWER_NOP };

/* What a successful reply holds, by opcode; nothing, for those not listed. */
static enum answer
answer_to(uint8_t opcode)
{
    static const uint8_t kinds[256] = {
#define OPCODE(code, name, kind, quiet, flags, shape) [code] = CMD_##kind,
#include "proto/binary.def"
#undef OPCODE
    };
    static const uint8_t answers[CMD_N_KINDS] = {
        [CMD_GET_ONE] = ANSWER_ITEM,
        [CMD_GAT_ONE] = ANSWER_ITEM,
        [CMD_INCR] = ANSWER_NUMBER,
        [CMD_DECR] = ANSWER_NUMBER,
        [CMD_VERSION] = ANSWER_WORDS,
        [CMD_SASL_LIST] = ANSWER_WORDS,
        [CMD_SASL_AUTH] = ANSWER_WORDS,
        [CMD_SASL_STEP] = ANSWER_WORDS,
        [CMD_STATS] = ANSWER_STAT,
        [CMD_META_NOP] = ANSWER_NOP,
    };
    return answers[kinds[opcode]];
}

/* For a status that is not 0; memcached sends those not listed here for "try again" and the like. */
static enum reply_status
failure_of(uint16_t status)
{
    switch (status) {
    case STATUS_NOT_FOUND: return REPLY_MISS;
    case STATUS_EXISTS: return REPLY_EXISTS;
    case STATUS_TOO_LARGE: return REPLY_TOO_LARGE;
    case STATUS_INVALID: return REPLY_INVALID;
    case STATUS_NOT_STORED: return REPLY_NOT_STORED;
    case STATUS_NOT_NUMBER: return REPLY_NOT_NUMBER;
    case STATUS_AUTH: return REPLY_DENIED;
    case STATUS_AUTH_CONTINUE: return REPLY_LOGIN_MORE;
    case STATUS_UNKNOWN: return REPLY_UNKNOWN;
    case STATUS_NO_MEMORY: return REPLY_NO_MEMORY;
    default: return REPLY_TROUBLE;
    }
}

struct packet {
    const char *extras;
    uint32_t n_extras, n_key, n_value;
    uint16_t status;
};

/* Reads all but the value, of which n_value bytes follow.  False if the packet answers no request. */
static bool
read_packet(struct packet p, struct reply *reply)
{
    enum answer answer = answer_to(reply->opcode);

    reply->key = bytes_of(p.extras + p.n_extras, p.n_key);
    if (p.n_key > 0)
        reply->flags |= META_FLAG('k');
    if (p.status != STATUS_OK) {
        reply->status = (uint8_t)failure_of(p.status);
        return true;
    }
    switch (answer) {
    case ANSWER_DONE: reply->status = REPLY_DONE; return true;
    case ANSWER_ITEM:
        reply->status = REPLY_VALUE;
        reply->n_value = p.n_value;
        if (p.n_extras < 4)
            return p.n_extras == 0 && p.n_value == 0; /* some servers answer a touch without flags */
        reply->flags |= META_FLAG('f');
        reply->client_flags = binary_get32(p.extras);
        return true;
    case ANSWER_NUMBER: reply->status = REPLY_NUMBER; return p.n_value == 8;
    case ANSWER_WORDS: reply->status = reply->opcode == 0x0b ? REPLY_VERSION : REPLY_DONE; return true;
    case ANSWER_STAT: reply->status = p.n_key == 0 && p.n_value == 0 ? REPLY_END : REPLY_STAT; return true;
    case ANSWER_NOP: reply->status = REPLY_NOP; return true;
    }
    UNREACHABLE();
}

static enum reply_result
want(struct reply *reply, size_t missing)
{
    CHECKED_MUST(missing > 0);
    reply->missing = missing;
    return REPLY_MORE;
}

/* Stores the value's bytes, which have all arrived. */
static void
take_value(struct bytes value, struct reply *reply)
{
    CHECKED_MUST(reply->status != REPLY_NUMBER || value.n == sizeof reply->number);
    if (reply->status == REPLY_VALUE)
        reply->value = value;
    else if (reply->status == REPLY_NUMBER)
        reply->number = binary_get64(value.p);
    else
        reply->text = value;
}

static enum reply_result
binary_reply_body(
    struct reply_reader *r, struct bytes in, struct packet p, size_t n_front, struct reply *reply)
{
    size_t rest = in.n - n_front;

    CHECKED_MUST(n_front >= BINARY_HEAD && n_front <= in.n);
    if (!read_packet(p, reply) || p.n_value > (reply->status == REPLY_VALUE ? r->value_max : REPLY_WORDS_MAX))
        return REPLY_BROKEN;
    if (rest < p.n_value) {
        if (reply->status != REPLY_VALUE)
            return want(reply, p.n_value - rest);
        reply->used = n_front;
        reply->missing = p.n_value - rest;
        return REPLY_BODY;
    }
    take_value(bytes_of(in.p + n_front, p.n_value), reply);
    reply->used = n_front + p.n_value;
    return REPLY_WHOLE;
}

enum reply_result
binary_reply(struct reply_reader *r, struct bytes in, struct reply *reply)
{
    if (in.n > 0 && (unsigned char)in.p[0] != BINARY_REPLY)
        return REPLY_BROKEN;
    if (in.n < BINARY_HEAD)
        return want(reply, BINARY_HEAD - in.n);

    uint32_t n_body = binary_get32(in.p + 8);
    struct packet p = {
        .extras = in.p + BINARY_HEAD,
        .n_extras = (unsigned char)in.p[4],
        .n_key = binary_get16(in.p + 2),
        .status = binary_get16(in.p + 6),
    };
    if (p.n_key + p.n_extras > n_body || p.n_key > REPLY_LINE_MAX)
        return REPLY_BROKEN;
    p.n_value = n_body - p.n_key - p.n_extras;
    reply->opcode = (unsigned char)in.p[1];
    reply->opaque = binary_get32(in.p + 12);
    reply->cas = binary_get64(in.p + 16);
    reply->flags = META_FLAG('O') | META_FLAG('c');
    size_t n_front = BINARY_HEAD + p.n_extras + p.n_key;
    if (in.n < n_front)
        return want(reply, n_front - in.n);
    return binary_reply_body(r, in, p, n_front, reply);
}
