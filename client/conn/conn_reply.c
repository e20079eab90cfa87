/* conn_reply: reads replies, and finds the request of each; see conn.h. */
#include "client/conn/conn.h"

#include <stdio.h>
#include <string.h>

#include "client/larder.h"

static int
code_of(const struct reply *reply)
{
    static const uint8_t codes[REPLY_N_STATUSES] = {
        [REPLY_DONE] = LARDER_OK,
        [REPLY_VALUE] = LARDER_OK,
        [REPLY_NUMBER] = LARDER_OK,
        [REPLY_MISS] = LARDER_MISS,
        [REPLY_EXISTS] = LARDER_EXISTS,
        [REPLY_NOT_STORED] = LARDER_NOT_STORED,
        [REPLY_END] = LARDER_OK,
        [REPLY_NOP] = LARDER_OK,
        [REPLY_VERSION] = LARDER_OK,
        [REPLY_STAT] = LARDER_OK,
        [REPLY_LINE] = LARDER_OK,
        [REPLY_LOGIN_MORE] = LARDER_DENIED,
        [REPLY_TOO_LARGE] = LARDER_TOO_LARGE,
        [REPLY_NO_MEMORY] = LARDER_SERVER_MEMORY,
        [REPLY_NOT_NUMBER] = LARDER_NOT_NUMBER,
        [REPLY_DENIED] = LARDER_DENIED,
        [REPLY_UNKNOWN] = LARDER_NOT_SUPPORTED,
        [REPLY_INVALID] = LARDER_SERVER_REFUSED,
        [REPLY_TROUBLE] = LARDER_SERVER_ERROR,
    };
    CHECKED_MUST(reply->status < REPLY_N_STATUSES);
    return codes[reply->status];
}

/* Whether this is the last reply to the request. */
static bool
is_last(const struct pending *p, const struct reply *reply)
{
    switch ((enum pending_end)p->end) {
    case PENDING_ONE: return true;
    case PENDING_TO_END: return reply->status != REPLY_VALUE && reply->status != REPLY_STAT;
    case PENDING_LINES:
        return reply->status != REPLY_LINE && reply->status != REPLY_STAT && reply->status != REPLY_DONE;
    }
    UNREACHABLE();
}

/* A reply without a request: the bytes after it cannot be trusted. */
static int
unasked(struct conn *c)
{
    conn_set_why(c, "a reply without a request");
    return LARDER_PROTOCOL;
}

static bool
answers(const struct pending *p, const struct reply *reply)
{
    uint64_t number;

    if (UNLIKELY(reply_is_error(reply)))
        return true;
    if (UNLIKELY((p->fits & PENDING_COUNTED) && reply->status == REPLY_VALUE && p->values_left == 0))
        return false;
    if (UNLIKELY((p->fits & PENDING_A_NUMBER) && reply->status == REPLY_VALUE))
        return reply_number(reply, &number);
    return p->fits >> reply->status & 1;
}

/* With compression: restores the value. */
static __attribute__((noinline)) int
unpack(struct conn *c, struct reply *reply)
{
    size_t max = config_number(&c->env->config, CONFIG_VALUE_MAX);
    int code =
        packing_unpack(c->env->config.packing, &reply->value, &reply->client_flags, max, &c->env->unpacked);

    if (code != LARDER_OK)
        conn_set_why(c, "%s", larder_strerror(code));
    reply->n_value = (uint32_t)reply->value.n;
    return code;
}

/*
 * In binary, the reply of these modes says why the server refused; the library
 * returns one code for all reasons.
 */
static int
refusal(enum put_mode mode, int code)
{
    if (mode == PUT_ADD && code == LARDER_EXISTS)
        return LARDER_NOT_STORED;
    if ((mode == PUT_REPLACE || mode == PUT_APPEND || mode == PUT_PREPEND) && code == LARDER_MISS)
        return LARDER_NOT_STORED;
    return code;
}

