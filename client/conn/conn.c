/* conn: opens and closes a connection, moves its bytes, and reports what it waits for; see conn.h. */
#include "client/conn/conn.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/larder.h"
#include "client/conn/socket.h"

static_assert(TARGET_LABEL_MAX + 2 < CONN_WHY_MAX, "a message begins with the server's name");

void
conn_init(struct conn *c, struct conn_env *env, const struct target *target)
{
    *c = (struct conn){.magic = CONN_MAGIC, .env = env, .target = *target};
}

void
conn_must_hold(const struct conn *c)
{
    conn_must_be(c);
    pending_must_hold(&c->asked);
    CHECKED_MUST(c->asked.count <= c->env->n_outstanding);
    CHECKED_MUST(c->addresses == NULL || c->state == CONN_CONNECTING);
    CHECKED_MUST(c->next_address == NULL || c->addresses != NULL);
    CHECKED_MUST(buffer_out_left(&c->hello) == 0 || c->state == CONN_LOGIN);
    CHECKED_MUST(!c->blocked || c->state == CONN_UP);
    CHECKED_MUST(c->state != CONN_DOWN || (c->asked.count == 0 && buffer_out_left(&c->out) == 0));
    CHECKED_MUST(c->state == CONN_DOWN || c->stream.ops != NULL);
}

void
conn_set_why(struct conn *c, const char *format, ...)
{
    char *why = c->env->why;
    int n = snprintf(why, CONN_WHY_MAX, "%s: ", c->target.label);
    MUST(n > 0 && n < CONN_WHY_MAX);
    va_list args;

    va_start(args, format);
    vsnprintf(why + n, CONN_WHY_MAX - (size_t)n, format, args);
    va_end(args);
}

void
conn_failed(struct conn *c, uint64_t now_ns)
{
    health_failed(&c->health, &c->env->config, now_ns);
    c->env->n_failures++;
}

/* ---- the end ------------------------------------------------------------ */

void
conn_forget_addresses(struct conn *c)
{
    if (c->addresses != NULL)
        freeaddrinfo(c->addresses);
    c->addresses = c->next_address = NULL;
}

/* It has a password, which must not stay in memory that is freed. */
void
conn_forget_hello(struct conn *c)
{
    if (c->hello.p != NULL)
        explicit_bzero(c->hello.p, c->hello.n);
    buffer_out_fini(&c->hello);
}

static void
close_socket(struct conn *c)
{
    struct tls_hold hold;

    if (c->state != CONN_DOWN && c->stream.ops != NULL && c->stream.fd >= 0) {
        tls_hold(&c->env->tls, c->stream.tls != NULL, &hold); /* TLS sends a close_notify */
        stream_close(&c->stream);
        tls_release(&c->env->tls, &hold);
    }
    conn_forget_addresses(c);
    c->state = CONN_DOWN;
    c->blocked = false;
    buffer_in_clear(&c->in);
    buffer_out_fini(&c->out);
    conn_forget_hello(c);
}

/* The queue is detached first: a sink may send a request, which opens another connection. */
void
conn_drop(struct conn *c, int code, bool failed, uint64_t now_ns)
{
    struct pending_queue asked = c->asked;

    conn_must_hold(c);
    MUST(code != LARDER_OK && asked.count <= c->env->n_outstanding);
    close_socket(c);
    if (failed)
        conn_failed(c, now_ns);
    c->asked = (struct pending_queue){0};
    c->env->n_outstanding -= asked.count;
    while (asked.count > 0) {
        struct pending p = pending_pop(&asked);
        p.sink(&p, code, NULL, true);
    }
    pending_fini(&asked);
}

/*
 * If a connection breaks that has answered before, that is no failure of the server, which
 * may have been restarted: the next connection shows whether it works.
 */
void
conn_break_off(struct conn *c, int code, uint64_t now_ns)
{
    MUST(c->state == CONN_UP);
    bool served = code == LARDER_CLOSED && c->n_answered > 0;
    conn_drop(c, code, c->asked.count > 0 && !served, now_ns);
}

void
conn_fini(struct conn *c)
{
    conn_must_hold(c);
    MUST(c->asked.count <= c->env->n_outstanding);
    close_socket(c);
    c->env->n_outstanding -= c->asked.count;
    pending_fini(&c->asked);
    buffer_in_fini(&c->in);
    tls_forget(&c->session);
    c->magic = 0;
}

/* ---- bytes in and out --------------------------------------------------- */

static ssize_t
send_some(struct conn *c)
{
    struct tls_hold hold;

    tls_hold(&c->env->tls, c->stream.tls != NULL, &hold);
    ssize_t n = stream_send(&c->stream, c->out.p + c->out.begin, buffer_out_left(&c->out));
    tls_release(&c->env->tls, &hold);
    return n;
}

void
conn_flush(struct conn *c, uint64_t now_ns)
{
    conn_must_be(c);
    while (c->state == CONN_UP && buffer_out_left(&c->out) > 0) {
        ssize_t n = send_some(c);
        if (n == -EAGAIN) {
            c->blocked = true;
            return;
        }
        if (n < 0) {
            conn_set_why(c, "%s", strerror((int)-n));
            conn_break_off(c, LARDER_CLOSED, now_ns);
            return;
        }
        buffer_out_sent(&c->out, (size_t)n);
    }
    c->blocked = false;
}

int
conn_fill(struct conn *c, size_t *n)
{
    size_t room;
    MUST(c->state == CONN_UP || c->state == CONN_LOGIN);
    char *dst = buffer_in_room(&c->in, CONN_RECV_MIN, &room);

    *n = 0;
    if (dst == NULL) {
        conn_set_why(c, "out of memory");
        return LARDER_NO_MEMORY;
    }
    ssize_t got =
        UNLIKELY(!c->waits) ? stream_recv(&c->stream, dst, room) : socket_wait(&c->stream, dst, room);
    c->waits = false;
    if (got == -EAGAIN)
        return LARDER_OK;
    if (got <= 0) {
        conn_set_why(c, "%s", got == 0 ? "the server closed the connection" : strerror((int)-got));
        return LARDER_CLOSED;
    }
    buffer_in_received(&c->in, (size_t)got);
    *n = (size_t)got;
    return LARDER_OK;
}

/* ---- waiting ------------------------------------------------------------- */

short
conn_events(const struct conn *c, bool idle)
{
    conn_must_hold(c);
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

/*
 * The socket's own timeout is that of a whole request, so a request that has
 * waited before is left to poll.
 */
bool
conn_can_wait(const struct conn *c, uint64_t now_ns)
{
    enum { SLACK_NS = 5000000 };

    if (c->socket_waits_ns == 0 || c->state != CONN_UP || c->blocked || c->asked.count == 0)
        return false;
    uint64_t deadline_ns = pending_first(&c->asked)->deadline_ns;
    return deadline_ns <= now_ns + c->socket_waits_ns + SLACK_NS &&
           deadline_ns + SLACK_NS >= now_ns + c->socket_waits_ns;
}

uint64_t
conn_deadline_ns(const struct conn *c)
{
    if (c->state == CONN_DOWN)
        return UINT64_MAX;
    if (c->state != CONN_UP)
        return c->open_by_ns;
    if (c->asked.count > 0)
        return pending_first(&c->asked)->deadline_ns;
    return UNLIKELY(c->blocked) ? c->rest_by_ns : UINT64_MAX;
}
