/*
 * many_put: storing many items at once, each on its server and on all its replicas at the same time.
 *
 * As with a single set: who has stored it counts; if nobody has, what the key's own
 * server says is what it came to.  A set whose connection broke is sent again, to all
 * of them: to store it twice does no harm.  Meanwhile `number`, which says nothing
 * of a set, says that it is to be sent.
 */
#include "base/clock.h"
#include "client/many.h"
#include "client/refresh.h"

static void
note(struct larder_item *item, int code, bool own)
{
    item->number |= code == LARDER_CLOSED;
    if (own ? item->code != LARDER_OK : code == LARDER_OK)
        item->code = code;
}

static void
hear(const struct pending *p, int code, bool own)
{
    struct many *many = p->user;

    note(p->arg, code, own);
    CHECKED_MUST(many->left > 0);
    many->left--;
}

static void
own_sink(const struct pending *p, int code, const struct reply *reply, bool last)
{
    (void)reply, (void)last;
    hear(p, code, true);
}

static void
replica_sink(const struct pending *p, int code, const struct reply *reply, bool last)
{
    (void)reply, (void)last;
    hear(p, code, false);
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
        note(item, code, true);
    for (unsigned i = 0; i < n; i++) {
        code = many_ask(l, many, choice[i], &ask, item, i == 0 ? own_sink : replica_sink);
        if (code != LARDER_OK)
            note(item, code, i == 0);
    }
}

/* Those that are to be sent; how many then are to be sent again. */
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
