/*
 * ask: composes requests as bytes, for clients and load testers.
 *
 * One plain struct holds a request for every dialect, with meta's names:
 * `flags` is a META_FLAG set.  These flags are read here:
 *
 *   v c f h k l s t   which parts of an item to return; text and binary always
 *                     return flags, and text the key
 *   T                 GET: sets the item's expiry to `exptime`
 *   C                 the item's CAS number must be `cas`; turns a PUT_SET into a compare-and-swap
 *   E                 sets the item's CAS number to `cas_new`
 *   N                 creates a missing item, with `vivify_exptime`
 *   R                 GET: if less than `recache_exptime` is left, one client wins the item
 *   I                 marks the item stale; a put also accepts an older `cas`
 *   O                 the reply repeats `opaque` (binary: it always does)
 *   b u x             as in meta; a key that text cannot hold gets b automatically
 *
 * A put's client_flags and exptime and arithmetic's delta are always sent.
 * proto_ask_check refuses what a dialect cannot express; nothing is dropped silently.
 *
 *   if (proto_ask_check(dialect, &ask) == ASK_GOOD)
 *       p = proto_ask(dst, dialect, &ask);   then ask.n_value bytes of value,
 *       p = proto_ask_tail(p, dialect, &ask);
 *
 * Threads: none; every result depends on the arguments only.
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
    ASK_PUT, /* as `mode` says; the caller sends the value */
    ASK_DELETE,
    ASK_ARITH, /* `decr` */
    ASK_TOUCH, /* `exptime` */
    ASK_NOP,   /* not in text */
    ASK_STATS, /* `words`: the group, or empty */
    ASK_VERSION,
    ASK_FLUSH, /* `exptime`: seconds to wait before the flush */
    ASK_QUIT,
    ASK_LOGIN, /* text: the value is "user password"; binary: `key` is SASL's mechanism, the value its token */
    ASK_LINE,  /* `words`, unchanged: text and meta */
    ASK_N_KINDS
};

struct ask {
    uint8_t kind; /* enum ask_kind */
    uint8_t mode; /* PUT: enum put_mode; CAS is SET with C */
    bool quiet;   /* meta q, text noreply, a Q opcode: omit the expected reply (text: every reply) */
    bool decr;
    struct bytes key;
    struct bytes words;
    uint64_t flags;
    uint32_t n_value; /* PUT, LOGIN */
    uint32_t client_flags;
    uint32_t opaque;
    int64_t exptime; /* as on the wire: 0 never, negative past, up to 30 days relative, else Unix */
    int64_t vivify_exptime;
    int64_t recache_exptime;
    uint64_t cas, cas_new;
    uint64_t delta, initial;
};

enum ask_fault {
    ASK_GOOD,
    ASK_BAD_KEY,       /* empty, longer than 250 bytes as sent, or not possible in text */
    ASK_BAD_WORDS,     /* too long, or containing a line end */
    ASK_BAD_NUMBER,    /* a time or a length that the wire cannot hold */
    ASK_NOT_SUPPORTED, /* in this dialect */
};

enum { ASK_MAX = 1024, ASK_TAIL_MAX = 2, ASK_WORDS_MAX = 512 };

MUST_USE enum ask_fault proto_ask_check(enum dialect, const struct ask *);

/*
 * Writes a checked `ask` without its value, at most ASK_MAX bytes; returns their
 * end.  Only meta checks the key once more.
 */
char *proto_ask(char *dst, enum dialect, const struct ask *);

/* The bytes after a value: text and meta CRLF, binary nothing. */
char *proto_ask_tail(char *dst, enum dialect, const struct ask *);

/*
 * A text get of many keys is one line; its values arrive in the keys' order, then
 * END.  ask_text_keys writes the line up to its keys ("get", "gats 30").  The caller
 * appends a space and the bytes of each key, and CRLF at the end.
 */
char *ask_text_keys(char *dst, const struct ask *);

#endif
