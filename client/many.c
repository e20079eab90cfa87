/*
 * many: many items at once, on all servers at the same time.
 *
 * Each item is a question of its own, all of a server's in one run of bytes;
 * answers come in the same order.  Only text has a line for many keys: see
 * many_text.c.
 */
#include "client/many.h"

#include "base/clock.h"

/* Bytes that are worth a call, while there are more questions to write. */
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
    many->left--;
}

void
many_make_room(struct larder *l, struct conn *c, struct many *many)
{
    size_t full = buffer_out_left(&c->out);

    while (many->left > 0 && c->state != CONN_DOWN && buffer_out_left(&c->out) > full / 2)
        core_run(l, -1, false);
    many->now_ns = clock_ns();
}

static void
ask_one(struct larder *l, struct many *many, struct ask *ask, struct larder_item *item)
{
    struct pending p = {
        .sink = many_sink, .arg = item, .user = many, .deadline_ns = handle_deadline_ns(l, many->now_ns)};
    struct conn *c = core_conn_of(l, ask->key, many->now_ns, &item->code);

    if (c == NULL)
        return;
    item->code = conn_ask(c, ask, item->value, p, many->now_ns);
    if (item->code == LARDER_BUSY) {
        many_make_room(l, c, many);
        p.deadline_ns = handle_deadline_ns(l, many->now_ns);
        item->code = conn_ask(c, ask, item->value, p, many->now_ns);
    }
    if (item->code != LARDER_OK)
        return;
    many->left++;
    if (buffer_out_left(&c->out) > SEND_EARLY && !c->blocked)
        conn_flush(c, many->now_ns);
}

int
many_result(const struct larder_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (handle_is_trouble(items[i].code))
            return items[i].code;
    return LARDER_OK;
}

static void
forget_answers(struct larder_item *item)
{
    item->value = NULL;
    item->n_value = 0;
    item->cas = item->number = 0;
    item->ttl_s = -1;
    item->flags = 0;
    item->won = item->stale = item->token_sent = false;
}

int
larder_get_many(struct larder *l, struct larder_item *items, size_t n)
{
    struct many many = {0};
    struct ask ask = {.kind = ASK_GET, .flags = META_FLAG('v') | META_FLAG('f')};

    core_begin(l);
    many.now_ns = clock_ns();
    for (size_t i = 0; i < n; i++)
        forget_answers(&items[i]);
    if (l->env.config.dialect == DIALECT_TEXT)
        return many_text_get(l, items, n);
    for (size_t i = 0; i < n; i++) {
        ask.key = bytes_of(items[i].key, items[i].n_key);
        ask_one(l, &many, &ask, &items[i]);
    }
    core_wait(l, &many.left, many.now_ns);
    many_again(l, items, n);
    return many_result(items, n);
}

/*
 * Those whose server was silent are asked of the next replica, one by one: it is
 * rare.  So are those of a connection that broke at rest.
 */
void
many_again(struct larder *l, struct larder_item *items, size_t n)
{
    bool replicas = config_number(&l->env.config, CONFIG_REPLICAS) > 1;

    for (size_t i = 0; i < n; i++) {
        if (LIKELY(!handle_is_trouble(items[i].code)))
            continue;
        if (items[i].code != LARDER_CLOSED && !(replicas && items[i].code <= LARDER_DEAD))
            continue;
        struct ask ask = {.kind = ASK_GET,
            .key = bytes_of(items[i].key, items[i].n_key),
            .flags = META_FLAG('v') | META_FLAG('f')};
        items[i].code = answer_read_on(l, &ask, &items[i]);
    }
}

int
larder_set_many(struct larder *l, struct larder_item *items, size_t n)
{
    struct many many = {0};
    unsigned n_replicas = (unsigned)config_number(&l->env.config, CONFIG_REPLICAS);

    core_begin(l);
    many.now_ns = clock_ns();
    for (size_t i = 0; i < n; i++) {
        struct larder_item *item = &items[i];
        if (item->n_value > INT32_MAX - 2) {
            item->code = LARDER_TOO_LARGE;
            continue;
        }
        struct ask ask = {
            .kind = ASK_PUT,
            .key = bytes_of(item->key, item->n_key),
            .n_value = (uint32_t)item->n_value,
            .client_flags = item->flags,
            .exptime = item->exptime_s,
        };
        if (n_replicas > 1)
            item->code = answer_write(l, &ask, item->value, true, NULL);
        else
            ask_one(l, &many, &ask, item);
    }
    core_wait(l, &many.left, many.now_ns);
    return many_result(items, n);
}
