/*
 * request: what a client asked, whatever dialect it asked in.
 *
 * The parsers fill it, the commands read it, and nothing in it knows of a
 * socket or of the engine.  It borrows: `key`, `args`, `meta` and `value` point
 * into the buffer that was parsed, or (a base64 key) into the request itself,
 * and are good until that buffer is consumed.
 *
 * A parser sets what the kind has and leaves the rest as it was: a request is
 * not cleared between two uses.  The bytes up to has_body are always set, in
 * BINARY opcode, opaque and flags as well, and the argument of a meta flag that
 * is absent is 0.
 */
#ifndef PROTO_REQUEST_H
#define PROTO_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    REQUEST_KEY_MAX = 250,
    REQUEST_CONFIG_MAX = 32 << 10, /* bytes of a body that CONFIG takes */
};

enum cmd_kind {
    CMD_NONE,
#define CMD(kind, word, shape, effects, body, does) CMD_##kind,
#include "proto/commands.def"
#undef CMD
    CMD_N_KINDS
};

enum dialect { DIALECT_TEXT, DIALECT_META, DIALECT_BINARY };

/* How a body is to be stored; META_SET's M flag, or the text command itself. */
enum put_mode { PUT_SET, PUT_ADD, PUT_REPLACE, PUT_APPEND, PUT_PREPEND, PUT_CAS };

/*
 * Meta flags present, as a set: bit (letter - 'A').  memcached's protocol.txt,
 * "Meta Commands", says what each means to which command.
 */
#define META_FLAG(letter) (UINT64_C(1) << ((letter) - 'A'))

struct request {
    uint8_t kind;            /* enum cmd_kind */
    uint8_t dialect;         /* enum dialect */
    uint8_t mode;            /* enum put_mode, of the storing kinds */
    bool quiet;              /* noreply, meta q, a Q opcode: each response says itself what quiet hides */
    bool key_is_binary;      /* meta b: `key` is decoded, and is encoded again when echoed */
    bool arith_decr;         /* DECR, META_ARITH with MD */
    bool has_body;           /* a value of n_value bytes follows the line */
    uint8_t opcode;          /* BINARY: as it came, for the reply */
    struct bytes key;        /* of get, gets, gat, gats: the first one */
    struct bytes args;       /* KEYS, TIME_KEYS: `key` and all behind it to the end of the line;
                                WORDS, ADMIN, CONFIG: what follows the word, without noreply */
    struct bytes meta;       /* META, META_BODY: the flags as written, for the echo; see request_word */
    struct bytes value;      /* body without its line end when it is whole in the buffer, else p is NULL */
    uint64_t flags;          /* META_FLAG set; BINARY: what says the same in meta, of C J N k v */
    uint32_t n_value;        /* bytes of the body */
    uint32_t client_flags;   /* META: F */
    int64_t exptime;         /* as written: 0, negative, relative or Unix; META: T */
    int64_t vivify_exptime;  /* META: N, which is META_SET's exptime too when it appends or prepends */
    int64_t recache_exptime; /* META: R */
    uint64_t cas;            /* cas, and META with C; DELETE and BINARY: 0 compares nothing */
    uint64_t cas_new;        /* META: E */
    uint64_t delta;          /* incr, decr; META: D, 1 if absent */
    uint64_t initial;        /* META: J */
    uint32_t opaque;         /* BINARY: as it came, for the reply */
    char key_room[REQUEST_KEY_MAX]; /* a base64 key, decoded */
};

/* Bytes between the body and the next request: text ends it with CRLF. */
static inline uint32_t
request_body_end(const struct request *req)
{
    return req->dialect == DIALECT_BINARY ? 0 : 2;
}

/* The next space-separated word of *rest, which moves behind it; n is 0 at the end. */
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

/* Whether text can hold it as a word: no blank, line end or control character. */
bool request_is_plain(struct bytes word);

/* Whole-token decimal numbers as the text protocol takes them; false if out of range or anything else. */
bool request_u32(struct bytes token, uint32_t *out);
bool request_i32(struct bytes token, int32_t *out);
bool request_u64(struct bytes token, uint64_t *out);
bool request_i64(struct bytes token, int64_t *out);
bool request_exptime(struct bytes token, int64_t *out); /* text writes 32 bits, with a sign */

/* The command's word ("get"), and what it does: see commands.def. */
const char *request_word_of(enum cmd_kind);
enum request_effects {
    EFFECTS_NONE,
    EFFECTS_READS,
    EFFECTS_WRITES,
    EFFECTS_READS_OR_WRITES,
    EFFECTS_LOOKS,
    EFFECTS_ADMINS,
    EFFECTS_LOGS_IN,
};
enum request_effects request_effects_of(enum cmd_kind);
enum request_body { REQUEST_BODY_NONE, REQUEST_BODY_STREAMED, REQUEST_BODY_WHOLE };
enum request_body request_body_of(enum cmd_kind);

#endif
