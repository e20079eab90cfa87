/* submit: larder.h's requests that do not wait, and larder_service, which serves them. */
#include "base/clock.h"
#include "client/refresh.h"

#define F(letter) META_FLAG(letter)

static void
hand_over(const struct pending *p, int code, const struct larder_item *item)
{
    larder_done *done = (larder_done *)p->user;
    done(p->arg, code, item);
}

/* In the text protocol, a get is called back with its value; the END after the value is ignored. */
static void
submit_sink(const struct pending *p, int code, const struct reply *reply, bool last)
{
    struct larder_item item = {.code = code, .ttl_s = -1};

    (void)last;
    if (p->had_value)
        return;
    if (reply == NULL || reply_is_error(reply)) {
        hand_over(p, code, NULL);
        return;
    }
    if (reply->status == REPLY_END)
        code = item.code = LARDER_MISS;
    if (reply->status == REPLY_VALUE || reply->status == REPLY_DONE)
        answer_take(&item, reply);
    if (reply_number(reply, &item.number) && reply->status == REPLY_NUMBER)
        item.cas = reply->cas;
    hand_over(p, code, &item);
}

struct meaning {
    enum ask_kind kind;
    enum put_mode mode;
    bool decr;
    uint64_t flags;
};

static const struct meaning meanings[] = {
    [LARDER_GET] = {ASK_GET, PUT_SET, false, F('v') | F('f')},
    [LARDER_SET] = {ASK_PUT, PUT_SET, false, 0},
    [LARDER_ADD] = {ASK_PUT, PUT_ADD, false, 0},
    [LARDER_REPLACE] = {ASK_PUT, PUT_REPLACE, false, 0},
    [LARDER_APPEND] = {ASK_PUT, PUT_APPEND, false, 0},
    [LARDER_PREPEND] = {ASK_PUT, PUT_PREPEND, false, 0},
    [LARDER_DELETE] = {ASK_DELETE, PUT_SET, false, 0},
    [LARDER_TOUCH] = {ASK_TOUCH, PUT_SET, false, 0},
    [LARDER_INCR] = {ASK_ARITH, PUT_SET, false, F('v')},
    [LARDER_DECR] = {ASK_ARITH, PUT_SET, true, F('v')},
};

static_assert(sizeof meanings / sizeof meanings[0] == LARDER_DECR + 1, "every operation has a meaning");

static uint64_t
wanted_flags(unsigned bits)
{
    return (bits & LARDER_WITH_CAS ? F('c') : 0) | (bits & LARDER_IF_CAS ? F('C') : 0) |
           (bits & LARDER_AND_TOUCH ? F('T') : 0) | (bits & LARDER_WITH_TTL ? F('t') : 0);
}

int
larder_submit(struct larder *l, const struct larder_request *request, larder_done *done, void *arg)
{
    handle_must_be(l);
    const unsigned known = LARDER_WITH_CAS | LARDER_IF_CAS | LARDER_AND_TOUCH | LARDER_WITH_TTL;
    uint64_t now_ns = clock_ns();
    int code;

    if (request->operation < LARDER_GET || request->operation > LARDER_DECR || (request->bits & ~known) ||
        done == NULL)
        return LARDER_BAD_ARGUMENT;
    if (request->n_value > INT32_MAX - 2)
        return LARDER_TOO_LARGE;
    const struct meaning *m = &meanings[request->operation];
    struct ask ask = {
        .kind = (uint8_t)m->kind,
        .mode = (uint8_t)m->mode,
        .decr = m->decr,
        .key = bytes_of(request->key, request->n_key),
        .flags = m->flags | wanted_flags(request->bits),
        .n_value = m->kind == ASK_PUT ? (uint32_t)request->n_value : 0,
        .client_flags = request->flags,
        .exptime = request->exptime,
        .cas = request->cas,
        .delta = request->delta,
    };
    struct pending p = {
        .sink = submit_sink,
        .arg = arg,
        .user = (void *)done,
        .deadline_ns = handle_deadline_ns(l, now_ns),
        .end = m->kind == ASK_GET ? handle_get_end(l) : PENDING_ONE,
    };
    struct conn *c = core_conn_of(l, ask.key, now_ns, &code);
    return c == NULL ? code : conn_ask(c, &ask, request->value, p, now_ns);
}

size_t
larder_outstanding(const struct larder *l)
{
    handle_must_be(l);
    return l->env.n_outstanding;
}

int
larder_service(struct larder *l, int timeout_ms)
{
    core_release(l);
    core_run(l, timeout_ms, true);
    if (l->topology.kind != SOURCE_LIST)
        refresh_step(l, false);
    return LARDER_OK;
}
