/*
 * meta_parse: the lines of mg, ms, md, ma, me and mn.
 *
 * All but mn have a key, ms a length, and flags: one letter each, some with
 * an argument attached.  A valid line is read in one pass.  Which of an invalid
 * line's mistakes the error names is part of memcached's contract, too;
 * name_mistake decides that off the hot path.
 */
#include "proto/parse/parse_internal.h"

#include <assert.h>
#include <limits.h>

#include "base/must.h"
#include "base/text/base64.h"
#include "proto/parse.h"

#define BAD_ARGUMENT   BYTES("CLIENT_ERROR bad token in command line format")
#define BAD_BASE64     BYTES("CLIENT_ERROR error decoding key")
#define BAD_DELTA      BYTES("CLIENT_ERROR invalid numeric delta value")
#define BAD_INITIAL    BYTES("CLIENT_ERROR invalid numeric initial value")
#define BAD_PUT_MODE   BYTES("CLIENT_ERROR invalid mode for ms M token")
#define BAD_ARITH_MODE BYTES("CLIENT_ERROR invalid mode for ma M token")
#define BAD_ARITH_FLAG BYTES("CLIENT_ERROR invalid or duplicate flag")
#define DUPLICATE_FLAG BYTES("CLIENT_ERROR duplicate flag")
#define UNKNOWN_FLAG   BYTES("CLIENT_ERROR invalid flag")
#define LONG_OPAQUE    BYTES("CLIENT_ERROR opaque token too long")
#define TOO_MANY_FLAGS BYTES("CLIENT_ERROR options flags are too long")

enum {
    WORDS_MAX = 20,  /* of a line, including its command and key */
    OPAQUE_MAX = 32, /* bytes, including the O */
};

/* The flags that some command uses; every command accepts all of them and ignores the others, */
#define F(letter) META_FLAG(letter)
#define KNOWN_FLAGS                                                                                        \
    (F('b') | F('c') | F('f') | F('h') | F('k') | F('l') | F('q') | F('s') | F('t') | F('u') | F('v') |    \
        F('x') | F('C') | F('D') | F('E') | F('F') | F('I') | F('J') | F('L') | F('M') | F('N') | F('O') | \
        F('P') | F('R') | F('T'))

/* except larder's own, which only ms accepts. */
#define PUT_FLAGS F('p')

/* The flags whose argument we read. */
#define READ_FLAGS \
    (F('b') | F('C') | F('D') | F('E') | F('F') | F('J') | F('M') | F('N') | F('O') | F('R') | F('T'))

static_assert((READ_FLAGS & ~KNOWN_FLAGS) == 0 && (PUT_FLAGS & KNOWN_FLAGS) == 0, "what is read is known");

/* The flags' contents that only some commands use. */
struct flag_notes {
    char mode; /* M's argument; 0 without M */
    bool long_opaque;
};

/* A flag that begins with another character makes the whole line invalid, before any other check. */
static bool
may_begin_flag(char c)
{
    return (c >= 'A' && c <= 'z') || (c >= '0' && c <= '9');
}

/*
 * Returns the answer to a line in whose flags `mistake` was found.  n_words words
 * of the line precede the flags.
 */
static struct bytes
name_mistake(struct request *req, int n_words, struct bytes mistake)
{
    struct bytes rest = req->meta, word;

    for (; n_words < LINE_WORDS_MAX && (word = request_word(&rest)).n > 0; n_words++) {
        if (!may_begin_flag(word.p[0])) {
            req->has_body = false;
            return LINE_BAD;
        }
    }
    if (req->kind == CMD_META_ARITH)
        return BAD_ARITH_FLAG;
    if (req->key.n > REQUEST_KEY_MAX)
        return LINE_BAD;
    return n_words > WORDS_MAX ? TOO_MANY_FLAGS : mistake;
}

