/* reply: finds the line and reports how much of the reply has arrived. */
#include "proto/reply.h"

#include "proto/reply/reply_internal.h"

static enum reply_result
broken(struct reply *reply)
{
    reply->used = reply->missing = 0;
    return REPLY_BROKEN;
}

/* The line has been read; its value begins `n_line` bytes into `in`. */
static enum reply_result
take_value(const struct reply_reader *r, struct bytes in, size_t n_line, struct reply *reply)
{
    size_t n = reply->n_value, rest = in.n - n_line;

    CHECKED_MUST(n_line <= in.n && reply->status == REPLY_VALUE);
    if (UNLIKELY(n > r->value_max))
        return broken(reply);
    if (rest < n + 2) {
        reply->used = n_line;
        reply->missing = n + 2 - rest;
        return REPLY_BODY;
    }
    if (UNLIKELY(memcmp(in.p + n_line + n, "\r\n", 2) != 0))
        return broken(reply);
    reply->value = bytes_of(in.p + n_line, n);
    reply->used = n_line + n + 2;
    return REPLY_WHOLE;
}

static enum reply_result
want_line(struct reply_reader *r, struct bytes in, struct reply *reply)
{
    if (in.n >= REPLY_LINE_MAX)
        return broken(reply);
    r->scanned = (uint32_t)in.n;
    reply->missing = 1;
    return REPLY_MORE;
}

enum reply_result
proto_reply(struct reply_reader *r, struct bytes in, struct reply *reply)
{
    *reply = (struct reply){0};
    if (r->dialect == DIALECT_BINARY)
        return binary_reply(r, in, reply);

    size_t from = r->scanned < in.n ? r->scanned : in.n;
    size_t limit = in.n < REPLY_LINE_MAX ? in.n : REPLY_LINE_MAX;
    const char *end = limit > from ? memchr(in.p + from, '\n', limit - from) : NULL;
    if (end == NULL)
        return want_line(r, in, reply);
    r->scanned = 0;

    size_t n_line = (size_t)(end - in.p) + 1;
    CHECKED_MUST(n_line <= limit);
    struct bytes line = bytes_of(in.p, n_line - 1);
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (UNLIKELY(!(meta_reply_knows(line) ? meta_reply(line, reply) : text_reply(line, reply))))
        return broken(reply);
    CHECKED_MUST(reply->status < REPLY_N_STATUSES);
    if (reply->status == REPLY_VALUE)
        return take_value(r, in, n_line, reply);
    reply->used = n_line;
    return REPLY_WHOLE;
}

bool
reply_number(const struct reply *reply, uint64_t *out)
{
    struct bytes digits = reply->value;

    if (reply->status == REPLY_NUMBER) {
        *out = reply->number;
        return true;
    }
    return reply->status == REPLY_VALUE && request_u64(digits, out);
}
