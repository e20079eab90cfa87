/*
 * fetch: one caller computes a value, and the others wait or get the old value.
 *
 * The server chooses the caller that computes: a get that misses creates an empty item
 * (N), and its reply has W ("won").  So has the first reply for an item that is stale (X)
 * or near its expiry (R).  Later callers get Z: another caller has won.  The winner stores
 * with the CAS number of its reply: if the item has another number by then, the item is
 * newer than the computed value.
 */
#include "client/handle.h"

#include <time.h>

#include "base/clock.h"

#define F(letter) META_FLAG(letter)

enum { LEASE_S = 10, FIRST_NAP_MS = 2, LONGEST_NAP_MS = 50 };

/* The result of a look at the item. */
enum seen {
    SEEN_VALUE, /* a value to return */
    SEEN_WON,   /* this caller computes */
    SEEN_BEGUN, /* another caller computes, and no old value exists */
    SEEN_ERROR, /* no server answered */
};

static enum seen
look(struct larder *l, struct bytes key, const struct larder_fetch *how, struct larder_item *item, int *code)
{
    struct ask ask = {
        .kind = ASK_GET,
        .key = key,
        .flags = F('v') | F('f') | F('c') | F('t') | F('N') | (how->early_s > 0 ? F('R') : 0),
        .vivify_exptime = how->lease_s > 0 ? how->lease_s : LEASE_S,
        .recache_exptime = how->early_s,
    };

    *item = (struct larder_item){.key = key.p, .n_key = key.n, .ttl_s = -1};
    *code = item->code = answer_read(l, &ask, item);
    if (*code != LARDER_OK)
        return SEEN_ERROR;
    if (item->won)
        return SEEN_WON;
    return item->token_sent && item->n_value == 0 ? SEEN_BEGUN : SEEN_VALUE;
}

/* With I, an item that was marked stale during the computation gets the value and stays stale. */
static void
store(struct larder *l, const struct larder_fetch *how, const struct larder_item *item, uint64_t cas)
{
    struct ask ask = {
        .kind = ASK_PUT,
        .key = bytes_of(item->key, item->n_key),
        .n_value = (uint32_t)item->n_value,
        .client_flags = how->flags,
        .exptime = how->ttl_s,
        .flags = F('C') | F('I'),
        .cas = cas,
    };
    if (item->n_value <= INT32_MAX - 2)
        (void)answer_write(l, &ask, item->value, false, NULL);
}

/* The computation failed: deletes the empty item, so that the next caller need not wait for it. */
static void
give_up(struct larder *l, const struct larder_item *item)
{
    struct ask ask = {
        .kind = ASK_DELETE, .key = bytes_of(item->key, item->n_key), .flags = F('C'), .cas = item->cas};

    if (item->n_value == 0)
        (void)answer_write(l, &ask, NULL, false, NULL);
}

static int
compute(struct larder *l, const struct larder_fetch *how, struct larder_item *item, bool won)
{
    MUST(!won || item->won);
    uint64_t cas = item->cas;
    const char *value = NULL;
    size_t n_value = 0;
    int code = how->compute(how->arg, item->key, item->n_key, &value, &n_value);

    if (code != LARDER_OK) {
        if (won)
            give_up(l, item);
        return item->code = code;
    }
    item->value = value;
    item->n_value = n_value;
    item->flags = how->flags;
    item->ttl_s = how->ttl_s;
    item->stale = false;
    if (won)
        store(l, how, item, cas);
    return item->code = LARDER_OK;
}

static void
nap(uint32_t ms)
{
    MUST(ms <= LONGEST_NAP_MS);
    struct timespec t = {.tv_nsec = ms * 1000000L};
    nanosleep(&t, NULL);
}

int
larder_fetch(
    struct larder *l, const void *key, size_t n_key, const struct larder_fetch *how, struct larder_item *item)
{
    uint64_t lease_ms = (uint64_t)(how->lease_s > 0 ? how->lease_s : LEASE_S) * 1000;
    uint64_t until_ns = clock_ns() + (how->wait_ms > 0 ? how->wait_ms : lease_ms) * UINT64_C(1000000);
    struct bytes name = bytes_of(key, n_key);
    int code;

    handle_must_be(l);

    if (l->env.config.dialect != DIALECT_META)
        return LARDER_NOT_SUPPORTED;
    for (uint32_t ms = FIRST_NAP_MS;; ms = ms * 2 < LONGEST_NAP_MS ? ms * 2 : LONGEST_NAP_MS) {
        switch (look(l, name, how, item, &code)) {
        case SEEN_VALUE: return LARDER_OK;
        case SEEN_WON: return compute(l, how, item, true);
        case SEEN_ERROR:
            if (code == LARDER_BAD_KEY || code == LARDER_BAD_ARGUMENT)
                return code;
            return compute(l, how, item, false);
        case SEEN_BEGUN: break;
        }
        if (clock_ns() >= until_ns)
            return compute(l, how, item, false);
        nap(ms);
    }
}

int
larder_invalidate(struct larder *l, const void *key, size_t n_key, int64_t ttl)
{
    struct ask ask = {
        .kind = ASK_DELETE, .key = bytes_of(key, n_key), .flags = F('I') | F('T'), .exptime = ttl};
    return answer_write(l, &ask, NULL, true, NULL);
}
