#include "bench/load/net/target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench/load/options/options.h"
#include "bench/load/net/tls.h"

static bool
take_unix(struct target *t, const char *path, FILE *err)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    if (n >= sizeof a.sun_path) {
        fprintf(err, "larder-bench: --unix-socket: the path is too long\n");
        return false;
    }
    memcpy(a.sun_path, path, n + 1);
    memcpy(&t->at[0].address, &a, sizeof a);
    t->at[0].n = sizeof a;
    t->n = 1;
    t->is_local = true;
    return true;
}

static bool
is_loopback(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

static bool
take_name(struct target *t, const struct options *o, FILE *err)
{
    char port[8];
    struct addrinfo *found, hints = {
                                .ai_family = o->ipv4   ? AF_INET
                                             : o->ipv6 ? AF_INET6
                                                       : AF_UNSPEC,
                                .ai_socktype = SOCK_STREAM,
                            };
    snprintf(port, sizeof port, "%u", (unsigned)o->port);
    int r = getaddrinfo(o->server, port, &hints, &found);
    if (r != 0) {
        fprintf(err, "larder-bench: %s: %s\n", o->server, gai_strerror(r));
        return false;
    }
    for (struct addrinfo *a = found; a != NULL && t->n < TARGET_ADDRESSES_MAX; a = a->ai_next, t->n++) {
        memcpy(&t->at[t->n].address, a->ai_addr, a->ai_addrlen);
        t->at[t->n].n = a->ai_addrlen;
    }
    t->is_local = is_loopback(found->ai_addr);
    freeaddrinfo(found);
    return true;
}

bool
target_init(struct target *t, const struct options *o, FILE *err)
{
    *t = (struct target){.name = o->sni != NULL ? o->sni : o->server};
    /* The addresses need no freeing, so the failures return directly. */
    if (o->unix_socket != NULL ? !take_unix(t, o->unix_socket, err) : !take_name(t, o, err))
        return false;
    if (!o->tls)
        return true;
    t->tls = tls_context(o, err);
    return t->tls != NULL;
}

void
target_fini(struct target *t)
{
    tls_context_free(&t->tls);
}

int
target_connect(const struct target *t, unsigned i)
{
    const struct sockaddr *a = (const struct sockaddr *)&t->at[i].address;
    int on = 1, fd = socket(a->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (a->sa_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* without it, requests are only later */
    if (connect(fd, a, t->at[i].n) == 0 || errno == EINPROGRESS)
        return fd;
    int error = errno;
    close(fd);
    return -error;
}
