/* many: see many.h. */
#include "client/many.h"

#include "base/clock.h"

/* With this many bytes in the queue, it sends although more requests follow. */
enum { SEND_EARLY = 256 << 10 };

void
many_sink(const struct pending *p, int code, const struct reply *reply, bool last)
{
    struct larder_item *item = p->arg;
    struct many *many = p->user;

    (void)last;
    item->code = code;
    if (LIKELY(reply != NULL && reply->status == REPLY_VALUE))
        answer_take(item, reply);
    CHECKED_MUST(many->left > 0);
    many->left--;
}

void
many_make_room(struct larder *l, struct conn *c, struct many *many)
{
    size_t full = buffer_out_left(&c->out);

    while (c->state != CONN_DOWN && buffer_out_left(&c->out) > full / 2)
        core_run(l, -1, false);
    many->now_ns = clock_ns();
}

int
many_ask(struct larder *l, struct many *many, struct conn *c, struct ask *ask, struct larder_item *item,
    pending_sink *sink)
{
    struct pending p = {
        .sink = sink, .arg = item, .user = many, .deadline_ns = handle_deadline_ns(l, many->now_ns)};
    int code = conn_ask(c, ask, item->value, p, many->now_ns);

    if (code == LARDER_BUSY) {
        many_make_room(l, c, many);
        p.deadline_ns = handle_deadline_ns(l, many->now_ns);
        code = conn_ask(c, ask, item->value, p, many->now_ns);
    }
    if (code != LARDER_OK)
        return code;
    many->left++;
    if (buffer_out_left(&c->out) > SEND_EARLY && !c->blocked)
        conn_flush(c, many->now_ns);
    return LARDER_OK;
}

uint64_t
many_timeout_ns(const struct larder *l)
{
    return config_ns(&l->env.config, CONFIG_CONNECT_TIMEOUT_MS) +
           config_ns(&l->env.config, CONFIG_TIMEOUT_MS);
}

void
many_go(struct larder *l, struct larder_item *items, size_t n, many_round *round)
{
    size_t n_left = round(l, items, n), n_before = SIZE_MAX;
    uint64_t until_ns = n_left > 0 ? clock_ns() + many_timeout_ns(l) : 0;

    while (n_left > 0 && n_left < n_before && clock_ns() < until_ns) {
        n_before = n_left;
        n_left = round(l, items, n);
    }
}

int
many_result(const struct larder_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (handle_is_error(items[i].code))
            return items[i].code;
    return LARDER_OK;
}
