/*
 * f_binary: parses any bytes as packets, whole and in pieces, and composes the
 * replies to the requests.
 *
 * The parser must stay within its buffer, use no more bytes than it got, point only
 * into these, and find the same requests however the input is cut.  Every kind of
 * reply must fit, and be a packet with correct lengths.
 *
 * The first byte gives the size of the pieces.  Its top bit says whether the other
 * bytes are packets, or short words from which packets are made (expand), which
 * reach deeper code sooner.
 */
#include "proto/parse.h"

#include <stdlib.h>

#include "proto/binary.h"
#include "proto/compose.h"
#include "proto/response.h"
#include "tests/fuzz/fuzz.h"

enum { INPUT_MAX = 16 << 10, EVENTS_MAX = INPUT_MAX / BINARY_HEAD + 2, WORD = 5 };

struct event {
    size_t end; /* of the packet, in the input */
    uint64_t swallow;
    uint32_t n_value;
    uint8_t result, kind, opcode, failure;
    bool quiet, close;
};

struct run {
    size_t n_events;
    struct event events[EVENTS_MAX];
};

static void
check_parsed(struct bytes in, enum parse_result result, const struct request *req, const struct parsed *out)
{
    MUST(out->used >= BINARY_HEAD && out->used <= in.n);
    MUST(req->dialect == DIALECT_BINARY && req->opcode == (unsigned char)in.p[1]);
    MUST(memcmp(&req->opaque, in.p + 12, sizeof req->opaque) == 0);
    if (result == PARSE_BAD)
        return;
    MUST(req->kind > CMD_NONE && req->kind < CMD_N_KINDS);
    MUST(req->key.n <= REQUEST_KEY_MAX && fuzz_within(req->key, in));
    if (req->kind == CMD_STATS)
        MUST(fuzz_within(req->args, in));
    MUST(result != PARSE_BODY || (req->has_body && req->value.p == NULL));
    if (result == PARSE_DONE && req->has_body)
        MUST(req->value.n == req->n_value && fuzz_within(req->value, in));
}

/* ---- replies ------------------------------------------------------------ */

/* Composes into memory of exactly the size that the header promises. */
static void
check_reply(const struct request *req, enum response_kind kind, uint8_t bits)
{
    struct response rsp = {
        .kind = (uint8_t)kind,
        .with_value = bits & 1,
        .key = req->key,
        .text = BYTES("1.6.45"),
        .n_value = bits & 2 ? 1 << 30 : 0,
        .client_flags = UINT32_MAX,
        .cas = UINT64_MAX,
        .number = UINT64_MAX,
        .failure = bits % FAILURE_N,
    };
    bool value;
    char *dst = malloc(COMPOSE_MAX);
    MUST(dst != NULL);
    size_t n = (size_t)(proto_compose(dst, req, &rsp, &value) - dst);
    MUST(n <= COMPOSE_MAX);
    MUST(!value || kind == RSP_VALUE);
    if (n == 0) {
        MUST(kind == RSP_SILENT || req->quiet);
    } else {
        MUST(n >= BINARY_HEAD && (unsigned char)dst[0] == BINARY_REPLY && (uint8_t)dst[1] == req->opcode);
        MUST(binary_get32(dst + 8) == n - BINARY_HEAD + (value ? rsp.n_value : 0));
        MUST(binary_get16(dst + 2) + (unsigned char)dst[4] <= n - BINARY_HEAD);
        MUST(memcmp(dst + 12, &req->opaque, sizeof req->opaque) == 0);
        MUST(proto_compose_tail(dst, req) == dst);
    }
    free(dst);
}

static void
check_replies(const struct request *req, uint8_t bits)
{
    for (enum response_kind kind = RSP_SILENT; kind < RSP_N_KINDS; kind++)
        if (kind != RSP_TEXT) /* it is not composed */
            check_reply(req, kind, bits);
}

/* ---- requests ----------------------------------------------------------- */

/* Records the result for the packet at `in`; false if nothing can be parsed after it. */
static bool
parse_one(struct parser *parser, struct bytes in, size_t at, struct bytes all, struct event *e)
{
    struct request req = {0};
    struct parsed out = {0};
    enum parse_result result = proto_parse(parser, in, &req, &out);
    if (result == PARSE_MORE)
        MUST(out.used == 0);
    if (result == PARSE_DONE || result == PARSE_BODY || result == PARSE_BAD)
        check_parsed(in, result, &req, &out);
    if (result == PARSE_DONE || result == PARSE_BODY)
        check_replies(&req, (uint8_t)in.n);
    *e = (struct event){.result = (uint8_t)result, .end = at + out.used};
    if (result == PARSE_MORE || result == PARSE_CLOSE)
        return false;
    e->kind = req.kind;
    e->opcode = req.opcode;
    e->quiet = req.quiet;
    if (result == PARSE_BAD) {
        e->failure = out.failure;
        e->close = out.close;
        e->swallow = out.swallow;
        return !out.close && out.swallow <= all.n - e->end;
    }
    e->n_value = req.has_body ? req.n_value : 0;
    if (result != PARSE_BODY)
        return true;
    e->end += req.n_value;
    e->result = e->end <= all.n ? PARSE_DONE : PARSE_MORE;
    return e->result == PARSE_DONE;
}

