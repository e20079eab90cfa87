/*
 * binary_parse: packets of the binary protocol.
 *
 * A packet is parsed once its head, extras and key have arrived.  A head that
 * cannot be valid is refused immediately, so the parser never waits for more than
 * 529 bytes, except for a login's token.
 * The opcode's row in binary.def has the command and the shape; the shape's reader
 * checks what follows the head.
 *
 * A packet whose lengths do not fit its opcode gets an answer and the connection
 * is closed, since the start of the next packet is unknown; memcached does the same.
 */
#include <assert.h>

#include "proto/binary.h"
#include "proto/parse.h"
#include "proto/parse/parse_internal.h"
#include "proto/response.h"

enum {
    BODY_MAX = 1 << 30,   /* longest body; more is invalid whatever -I allows */
    TOKEN_MAX = 16 << 10, /* longest value that the parser waits for */
};

struct packet {
    const char *extras;
    struct bytes key;
    uint32_t n_extras, n_value;
    uint64_t cas;
};

/* ---- shapes ------------------------------------------------------------- */

/* Reads a packet into `req`, whose small fields are set.  False if the packet has another shape. */
typedef bool packet_reader(struct request *req, const struct packet *);

/* Expiries have no sign here: 2^31 and more are Unix times after 2038. */
static int64_t
expiry_at(const char *p)
{
    return binary_get32(p);
}

/* For a key that may become an item's: if text cannot hold it as a word, text shows it in base64. */
static void
read_new_key(struct request *req, const struct packet *p)
{
    req->key = p->key;
    req->key_is_binary = !request_is_plain(p->key);
}

static bool
read_none(struct request *req, const struct packet *p)
{
    (void)req;
    return p->n_extras == 0 && p->key.n == 0 && p->n_value == 0;
}

static bool
read_key(struct request *req, const struct packet *p)
{
    req->key = p->key;
    req->cas = p->cas;
    return p->n_extras == 0 && p->key.n > 0 && p->n_value == 0;
}

static bool
read_key_time(struct request *req, const struct packet *p)
{
    if (p->n_extras != 4 || p->key.n == 0 || p->n_value > 0)
        return false;
    req->key = p->key;
    req->exptime = expiry_at(p->extras);
    return true;
}

static bool
read_key_number(struct request *req, const struct packet *p)
{
    if (p->n_extras != 20 || p->key.n == 0 || p->n_value > 0)
        return false;
    read_new_key(req, p);
    req->cas = p->cas;
    req->arith_decr = req->kind == CMD_DECR;
    req->delta = binary_get64(p->extras);
    req->initial = binary_get64(p->extras + 8);
    req->exptime = 0;
    req->vivify_exptime = expiry_at(p->extras + 16);
    req->flags |= META_FLAG('C');
    if (req->vivify_exptime != BINARY_NO_VIVIFY)
        req->flags |= META_FLAG('N') | META_FLAG('J');
    return true;
}

static void
read_put(struct request *req, const struct packet *p)
{
    read_new_key(req, p);
    req->cas = p->cas;
    req->mode = parse_mode_of(req->kind);
    req->flags |= META_FLAG('C'); /* 0 means no comparison */
    req->client_flags = 0;
    req->exptime = 0;
    req->n_value = p->n_value;
    req->has_body = true;
}

static bool
read_storage(struct request *req, const struct packet *p)
{
    if (p->n_extras != 8 || p->key.n == 0)
        return false;
    read_put(req, p);
    req->client_flags = binary_get32(p->extras);
    req->exptime = expiry_at(p->extras + 4);
    return true;
}

static bool
read_extension(struct request *req, const struct packet *p)
{
    read_put(req, p);
    return p->n_extras == 0 && p->key.n > 0;
}

static bool
read_time(struct request *req, const struct packet *p)
{
    req->exptime = p->n_extras == 4 ? expiry_at(p->extras) : 0;
    return (p->n_extras == 0 || p->n_extras == 4) && p->key.n == 0 && p->n_value == 0;
}

static bool
read_words(struct request *req, const struct packet *p)
{
    req->args = p->key;
    return p->n_extras == 0 && p->n_value == 0;
}

static bool
read_token(struct request *req, const struct packet *p)
{
    req->key = p->key;
    req->n_value = p->n_value;
    req->has_body = true;
    return p->n_extras == 0 && p->key.n > 0;
}

enum shape {
    SHAPE_NONE,
    SHAPE_KEY,
    SHAPE_KEY_TIME,
    SHAPE_KEY_NUMBER,
    SHAPE_STORAGE,
    SHAPE_EXTENSION,
    SHAPE_TIME,
    SHAPE_WORDS,
    SHAPE_TOKEN,
};

