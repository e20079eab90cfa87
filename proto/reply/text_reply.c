/* text_reply: reads the classic replies, and the error lines of text and meta. */
#include "proto/reply/reply_internal.h"

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

struct meaning {
    struct bytes words;
    enum reply_status status;
};

#define MEANS(words, status)                       \
    {                                              \
        {words, sizeof(words) - 1}, REPLY_##status \
    }

/* Compared with the whole line. */
static const struct meaning lines[] = {
    MEANS("END", END),
    MEANS("STORED", DONE),
    MEANS("NOT_FOUND", MISS),
    MEANS("DELETED", DONE),
    MEANS("NOT_STORED", NOT_STORED),
    MEANS("EXISTS", EXISTS),
    MEANS("TOUCHED", DONE),
    MEANS("OK", DONE),
    MEANS("RESET", DONE),
    MEANS("ERROR", UNKNOWN),
};

/* The beginnings of errors; a general one follows the longer ones that begin with it. */
static const struct meaning errors[] = {
    MEANS("SERVER_ERROR object too large", TOO_LARGE),
    MEANS("SERVER_ERROR out of memory", NO_MEMORY),
    MEANS("SERVER_ERROR ", TROUBLE),
    MEANS("CLIENT_ERROR cannot increment or decrement", NOT_NUMBER),
    MEANS("CLIENT_ERROR unauthenticated", DENIED),
    MEANS("CLIENT_ERROR authentication failure", DENIED),
    MEANS("CLIENT_ERROR permission denied", DENIED),
    MEANS("CLIENT_ERROR flush_all not allowed", DENIED), /* in binary it is an error of rights, too */
    MEANS("CLIENT_ERROR config set not allowed", DENIED),
    MEANS("CLIENT_ERROR ", INVALID),
    MEANS("ERROR ", TROUBLE),
    MEANS("BUSY ", TROUBLE), /* the crawler, busy with another client's request */
    MEANS("BADCLASS ", INVALID),
};

/* VALUE key flags bytes [cas]; CONFIG, of `config get`, is the same. */
static bool
read_value(struct bytes rest, struct reply *reply)
{
    struct bytes cas;

    reply->status = REPLY_VALUE;
    reply->flags = META_FLAG('k') | META_FLAG('f');
    reply->key = request_word(&rest);
    if (!request_u32(request_word(&rest), &reply->client_flags) ||
        !request_u32(request_word(&rest), &reply->n_value))
        return false;
    cas = request_word(&rest);
    if (cas.n == 0)
        return true;
    reply->flags |= META_FLAG('c');
    return request_u64(cas, &reply->cas);
}

/* STAT name anything */
static bool
read_stat(struct bytes rest, struct reply *reply)
{
    reply->status = REPLY_STAT;
    reply->key = request_word(&rest);
    reply->text = rest.n > 0 ? bytes_of(rest.p + 1, rest.n - 1) : rest;
    return reply->key.n > 0;
}

/* The number may be followed by spaces: decr pads a result that has become shorter. */
static bool
read_number(struct bytes line, struct reply *reply)
{
    while (line.n > 0 && line.p[line.n - 1] == ' ')
        line.n--;
    if (!request_u64(line, &reply->number))
        return false;
    reply->status = REPLY_NUMBER;
    return true;
}

static bool
read_error(struct bytes line, struct reply *reply)
{
    for (size_t i = 0; i < N_OF(errors); i++) {
        if (bytes_begin_with(line, errors[i].words)) {
            reply->status = (uint8_t)errors[i].status;
            return true;
        }
    }
    return false;
}

static struct bytes
behind(struct bytes line, size_t n)
{
    CHECKED_MUST(n <= line.n);
    return bytes_of(line.p + n, line.n - n);
}

bool
text_reply(struct bytes line, struct reply *reply)
{
    CHECKED_MUST(memchr(line.p, '\n', line.n) == NULL);
    if (bytes_begin_with(line, BYTES("VALUE ")))
        return read_value(behind(line, 6), reply);
    reply->text = line;
    for (size_t i = 0; i < N_OF(lines); i++) {
        if (bytes_equal(line, lines[i].words)) {
            reply->status = (uint8_t)lines[i].status;
            return true;
        }
    }
    if (bytes_begin_with(line, BYTES("STAT ")))
        return read_stat(behind(line, 5), reply);
    if (line.n > 0 && line.p[0] >= '0' && line.p[0] <= '9' && read_number(line, reply))
        return true;
    if (bytes_begin_with(line, BYTES("VERSION "))) {
        reply->status = REPLY_VERSION;
        reply->text = behind(line, 8);
        return true;
    }
    if (bytes_begin_with(line, BYTES("CONFIG ")))
        return read_value(behind(line, 7), reply);
    if (!read_error(line, reply))
        reply->status = REPLY_LINE;
    return true;
}
