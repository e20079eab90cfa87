/*
 * composing: parses a request line, composes the reply to it for a given response, and compares the bytes.
 *
 * The reply is written into memory of exactly COMPOSE_MAX bytes, so that the
 * address sanitizer finds a composer that writes more.
 */
#ifndef TESTS_UNIT_PROTO_COMPOSING_H
#define TESTS_UNIT_PROTO_COMPOSING_H

#include "proto/compose.h"

#include "tests/unit/proto/parsing.h"

static bool value_follows; /* of the last reply */

static inline void
assert_reply_is(struct bytes line, struct response rsp, struct bytes want, int at_line)
{
    enum parse_result result = parse(line);
    assert_true(result == PARSE_DONE || result == PARSE_BODY);
    char *dst = malloc(COMPOSE_MAX);
    assert_non_null(dst);
    char *end = proto_compose(dst, &req, &rsp, &value_follows);
    assert_bytes_are(bytes_of(dst, (size_t)(end - dst)), want, at_line);
    free(dst);
}

/* The reply to `line`, a literal, for the response of the remaining arguments must be `want`. */
#define assert_reply(line, want, ...) \
    assert_reply_is(BYTES(line), (struct response){__VA_ARGS__}, BYTES(want), __LINE__)

#endif
