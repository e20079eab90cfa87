/* parse: what a parser remembers between requests, and what every reader says of a mistake; see parse.h. */
#include "proto/parse.h"

#include "proto/parse_internal.h"
#include "proto/response.h"

__attribute__((noinline, cold)) enum parse_result
parse_complain(struct request *req, struct parsed *out, struct bytes complaint)
{
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
