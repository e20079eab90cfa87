/* compose: calls the dialect that answers. */
#include "proto/compose.h"

#include "base/must.h"
#include "proto/compose/compose_internal.h"

char *
proto_compose(char *dst, const struct request *req, const struct response *rsp, bool *value)
{
    CHECKED_MUST(rsp->kind < RSP_N_KINDS && req->dialect <= DIALECT_BINARY);
    *value = false;
    if (LIKELY(req->dialect == DIALECT_TEXT))
        return text_compose(dst, req, rsp, value);
    return req->dialect == DIALECT_META ? meta_compose(dst, req, rsp, value)
                                        : binary_compose(dst, req, rsp, value);
}

char *
proto_compose_tail(char *dst, const struct request *req)
{
    return UNLIKELY(req->dialect == DIALECT_BINARY) ? dst : compose_crlf(dst);
}
