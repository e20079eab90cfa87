/*
 * wire: how a protocol writes requests and splits replies into pieces.
 *
 * A protocol is one file that ends in one const struct wire.  A load sends few kinds
 * of request, so they are written directly from keys and numbers, without the
 * library's structs; this makes a load cheap.
 *
 * Every reply is a row of pieces, each of which is a head, a value, and a tail:
 *
 *   text    "VALUE k 0 2\r\n"   "hi"   "\r\n"      and then   "END\r\n"
 *   meta    "VA 2\r\n"          "hi"   "\r\n"
 *   binary  header, extras, key "hi"   ""
 *   redis   "$2\r\n"            "hi"   "\r\n"
 *
 * A head is parsed whole; of value and tail only the length is needed, so a value
 * may arrive in any number of parts.  Bytes that are no reply to the request are
 * WIRE_BROKEN.
 *
 * Threads: pure functions.
 */
#ifndef BENCH_LOAD_NET_WIRE_H
#define BENCH_LOAD_NET_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"
#include "bench/load/plan/ask.h"
#include "bench/load/plan/keys.h"

struct options;

enum {
    WIRE_HEAD_MAX = 2048,    /* no head is longer: a server that sends a longer line is broken */
    WIRE_KEY_ROOM = 32,      /* what a request writes for each key besides the key's bytes, at most */
    WIRE_REQUEST_ROOM = 256, /* and once per request, at most */
    WIRE_LOGIN_ROOM = 2048,
    WIRE_VALUE_MAX = 1 << 30, /* longest value that is accepted, in bytes */
};

/* The request that a reply answers, and how much of the reply has been read. */
struct wire_asked {
    enum ask ask;
    uint32_t n_keys;
    uint32_t n_left; /* redis: elements of the reply's array left to read; 0 before its head */
};

enum wire_outcome {
    WIRE_HIT,   /* the piece has a value */
    WIRE_MISS,  /* no such key; for a get of one key this is the whole reply */
    WIRE_OK,    /* stored, or logged in, or the end of a get's values */
    WIRE_NO,    /* not stored, but not an error */
    WIRE_ERROR, /* the server's error message is in `text` */
};

struct wire_piece {
    enum wire_outcome outcome;
    bool is_last;      /* the reply ends with this piece */
    bool is_key_known; /* `text` is the key of a hit */
    uint8_t n_tail;
    size_t n_head, n_value;
    struct bytes text; /* points into the head */
};

enum wire_result { WIRE_PIECE, WIRE_MORE, WIRE_BROKEN };

struct wire {
    const char *name;
    const char *set_end; /* the bytes that follow the value of a set */
    size_t n_set_end;

    /* Each writes a request to `at` and returns its end. */
    char *(*get)(char *at, const struct keys *, const uint64_t *numbers, uint32_t n);
    char *(*set)(char *at, const struct keys *, uint64_t number, uint64_t expiry_s,
        size_t n_value);                                               /* without the value */
    char *(*wait)(char *at, uint64_t n_replicas, uint64_t timeout_ms); /* NULL: not in the protocol */

    /*
     * Writes the request of login step 0, 1, ...; NULL after the last one, or if the
     * credentials do not fit.
     */
    char *(*login)(char *at, const struct options *, unsigned step, bool *fits);

    enum wire_result (*next)(struct wire_asked *, const char *p, size_t n, struct wire_piece *);
};

extern const struct wire wire_text, wire_meta, wire_binary, wire_redis;

/* Finds a protocol by its name in --protocol. */
const struct wire *wire_table_find(const char *name);

/* --- shared by the protocols' files --- */

/* USER and PASSWORD of --authenticate; the user is empty if there is no colon. */
void wire_credentials(const struct options *, struct bytes *user, struct bytes *password);

static inline char *
wire_put(char *at, struct bytes b)
{
    memcpy(at, b.p, b.n);
    return at + b.n;
}

/*
 * Finds the line at `p`; *n_line includes its end.  WIRE_MORE if it is
 * incomplete, WIRE_BROKEN if malformed.
 */
MUST_USE enum wire_result wire_line(const char *p, size_t n, size_t *n_line);

/*
 * Reads the digits at *at and moves *at behind them; false if there are none, or
 * the number is above `most`.
 */
MUST_USE bool wire_number(const char **at, const char *end, uint64_t most, uint64_t *value);

/* The last piece of a reply: a line without a value. */
enum wire_result wire_verdict(struct wire_piece *, enum wire_outcome, const char *line, size_t n_line);

/* True for an error line of memcached. */
bool wire_is_error(struct bytes line);

/* The login of the text protocol, which is a set; meta commands log in the same way. */
char *wire_text_login(char *at, const struct options *, unsigned step, bool *fits);

#endif
