/*
 * ask: a request to bytes, for those at the other end of the wire.
 *
 * One plain struct says what is wanted in every dialect, with the names that
 * meta has for it: `flags` is a META_FLAG set.  Of it mean something here
 *
 *   v c f h k l s t   what is to come back of an item; text and binary give
 *                     flags, and text the key, whether asked for or not
 *   T                 GET: `exptime` is the item's from now on
 *   C                 `cas` must be the item's; of a put it makes PUT_SET a compare-and-swap
 *   E                 `cas_new` is the item's from now on
 *   N                 what is missing is made, with `vivify_exptime`
 *   R                 GET: who finds less than `recache_exptime` left may win the item
 *   I                 mark as stale; of a put, take a `cas` that is older
 *   O                 `opaque` comes back (binary: it always does)
 *   b u x             as meta has them; b is set by itself for a key that text cannot hold
 *
 * A put's client_flags and exptime and arithmetic's delta are always sent.
 * What a dialect cannot say is a fault, never left out in silence.
 *
 *   if (proto_ask_check(dialect, &ask) == ASK_GOOD)
 *       p = proto_ask(dst, dialect, &ask);   then ask.n_value bytes of value,
 *       p = proto_ask_tail(p, dialect, &ask);
 *
 * Threads: none; everything is a function of its arguments.
 */
#ifndef PROTO_ASK_H
#define PROTO_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"
#include "proto/request.h"

enum ask_kind {
    ASK_GET,
    ASK_PUT, /* `mode` says how; the value is the caller's to send */
    ASK_DELETE,
    ASK_ARITH, /* `decr` */
    ASK_TOUCH, /* `exptime` */
    ASK_NOP,   /* text has none */
    ASK_STATS, /* `words`: of which group, or empty */
    ASK_VERSION,
    ASK_FLUSH, /* `exptime`: seconds until then */
    ASK_QUIT,
    ASK_LOGIN, /* text: the value is "user password"; binary: SASL, `key` is the mechanism, the value its token */
    ASK_LINE, /* `words` as they are: text and meta */
    ASK_N_KINDS
};

struct ask {
    uint8_t kind; /* enum ask_kind */
    uint8_t mode; /* PUT: enum put_mode; CAS is SET with C */
    bool quiet; /* meta q, text noreply, a Q opcode: what is expected is not answered (in text: nothing is) */
    bool decr;
    struct bytes key;
    struct bytes words;
    uint64_t flags;
    uint32_t n_value; /* PUT, LOGIN */
    uint32_t client_flags;
    uint32_t opaque;
    int64_t exptime; /* as the wire has it: 0 never, negative past, up to 30 days relative, else Unix */
    int64_t vivify_exptime;
    int64_t recache_exptime;
    uint64_t cas, cas_new;
    uint64_t delta, initial;
};

enum ask_fault {
    ASK_GOOD,
    ASK_BAD_KEY,       /* empty, or longer than 250 bytes as it is sent, or not for text */
    ASK_BAD_WORDS,     /* too long, or more than a line */
    ASK_BAD_NUMBER,    /* a time or a length that the wire cannot hold */
    ASK_NOT_SUPPORTED, /* in this dialect */
};

enum { ASK_MAX = 1024, ASK_TAIL_MAX = 2, ASK_WORDS_MAX = 512 };

MUST_USE enum ask_fault proto_ask_check(enum dialect, const struct ask *);

/*
 * Writes everything of a checked `ask` but the value, at most ASK_MAX bytes;
 * returns their end.  A key is not looked at again, but in meta.
 */
char *proto_ask(char *dst, enum dialect, const struct ask *);

/* What stands behind a value: text and meta CRLF, binary nothing. */
char *proto_ask_tail(char *dst, enum dialect, const struct ask *);

/*
 * Text asks for many keys in one line, and gets values in their order, then
 * END: ask_text_keys writes the line up to its keys ("get", "gats 30"), a key
 * is a blank and its bytes, and CRLF ends it.
 */
char *ask_text_keys(char *dst, const struct ask *);

#endif