static bool
decode_key(struct request *req)
{
    size_t n;

    static_assert(BASE64_DECODED_MAX(REQUEST_KEY_MAX) <= sizeof req->key_room, "a decoded key has room");
    MUST(req->key.n <= REQUEST_KEY_MAX);
    if (!base64_decode(req->key, req->key_room, &n))
        return false;
    MUST(n > 0 && n <= sizeof req->key_room);
    req->key = bytes_of(req->key_room, n);
    req->key_is_binary = true;
    return true;
}

/*
 * Reads one of READ_FLAGS.  `mistake` is the last one found; a later one replaces
 * it, except F's, which has no message of its own.
 */
static struct bytes
read_flag(struct request *req, struct bytes flag, struct flag_notes *notes, struct bytes mistake)
{
    struct bytes argument = bytes_of(flag.p + 1, flag.n - 1);

    CHECKED_MUST(flag.n > 0);
    parse_must_lie_in(flag, req->meta);
    switch (flag.p[0]) {
    case 'b': return decode_key(req) ? mistake : BAD_BASE64;
    case 'C': return request_u64(argument, &req->cas) ? mistake : BAD_ARGUMENT;
    case 'D': return request_u64(argument, &req->delta) ? mistake : BAD_DELTA;
    case 'E': return request_u64(argument, &req->cas_new) ? mistake : BAD_ARGUMENT;
    case 'F': return request_u32(argument, &req->client_flags) || mistake.n > 0 ? mistake : LINE_BAD;
    case 'J': return request_u64(argument, &req->initial) ? mistake : BAD_INITIAL;
    case 'M': notes->mode = argument.n > 0 ? argument.p[0] : ' '; return mistake;
    case 'N': return request_exptime(argument, &req->vivify_exptime) ? mistake : BAD_ARGUMENT;
    case 'O': notes->long_opaque = flag.n > OPAQUE_MAX; return mistake;
    case 'R': return request_exptime(argument, &req->recache_exptime) ? mistake : BAD_ARGUMENT;
    case 'T': return request_exptime(argument, &req->exptime) ? mistake : BAD_ARGUMENT;
    default: UNREACHABLE();
    }
}

/* Sets the fields whose flags may be absent. */
static void
clear_arguments(struct request *req)
{
    req->flags = 0;
    req->client_flags = 0;
    req->exptime = req->vivify_exptime = req->recache_exptime = 0;
    req->cas = req->cas_new = req->initial = 0;
    req->delta = 1;
}

/* Reads the flags, req->meta, into a request whose key is set. */
static struct bytes
read_flags(struct request *req, int n_words, struct flag_notes *notes)
{
    struct bytes rest = req->meta, mistake = LINE_GOOD, flag;
    uint64_t known = KNOWN_FLAGS | (req->kind == CMD_META_SET ? PUT_FLAGS : 0);
    int n = n_words;

    CHECKED_MUST(req->key.n > 0 && req->dialect == DIALECT_META);
    clear_arguments(req);
    if (req->key.n > REQUEST_KEY_MAX)
        return name_mistake(req, n_words, LINE_BAD);
    for (; (flag = request_word(&rest)).n > 0; n++) {
        unsigned at = (unsigned char)flag.p[0] - (unsigned)'A';
        uint64_t bit = at < 64 ? UINT64_C(1) << at : 0;
        if (req->flags & bit)
            return name_mistake(req, n_words, DUPLICATE_FLAG);
        if (!(known & bit))
            return name_mistake(req, n_words, UNKNOWN_FLAG);
        req->flags |= bit;
        if (READ_FLAGS & bit)
            mistake = read_flag(req, flag, notes, mistake);
    }
    req->quiet = req->flags & META_FLAG('q');
    return mistake.n > 0 || n > WORDS_MAX ? name_mistake(req, n_words, mistake) : LINE_GOOD;
}

/* ---- me ----------------------------------------------------------------- */

