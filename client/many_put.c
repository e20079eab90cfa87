/*
 * many_put: stores many items at once, each on its server and all its replicas at the same time.
 *
 * As with a single set, an item is stored if any of its servers has stored it; else its
 * code is the answer of the first server.  A set whose connection broke is sent again to
 * all its servers: storing it twice does no harm.  During the call, `number`, which has no
 * meaning for a set, marks the items to send.
 */
#include "base/clock.h"
#include "client/many.h"
#include "client/refresh.h"

static void
set_code(struct larder_item *item, int code, bool own)
{
    item->number |= code == LARDER_CLOSED;
    if (own ? item->code != LARDER_OK : code == LARDER_OK)
        item->code = code;
}

static void
answered(const struct pending *p, int code, bool own)
{
    struct many *many = p->user;

    set_code(p->arg, code, own);
    CHECKED_MUST(many->left > 0);
    many->left--;
}

static void
own_sink(const struct pending *p, int code, const struct reply *reply, bool last)
{
    (void)reply, (void)last;
    answered(p, code, true);
}

static void
replica_sink(const struct pending *p, int code, const struct reply *reply, bool last)
{
    (void)reply, (void)last;
    answered(p, code, false);
}

static void
put(struct larder *l, struct many *many, struct larder_item *item)
{
    struct conn *choice[HANDLE_REPLICAS_MAX];
    struct ask ask = {
        .kind = ASK_PUT,
        .key = bytes_of(item->key, item->n_key),
        .n_value = (uint32_t)item->n_value,
        .client_flags = item->flags,
        .exptime = item->exptime_s,
    };
    int code;
    unsigned n_replicas = (unsigned)config_number(&l->env.config, CONFIG_REPLICAS);
    unsigned n = core_choose(l, ask.key, many->now_ns, choice, n_replicas, &code);

    item->number = 0;
    if (n == 0)
        set_code(item, code, true);
    for (unsigned i = 0; i < n; i++) {
        code = many_ask(l, many, choice[i], &ask, item, i == 0 ? own_sink : replica_sink);
        if (code != LARDER_OK)
            set_code(item, code, i == 0);
    }
}

/* Sends the marked items; returns how many have to be sent again. */
static size_t
put_them(struct larder *l, struct larder_item *items, size_t n)
{
    struct many many = {.now_ns = clock_ns()};
    size_t n_again = 0;

    for (size_t i = 0; i < n; i++)
        if (items[i].number != 0)
            put(l, &many, &items[i]);
    core_wait(l, &many.left, many.now_ns);
    for (size_t i = 0; i < n; i++)
        n_again += items[i].number != 0;
    return n_again;
}

int
larder_set_many(struct larder *l, struct larder_item *items, size_t n)
{
    refresh_begin(l);
    for (size_t i = 0; i < n; i++) {
        bool fits = items[i].n_value <= INT32_MAX - 2;
        items[i].code = fits ? LARDER_CLOSED : LARDER_TOO_LARGE;
        items[i].number = fits;
    }
    many_go(l, items, n, put_them);
    for (size_t i = 0; i < n; i++)
        items[i].number = 0;
    return many_result(items, n);
}
