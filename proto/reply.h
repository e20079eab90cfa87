/*
 * reply: bytes to what a server answered, for those at the other end of the wire.
 *
 * A connection's bytes are given to proto_reply from the first unconsumed one
 * on; it reads one reply, and says what it came to:
 *
 *   REPLY_WHOLE   a reply; `used` bytes are it, its value included.
 *   REPLY_MORE    not one yet; nothing is used, and at least `missing` bytes more
 *                 have to come.
 *   REPLY_BODY    all but its value of n_value bytes is here, which begins behind
 *                 `used` bytes.  With nothing consumed, call again when `missing`
 *                 bytes more have come, for REPLY_WHOLE.
 *   REPLY_BROKEN  no server says this, or more than the caller has room for:
 *                 nobody knows where the next reply begins.  Hang up.  Of a value that is
 *                 longer than value_max, `status` and n_value say so.
 *
 * Text and meta are one language here: both may come on one connection.  Which
 * question a reply answers is the caller's to know: replies come in the order
 * of the questions.
 *
 * What is not a number is borrowed from `in`.
 *
 * Threads: none; a struct reply_reader belongs to its connection.
 */
#ifndef PROTO_REPLY_H
#define PROTO_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"
#include "proto/request.h"

enum reply_result { REPLY_WHOLE, REPLY_MORE, REPLY_BODY, REPLY_BROKEN };

enum reply_status {
    REPLY_DONE,       /* it went well: HD, STORED, DELETED, TOUCHED, OK, RESET; binary: status 0 */
    REPLY_VALUE,      /* VA, VALUE, CONFIG; binary: of a get */
    REPLY_NUMBER,     /* of arithmetic, in text and binary; meta's is a VALUE: see reply_number */
    REPLY_MISS,       /* EN, NF, NOT_FOUND */
    REPLY_EXISTS,     /* EX, EXISTS; binary: of an add as well */
    REPLY_NOT_STORED, /* NS, NOT_STORED */
    REPLY_END,        /* END; binary: the empty statistic */
    REPLY_NOP,        /* MN */
    REPLY_VERSION,    /* `text` */
    REPLY_STAT,       /* `key` and `text` */
    REPLY_LINE,       /* any other line: `text`; ME, and what dumps and watchers say */
    REPLY_LOGIN_MORE, /* binary: SASL goes on, with the token `text` */
    /* errors, with the server's words in `text` */
    REPLY_TOO_LARGE,
    REPLY_NO_MEMORY,
    REPLY_NOT_NUMBER,
    REPLY_DENIED,  /* not logged in, or without the right to it */
    REPLY_UNKNOWN, /* no such command */
    REPLY_INVALID, /* CLIENT_ERROR: the request makes no sense to the server */
    REPLY_TROUBLE, /* SERVER_ERROR: any other */
    REPLY_N_STATUSES
};

enum {
    REPLY_LINE_MAX = 8192,   /* bytes of a line, its end included */
    REPLY_WORDS_MAX = 65536, /* of what binary says in an error, a statistic or a token */
};

/* What a connection remembers between calls.  `dialect` and `value_max` are the caller's, `scanned` begins as 0. */
struct reply_reader {
    uint8_t dialect;    /* enum dialect; text and meta are the same */
    uint32_t value_max; /* a longer value is REPLY_BROKEN */
    uint32_t scanned;   /* bytes of the unfinished line that hold no line end */
};

struct reply {
    uint8_t status;              /* enum reply_status */
    uint8_t opcode;              /* binary: of the question */
    bool won, stale, token_sent; /* meta W, X, Z */
    bool fetched;                /* meta h */
    bool key_is_binary;          /* meta b: `key` is base64 */
    uint32_t n_value;            /* VALUE */
    uint32_t client_flags;       /* VALUE */
    uint32_t opaque;             /* meta O, binary */
    uint32_t last_access_s;      /* meta l */
    uint64_t flags;              /* META_FLAG set: which of c f h k l O s t came */
    uint64_t cas;                /* 0 when it did not come */
    uint64_t number;             /* NUMBER */
    uint64_t size;               /* meta s */
    int64_t ttl;                 /* meta t: seconds, -1 for ever */
    struct bytes key;            /* if it came */
    struct bytes value;          /* VALUE, in REPLY_WHOLE */
    struct bytes text;
    size_t used, missing;
};

MUST_USE enum reply_result proto_reply(struct reply_reader *, struct bytes in, struct reply *);

static inline bool
reply_is_error(const struct reply *reply)
{
    return reply->status >= REPLY_TOO_LARGE;
}

/* The result of arithmetic, whatever dialect it came in.  false: it is none. */
MUST_USE bool reply_number(const struct reply *, uint64_t *out);

#endif
