/*
 * request: what a client asked, in whatever dialect.
 *
 * The parsers fill it and the commands read it; it depends on neither sockets nor
 * the engine.  It borrows: `key`, `args`, `meta` and `value` point into the parsed
 * buffer, or (a base64 key) into the request itself, and are valid until that
 * buffer is consumed.
 *
 * A parser sets only the fields that the kind uses: a request is not cleared
 * between two uses.  The fields up to has_body are always set, as are opcode,
 * opaque and flags in BINARY, and the argument of a meta flag that is absent is 0.
 */
#ifndef PROTO_REQUEST_H
#define PROTO_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    REQUEST_KEY_MAX = 250,
    REQUEST_CONFIG_MAX = 32 << 10, /* longest body of CONFIG, in bytes */
};

enum cmd_kind {
    CMD_NONE,
#define CMD(kind, word, shape, effects, body, does) CMD_##kind,
#include "proto/commands.def"
#undef CMD
    CMD_N_KINDS
};

enum dialect { DIALECT_TEXT, DIALECT_META, DIALECT_BINARY };

/* How to store a body; from META_SET's M flag or the text command. */
enum put_mode { PUT_SET, PUT_ADD, PUT_REPLACE, PUT_APPEND, PUT_PREPEND, PUT_CAS };

/*
 * The meta flags of a request, as a set: bit (letter - 'A').  memcached's
 * protocol.txt, "Meta Commands", defines each flag for each command.
 */
#define META_FLAG(letter) (UINT64_C(1) << ((letter) - 'A'))

struct request {
    uint8_t kind;            /* enum cmd_kind */
    uint8_t dialect;         /* enum dialect */
    uint8_t mode;            /* enum put_mode, of the storing kinds */
    bool quiet;              /* noreply, meta q, a Q opcode; response.h says which responses quiet omits */
    bool key_is_binary;      /* meta b: `key` is decoded; replies encode it again */
    bool arith_decr;         /* DECR, META_ARITH with MD */
    bool has_body;           /* n_value bytes of a value follow the line */
    uint8_t opcode;          /* BINARY: as received, for the reply */
    struct bytes key;        /* of get, gets, gat, gats: the first one */
    struct bytes args;       /* KEYS, TIME_KEYS: `key` and everything after it to the end of the line;
                                WORDS, ADMIN, CONFIG: what follows the word, without noreply */
    struct bytes meta;       /* META, META_BODY: the flags as written, for the reply; see request_word */
    struct bytes value;      /* body without its line end if all of it is in the buffer, else p is NULL */
    uint64_t flags;          /* META_FLAG set; BINARY: the equivalents, of C J N k v */
    uint32_t n_value;        /* bytes of the body */
    uint32_t client_flags;   /* META: F */
    int64_t exptime;         /* as written: 0, negative, relative or Unix; META: T */
    int64_t vivify_exptime;  /* META: N; also META_SET's exptime when it appends or prepends */
    int64_t recache_exptime; /* META: R */
    uint64_t cas;            /* cas, and META with C; DELETE and BINARY: 0 means no comparison */
    uint64_t cas_new;        /* META: E */
    uint64_t delta;          /* incr, decr; META: D, 1 if absent */
    uint64_t initial;        /* META: J */
    uint32_t opaque;         /* BINARY: as received, for the reply */
    char key_room[REQUEST_KEY_MAX]; /* a base64 key, decoded */
};

/* Bytes between the body and the next request: text ends it with CRLF. */
static inline uint32_t
request_body_end(const struct request *req)
{
    return req->dialect == DIALECT_BINARY ? 0 : 2;
}

/* Returns the next space-separated word of *rest and moves *rest behind it; n is 0 at the end. */
static inline struct bytes
request_word(struct bytes *rest)
{
    const char *p = rest->p, *end = rest->p + rest->n;
    while (p < end && *p == ' ')
        p++;
    const char *s = p;
    while (p < end && *p != ' ')
        p++;
    rest->n = (size_t)(end - p);
    rest->p = p;
    return bytes_of(s, (size_t)(p - s));
}

/* True if text can hold the key as a word: no space, line end or control character. */
bool request_is_plain(struct bytes word);

/* Whole-token decimal numbers by the rules of the text protocol; false if out of range or malformed. */
bool request_u32(struct bytes token, uint32_t *out);
bool request_i32(struct bytes token, int32_t *out);
bool request_u64(struct bytes token, uint64_t *out);
bool request_i64(struct bytes token, int64_t *out);
bool request_exptime(struct bytes token, int64_t *out); /* text writes 32 bits, with a sign */

/* The command's word ("get") and its body: see commands.def. */
const char *request_word_of(enum cmd_kind);
enum request_body { REQUEST_BODY_NONE, REQUEST_BODY_STREAMED, REQUEST_BODY_WHOLE };
enum request_body request_body_of(enum cmd_kind);

#endif
