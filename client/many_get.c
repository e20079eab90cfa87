/*
 * many_get: reads many items at once, from all servers at the same time.
 *
 * Each item is a request of its own, and the requests to one server are sent together;
 * answers come in the same order.  Only the text protocol has a request for many keys:
 * see many_text.c.
 */
#include "base/clock.h"
#include "client/many.h"
#include "client/refresh.h"

static void
ask_one(struct larder *l, struct many *many, struct ask *ask, struct larder_item *item)
{
    struct conn *c = core_conn_of(l, ask->key, many->now_ns, &item->code);

    if (c == NULL)
        return;
    int code = many_ask(l, many, c, ask, item, many_sink);
    if (code != LARDER_OK)
        item->code = code; /* else many_sink sets it */
}

/* Until it is answered, an item has the code of a broken connection (see many_to_ask). */
static void
forget_answers(struct larder_item *item)
{
    item->code = LARDER_CLOSED;
    item->value = NULL;
    item->n_value = 0;
    item->cas = item->number = 0;
    item->ttl_s = -1;
    item->flags = 0;
    item->won = item->stale = item->token_sent = false;
}

static const struct ask plain_get = {.kind = ASK_GET, .flags = META_FLAG('v') | META_FLAG('f')};

/* Requests the items that have to be requested; returns how many are left. */
static size_t
ask_them(struct larder *l, struct larder_item *items, size_t n)
{
    struct many many = {.now_ns = clock_ns()};
    struct ask ask = plain_get;
    size_t n_left = 0;

    if (l->env.config.dialect == DIALECT_TEXT) {
        many_text_ask(l, items, n);
    } else {
        for (size_t i = 0; i < n; i++) {
            if (!many_to_ask(&items[i]))
                continue;
            ask.key = bytes_of(items[i].key, items[i].n_key);
            ask_one(l, &many, &ask, &items[i]);
        }
        core_wait(l, &many.left, many.now_ns);
    }
    for (size_t i = 0; i < n; i++)
        n_left += many_to_ask(&items[i]);
    return n_left;
}

/* Asks the next replica for items whose server did not answer, one by one, because this is rare. */
static void
ask_replicas(struct larder *l, struct larder_item *items, size_t n)
{
    uint64_t n_replicas = config_number(&l->env.config, CONFIG_REPLICAS);
    uint64_t until_ns = clock_ns() + n_replicas * many_timeout_ns(l);

    for (size_t i = 0; i < n && n_replicas > 1; i++) {
        if (LIKELY(!handle_is_error(items[i].code)) || items[i].code > LARDER_DEAD)
            continue;
        if (clock_ns() >= until_ns)
            return;
        struct ask ask = plain_get;
        ask.key = bytes_of(items[i].key, items[i].n_key);
        items[i].code = answer_read_on(l, &ask, &items[i]);
    }
}

int
larder_get_many(struct larder *l, struct larder_item *items, size_t n)
{
    refresh_begin(l);
    for (size_t i = 0; i < n; i++)
        forget_answers(&items[i]);
    many_go(l, items, n, ask_them);
    ask_replicas(l, items, n);
    return many_result(items, n);
}
