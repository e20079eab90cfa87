/* conn: asking, sending, time, and the end; see conn.h. */
#include "client/conn.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/larder.h"

void
conn_init(struct conn *c, struct conn_env *env, const struct target *target)
{
    *c = (struct conn){.env = env, .target = *target};
}

void
conn_say(struct conn *c, const char *format, ...)
{
    char *why = c->env->why;
    int n = snprintf(why, CONN_WHY_MAX, "%s: ", c->target.label);
    va_list args;

    va_start(args, format);
    vsnprintf(why + n, CONN_WHY_MAX - (size_t)n, format, args);
    va_end(args);
}

/* ---- asking ------------------------------------------------------------- */

static int
fault_code(enum ask_fault fault)
{
    switch (fault) {
    case ASK_GOOD: return LARDER_OK;
    case ASK_BAD_KEY: return LARDER_BAD_KEY;
    case ASK_BAD_WORDS:
    case ASK_BAD_NUMBER: return LARDER_BAD_ARGUMENT;
    case ASK_NOT_SUPPORTED: return LARDER_NOT_SUPPORTED;
    }
    UNREACHABLE();
}

static void
failed_at(struct conn *c, uint64_t now_ns)
{
    health_failed(&c->health, &c->env->config, now_ns);
    c->env->n_failures++;
}

/* There must be a connection, or one on its way; and room in the queues. */
static int
ready_to_ask(struct conn *c, uint64_t now_ns)
{
    if (UNLIKELY(c->state == CONN_DOWN)) {
        if (c->env->gives_up)
            return LARDER_CLOSED;
        if (!health_may_try(&c->health, now_ns)) {
            conn_say(c, "it is taken for dead");
            return LARDER_DEAD;
        }
        int code = conn_open(c, now_ns);
        if (code != LARDER_OK) {
            failed_at(c, now_ns);
            return code;
        }
    }
    if (UNLIKELY(buffer_out_left(&c->out) > config_number(&c->env->config, CONFIG_QUEUE_MAX)))
        return LARDER_BUSY;
    return pending_room(&c->asked) ? LARDER_OK : LARDER_NO_MEMORY;
}

static void
push(struct conn *c, struct pending p)
{
    pending_push(&c->asked, p);
    c->env->n_outstanding++;
}

/* What a server may answer to it: a get one value, and END only in text. */
static uint32_t
fits(enum ask_kind kind, enum pending_end end)
{
    static const uint32_t all[ASK_N_KINDS] = {
        [ASK_GET] = PENDING_FITS(VALUE) | PENDING_FITS(MISS) | PENDING_COUNTED,
        [ASK_PUT] = PENDING_FITS(DONE) | PENDING_FITS(MISS) | PENDING_FITS(EXISTS) | PENDING_FITS(NOT_STORED),
        [ASK_DELETE] = PENDING_FITS(DONE) | PENDING_FITS(MISS) | PENDING_FITS(EXISTS),
        [ASK_ARITH] = PENDING_FITS(NUMBER) | PENDING_FITS(VALUE) | PENDING_FITS(MISS) | PENDING_FITS(EXISTS) |
                      PENDING_FITS(NOT_STORED) | PENDING_A_NUMBER,
        [ASK_TOUCH] = PENDING_FITS(DONE) | PENDING_FITS(VALUE) | PENDING_FITS(MISS),
        [ASK_STATS] = PENDING_FITS(STAT) | PENDING_FITS(END) | PENDING_FITS(DONE) | PENDING_FITS(MISS),
        [ASK_VERSION] = PENDING_FITS(VERSION),
        [ASK_FLUSH] = PENDING_FITS(DONE),
        [ASK_LINE] = ~(PENDING_A_NUMBER | PENDING_COUNTED),
    };
    return kind == ASK_GET && end == PENDING_TO_END ? all[kind] | PENDING_FITS(END) : all[kind];
}

