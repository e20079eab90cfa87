#include "tests/linear/peer.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/must.h"

enum { RECEIVE_BYTES = 1 << 16, TEXT_BYTES = 512, TIMEOUT_MS = 120000 };

static _Noreturn void
give_up(const char *what)
{
    fprintf(stderr, "connection: %s: %s\n", what, strerror(errno));
    exit(2);
}

static int
connect_to_port(const char *port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        give_up("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static int
connect_to_path(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(strlen(path) < sizeof to.sun_path);
    memcpy(to.sun_path, path, strlen(path) + 1);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        give_up("connect");
    return fd;
}

void
peer_connect(struct peer *p, const char *address)
{
    *p = (struct peer){
        .fd = isdigit((unsigned char)address[0]) ? connect_to_port(address) : connect_to_path(address)};
    if (fcntl(p->fd, F_SETFL, O_NONBLOCK) != 0)
        give_up("fcntl");
}

void
peer_close(struct peer *p)
{
    close(p->fd);
    free(p->in);
    free(p->out);
}

static void
make_room(char **bytes, size_t *room, size_t n)
{
    if (n <= *room)
        return;
    *room = n * 2;
    *bytes = realloc(*bytes, *room);
    MUST(*bytes != NULL);
}

void
peer_queue(struct peer *p, const char *bytes, size_t n)
{
    make_room(&p->out, &p->room_out, p->n_out + n);
    memcpy(p->out + p->n_out, bytes, n);
    p->n_out += n;
}

void
peer_queue_text(struct peer *p, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    MUST(n >= 0 && (size_t)n < sizeof text);
    peer_queue(p, text, (size_t)n);
}

void
peer_send(struct peer *p)
{
    while (p->n_sent < p->n_out) {
        ssize_t n = send(p->fd, p->out + p->n_sent, p->n_out - p->n_sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            give_up("send");
        p->n_sent += (size_t)n;
    }
    p->n_sent = p->n_out = 0;
}

void
peer_receive(struct peer *p)
{
    for (;;) {
        make_room(&p->in, &p->room_in, p->n_in + RECEIVE_BYTES);
        ssize_t n = recv(p->fd, p->in + p->n_in, p->room_in - p->n_in, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            give_up(n == 0 ? "the server hung up" : "receive");
        p->n_in += (size_t)n;
    }
}

struct pollfd
peer_poll(const struct peer *p)
{
    return (struct pollfd){.fd = p->fd, .events = (short)(POLLIN | (p->n_sent < p->n_out ? POLLOUT : 0))};
}

void
peer_consume(struct peer *p, size_t n)
{
    p->n_in -= n;
    memmove(p->in, p->in + n, p->n_in);
}

size_t
peer_ask(struct peer *p)
{
    static const char end[] = "MN\r\n";
    peer_queue(p, "mn\r\n", 4);
    for (;;) {
        peer_send(p);
        peer_receive(p);
        if (p->n_in >= 4 && memcmp(p->in + p->n_in - 4, end, 4) == 0 &&
            (p->n_in == 4 || p->in[p->n_in - 5] == '\n'))
            return p->n_in - 4;
        struct pollfd fd = peer_poll(p);
        if (poll(&fd, 1, TIMEOUT_MS) == 0) {
            errno = ETIMEDOUT;
            give_up("no answer");
        }
    }
}
