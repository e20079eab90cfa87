/*
 * f_compose: composes replies to any requests that can be parsed.
 *
 * Every kind of response, at its longest, is composed for every request found in
 * the input.  The reply must fit, end with its line, and have only one line, except
 * for the value of arithmetic.  A quiet request suppresses it, and only a hit may
 * have a value after it.
 */
#include "proto/compose.h"

#include <stdlib.h>

#include "base/must.h"
#include "proto/parse.h"
#include "tests/fuzz/fuzz.h"

static struct response
longest_response(enum response_kind kind, const struct request *req, uint8_t bits)
{
    static char key[REQUEST_KEY_MAX];
    bool own_key = req->dialect == DIALECT_TEXT || (bits & 1);
    memset(key, 'k', sizeof key);
    return (struct response){
        .kind = (uint8_t)kind,
        .with_cas = bits & 2,
        .with_value = bits & 4,
        .key_is_binary =
            req->key_is_binary || (bits & 8), /* otherwise the key has only bytes that may be in a line */
        .won = bits & 16,
        .stale = bits & 32,
        .token_sent = bits & 64,
        .fetched = bits & 128,
        .key = own_key ? bytes_of(key, sizeof key) : bytes_of(NULL, 0),
        .text = BYTES("SERVER_ERROR out of memory"),
        .n_value = UINT32_MAX,
        .client_flags = UINT32_MAX,
        .cas = UINT64_MAX,
        .number = UINT64_MAX,
        .ttl_before = INT64_MAX,
        .ttl_after = -1,
        .last_access_s = UINT32_MAX,
    };
}

static size_t
count_lines(struct bytes text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

/* Composes the reply into memory of exactly the size that the header promises. */
static void
check_reply(const struct request *req, const struct response *rsp)
{
    bool value;
    char *dst = malloc(COMPOSE_MAX);
    MUST(dst != NULL);
    struct bytes reply = bytes_of(dst, (size_t)(proto_compose(dst, req, rsp, &value) - dst));
    bool number = req->dialect == DIALECT_META && rsp->kind == RSP_NUMBER && rsp->with_value;

    MUST(reply.n <= COMPOSE_MAX);
    MUST(!value || rsp->kind == RSP_VALUE);
    if (reply.n == 0) {
        MUST(req->quiet || rsp->kind == RSP_SILENT || rsp->kind == RSP_MISS || rsp->kind == RSP_BYE);
        MUST(!value);
    } else {
        MUST(!(req->quiet && req->dialect == DIALECT_TEXT));
        MUST(memcmp(reply.p + reply.n - 2, "\r\n", 2) == 0);
        MUST(count_lines(reply) == (number ? 2 : 1));
    }
    free(dst);
}

static void
check_replies(const struct request *req, uint8_t bits)
{
    for (enum response_kind kind = RSP_SILENT; kind < RSP_N_KINDS; kind++) {
        struct response rsp = longest_response(kind, req, bits);
        if (kind != RSP_TEXT) /* it is not composed */
            check_reply(req, &rsp);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2)
        return 0;
    struct parser parser = {.protocol = PROTOCOL_TEXT};
    struct bytes in = bytes_of((const char *)data + 1, n - 1);
    while (in.n > 0) {
        struct request req;
        struct parsed out;
        enum parse_result result = proto_parse(&parser, in, &req, &out);
        if (result == PARSE_MORE || result == PARSE_CLOSE)
            return 0;
        if (result != PARSE_BAD)
            check_replies(&req, data[0]);
        in = bytes_of(in.p + out.used, in.n - out.used);
    }
    return 0;
}

const char *const fuzz_words[] = {"get ", "gets ", "gat 1 ", "delete ", "incr ", "touch ", "mg ", "ms ",
    "md ", "ma ", "me ", "mn\r\n", "\r\n", "\r\n", "\r\n", "k ", "key ", "YWJj ", "YWJjZA== ", "2 ",
    "2\r\nab\r\n", "noreply\r\n", "b ", "c ", "f ", "h ", "k ", "l ", "q ", "s ", "t ", "u ", "v ", "x ",
    "I ", "T30 ", "N0 ", "MD ", "J5 ", "C1 ", "O0123456789012345678901234567890 ", "O ", "b\r\n", "q\r\n",
    "k\r\n", NULL};