/* Removes the oldest request, which is answered, perhaps before the server has received all of it. */
static void
pop_answered(struct conn *c)
{
    uint64_t deadline_ns = pending_pop(&c->asked).deadline_ns;
    if (UNLIKELY(buffer_out_left(&c->out) > 0))
        c->rest_by_ns = deadline_ns;
    CHECKED_MUST(c->env->n_outstanding > 0);
    c->env->n_outstanding--;
    c->n_answered++;
}

static int
take_reply(struct conn *c, struct reply *reply)
{
    if (UNLIKELY(c->asked.count == 0))
        return unasked(c);
    struct pending p = *pending_first(&c->asked);
    if (UNLIKELY(c->dialect == DIALECT_BINARY && reply->opaque != p.opaque))
        return unasked(c);
    if (UNLIKELY(!answers(&p, reply)))
        return unasked(c);
    int code = code_of(reply);
    if (UNLIKELY(p.mode != PUT_SET))
        code = refusal((enum put_mode)p.mode, code);
    if (UNLIKELY(reply_is_error(reply)))
        conn_set_why(c, "%.*s", (int)reply->text.n, reply->text.p != NULL ? reply->text.p : "");
    if (UNLIKELY(c->env->config.packing != NULL) && reply->status == REPLY_VALUE)
        code = unpack(c, reply);
    bool last = is_last(&p, reply);
    if (last) {
        if (UNLIKELY(p.failed))
            code = p.failed;
        pop_answered(c);
    }
    p.sink(&p, code, reply, last);
    if (!last && reply->status == REPLY_VALUE) {
        CHECKED_MUST(c->asked.count > 0); /* a sink must not close the connection */
        pending_first(&c->asked)->had_value = true;
        pending_first(&c->asked)->values_left--;
        pending_first(&c->asked)->failed = (uint8_t)code;
    }
    return LARDER_OK;
}

/*
 * The reply cannot be read.  A value longer than value_max is no fault of the server, but
 * the rest of it is not read, so the connection is closed.
 */
static int
take_broken(struct conn *c, struct reply *reply)
{
    bool too_large = reply->status == REPLY_VALUE && reply->n_value > c->reader.value_max;

    if (!too_large || c->asked.count == 0 || !answers(pending_first(&c->asked), reply)) {
        conn_set_why(c, "the reply is invalid or too long");
        return LARDER_PROTOCOL;
    }
    struct pending p = *pending_first(&c->asked);
    conn_set_why(c, "the value has %u bytes, more than value_max", reply->n_value);
    pop_answered(c);
    reply->value = bytes_of("", 0);
    p.sink(&p, LARDER_TOO_LARGE, reply, true);
    return LARDER_CLOSED;
}

int
conn_reply_step(struct conn *c)
{
    struct reply reply;
    size_t n;
    MUST(c->state == CONN_UP);
    int code = conn_fill(c, &n);

    if (code != LARDER_OK || n == 0)
        return code;
    health_worked(&c->health);
    while (c->in.begin < c->in.end) {
        buffer_in_must_hold(&c->in);
        switch (proto_reply(&c->reader, buffer_in_bytes(&c->in), &reply)) {
        case REPLY_WHOLE: break;
        case REPLY_MORE:
        case REPLY_BODY:
            /*
             * Makes room for the whole reply, and for the least that a receive gets behind it,
             * so that a long value is received in its place and not copied.
             */
            if (buffer_in_room(&c->in, reply.missing + CONN_RECV_MIN, &n) == NULL) {
                conn_set_why(c, "out of memory");
                return LARDER_NO_MEMORY;
            }
            return LARDER_OK;
        case REPLY_BROKEN: return take_broken(c, &reply);
        }
        CHECKED_MUST(reply.used > 0);
        buffer_in_parsed(&c->in, reply.used);
        code = take_reply(c, &reply);
        if (UNLIKELY(code != LARDER_OK))
            return code;
    }
    return LARDER_OK;
}