/* Feeds the parser `step` more bytes at a time, each time in memory of exactly the size of the input. */
static void
parse_all(struct bytes all, size_t step, struct run *run)
{
    struct parser parser = {.protocol = PROTOCOL_BINARY};
    size_t at = 0, have = fuzz_further(all, 0, step);
    run->n_events = 0;
    while (at < all.n) {
        struct event e;
        struct bytes in = fuzz_piece(all, at, have);
        bool goes_on = parse_one(&parser, in, at, all, &e);
        free((char *)in.p);
        if (e.result == PARSE_MORE && have < all.n) {
            have = fuzz_further(all, have, step);
            continue;
        }
        MUST(run->n_events < EVENTS_MAX);
        run->events[run->n_events++] = e;
        if (!goes_on)
            return;
        at = e.end + (size_t)e.swallow;
        if (have <= at)
            have = fuzz_further(all, at, step);
    }
}

static void
check_same(const struct run *a, const struct run *b)
{
    MUST(a->n_events == b->n_events);
    for (size_t i = 0; i < a->n_events; i++) {
        const struct event *x = &a->events[i], *y = &b->events[i];
        MUST(x->result == y->result);
        if (x->result == PARSE_MORE)
            continue;
        MUST(x->end == y->end && x->swallow == y->swallow && x->n_value == y->n_value);
        MUST(x->kind == y->kind && x->opcode == y->opcode && x->quiet == y->quiet);
        MUST(x->failure == y->failure && x->close == y->close);
    }
}

/* ---- words -------------------------------------------------------------- */

/*
 * A word describes a packet: its opcode, the lengths of its extras, key and value (a character each, '@' and
 * '0' are 0), and which field of its header is wrong.
 */
static size_t
expand_word(const uint8_t *word, uint8_t *dst)
{
    uint32_t n_extras = (uint8_t)(word[1] - '0'), n_key = (uint8_t)(word[2] - '0');
    uint32_t n_value = (uint8_t)(word[3] - '0') * (word[4] == 'L' ? 8u : 1u);
    uint32_t n_body = n_extras + n_key + n_value;
    char head[BINARY_HEAD] = {(char)BINARY_REQUEST, (char)(word[0] - '@'), 0, 0, (char)n_extras};
    binary_put16(head + 2, (uint16_t)(word[4] == 'K' ? UINT16_MAX : n_key));
    binary_put32(head + 8, word[4] == 'B' ? UINT32_MAX : word[4] == 'S' ? n_key / 2 : n_body);
    binary_put64(head + 16, word[4] == 'C' ? 7 : 0);
    if (word[4] == 'M')
        head[0] = 0;
    memcpy(dst, head, sizeof head);
    memset(dst + sizeof head, word[4] == 'F' ? 0xFF : 'x', n_body);
    return sizeof head + n_body;
}

static size_t
expand(const uint8_t *data, size_t n, uint8_t *dst)
{
    enum { WORD_MAX = BINARY_HEAD + 255 + 255 + 255 * 8 };
    size_t n_dst = 0;
    for (; n >= WORD && n_dst + WORD_MAX <= INPUT_MAX; data += WORD, n -= WORD)
        n_dst += expand_word(data, dst + n_dst);
    return n_dst;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct run whole, pieces;
    static uint8_t room[INPUT_MAX];
    if (n < 2 || n > INPUT_MAX)
        return 0;
    bool words = !(data[0] & 0x80);
    struct bytes all = bytes_of((const char *)data + 1, n - 1);
    if (words)
        all = bytes_of((const char *)room, expand(data + 1, n - 1, room));
    if (all.n == 0)
        return 0;
    parse_all(all, all.n, &whole);
    parse_all(all, 1 + data[0] % 128u, &pieces);
    check_same(&whole, &pieces);
    return 0;
}

/* The first character of an input gives the piece size, so the words begin at multiples of WORD. */
const char *const fuzz_words[] = {"@030.", "I030.", "L030.", "M030.", "A835.", "A835C", "B835.", "C835F",
    "Q835.", "R805.", "A83rL", "D030.", "D030C", "Ed30.", "Ed30F", "Fd30C", "G000.", "H000.", "H400.",
    "H400F", "J000.", "K000.", "N035.", "O035C", "Y035.", "Y03zL", "P000.", "P050.", "[000.", "\\430.",
    "]430F", "^430.", "`000.", "a055.", "b055.", "c430.", "d430.", "p055.", "A035.", "@031.", "J010.",
    "@03:K", "@030S", "A835B", "J000M", "A800.",
    "@0\xff"
    "0.",
    "@0*0.", NULL};
