/*
 * parse: bytes to a request.  No I/O, no allocation, no clock, no engine.
 *
 * A connection's bytes are given to proto_parse from the first unconsumed one
 * on; it reads one request, and says what it came to:
 *
 *   PARSE_DONE   a whole request; `used` bytes are it, body included.
 *   PARSE_MORE   not a whole line yet; nothing is used, come back with more.
 *   PARSE_BODY   the line is whole, its body is not.  `used` is the line's
 *                length; n_value bytes and request_body_end more follow it, and
 *                are the caller's to read.  value.p is NULL.
 *   PARSE_KEYS   a part of a get's long line: `used` bytes of it.  The request
 *                asks for the keys in them; key.n is 0 if there are none.  END
 *                is answered only if the line `ends` there.
 *   PARSE_BAD    answer `complaint` (unless quiet) after discarding `used`
 *                bytes, then discard `swallow` more as they come: the body of
 *                a line that made no sense; then hang up, if `close`.  Of the
 *                request only kind (which may be CMD_NONE), dialect, quiet and
 *                what binary's reply echoes are to be trusted.
 *   PARSE_CLOSE  hang up without a word: an HTTP probe, or a line that cannot
 *                end well.
 *
 * A line of get, gets, gat or gats may have any number of keys, and no buffer
 * holds it.  Once PARSE_LINE_MAX bytes have come without its end, the keys are
 * handed out as they come, and a reply does not depend on how the line was cut:
 * of a key that is too long within these first bytes the complaint is the only
 * answer, as in a shorter line; behind them the keys before it are answered first.
 *
 * In the binary protocol a line is a packet's head, extras and key.
 *
 * A text body without CRLF behind it is found by whoever reads it: in PARSE_DONE by
 * the parser (it becomes PARSE_BAD "CLIENT_ERROR bad data chunk"), in
 * PARSE_BODY by the caller.
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
    PARSE_LINE_MAX = 2048, /* a line without its end after this many bytes hangs up, unless it is a get */
};

/* What a connection speaks: text for ever or binary for ever.  AUTO is decided by its first byte. */
enum protocol { PROTOCOL_AUTO, PROTOCOL_TEXT, PROTOCOL_BINARY };

/* What a connection's parser remembers between calls.  All zero is the beginning of any protocol. */
struct parser {
    uint32_t scanned; /* bytes of the unfinished line that hold no line end; they are not looked at again */
    uint8_t protocol; /* enum protocol, or enum parse_place within a get's long line */
    uint8_t kind;     /* within such a line: enum cmd_kind */
    bool whole_lines; /* no line is handed out in parts: all that will ever come is there */
    int32_t exptime;  /* within a line of gat or gats: as written */
};

/* Within a get's long line: what comes next. */
enum parse_place {
    PARSE_AT_EXPTIME = PROTOCOL_BINARY + 1,
    PARSE_AT_FIRST_KEY,
    PARSE_AT_KEYS,
    PARSE_AT_REST, /* nothing that is of use: the line was refused */
};

struct parsed {
    size_t used;
    uint64_t swallow;
    struct bytes complaint; /* PARSE_BAD: the reply line, without CRLF; in binary none */
    uint8_t failure;        /* PARSE_BAD: enum failure (response.h), the complaint as binary has it */
    bool close;             /* PARSE_BAD: hang up behind the answer */
    bool ends;              /* PARSE_KEYS: the line does, and was not refused */
    uint8_t place;          /* PARSE_KEYS, PARSE_BAD: parser.protocol behind `used` */
};

/* What was given last will be given again, and perhaps before more of it has come. */
static inline void
parse_again(struct parser *parser)
{
    parser->scanned = 0;
}

/* After PARSE_MORE the next `in` begins with the same bytes, wherever they are now. */
MUST_USE enum parse_result proto_parse(struct parser *, struct bytes in, struct request *, struct parsed *);

/* The caller consumes the `used` bytes of a PARSE_KEYS or PARSE_BAD. */
void parse_took(struct parser *, const struct request *, const struct parsed *);

/* The next `in` begins with the keys of this get that the caller did not run; the rest of its line follows. */
void parse_go_on_with_keys(struct parser *, const struct request *get);

/* The caller refused the part of the line that it consumed: the other parts are discarded as they come. */
void parse_skip_line(struct parser *);

/* Whether the next `in` goes on with a get's line, of which parts were consumed. */
static inline bool
parse_is_within_line(const struct parser *parser)
{
    return parser->protocol > PROTOCOL_BINARY;
}

/* The body's line end did not come: what to say. */
#define PARSE_BAD_CHUNK BYTES("CLIENT_ERROR bad data chunk")

/*
 * The next key of a KEYS or TIME_KEYS request's `args`, which moves behind it.
 * n is 0 at the end.  The keys were checked by proto_parse: none is over-long.
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
    /* keys are long enough for memchr to win over request_word's loop */
    const char *space = (const char *)memchr(p, ' ', (size_t)(end - p));
    const char *key_end = space != NULL ? space : end;
    *args = bytes_of(key_end, (size_t)(end - key_end));
    return bytes_of(p, (size_t)(key_end - p));
}

#endif
