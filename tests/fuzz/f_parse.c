/*
 * f_parse: parses any bytes as text, whole and in pieces.
 *
 * The parser must stay within its buffer, use no more bytes than it got, point only
 * into these, and find the same requests however the input is cut.
 */
#include "proto/parse.h"

#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

enum { EVENTS_MAX = PARSE_LINE_MAX + 1 };

struct event {
    size_t end; /* of the request and its body, in the input */
    uint64_t swallow;
    uint32_t n_value;
    uint8_t result, kind, dialect;
    bool quiet;
    struct bytes complaint;
};

struct run {
    size_t n_events;
    struct event events[EVENTS_MAX];
};

static void
check_parsed(struct bytes in, const struct request *req, const struct parsed *out)
{
    MUST(out->used > 0 && out->used <= in.n);
    MUST(req->kind > CMD_NONE && req->kind < CMD_N_KINDS);
    bool has_key = true;
    switch ((enum dialect)req->dialect) {
    case DIALECT_TEXT:
        has_key = req->has_body && req->kind != CMD_CONFIG;
        if (req->kind == CMD_CONFIG)
            MUST(fuzz_within(req->args, in) &&
                 req->n_value <= (req->has_body ? REQUEST_CONFIG_MAX : UINT32_MAX));
        break;
    case DIALECT_META:
        if (req->kind == CMD_META_NOP)
            return;
        MUST(fuzz_within(req->meta, in));
        break;
    case DIALECT_BINARY: UNREACHABLE();
    }
    if (has_key) {
        MUST(req->key.n >= 1 && req->key.n <= REQUEST_KEY_MAX);
        MUST(fuzz_within(req->key, req->key_is_binary ? bytes_of(req->key_room, sizeof req->key_room) : in));
    }
    if (req->kind == CMD_GET || req->kind == CMD_GETS) {
        MUST(!req->has_body && fuzz_within(req->args, in));
        struct bytes args = req->args, key = parse_next_key(&args);
        MUST(bytes_equal(key, req->key));
        for (; key.n > 0; key = parse_next_key(&args))
            MUST(key.n <= REQUEST_KEY_MAX);
    }
}

/* Does what a connection does with a body that arrives later: reads all of it, then checks its line end. */
static enum parse_result
end_body(struct bytes all, size_t end)
{
    if (end > all.n)
        return PARSE_MORE;
    return memcmp(all.p + end - 2, "\r\n", 2) == 0 ? PARSE_DONE : PARSE_BAD;
}

/* Feeds the parser `step` more bytes at a time, each time in memory of exactly the size of the input. */
static void
parse_all(struct bytes all, size_t step, struct run *run)
{
    struct parser parser = {.protocol = PROTOCOL_TEXT};
    size_t at = 0, have = fuzz_further(all, 0, step);
    run->n_events = 0;
    while (at < all.n) {
        struct bytes in = fuzz_piece(all, at, have);
        struct request req = {0};
        struct parsed out = {0};
        struct event e = {.result = (uint8_t)proto_parse(&parser, in, &req, &out)};
        if (e.result == PARSE_DONE || e.result == PARSE_BODY)
            check_parsed(in, &req, &out);
        if (e.result == PARSE_BODY) {
            MUST(req.has_body && req.value.p == NULL);
            out.used += (size_t)req.n_value + 2;
            e.result = (uint8_t)end_body(all, at + out.used);
            if (e.result == PARSE_BAD)
                out.complaint = PARSE_BAD_CHUNK;
            if (e.result == PARSE_BAD && req.dialect == DIALECT_META)
                req.quiet = false;
        } else if (e.result == PARSE_DONE && req.has_body) {
            MUST(req.value.n == req.n_value && fuzz_within(req.value, in));
        }
        free((char *)in.p);

        if (e.result == PARSE_MORE && have < all.n && at + out.used <= all.n) {
            MUST(out.used == 0);
            have = fuzz_further(all, have, step);
            continue;
        }
        e.end = at + out.used;
        e.kind = req.kind;
        e.dialect = req.dialect;
        e.quiet = req.quiet;
        e.swallow = out.swallow;
        e.n_value = req.has_body ? req.n_value : 0;
        e.complaint = e.result == PARSE_BAD ? out.complaint : BYTES("");
        MUST(run->n_events < EVENTS_MAX);
        run->events[run->n_events++] = e;
        if (e.result == PARSE_MORE || e.result == PARSE_CLOSE)
            return;
        MUST(out.used > 0);
        if (e.result == PARSE_BAD)
            MUST(out.complaint.n > 0);
        if (out.swallow > all.n - e.end)
            return;
        at = e.end + (size_t)out.swallow;
        if (have < at)
            have = at;
        if (have == at)
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
            continue; /* both wait at the input's end, one perhaps for the body after a parsed line */
        MUST(x->end == y->end && x->swallow == y->swallow);
        MUST(x->kind == y->kind && x->dialect == y->dialect && x->quiet == y->quiet);
        MUST(x->n_value == y->n_value);
        MUST(bytes_equal(x->complaint, y->complaint));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct run whole, pieces;
    /*
     * A longer line is refused once too much of it has arrived, so pieces may be refused where the whole
     * is not; f_keys covers gets.
     */
    if (n < 2 || n > PARSE_LINE_MAX)
        return 0;
    struct bytes all = bytes_of((const char *)data + 1, n - 1);
    parse_all(all, all.n, &whole);
    parse_all(all, 1 + data[0] % 64u, &pieces);
    check_same(&whole, &pieces);
    return 0;
}

const char *const fuzz_words[] = {
#define CMD(kind, word, shape, effects, body, does) word, word " ",
#include "proto/commands.def"
#undef CMD
    "set k 0 0 3\r\nabc\r\n", "set k 0 0 1\r\nx\r", "ms k 2 T0\r\nab\r\n", "ms k 2 q\r\nabc", "get a b c\r\n",
    "mg k v q\r\n", "set k 0 0 4 noreply\r\nabcd\r\n", "set k 0 0 -1\r\n", "\r\n", "\r\n", "\r\n", "\r\n",
    "\n", "\r", " ", " ", " ", "  ", "k", "key ", "a/b:c ", "YWJj ", "0 ", "0", "1", "2 ", "3\r\nabc\r\n",
    "0 0 1\r\nx\r\n", "0 0 5\r\nab\r\n", "-1 ", "99999999999999999999 ", "4294967296 ", "noreply",
    " noreply\r\n", "b ", "q ", "v ", "t ", "T30 ", "N0 ", "S3 ", "C1 ", "E7 ", "F9 ", "I ", "MS ", "O123 ",
    "k s ", "J5 ", "D2 ", "GET / HTTP/1.1\r\n", "config set cluster 0 3\r\nabc\r\n", "get cluster",
    "set cluster ", "\x80\xff", "x", "long_word_of_no_command ", NULL};
