/* meta_reply: reads meta replies: two letters and flags. */
#include "proto/reply/reply_internal.h"

#define F(letter)  META_FLAG(letter)

/* Two letters as one number, for a switch. */
#define CODE(a, b) ((unsigned)(a) << 8 | (unsigned char)(b))

static unsigned
code_of(struct bytes line)
{
    CHECKED_MUST(line.n >= 2);
    return CODE((unsigned char)line.p[0], line.p[1]);
}

bool
meta_reply_knows(struct bytes line)
{
    if (line.n < 2 || (line.n > 2 && line.p[2] != ' '))
        return false;
    switch (code_of(line)) {
    case CODE('V', 'A'):
    case CODE('H', 'D'):
    case CODE('E', 'N'):
    case CODE('N', 'F'):
    case CODE('N', 'S'):
    case CODE('E', 'X'):
    case CODE('M', 'N'): return true;
    default: return false;
    }
}

static enum reply_status
status_of(unsigned code)
{
    switch (code) {
    case CODE('V', 'A'): return REPLY_VALUE;
    case CODE('E', 'N'):
    case CODE('N', 'F'): return REPLY_MISS;
    case CODE('N', 'S'): return REPLY_NOT_STORED;
    case CODE('E', 'X'): return REPLY_EXISTS;
    case CODE('M', 'N'): return REPLY_NOP;
    default: return REPLY_DONE;
    }
}

/* An opaque that we sent is a number; another server's may be anything. */
static bool
read_opaque(struct bytes argument, struct reply *reply)
{
    return request_u32(argument, &reply->opaque);
}

static bool
read_bool(struct bytes argument, bool *out)
{
    *out = argument.n == 1 && argument.p[0] == '1';
    return argument.n == 1 && (argument.p[0] == '0' || argument.p[0] == '1');
}

/* Reads one flag and skips unknown ones: servers may add some. */
static bool
read_flag(struct bytes flag, struct reply *reply)
{
    struct bytes argument = bytes_of(flag.p + 1, flag.n - 1);

    if (flag.p[0] >= 'A' && flag.p[0] <= 'z')
        reply->flags |= F(flag.p[0]);
    switch (flag.p[0]) {
    case 'f': return request_u32(argument, &reply->client_flags);
    case 'c': return request_u64(argument, &reply->cas);
    case 't': return request_i64(argument, &reply->ttl);
    case 's': return request_u64(argument, &reply->size);
    case 'l': return request_u32(argument, &reply->last_access_s);
    case 'h': return read_bool(argument, &reply->fetched);
    case 'k': reply->key = argument; return argument.n > 0;
    case 'b': reply->key_is_binary = true; return true;
    case 'O': return read_opaque(argument, reply);
    case 'W': reply->won = true; return true;
    case 'X': reply->stale = true; return true;
    case 'Z': reply->token_sent = true; return true;
    default: return true;
    }
}

bool
meta_reply(struct bytes line, struct reply *reply)
{
    struct bytes rest = bytes_of(line.p + 2, line.n - 2), flag;

    reply->status = (uint8_t)status_of(code_of(line));
    if (reply->status == REPLY_VALUE && !request_u32(request_word(&rest), &reply->n_value))
        return false;
    while ((flag = request_word(&rest)).n > 0)
        if (!read_flag(flag, reply))
            return false;
    return true;
}