static int
ask_plain(struct conn *c, struct ask *ask, const void *value, struct pending p, uint64_t now_ns)
{
    enum dialect dialect = c->state == CONN_DOWN ? c->env->config.dialect : c->dialect;
    enum ask_fault fault = proto_ask_check(dialect, ask);
    if (UNLIKELY(fault != ASK_GOOD))
        return fault_code(fault);
    if (UNLIKELY((ask->flags & META_FLAG('C')) && ask->cas == 0))
        return LARDER_BAD_ARGUMENT; /* binary compares nothing with 0, which no item has */
    int code = ready_to_ask(c, now_ns);
    if (UNLIKELY(code != LARDER_OK))
        return code;

    char *dst = buffer_out_room(&c->out, ASK_MAX + ask->n_value + ASK_TAIL_MAX);
    if (UNLIKELY(dst == NULL))
        return LARDER_NO_MEMORY;
    p.opaque = ask->opaque = c->sequence++;
    p.fits = fits(ask->kind, p.end);
    p.mode = ask->mode;
    p.values_left = 1;
    dst = proto_ask(dst, c->dialect, ask);
    if (ask->n_value > 0) {
        memcpy(dst, value, ask->n_value);
        dst += ask->n_value;
    }
    c->out.end = (size_t)(proto_ask_tail(dst, c->dialect, ask) - c->out.p);
    push(c, p);
    return LARDER_OK;
}

/* With compression: what is stored is packed, if it is worth it. */
static __attribute__((noinline)) int
ask_packed(struct conn *c, const struct ask *ask, const void *value, struct pending p, uint64_t now_ns)
{
    const struct packing *packing = c->env->config.packing;
    struct ask packed = *ask;
    char *room = NULL;

    if (ask->mode == PUT_APPEND || ask->mode == PUT_PREPEND)
        return LARDER_NOT_SUPPORTED;
    if (ask->client_flags & packing_flags(packing))
        return LARDER_BAD_ARGUMENT;
    if (ask->n_value >= config_number(&c->env->config, CONFIG_COMPRESSION_MIN))
        packing_pack(packing, bytes_of(value, ask->n_value), &room, &packed.n_value, &packed.client_flags);
    int code = ask_plain(c, &packed, room != NULL ? room : value, p, now_ns);
    free(room);
    return code;
}

int
conn_ask(struct conn *c, struct ask *ask, const void *value, struct pending p, uint64_t now_ns)
{
    if (UNLIKELY(c->env->config.packing != NULL) && ask->kind == ASK_PUT)
        return ask_packed(c, ask, value, p, now_ns);
    return ask_plain(c, ask, value, p, now_ns);
}

int
conn_ask_bytes(struct conn *c, struct bytes line, struct pending p, uint64_t now_ns)
{
    int code = ready_to_ask(c, now_ns);
    if (code != LARDER_OK)
        return code;
    char *dst = buffer_out_room(&c->out, line.n);
    if (dst == NULL)
        return LARDER_NO_MEMORY;
    memcpy(dst, line.p, line.n);
    c->out.end += line.n;
    push(c, p);
    return LARDER_OK;
}

/* ---- the end ------------------------------------------------------------ */

static void
close_socket(struct conn *c)
{
    struct tls_hold hold;

    if (c->state != CONN_DOWN && c->stream.ops != NULL && c->stream.fd >= 0) {
        tls_hold(&c->env->tls, c->stream.tls != NULL, &hold); /* it says goodbye */
        stream_close(&c->stream);
        tls_let(&c->env->tls, &hold);
    }
    if (c->addresses != NULL)
        freeaddrinfo(c->addresses);
    c->addresses = c->next_address = NULL;
    c->state = CONN_DOWN;
    c->blocked = false;
    buffer_in_clear(&c->in);
    buffer_out_fini(&c->out);
    if (c->hello.p != NULL) /* a password was in it */
        explicit_bzero(c->hello.p, c->hello.n);
    buffer_out_fini(&c->hello);
}

/* The queue is taken away first: a sink may ask again, and begin another connection. */
void
conn_drop(struct conn *c, int code, bool failed, uint64_t now_ns)
{
    struct pending_queue asked = c->asked;

    close_socket(c);
    if (failed)
        failed_at(c, now_ns);
    c->asked = (struct pending_queue){0};
    c->env->n_outstanding -= asked.count;
    while (asked.count > 0) {
        struct pending p = pending_pop(&asked);
        p.sink(&p, code, NULL, true);
    }
    pending_fini(&asked);
}

void
conn_fini(struct conn *c)
{
    close_socket(c);
    c->env->n_outstanding -= c->asked.count;
    pending_fini(&c->asked);
    buffer_in_fini(&c->in);
    tls_forget(&c->session);
}

