/*
 * reply: reads a server's reply from bytes, for clients and load testers.
 *
 * The caller passes a connection's bytes from the first unconsumed one on;
 * proto_reply reads one reply and returns:
 *
 *   REPLY_WHOLE   a reply, `used` bytes including its value.
 *   REPLY_MORE    an incomplete reply; nothing is used, and at least `missing`
 *                 more bytes must arrive.
 *   REPLY_BODY    all of a reply but its value of n_value bytes, which begins at
 *                 `used`.  Consume nothing and call again when `missing` more
 *                 bytes have arrived, for REPLY_WHOLE.
 *   REPLY_BROKEN  bytes that are no reply, or a reply that exceeds the caller's
 *                 limits.  The start of the next reply is unknown: close.  For a
 *                 value longer than value_max, `status` and n_value are set.
 *
 * Text and meta are one language here: one connection may use both.  Replies
 * arrive in the order of the questions; the caller must know which question each
 * one answers.
 *
 * `key`, `value` and `text` point into `in`.
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
    REPLY_DONE,       /* success: HD, STORED, DELETED, TOUCHED, OK, RESET; binary: status 0 */
    REPLY_VALUE,      /* VA, VALUE, CONFIG; binary: the hit of a get */
    REPLY_NUMBER,     /* of arithmetic, in text and binary; meta's is a VALUE: see reply_number */
    REPLY_MISS,       /* EN, NF, NOT_FOUND */
    REPLY_EXISTS,     /* EX, EXISTS; binary: also a refused add */
    REPLY_NOT_STORED, /* NS, NOT_STORED */
    REPLY_END,        /* END; binary: the empty statistic */
    REPLY_NOP,        /* MN */
    REPLY_VERSION,    /* `text` */
    REPLY_STAT,       /* `key` and `text` */
    REPLY_LINE,       /* any other line: `text`; ME, and the lines of dumps and watchers */
    REPLY_LOGIN_MORE, /* binary: SASL continues, with the token `text` */
    /* errors, with the server's words in `text` */
    REPLY_TOO_LARGE,
    REPLY_NO_MEMORY,
    REPLY_NOT_NUMBER,
    REPLY_DENIED,  /* not logged in, or lacking the right */
    REPLY_UNKNOWN, /* no such command */
    REPLY_INVALID, /* CLIENT_ERROR: the server finds the request invalid */
    REPLY_TROUBLE, /* any other SERVER_ERROR */
    REPLY_N_STATUSES
};

enum {
    REPLY_LINE_MAX = 8192,   /* bytes of a line, including its end */
    REPLY_WORDS_MAX = 65536, /* bytes of a binary error, statistic or token */
};

/*
 * A connection's state between calls.  The caller sets `dialect` and
 * `value_max`; `scanned` is initially 0.
 */
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
    uint64_t flags;              /* META_FLAG set: which of c f h k l O s t the reply has */
    uint64_t cas;                /* 0 if absent */
    uint64_t number;             /* NUMBER */
    uint64_t size;               /* meta s */
    int64_t ttl;                 /* meta t: seconds, -1 if it never expires */
    struct bytes key;            /* empty if absent */
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

/* The result of arithmetic in any dialect.  False if the reply is none. */
MUST_USE bool reply_number(const struct reply *, uint64_t *out);

#endif
