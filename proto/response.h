/*
 * response: a command's answer, in whatever dialect it is sent.
 *
 * The command fills it, proto_compose writes it.  Like a request it borrows: the
 * caller copies `key`, `value` and `text` out before the data they point to may change.
 */
#ifndef PROTO_RESPONSE_H
#define PROTO_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum response_kind {
    RSP_SILENT,       /* nothing is sent */
    RSP_VALUE,        /* an item was found: text VALUE block, meta VA or HD, binary hit */
    RSP_MISS,         /* no item was found: text nothing, meta EN */
    RSP_END,          /* the end of a get's values, of stats: END */
    RSP_STORED,       /* meta HD; quiet omits it */
    RSP_NOT_STORED,   /* meta NS */
    RSP_EXISTS,       /* meta EX */
    RSP_NOT_FOUND,    /* meta NF */
    RSP_DELETED,      /* meta HD; quiet omits it */
    RSP_TOUCHED,      /* in meta a touch is a get with T */
    RSP_NUMBER,       /* the result of arithmetic: text the number, meta HD or VA; quiet omits meta's */
    RSP_OK,           /* of admin commands */
    RSP_NOP,          /* MN */
    RSP_BYE,          /* of quit: text nothing */
    RSP_TOKEN,        /* of SASL, which only binary has: `text` is the value */
    RSP_TOKEN_WANTED, /* as TOKEN, and the client must continue the login */
    RSP_VERSION,      /* `text` after the word VERSION; binary sends it alone */
    RSP_TEXT,         /* `text` as it is; no line end is added */
    RSP_LINE,         /* `text` and CRLF: RESET, ME ...; binary sends a success without it */
    RSP_FAIL, /* `text` and CRLF, an error line: meta's quiet does not omit it; binary sends `failure` */
    RSP_N_KINDS
};

/* The reason of an RSP_FAIL, for a dialect whose errors are numbers. */
enum failure {
    FAILURE_INVALID,  /* the request is invalid */
    FAILURE_UNKNOWN,  /* no such command */
    FAILURE_NO_GROUP, /* no such group of statistics, or one that may not be shown */
    FAILURE_TOO_LARGE,
    FAILURE_NO_MEMORY,
    FAILURE_NOT_NUMBER,
    FAILURE_FORBIDDEN,
    FAILURE_BUSY, /* the client may ask again later */
    FAILURE_N
};

struct response {
    uint8_t kind;           /* enum response_kind */
    bool with_cas;          /* text VALUE: gets, gats */
    bool with_value;        /* VALUE, NUMBER in meta: a value follows (VA), else HD */
    bool key_is_binary;     /* VALUE: the item's flag; meta k encodes the key then */
    bool won, stale;        /* meta W, X */
    bool token_sent;        /* meta Z: before this operation */
    bool fetched;           /* meta h: before this operation */
    struct bytes key;       /* VALUE; if empty in meta, the request's key is sent */
    struct bytes text;      /* VERSION, TOKEN, TEXT, LINE, FAIL */
    uint32_t n_value;       /* VALUE: bytes of value that the caller appends; meta s */
    uint32_t client_flags;  /* VALUE */
    uint64_t cas;           /* VALUE with_cas, STORED, NUMBER; meta c: 0 if nothing was stored */
    uint64_t number;        /* NUMBER */
    int64_t ttl_before;     /* meta t before T (or N, if N made the item): seconds left, -1 for ever */
    int64_t ttl_after;      /* the same after that flag */
    uint32_t last_access_s; /* meta l: seconds since */
    uint8_t failure;        /* FAIL: enum failure */
};

#endif
