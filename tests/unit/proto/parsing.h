/*
 * parsing: parses string literals into requests.
 *
 * Every input is parsed in memory of exactly its size, so that the address
 * sanitizer finds a parser that reads beyond it.
 */
#ifndef TESTS_UNIT_PROTO_PARSING_H
#define TESTS_UNIT_PROTO_PARSING_H

#include <stdlib.h>

#include "proto/parse.h"

#include "tests/unit/unit.h"

/* of the last input; `req` points into `input` */
static struct request req;
static struct parsed out;
static char *input;

/*
 * Feeds the parser `n` bytes of `text`.  The request is filled with 0xA5 first, so that a field that is not
 * set has a wrong value.
 */
static inline enum parse_result
feed(struct parser *parser, const char *text, size_t n)
{
    free(input);
    input = malloc(n > 0 ? n : 1);
    assert_non_null(input);
    memcpy(input, text, n);
    memset(&req, 0xA5, sizeof req);
    memset(&out, 0xA5, sizeof out);
    return proto_parse(parser, bytes_of(input, n), &req, &out);
}

static inline enum parse_result
parse(struct bytes text)
{
    struct parser parser = {0};
    return feed(&parser, text.p, text.n);
}

#define PARSE(literal) parse(BYTES(literal))

static inline void
assert_bytes_are(struct bytes got, struct bytes want, int line)
{
    if (!bytes_equal(got, want))
        fail_msg("line %d: got \"%.*s\", not \"%.*s\"", line, (int)got.n, got.p, (int)want.n, want.p);
}

#define assert_bytes(got, literal) assert_bytes_are(got, BYTES(literal), __LINE__)

/*
 * The text is refused with `complaint`; its last `left` bytes are not consumed, and `swallow` bytes are to
 * be discarded.
 */
static inline void
assert_refused_at(struct bytes text, size_t left, uint64_t swallow, struct bytes complaint, int line)
{
    enum parse_result result = parse(text);
    if (result != PARSE_BAD || out.used != text.n - left || out.swallow != swallow || req.quiet)
        fail_msg("line %d: \"%.*s\" result %d, used %zu, swallow %zu, quiet %d", line, (int)text.n, text.p,
            (int)result, out.used, (size_t)out.swallow, req.quiet);
    assert_bytes_are(out.complaint, complaint, line);
}

#define assert_refused(literal, complaint) assert_refused_at(BYTES(literal), 0, 0, BYTES(complaint), __LINE__)

/* The same for a line whose body is still to be discarded. */
#define assert_refused_body(literal, n_body, complaint) \
    assert_refused_at(BYTES(literal), 0, n_body, BYTES(complaint), __LINE__)

/*
 * Cuts the text, a line of n_line bytes and perhaps a body, at every byte: before the line's end the parser
 * asks for more, before the body's end for the body.  The results are the same if one parser is fed a text
 * that grows byte by byte.
 */
static inline void
assert_every_cut(struct bytes text, size_t n_line)
{
    struct parser growing = {0};
    for (size_t n = 0; n < text.n; n++) {
        enum parse_result want = n < n_line ? PARSE_MORE : PARSE_BODY;
        assert_int_equal(parse(bytes_of(text.p, n)), want);
        assert_int_equal(out.used, n < n_line ? 0 : n_line);
        if (n <= n_line)
            assert_int_equal(feed(&growing, text.p, n), want);
        if (want == PARSE_BODY) {
            assert_true(req.has_body);
            assert_null(req.value.p);
            assert_int_equal(req.n_value, text.n - n_line - 2);
        }
    }
    assert_int_equal(parse(text), PARSE_DONE);
    assert_int_equal(out.used, text.n);
}

/* ---- texts too long for a literal --------------------------------------- */

/* `before`, `n` times `c`, `after`; valid until the next call. */
static inline struct bytes
text_with_run(const char *before, char c, size_t n, const char *after)
{
    static char *room;
    size_t n_before = strlen(before), n_after = strlen(after);
    free(room);
    room = malloc(n_before + n + n_after);
    assert_non_null(room);
    memcpy(room, before, n_before);
    memset(room + n_before, c, n);
    memcpy(room + n_before + n, after, n_after);
    return bytes_of(room, n_before + n + n_after);
}

#endif