/* It uses b alone; the others only have to look like flags. */
static struct bytes
read_debug(struct request *req)
{
    struct bytes rest = req->meta, word;
    bool encoded = false;

    req->flags = 0; /* the reply repeats no flag */
    for (int n = 2; n < LINE_WORDS_MAX && (word = request_word(&rest)).n > 0; n++) {
        if (!may_begin_flag(word.p[0]))
            return LINE_BAD;
        encoded |= bytes_equal(word, BYTES("b"));
    }
    if (req->key.n > REQUEST_KEY_MAX || (encoded && !decode_key(req)))
        return LINE_BAD;
    return LINE_GOOD;
}

/* ---- ma ----------------------------------------------------------------- */

static struct bytes
set_arith_mode(struct request *req, char mode)
{
    switch (mode) {
    case 0:
    case 'I':
    case '+': return LINE_GOOD;
    case 'D':
    case '-': req->arith_decr = true; return LINE_GOOD;
    default: return BAD_ARITH_MODE;
    }
}

/* mg, md, ma, me */
struct bytes
meta_read(struct request *req, struct bytes rest)
{
    struct flag_notes notes = {0};

    req->dialect = DIALECT_META;
    req->key = parse_next_key(&rest);
    req->meta = rest;
    if (req->key.n == 0)
        return LINE_BAD;
    if (req->kind == CMD_META_DEBUG)
        return read_debug(req);

    struct bytes complaint = read_flags(req, 2, &notes);
    if (complaint.n == 0 && req->kind == CMD_META_ARITH)
        complaint = set_arith_mode(req, notes.mode);
    if (complaint.n == 0 && notes.long_opaque)
        return LONG_OPAQUE;
    return complaint;
}

/* ---- ms ----------------------------------------------------------------- */

/* An append to a missing item stores the value if N allows it; then N, not T, is the time to live. */
static void
set_growing_mode(struct request *req, enum put_mode mode)
{
    req->mode = (uint8_t)mode;
    if (req->flags & META_FLAG('N'))
        req->exptime = req->vivify_exptime;
}

/*
 * C turns the modes that replace a value into a compare-and-swap; append and
 * prepend compare cas themselves.
 */
static struct bytes
set_put_mode(struct request *req, char mode)
{
    bool with_cas = req->flags & META_FLAG('C');

    CHECKED_MUST(req->kind == CMD_META_SET && req->has_body);
    switch (mode) {
    case 0:
    case 'S': req->mode = with_cas ? PUT_CAS : PUT_SET; return LINE_GOOD;
    case 'R': req->mode = with_cas ? PUT_CAS : PUT_REPLACE; return LINE_GOOD;
    case 'E': req->mode = PUT_ADD; return LINE_GOOD;
    case 'A': set_growing_mode(req, PUT_APPEND); return LINE_GOOD;
    case 'P': set_growing_mode(req, PUT_PREPEND); return LINE_GOOD;
    default: return BAD_PUT_MODE;
    }
}

struct bytes
meta_read_body(struct request *req, struct bytes rest)
{
    struct flag_notes notes = {0};
    int32_t n_value;

    req->dialect = DIALECT_META;
    req->key = parse_next_key(&rest);
    struct bytes size = request_word(&rest);
    req->meta = rest;
    if (!request_i32(size, &n_value) || n_value < 0 || n_value > INT_MAX - 2)
        return LINE_BAD;
    req->n_value = (uint32_t)n_value;
    req->has_body = true;

    struct bytes complaint = read_flags(req, 3, &notes);
    if (complaint.n == 0)
        complaint = set_put_mode(req, notes.mode);
    if (complaint.n == 0 && notes.long_opaque)
        return LONG_OPAQUE;
    return complaint;
}

/* ---- mn ----------------------------------------------------------------- */

struct bytes
meta_read_nop(struct request *req, struct bytes rest)
{
    req->dialect = DIALECT_META;
    req->meta = rest;
    req->flags = 0; /* the rest of the line is ignored */
    return LINE_GOOD;
}
