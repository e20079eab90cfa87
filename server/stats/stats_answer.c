/* stats_answer: see stats_answer.h. */
#include "server/stats/stats_answer.h"

void
answer_text(const struct stats_ask *ask, struct bytes text, bool ok)
{
    if (!ok) {
        cmd_fail_as(ask->rsp, FAILURE_NO_MEMORY, BYTES("SERVER_ERROR out of memory writing stats"));
        return;
    }
    ask->rsp->kind = RSP_TEXT;
    ask->rsp->text = text;
}

void
answer_refuse(const struct stats_ask *ask, struct bytes text)
{
    cmd_fail_as(ask->rsp, FAILURE_NO_GROUP, text);
}
