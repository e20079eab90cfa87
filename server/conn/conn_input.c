/* conn_input: see conn_input.h. */
#include "server/conn/conn_input.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "server/conn/body.h"
#include "server/conn/conn_memory.h"
#include "server/cmd/trace.h"

enum { WAITING_MAX = 2 << 20 };

/* Bytes that were moved elsewhere: before a login they may be half a password. */
static void
wipe(const struct conn *c, char *p, uint32_t n)
{
    if (UNLIKELY(c->peer.rights == RIGHTS_BEFORE_LOGIN))
        explicit_bzero(p, n);
}

struct buffer *
conn_input_buffer(struct conn *c)
{
    conn_must_be(c);
    buffer_must_hold(&c->in);
    bool less = conn_memory_of_set(c->set) > WAITING_MAX;
    struct buffer *in = UNLIKELY(less) ? &c->set->input_less : &c->set->input;
    uint32_t n = buffer_n(&c->in);
    if (n > PARSE_LINE_MAX)
        return buffer_make_room(&c->set->read_pool, &c->in) ? &c->in : NULL;
    CHECKED_MUST(n <= in->size);
    in->start = 0;
    in->end = n;
    if (n > 0)
        memcpy(in->p, c->in.p + c->in.start, n);
    if (n > 0)
        wipe(c, c->in.p + c->in.start, n);
    buffer_give(&c->set->read_pool, &c->in);
    return in;
}

enum came
conn_input_read(struct conn *c, struct buffer *in)
{
    buffer_must_hold(in);
    ssize_t n;
    if (UNLIKELY(c->body != NULL)) {
        n = body_read(c->body, &c->stream, c->set->ctx.thread, in);
    } else {
        uint32_t most = in->size - in->end;
        if (UNLIKELY(c->set->memory.squeezes) && most > CONN_SQUEEZED_READ)
            most = CONN_SQUEEZED_READ;
        n = stream_recv(&c->stream, in->p + in->end, most);
        CHECKED_MUST(n <= (ssize_t)most);
        if (LIKELY(n > 0))
            in->end += (uint32_t)n;
    }
    counter_inc(conn_counter(c, WORKER_N_READS));
    if (LIKELY(n > 0)) {
        counter_add(conn_counter(c, WORKER_N_BYTES_READ), (uint64_t)n);
        return CAME_SOME;
    }
    if (n == -EAGAIN)
        return CAME_NONE;
    if (n == 0)
        c->peer.reason = CLOSE_NORMAL;
    if (n == -EPROTO) {
        char why[256];
        stream_tls_why(&c->stream, why, sizeof why);
        counter_inc(conn_counter(c, WORKER_N_TLS_PROTO_ERRORS));
        trace_tls_error(c->set->server, c->set->ctx.ring, c->stream.fd, why);
        LOG(LOG_INFO, "<%d broke TLS: %s", c->stream.fd, why);
        return CAME_END;
    }
    if (n < 0 && n != -ECONNRESET && n != -EPIPE)
        LOG(LOG_INFO, "<%d cannot read: %s", c->stream.fd, strerror((int)-n));
    return CAME_END;
}

/* Copies them to a buffer of the connection's that is no larger than necessary. */
static __attribute__((noinline)) bool
keep(struct conn *c, const struct buffer *in, uint32_t n)
{
    MUST(n == buffer_n(in) && (in == &c->in || c->in.p == NULL));
    struct buffer rest;
    if (in == &c->in && n > in->size / 4)
        return true;
    if (!buffer_take(&c->set->read_pool, &rest, n))
        return in == &c->in;
    memcpy(rest.p, in->p + in->start, n);
    wipe(c, in->p + in->start, n);
    rest.end = n;
    buffer_give(&c->set->read_pool, &c->in);
    c->in = rest;
    return true;
}

bool
conn_input_keep(struct conn *c, struct buffer *in)
{
    buffer_must_hold(in);
    uint32_t n = buffer_n(in);
    if (UNLIKELY(n > 0))
        return keep(c, in, n);
    buffer_give(&c->set->read_pool, &c->in);
    return true;
}