/* ---- sending and waiting ------------------------------------------------ */

/*
 * One that has served and breaks says nothing against the server, which may have
 * been restarted: the next connection will tell.
 */
static void
break_off(struct conn *c, int code, uint64_t now_ns)
{
    bool served = code == LARDER_CLOSED && c->n_answered > 0;
    conn_drop(c, code, c->asked.count > 0 && !served, now_ns);
}

static ssize_t
send_some(struct conn *c)
{
    struct tls_hold hold;

    tls_hold(&c->env->tls, c->stream.tls != NULL, &hold);
    ssize_t n = stream_send(&c->stream, c->out.p + c->out.begin, buffer_out_left(&c->out));
    tls_let(&c->env->tls, &hold);
    return n;
}

void
conn_flush(struct conn *c, uint64_t now_ns)
{
    while (c->state == CONN_UP && buffer_out_left(&c->out) > 0) {
        ssize_t n = send_some(c);
        if (n == -EAGAIN) {
            c->blocked = true;
            return;
        }
        if (n < 0) {
            conn_say(c, "%s", strerror((int)-n));
            break_off(c, LARDER_CLOSED, now_ns);
            return;
        }
        buffer_out_sent(&c->out, (size_t)n);
    }
    c->blocked = false;
}

short
conn_events(const struct conn *c, bool idle)
{
    switch (c->state) {
    case CONN_DOWN: return 0;
    case CONN_CONNECTING: return POLLOUT;
    case CONN_HANDSHAKE: return c->stream.crossed ? POLLOUT : POLLIN;
    case CONN_LOGIN: return POLLIN | (buffer_out_left(&c->hello) > 0 ? POLLOUT : 0);
    case CONN_UP: break;
    }
    short events = c->asked.count > 0 || idle ? POLLIN : 0;
    return c->blocked || c->stream.crossed ? events | POLLOUT : events;
}

bool
conn_is_pending(const struct conn *c)
{
    return c->state == CONN_UP && c->stream.pending && c->asked.count > 0;
}

uint64_t
conn_deadline_ns(const struct conn *c)
{
    if (c->state == CONN_DOWN)
        return UINT64_MAX;
    if (c->state != CONN_UP)
        return c->open_by_ns;
    return c->asked.count > 0 ? pending_first(&c->asked)->deadline_ns : UINT64_MAX;
}

/* What was asked meanwhile has its time from now on. */
static void
came_up(struct conn *c, uint64_t now_ns)
{
    uint64_t waited = now_ns - (c->open_by_ns - config_ns(&c->env->config, CONFIG_CONNECT_TIMEOUT_MS));

    for (size_t i = 0; i < c->asked.count; i++) {
        struct pending *p = &c->asked.ring[(c->asked.first + i) & (c->asked.n - 1)];
        if (p->deadline_ns != UINT64_MAX)
            p->deadline_ns += waited;
    }
    conn_flush(c, now_ns);
}

static void
step_up(struct conn *c, short revents, uint64_t now_ns)
{
    int code = LARDER_OK;

    conn_flush(c, now_ns);
    if (c->state == CONN_UP && ((revents & ~POLLOUT) || c->stream.crossed || c->stream.pending))
        code = conn_receive(c);
    if (code == LARDER_OK)
        conn_flush(c, now_ns); /* what sinks have asked */
    else
        break_off(c, code, now_ns);
}

void
conn_step(struct conn *c, short revents, uint64_t now_ns)
{
    if (c->state == CONN_DOWN)
        return;
    if (c->state == CONN_UP && (revents || c->stream.pending)) {
        step_up(c, revents, now_ns);
    } else if (c->state != CONN_UP) {
        int code = revents ? conn_open_step(c, revents) : LARDER_OK;
        if (code != LARDER_OK) {
            conn_drop(c, code, true, now_ns);
            return;
        }
        if (c->state == CONN_UP)
            came_up(c, now_ns);
    }
    if (now_ns >= conn_deadline_ns(c)) {
        conn_say(c, c->state == CONN_UP ? "no answer in time" : "no connection in time");
        conn_drop(c, LARDER_TIMEOUT, true, now_ns);
    }
}
