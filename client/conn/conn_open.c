/* conn_open: opens a connection, from a server's name to the first request; see conn.h. */
#include "client/conn/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/larder.h"
#include "client/conn/socket.h"

/* ---- a socket ----------------------------------------------------------- */

/* 0, or a negative errno.  The socket becomes writable when connecting has succeeded or failed. */
static int
connect_to(struct conn *c, int family, const struct sockaddr *address, socklen_t n)
{
    MUST(address != NULL && n >= sizeof address->sa_family);
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;

    if (fd < 0)
        return -errno;
    if (family != AF_UNIX) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    }
    if (connect(fd, address, n) != 0 && errno != EINPROGRESS && errno != EINTR) {
        int error = errno;
        close(fd);
        return -error;
    }
    c->stream = stream_tcp(fd);
    c->state = CONN_CONNECTING;
    return 0;
}

static int
connect_path(struct conn *c)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    size_t n = strlen(c->target.host);
    if (n >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    memcpy(address.sun_path, c->target.host, n + 1);
    return connect_to(c, AF_UNIX, (const struct sockaddr *)&address, sizeof address);
}

/* Begins a connection to the next of the host's addresses that allows it. */
static int
connect_next(struct conn *c)
{
    int error = -EHOSTUNREACH;

    while (c->next_address != NULL) {
        struct addrinfo *a = c->next_address;
        c->next_address = a->ai_next;
        error = connect_to(c, a->ai_family, a->ai_addr, a->ai_addrlen);
        if (error == 0)
            return 0;
    }
    return error;
}

/* A literal address needs no resolver. */
static int
look_up(struct conn *c)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    char port[8];

    MUST(c->addresses == NULL && c->target.port != 0);
    snprintf(port, sizeof port, "%u", c->target.port);
    int error = getaddrinfo(c->target.host, port, &hints, &c->addresses);
    if (error == EAI_NONAME) {
        hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
        error = getaddrinfo(c->target.host, port, &hints, &c->addresses);
    }
    c->next_address = error == 0 ? c->addresses : NULL;
    return error;
}

static int
unreachable(struct conn *c, int error)
{
    conn_set_why(c, "%s", strerror(-error));
    return LARDER_UNREACHABLE;
}

/* Clears the state of an earlier connection. */
static void
begin(struct conn *c, uint64_t now_ns)
{
    conn_must_hold(c);
    MUST(c->state == CONN_DOWN && c->asked.count == 0);
    c->began_ns = now_ns;
    c->open_by_ns = now_ns + config_ns(&c->env->config, CONFIG_CONNECT_TIMEOUT_MS);
    c->dialect = c->env->config.dialect;
    c->n_answered = 0;
    c->blocked = c->waits = false;
    c->socket_waits_ns = 0;
}

int
conn_open(struct conn *c, uint64_t now_ns)
{
    int error;

    begin(c, now_ns);
    if (c->target.port == 0) {
        error = connect_path(c);
    } else {
        int unknown = look_up(c);
        if (unknown != 0) {
            conn_set_why(c, "%s", gai_strerror(unknown));
            return LARDER_UNREACHABLE;
        }
        error = connect_next(c);
    }
    MUST((error == 0) == (c->state == CONN_CONNECTING));
    if (error == 0)
        return LARDER_OK;
    conn_forget_addresses(c);
    return unreachable(c, error);
}

/* ---- the steps of opening ------------------------------------------------ */

static int
open_up(struct conn *c)
{
    c->reader = (struct reply_reader){
        .dialect = (uint8_t)c->dialect,
        .value_max = (uint32_t)config_number(&c->env->config, CONFIG_VALUE_MAX),
    };
    if (config_logs_in(&c->env->config))
        return conn_login_begin(c);
    c->state = CONN_UP;
    return LARDER_OK;
}

static int
open_up_plain(struct conn *c)
{
    uint64_t timeout_ns = config_ns(&c->env->config, CONFIG_TIMEOUT_MS);

    c->socket_waits_ns = socket_begin(&c->stream, c->stream.fd, timeout_ns) ? timeout_ns : 0;
    return open_up(c);
}

int
conn_open_on(struct conn *c, struct stream stream, uint64_t now_ns)
{
    begin(c, now_ns);
    MUST(stream.ops != NULL && stream.fd >= 0);
    c->stream = stream;
    return open_up(c);
}

static int
handshake(struct conn *c)
{
    char why[256];
    MUST(c->state == CONN_HANDSHAKE && c->stream.tls != NULL);
    int error = stream_tls_handshake(&c->stream);

    if (error == -EAGAIN)
        return LARDER_OK;
    if (error == 0)
        return open_up(c);
    stream_tls_why(&c->stream, why, sizeof why);
    conn_set_why(c, "TLS: %s", error == -EPROTO ? why : strerror(-error));
    return LARDER_TLS;
}

static int
connected(struct conn *c)
{
    int error = 0;
    socklen_t n = sizeof error;

    MUST(c->state == CONN_CONNECTING);
    (void)getsockopt(c->stream.fd, SOL_SOCKET, SO_ERROR, &error, &n);
    if (error != 0) {
        stream_close(&c->stream);
        int again = connect_next(c);
        return again == 0 ? LARDER_OK : unreachable(c, -error);
    }
    conn_forget_addresses(c);
    if (!config_number(&c->env->config, CONFIG_TLS))
        return open_up_plain(c);
    char why[256] = "out of memory";
    int code =
        tls_begin(&c->env->tls, &c->env->config, &c->stream, c->target.host, &c->session, why, sizeof why);
    if (code != LARDER_OK) {
        conn_set_why(c, "%s", why);
        return code;
    }
    c->state = CONN_HANDSHAKE;
    return handshake(c);
}

int
conn_open_step(struct conn *c, short revents)
{
    switch (c->state) {
    case CONN_CONNECTING: return revents & (POLLOUT | POLLERR | POLLHUP) ? connected(c) : LARDER_OK;
    case CONN_HANDSHAKE: return handshake(c);
    case CONN_LOGIN: return conn_login_step(c);
    case CONN_DOWN:
    case CONN_UP: return LARDER_OK;
    }
    UNREACHABLE();
}
