/*
 * wire: how a protocol asks, and how its replies are cut into pieces.
 *
 * A protocol is one file that ends in one const struct wire.  What a load asks
 * is little, so requests are written straight from keys and numbers, without
 * the library's structs in between; that is what makes a load cheap.
 *
 * Every reply is a row of pieces, each of which is a head, a value, and a tail:
 *
 *   text    "VALUE k 0 2\r\n"   "hi"   "\r\n"      and then   "END\r\n"
 *   meta    "VA 2\r\n"          "hi"   "\r\n"
 *   binary  header, extras, key "hi"   ""
 *   redis   "$2\r\n"            "hi"   "\r\n"
 *
 * The head is looked at whole, the rest only needs its length, so a value may
 * come in any number of parts.  A server may send anything: what is not a reply
 * to what was asked is WIRE_BROKEN.
 *
 * Threads: pure functions.
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"
#include "bench/ask.h"
#include "bench/keys.h"

struct options;

enum {
    WIRE_HEAD_MAX = 2048,    /* no head is longer: a server that sends such a line is broken */
    WIRE_KEY_ROOM = 32,      /* besides its bytes, what a request writes for a key, at most */
    WIRE_REQUEST_ROOM = 256, /* and once */
    WIRE_LOGIN_ROOM = 2048,
    WIRE_VALUE_MAX = 1 << 30, /* bytes of a value that is believed */
};

/* What is known of the request that a reply answers, and how far the reply is. */
struct wire_asked {
    enum ask ask;
    uint32_t n_keys;
    uint32_t n_left; /* redis: elements of its array still to come; 0 before its head */
};

enum wire_outcome {
    WIRE_HIT,   /* a value is in the piece */
    WIRE_MISS,  /* a key is not there; of a get of one key it is the whole reply */
    WIRE_OK,    /* stored, or logged in; or the end of a get's values */
    WIRE_NO,    /* not stored, though nothing is wrong */
    WIRE_ERROR, /* the server says that something is wrong: `text` */
};

struct wire_piece {
    enum wire_outcome outcome;
    bool is_last;      /* the reply ends with it */
    bool is_key_known; /* `text` is the key of a hit */
    uint8_t n_tail;
    size_t n_head, n_value;
    struct bytes text; /* in the head */
};

enum wire_result { WIRE_PIECE, WIRE_MORE, WIRE_BROKEN };

struct wire {
    const char *name;
    const char *set_end; /* what follows a value that is sent */
    size_t n_set_end;

    /* Each returns the end of what it wrote. */
    char *(*get)(char *at, const struct keys *, const uint64_t *numbers, uint32_t n);
    char *(*set)(char *at, const struct keys *, uint64_t number, uint64_t expiry_s,
        size_t n_value);                                               /* all before the value */
    char *(*wait)(char *at, uint64_t n_replicas, uint64_t timeout_ms); /* NULL: there is no such thing */

    /* The login's step 0, 1, ...: each is one request; NULL when there are no more, or `*fits` is false. */
    char *(*login)(char *at, const struct options *, unsigned step, bool *fits);

    enum wire_result (*next)(struct wire_asked *, const char *p, size_t n, struct wire_piece *);
};

extern const struct wire wire_text, wire_meta, wire_binary, wire_redis;

/* Of a word of --protocol. */
const struct wire *wire_table_find(const char *name);

/* --- what the files of protocols share --- */

/* USER and PASSWORD of --authenticate; the user is empty if there is no colon. */
void wire_credentials(const struct options *, struct bytes *user, struct bytes *password);

static inline char *
wire_put(char *at, struct bytes b)
{
    memcpy(at, b.p, b.n);
    return at + b.n;
}

/* The line at `p`, its length with its end in *n_line; WIRE_MORE if it is not whole, WIRE_BROKEN if it will not be. */
MUST_USE enum wire_result wire_line(const char *p, size_t n, size_t *n_line);

/* Digits from *at on, which is moved behind them; false if there are none, or the number is above `most`. */
MUST_USE bool wire_number(const char **at, const char *end, uint64_t most, uint64_t *value);

/* A piece that is a line without a value, and ends the reply. */
enum wire_result wire_verdict(struct wire_piece *, enum wire_outcome, const char *line, size_t n_line);

/* A line of memcached's that says what is wrong. */
bool wire_is_error(struct bytes line);

/* The login of the text protocol, which is a set; meta commands have no other. */
char *wire_text_login(char *at, const struct options *, unsigned step, bool *fits);

#endif
