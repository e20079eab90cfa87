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
    RSP_SILENT,     /* nothing goes out */
    RSP_VALUE,      /* an item was found: text VALUE block, meta VA or HD, binary hit */
    RSP_MISS,       /* it was not: text nothing, meta EN */
    RSP_END,        /* the end of a get's values, of stats: END */
    RSP_STORED,     /* meta HD; quiet hides it */
    RSP_NOT_STORED, /* meta NS */
    RSP_EXISTS,     /* meta EX */
    RSP_NOT_FOUND,  /* meta NF */
    RSP_DELETED,    /* meta HD; quiet hides it */
    RSP_TOUCHED,
    RSP_NUMBER,     /* the result of arithmetic: text the number, meta HD or VA; quiet hides meta's */
    RSP_OK,
    RSP_NOP,        /* MN */
    RSP_TEXT,       /* `text` as it is, without line end added */
    RSP_LINE,       /* `text` and CRLF: VERSION, RESET, ME ... */
    RSP_FAIL,       /* `text` and CRLF, an error line: meta's quiet does not hide it */
    RSP_N_KINDS
};

struct response {
    uint8_t kind;       /* enum response_kind */
    bool with_cas;      /* text VALUE: gets, gats */
    bool with_value;    /* VALUE, NUMBER in meta: the value follows (VA), else HD */
    bool key_is_binary; /* as the item has it: meta k encodes it */
    bool won, stale, token_sent, fetched; /* meta W X Z h; before this operation, but for W */
    struct bytes key;
    struct bytes text;
    uint32_t n_value;   /* VALUE: bytes that the caller appends; meta s */
    uint32_t client_flags;
    uint64_t cas;
    uint64_t number;
    int64_t ttl_before, ttl_after; /* meta t: seconds left, -1 for ever; before and after T in this request */
    uint32_t last_access_s;        /* meta l: seconds since */
};

#endif