static packet_reader *const readers[] = {
    [SHAPE_NONE] = read_none,
    [SHAPE_KEY] = read_key,
    [SHAPE_KEY_TIME] = read_key_time,
    [SHAPE_KEY_NUMBER] = read_key_number,
    [SHAPE_STORAGE] = read_storage,
    [SHAPE_EXTENSION] = read_extension,
    [SHAPE_TIME] = read_time,
    [SHAPE_WORDS] = read_words,
    [SHAPE_TOKEN] = read_token,
};
static_assert(sizeof readers / sizeof readers[0] == SHAPE_TOKEN + 1, "every shape of a packet has a reader");

/* ---- opcodes ------------------------------------------------------------ */

#define LOUD  false
#define QUIET true
#define V     META_FLAG('v')
#define K     META_FLAG('k')

static const struct opcode {
    uint8_t kind;  /* CMD_NONE: no such opcode */
    uint8_t shape; /* enum shape */
    bool quiet;
    uint64_t flags;
} opcodes[256] = {
#define OPCODE(code, name, kind, quiet, flags, shape) [code] = {CMD_##kind, SHAPE_##shape, quiet, flags},
#include "proto/binary.def"
#undef OPCODE
};

/* ---- one packet --------------------------------------------------------- */

/* `close`: the start of the next packet is unknown. */
static __attribute__((noinline, cold)) enum parse_result
refuse(struct request *req, struct parsed *out, enum failure failure, bool close)
{
    MUST(failure < FAILURE_N);
    req->quiet = false;
    out->complaint = bytes_of(NULL, 0);
    out->failure = (uint8_t)failure;
    out->close = close;
    out->place = PROTOCOL_BINARY;
    return PARSE_BAD;
}

/* True if the head itself is invalid; checks in memcached's order. */
static bool
is_bad_head(const struct packet *p, uint32_t n_body, enum failure *failure)
{
    *failure = p->key.n + p->n_extras > n_body ? FAILURE_UNKNOWN : FAILURE_INVALID;
    return p->key.n + p->n_extras > n_body || n_body > BODY_MAX || p->key.n > REQUEST_KEY_MAX;
}

static void
begin_request(struct request *req, const struct opcode *row, const char *head)
{
    CHECKED_MUST((unsigned char)head[0] == BINARY_REQUEST);
    req->kind = row->kind;
    req->dialect = DIALECT_BINARY;
    req->mode = PUT_SET;
    req->quiet = row->quiet;
    req->key_is_binary = false;
    req->arith_decr = false;
    req->has_body = false;
    req->opcode = (uint8_t)head[1];
    memcpy(&req->opaque, head + 12, sizeof req->opaque);
    req->flags = row->flags;
}

static enum parse_result
take_value(struct bytes in, struct request *req, const struct opcode *row, struct parsed *out)
{
    uint32_t n = req->n_value;
    bool waits = row->shape == SHAPE_TOKEN;

    CHECKED_MUST(req->has_body && out->used <= in.n && n <= BODY_MAX);
    if (waits && n > TOKEN_MAX) {
        out->swallow = n;
        req->has_body = false;
        return refuse(req, out, FAILURE_NO_MEMORY, false);
    }
    if (in.n - out->used >= n) {
        req->value = bytes_of(in.p + out->used, n);
        out->used += n;
        return PARSE_DONE;
    }
    req->value = bytes_of(NULL, 0);
    if (waits)
        out->used = 0;
    return waits ? PARSE_MORE : PARSE_BODY;
}

enum parse_result
binary_parse(struct bytes in, struct request *req, struct parsed *out)
{
    if (in.n < BINARY_HEAD)
        return PARSE_MORE;
    if ((unsigned char)in.p[0] != BINARY_REQUEST)
        return PARSE_CLOSE;
    const struct opcode *row = &opcodes[(unsigned char)in.p[1]];
    const char *extras = in.p + BINARY_HEAD;
    uint32_t n_key = binary_get16(in.p + 2), n_extras = (unsigned char)in.p[4];
    uint32_t n_body = binary_get32(in.p + 8);
    const struct packet p = {
        .extras = extras,
        .n_extras = n_extras,
        .key = bytes_of(extras + n_extras, n_key),
        .n_value = n_body - n_extras - n_key,
        .cas = binary_get64(in.p + 16),
    };
    enum failure failure;
    begin_request(req, row, in.p);
    if (UNLIKELY(is_bad_head(&p, n_body, &failure))) {
        out->used = BINARY_HEAD;
        return refuse(req, out, failure, true);
    }
    if (in.n < BINARY_HEAD + n_extras + n_key)
        return PARSE_MORE;
    out->used = BINARY_HEAD + n_extras + n_key;
    if (UNLIKELY(row->kind == CMD_NONE)) {
        out->swallow = p.n_value;
        return refuse(req, out, FAILURE_UNKNOWN, false);
    }
    CHECKED_MUST(row->shape <= SHAPE_TOKEN && p.key.n + p.n_extras + p.n_value == n_body);
    if (UNLIKELY(!readers[row->shape](req, &p)))
        return refuse(req, out, FAILURE_INVALID, true);
    return req->has_body ? take_value(in, req, row, out) : PARSE_DONE;
}
