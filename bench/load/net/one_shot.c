#include "bench/load/net/one_shot.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/stream_tls.h"
#include "bench/load/options/options.h"
#include "bench/load/net/target.h"
#include "bench/load/net/tls.h"
#include "bench/load/net/wire.h"

struct one_shot {
    const struct options *o;
    const struct target *target;
    const struct wire *wire;
    struct stream stream;
    struct stream_tls_thread tls;
    counter n_sessions;
    uint64_t until_ns;
    char *in; /* the caller's buffer */
    size_t n_in, room;
};

/* Waits for the socket; false after the timeout. */
static bool
wait_for(struct one_shot *e, short events)
{
    uint64_t now = clock_ns();
    if (now >= e->until_ns)
        return false;
    struct pollfd p = {.fd = e->stream.fd, .events = e->stream.crossed ? POLLIN | POLLOUT : events};
    return poll(&p, 1, (int)((e->until_ns - now) / 1000000) + 1) > 0;
}

static bool
encrypt(struct one_shot *e)
{
    if (!stream_tls_thread_init(&e->tls, STREAM_TLS_RECORD_MAX, &e->n_sessions) ||
        !tls_begin(e->target, NULL, &e->stream, &e->tls))
        return false;
    for (;;) {
        int r = stream_tls_handshake(&e->stream);
        if (r != -EAGAIN)
            return r == 0;
        if (!wait_for(e, POLLIN))
            return false;
    }
}

static bool
dial(struct one_shot *e)
{
    for (unsigned i = 0; i < e->target->n; i++) {
        int fd = target_connect(e->target, i), error = 0;
        socklen_t n = sizeof error;
        if (fd < 0)
            continue;
        e->stream = stream_tcp(fd);
        if (wait_for(e, POLLOUT) && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 && error == 0)
            return e->target->tls == NULL || encrypt(e);
        stream_close(&e->stream);
    }
    return false;
}

static bool
send_all(struct one_shot *e, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = stream_send(&e->stream, p, n);
        if (sent == -EAGAIN ? !wait_for(e, POLLOUT) : sent < 0)
            return false;
        if (sent > 0) {
            p += sent;
            n -= (size_t)sent;
        }
    }
    return true;
}

/* Reads more of the answer. */
static bool
receive(struct one_shot *e)
{
    for (;;) {
        if (e->n_in == e->room)
            return false;
        ssize_t got = stream_recv(&e->stream, e->in + e->n_in, e->room - e->n_in);
        if (got > 0) {
            e->n_in += (size_t)got;
            return true;
        }
        if (got != -EAGAIN || !wait_for(e, POLLIN))
            return false;
    }
}

static bool
log_in(struct one_shot *e)
{
    for (unsigned step = 0;; step++) {
        char request[WIRE_LOGIN_ROOM];
        bool fits;
        char *end = e->wire->login(request, e->o, step, &fits);
        if (end == NULL)
            return fits;
        struct wire_asked asked = {ASK_LOGIN, 1, 0};
        struct wire_piece piece;
        enum wire_result r;
        if (!send_all(e, request, (size_t)(end - request)))
            return false;
        e->n_in = 0;
        do
            if (!receive(e))
                return false;
        while ((r = e->wire->next(&asked, e->in, e->n_in, &piece)) == WIRE_MORE);
        if (r != WIRE_PIECE || piece.outcome != WIRE_OK)
            return false;
    }
}

/* ---- one function per protocol ---- */

static bool
ask_text(struct one_shot *e)
{
    e->n_in = 0;
    if (!send_all(e, "stats\r\n", 7))
        return false;
    while (e->n_in < 5 || memcmp(e->in + e->n_in - 5, "END\r\n", 5) != 0)
        if ((e->n_in >= 5 && memcmp(e->in, "STAT ", 5) != 0) || !receive(e))
            return false;
    e->in[e->n_in] = '\0';
    return true;
}

/* "$<bytes>\r\n", and that many bytes. */
static bool
ask_redis(struct one_shot *e)
{
    e->n_in = 0;
    if (!send_all(e, "*1\r\n$4\r\nINFO\r\n", 14))
        return false;
    for (;;) {
        if (!receive(e))
            return false;
        e->in[e->n_in] = '\0';
        char *end;
        unsigned long n = e->in[0] == '$' ? strtoul(e->in + 1, &end, 10) : 0;
        if (e->in[0] != '$' || n > e->room)
            return false;
        if (*end == '\r' && e->n_in >= (size_t)(end - e->in) + 2 + n + 2)
            return true;
    }
}

/*
 * Makes each counter's packet a line in place: "STAT ", space and line end are
 * shorter than a packet's head.
 */
static bool
ask_binary(struct one_shot *e)
{
    static const char request[24] = {(char)0x80, 0x10};
    size_t at = 0, n_text = 0;
    e->n_in = 0;
    if (!send_all(e, request, sizeof request))
        return false;
    for (;;) {
        uint32_t n_body;
        while (e->n_in - at < 24)
            if (!receive(e))
                return false;
        const unsigned char *h = (const unsigned char *)e->in + at;
        size_t n_key = (size_t)h[2] << 8 | h[3];
        memcpy(&n_body, h + 8, sizeof n_body);
        n_body = be32toh(n_body);
        if (h[0] != 0x81 || h[1] != 0x10 || h[7] != 0 || h[4] != 0 || n_key > n_body || n_body > e->room)
            return false;
        while (e->n_in - at < 24 + (size_t)n_body)
            if (!receive(e))
                return false;
        if (n_key == 0)
            break;
        char *line = e->in + n_text, *key = e->in + at + 24;
        size_t n_value = n_body - n_key;
        memcpy(line, "STAT ", 5);
        memmove(line + 5, key, n_key);
        line[5 + n_key] = ' ';
        memmove(line + 6 + n_key, key + n_key, n_value);
        memcpy(line + 6 + n_key + n_value, "\r\n", 2);
        n_text += 8 + n_body;
        at += 24 + n_body;
    }
    e->in[n_text] = '\0';
    return true;
}

bool
one_shot_ask_stats(
    const struct options *o, const struct target *target, char *text, size_t n_text, unsigned wait_ms)
{
    struct one_shot e = {
        .o = o,
        .target = target,
        .wire = wire_table_find(o->protocol),
        .stream = {.fd = -1},
        .until_ns = clock_ns() + (uint64_t)wait_ms * 1000000,
        .in = text,
        .room = n_text - 1,
    };
    bool is_ok = dial(&e) && log_in(&e) &&
                 (e.wire == &wire_redis       ? ask_redis(&e)
                     : e.wire == &wire_binary ? ask_binary(&e)
                                              : ask_text(&e));
    if (e.stream.fd >= 0)
        stream_close(&e.stream);
    stream_tls_thread_fini(&e.tls);
    return is_ok;
}
