/*
 * answer: one request of a call that waits, sent to one server or to several; see
 * handle.h.
 */
#include "base/clock.h"
#include "client/refresh.h"

void
answer_take(struct larder_item *item, const struct reply *reply)
{
    item->value = reply->value.p;
    item->n_value = reply->value.n;
    item->cas = reply->cas;
    item->flags = reply->client_flags;
    item->ttl_s = reply->ttl;
    item->won = reply->won;
    item->stale = reply->stale;
    item->token_sent = reply->token_sent;
}

static void
take_reply(struct answer *a, const struct reply *reply)
{
    if (a->item == NULL)
        return;
    if (reply_number(reply, &a->item->number) && reply->status == REPLY_NUMBER) {
        a->item->cas = reply->cas;
        return;
    }
    if (reply->status == REPLY_VALUE || reply->status == REPLY_DONE)
        answer_take(a->item, reply);
}

/* In the text protocol, an END without a value before it is a miss. */
void
answer_sink(const struct pending *p, int code, const struct reply *reply, bool last)
{
    struct answer *a = p->arg;

    if (reply != NULL && !reply_is_error(reply))
        take_reply(a, reply);
    if (!last)
        return;
    if (reply != NULL && reply->status == REPLY_END && !p->had_value)
        code = LARDER_MISS;
    MUST(a->left == 1);
    a->code = code;
    a->left--;
}

int
answer_from(
    struct larder *l, struct conn *c, struct ask *ask, const void *value, bool twice, struct answer *a)
{
    uint8_t end = ask->kind == ASK_GET ? handle_get_end(l) : PENDING_ONE;

    for (;;) {
        uint64_t now_ns = clock_ns();
        bool served = c->state == CONN_UP && c->n_answered > 0;
        struct pending p = {
            .sink = answer_sink, .arg = a, .deadline_ns = handle_deadline_ns(l, now_ns), .end = end};
        a->left = 1;
        a->code = conn_ask(c, ask, value, p, now_ns);
        if (a->code != LARDER_OK)
            return a->code;
        core_wait(l, &a->left, now_ns);
        MUST(a->left == 0);
        if (a->code != LARDER_CLOSED || !served || !twice)
            return a->code;
    }
}

/* Whether this server gave no usable answer, so that the next one is worth asking. */
static bool
is_unanswered(int code)
{
    return code == LARDER_TIMEOUT || code == LARDER_UNREACHABLE || code == LARDER_CLOSED ||
           code == LARDER_DEAD || code == LARDER_TLS || code == LARDER_PROTOCOL;
}

int
answer_read_on(struct larder *l, struct ask *ask, struct larder_item *item)
{
    struct conn *choice[HANDLE_REPLICAS_MAX];
    struct answer a = {.item = item};
    unsigned n_replicas = (unsigned)config_number(&l->env.config, CONFIG_REPLICAS);
    int code;

    if (LIKELY(l->n_conns == 1))
        return answer_from(l, l->conns[0], ask, NULL, true, &a);
    unsigned n = core_choose(l, ask->key, clock_ns(), choice, n_replicas, &code);
    for (unsigned i = 0; i < n; i++) {
        code = answer_from(l, choice[i], ask, NULL, true, &a);
        if (!is_unanswered(code))
            break;
    }
    return code;
}

int
answer_read(struct larder *l, struct ask *ask, struct larder_item *item)
{
    refresh_begin(l);
    return answer_read_on(l, ask, item);
}

/* LARDER_OK if any server has stored it; else the answer of the first server. */
int
answer_write(struct larder *l, struct ask *ask, const void *value, bool twice, struct larder_item *item)
{
    struct conn *choice[HANDLE_REPLICAS_MAX];
    unsigned n_replicas = (unsigned)config_number(&l->env.config, CONFIG_REPLICAS);
    int result;

    refresh_begin(l);
    unsigned n = core_choose(l, ask->key, clock_ns(), choice, n_replicas, &result);
    for (unsigned i = 0; i < n; i++) {
        struct answer a = {.item = result == LARDER_OK && i > 0 ? NULL : item};
        int code = answer_from(l, choice[i], ask, value, twice, &a);
        if (i == 0 || (result != LARDER_OK && code == LARDER_OK))
            result = code;
    }
    return result;
}
