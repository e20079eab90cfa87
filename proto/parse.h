/*
 * parse: reads a request from bytes.  No I/O, no allocation, no clock, no engine.
 *
 * The caller passes a connection's bytes from the first unconsumed one on;
 * proto_parse reads one request and returns:
 *
 *   PARSE_DONE   a whole request, `used` bytes including its body.
 *   PARSE_MORE   the line is incomplete; nothing is used, call again with more bytes.
 *   PARSE_BODY   the line is complete, its body is not.  `used` is the line's
 *                length; the caller reads the n_value + request_body_end bytes
 *                that follow.  value.p is NULL.
 *   PARSE_KEYS   a part of a get's long line, `used` bytes.  The request asks
 *                for the keys in that part; key.n is 0 if it has none.  The
 *                caller answers END only if `ends` says that the line ends there.
 *   PARSE_BAD    discard `used` bytes and answer `complaint` (unless quiet), then
 *                discard `swallow` more bytes as they arrive (the body of an
 *                invalid line), then close the connection if `close` is set.  In
 *                the request only kind (which may be CMD_NONE), dialect, quiet
 *                and the fields that a binary reply repeats are valid.
 *   PARSE_CLOSE  close without an answer: an HTTP probe, a line that is too long,
 *                a packet with the wrong magic.
 *
 * A line of get, gets, gat or gats may have any number of keys, more than any
 * buffer holds.  Once PARSE_LINE_MAX bytes have arrived without the line's end,
 * proto_parse returns the keys in parts, and a reply does not depend on where the
 * parts begin.  If a key within these first bytes is too long, the complaint is the
 * only answer, as in a shorter line; if a later key is, the keys before it are
 * answered first.
 *
 * In the binary protocol a line is a packet's head, extras and key.
 *
 * A text body that is not followed by CRLF is an error.  For PARSE_DONE the
 * parser finds it (and returns PARSE_BAD "CLIENT_ERROR bad data chunk"), for
 * PARSE_BODY the caller.
 *
 * Source: memcached's doc/protocol.txt and the replies of memcached 1.6.45.
 */
#ifndef PROTO_PARSE_H
#define PROTO_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"
#include "proto/request.h"

enum parse_result { PARSE_DONE, PARSE_MORE, PARSE_BODY, PARSE_KEYS, PARSE_BAD, PARSE_CLOSE };

enum {
    PARSE_LINE_MAX = 2048, /* a longer line without its end closes the connection, unless it is a get */
};

/* The protocol of a connection never changes.  AUTO: its first byte decides. */
enum protocol { PROTOCOL_AUTO, PROTOCOL_TEXT, PROTOCOL_BINARY };

/* The parser's state between calls.  All zero is the initial state of any protocol. */
struct parser {
    uint32_t scanned; /* bytes of the unfinished line that hold no line end; they are not searched again */
    uint8_t protocol; /* enum protocol, or enum parse_place within a get's long line */
    uint8_t kind;     /* within such a line: enum cmd_kind */
    bool whole_lines; /* never return a line in parts: `in` holds all bytes that will ever arrive */
    int32_t exptime;  /* within a line of gat or gats: as written */
};

/* Within a get's long line: the next element. */
enum parse_place {
    PARSE_AT_EXPTIME = PROTOCOL_BINARY + 1,
    PARSE_AT_FIRST_KEY,
    PARSE_AT_KEYS,
    PARSE_AT_REST, /* nothing more of use: the line was refused */
};

struct parsed {
    size_t used;
    uint64_t swallow;
    struct bytes complaint; /* PARSE_BAD: the reply line, without CRLF; in binary none */
    uint8_t failure;        /* PARSE_BAD: enum failure (response.h), the complaint of a binary reply */
    bool close;             /* PARSE_BAD: close after the answer */
    bool ends;              /* PARSE_KEYS: the line ends here and was not refused */
    uint8_t place;          /* PARSE_KEYS, PARSE_BAD: parser.protocol after `used` */
};

/* The caller will pass the last input once more, perhaps before more bytes have arrived. */
static inline void
parse_again(struct parser *parser)
{
    parser->scanned = 0;
}

/* After PARSE_MORE the next `in` begins with the same bytes, at the same or another address. */
MUST_USE enum parse_result proto_parse(struct parser *, struct bytes in, struct request *, struct parsed *);

/* The caller consumes the `used` bytes of a PARSE_KEYS or PARSE_BAD. */
void parse_took(struct parser *, const struct request *, const struct parsed *);

/* The next `in` begins with the keys of `get` that the caller did not look up; its line continues. */
void parse_go_on_with_keys(struct parser *, const struct request *get);

/* The caller refused the part of the line that it consumed: discard the other parts as they arrive. */
void parse_skip_line(struct parser *);

/* True if the next `in` continues a get's line of which parts were consumed. */
static inline bool
parse_is_within_line(const struct parser *parser)
{
    return parser->protocol > PROTOCOL_BINARY;
}

/* The complaint for a body without its line end. */
#define PARSE_BAD_CHUNK BYTES("CLIENT_ERROR bad data chunk")

/*
 * Returns the next key of a KEYS or TIME_KEYS request and moves *args behind it.
 * n is 0 at the end.  proto_parse has checked the keys: none is too long.
 */
static inline struct bytes
parse_next_key(struct bytes *args)
{
    const char *p = args->p, *end = args->p + args->n;
    while (p < end && *p == ' ')
        p++;
    if (p == end) {
        *args = bytes_of(p, 0);
        return *args;
    }
    /* keys are long enough that memchr is faster than request_word's loop */
    const char *space = (const char *)memchr(p, ' ', (size_t)(end - p));
    const char *key_end = space != NULL ? space : end;
    *args = bytes_of(key_end, (size_t)(end - key_end));
    return bytes_of(p, (size_t)(key_end - p));
}

#endif
