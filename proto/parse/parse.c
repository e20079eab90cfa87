/* parse: the parser's state between requests, and the complaint of every reader; see parse.h. */
#include "proto/parse.h"

#include <assert.h>

#include "proto/parse/parse_internal.h"
#include "proto/response.h"

static_assert(
    (int)PARSE_AT_REST <= UINT8_MAX && (int)CMD_N_KINDS <= UINT8_MAX, "a parser keeps them in bytes");

__attribute__((noinline, cold)) enum parse_result
parse_complain(struct request *req, struct parsed *out, struct bytes complaint)
{
    MUST(complaint.n > 0 && req->dialect != DIALECT_BINARY);
    if (req->dialect == DIALECT_META)
        req->quiet = false;
    out->complaint = complaint;
    out->failure = FAILURE_INVALID;
    out->close = false;
    out->place = PROTOCOL_TEXT;
    return PARSE_BAD;
}

void
parse_took(struct parser *parser, const struct request *req, const struct parsed *out)
{
    CHECKED_MUST(out->place <= PARSE_AT_REST && out->place != PROTOCOL_AUTO);
    parser->scanned = 0;
    parser->protocol = out->place;
    if (parse_is_within_line(parser)) {
        parser->kind = req->kind;
        parser->exptime = (int32_t)req->exptime;
    }
}

void
parse_go_on_with_keys(struct parser *parser, const struct request *get)
{
    CHECKED_MUST(get->dialect == DIALECT_TEXT && get->key.n > 0);
    parser->scanned = 0;
    parser->protocol = PARSE_AT_KEYS;
    parser->kind = get->kind;
    parser->exptime = (int32_t)get->exptime;
}

void
parse_skip_line(struct parser *parser)
{
    if (parse_is_within_line(parser))
        parser->protocol = PARSE_AT_REST;
}
