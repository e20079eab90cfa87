/*
 * response: what a command answers, whatever dialect it goes out in.
 *
 * The command fills it, proto_compose writes it.  It borrows like a request
 * does: `key`, `value` and `text` are copied out before anything may change.
 */
#ifndef PROTO_RESPONSE_H
#define PROTO_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum response_kind {
    RSP_SILENT,       /* nothing goes out */
    RSP_VALUE,        /* an item was found: text VALUE block, meta VA or HD, binary hit */
    RSP_MISS,         /* it was not: text nothing, meta EN */
    RSP_END,          /* the end of a get's values, of stats: END */
    RSP_STORED,       /* meta HD; quiet hides it */
    RSP_NOT_STORED,   /* meta NS */
    RSP_EXISTS,       /* meta EX */
    RSP_NOT_FOUND,    /* meta NF */
    RSP_DELETED,      /* meta HD; quiet hides it */
    RSP_TOUCHED,      /* in meta a touch is a get with T */
    RSP_NUMBER,       /* the result of arithmetic: text the number, meta HD or VA; quiet hides meta's */
    RSP_OK,           /* of admin commands */
    RSP_NOP,          /* MN */
    RSP_BYE,          /* of quit: text nothing */
    RSP_TOKEN,        /* of SASL, which only binary has: `text` is the value, */
    RSP_TOKEN_WANTED, /* and the client goes on */
    RSP_VERSION,      /* `text` behind the word VERSION; binary has it alone */
    RSP_TEXT,         /* `text` as it is, without line end added */
    RSP_LINE,         /* `text` and CRLF: RESET, ME ...; binary just says that it went well */
    RSP_FAIL, /* `text` and CRLF, an error line: meta's quiet does not hide it; binary has `failure` */
    RSP_N_KINDS
};

/* What RSP_FAIL is about, for a dialect whose errors are numbers. */
enum failure {
    FAILURE_INVALID,  /* the request makes no sense */
    FAILURE_UNKNOWN,  /* there is no such command */
    FAILURE_NO_GROUP, /* of statistics, that may be shown */
    FAILURE_TOO_LARGE,
    FAILURE_NO_MEMORY,
    FAILURE_NOT_NUMBER,
    FAILURE_FORBIDDEN,
    FAILURE_BUSY, /* may be asked for again later */
    FAILURE_N
};

struct response {
    uint8_t kind;           /* enum response_kind */
    bool with_cas;          /* text VALUE: gets, gats */
    bool with_value;        /* VALUE, NUMBER in meta: the value follows (VA), else HD */
    bool key_is_binary;     /* VALUE: as the item has it; meta k encodes it */
    bool won, stale;        /* meta W, X */
    bool token_sent;        /* meta Z: before this operation */
    bool fetched;           /* meta h: before this operation */
    struct bytes key;       /* VALUE; in meta it may be empty, and is the request's then */
    struct bytes text;      /* VERSION, TOKEN, TEXT, LINE, FAIL */
    uint32_t n_value;       /* VALUE: bytes that the caller appends; meta s */
    uint32_t client_flags;  /* VALUE */
    uint64_t cas;           /* VALUE with_cas, STORED, NUMBER; meta c: 0 when nothing was stored */
    uint64_t number;        /* NUMBER */
    int64_t ttl_before;     /* meta t: seconds left, -1 for ever; before T, or N if it made the item */
    int64_t ttl_after;      /* and after */
    uint32_t last_access_s; /* meta l: seconds since */
    uint8_t failure;        /* FAIL: enum failure */
};

#endif
