#include "server/serve/binding.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text/split.h"
#include "server/text/address.h"
#include "server/process/aside.h"
#include "server/options/options.h"
#include "server/process/service.h"
#include "server/net/sockets.h"
#include "server/text/text.h"

struct binding {
    struct sockets *sockets;
    const struct options *options;
    const struct service *service;
};

static struct address_traits
default_traits(const struct options *o, bool network)
{
    return (struct address_traits){
        .protocol = address_protocol(o->protocol), .tls = o->tls && network ? ADDRESS_TLS : ADDRESS_PLAIN};
}

/* The other options decide what an address of -l does not mention. */
static bool
bind_one(struct binding *b, struct bytes text, bool udp, char *why, size_t n_why)
{
    MUST(b->options->threads > 0);
    const struct options *o = b->options;
    bool list = o->listen != NULL && strchr(o->listen, ',') != NULL;
    struct address a = {.port = udp ? o->udp_port : o->port, .traits = default_traits(o, true)};
    if (!address_parse(text, &a, why, n_why))
        return false;
    if (!udp)
        return sockets_listen_tcp(b->sockets, &a, (int)o->backlog, why, n_why);
    if (a.traits.tls != ADDRESS_PLAIN)
        return true; /* with -Z, UDP sockets only at addresses named notls: options_validate.c */
    int n_each = list ? 1 : (int)o->threads; /* as in memcached */
    return sockets_listen_udp(b->sockets, &a, n_each, (int)o->threads, why, n_why);
}

static bool
bind_list(struct binding *b, bool udp, char *why, size_t n_why)
{
    const struct options *o = b->options;
    struct bytes rest = o->listen == NULL ? BYTES("*") : bytes_of(o->listen, strlen(o->listen));
    while (rest.n > 0) {
        if (!bind_one(b, split_off(&rest, ','), udp, why, n_why))
            return false;
    }
    return true;
}

/* Prints a line for each address: tests let the kernel choose a port, and read it here. */
static void
print_ports(struct text *t, const struct sockets *sockets)
{
    const struct listening *socket;
    STAILQ_FOREACH(socket, &sockets->all, link)
    {
        char text[ADDRESS_TEXT_MAX];
        address_text_of_socket(socket->fd, false, text, sizeof text);
        bool v6 = strncmp(text + 3, "6:", 2) == 0;
        if (!socket->again)
            text_printf(t, "%s %s: %s\n", socket->worker < 0 ? "TCP" : "UDP", v6 ? "INET6" : "INET",
                strrchr(text, ':') + 1);
    }
}

static void
write_port_file(const struct sockets *sockets)
{
    struct text ports = {0};
    char why[512] = "no memory";
    const char *name = getenv("MEMCACHED_PORT_FILENAME");
    if (name == NULL)
        return;
    print_ports(&ports, sockets);
    if (!text_ok(&ports) || !aside_write(name, ".lck", text_bytes(&ports), why, sizeof why))
        LOG(LOG_ERROR, "MEMCACHED_PORT_FILENAME: %s", why);
    text_fini(&ports);
}

/* Whether -Z applies to the socket.  *datagrams: UDP, for which there is no TLS. */
static bool
is_network(int fd, bool *datagrams)
{
    int domain = AF_UNIX, type = SOCK_STREAM;
    socklen_t n = sizeof domain;
    bool network = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 && domain != AF_UNIX;
    *datagrams = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_DGRAM;
    return network;
}

/* A '+' stands for the colon after a prefix, because a service manager's names cannot contain a colon. */
static bool
adopt_one(struct binding *b, int fd, struct bytes name, char *why, size_t n_why)
{
    MUST(fd >= 0);
    const struct options *o = b->options;
    bool datagrams;
    struct address_traits traits = default_traits(o, is_network(fd, &datagrams));
    char text[256];
    size_t n = name.n < sizeof text ? name.n : sizeof text;
    for (size_t i = 0; i < n; i++)
        text[i] = name.p[i] == '+' ? ':' : name.p[i];
    bool ok = address_parse_traits(bytes_of(text, n), &traits, why, n_why);
    if (ok && (!datagrams || traits.tls == ADDRESS_PLAIN))
        return sockets_adopt(b->sockets, fd, &traits, (int)o->threads, why, n_why);
    if (ok)
        snprintf(why, n_why,
            "the service manager passed a UDP socket: UDP is not encrypted, so with -Z its name must be "
            "notls");
    close(fd);
    return false;
}

/* All sockets of the service manager are ours to close, also when one cannot be used. */
static bool
adopt_all(struct binding *b, char *why, size_t n_why)
{
    const struct service *service = b->service;
    bool ok = true;
    for (int i = 0; i < service->n_sockets; i++) {
        struct bytes name;
        int fd = service_socket(service, i, &name);
        if (ok)
            ok = adopt_one(b, fd, name, why, n_why);
        else
            close(fd);
    }
    return ok;
}

/* If the service manager passed sockets, larderd opens only addresses that the options name explicitly. */
bool
binding_open(
    struct sockets *sockets, const struct options *o, const struct service *service, char *why, size_t n_why)
{
    struct binding all = {sockets, o, service}, *b = &all;
    struct address_traits traits = default_traits(o, false);
    bool given = service->n_sockets > 0;
    bool asked = options_given(o, OPTION_listen) || options_given(o, OPTION_port);
    if (!adopt_all(b, why, n_why))
        return false;
    if (o->unix_socket != NULL)
        return sockets_listen_unix(
            b->sockets, o->unix_socket, o->unix_mask, (int)o->backlog, &traits, why, n_why);
    if (o->port != 0 && (asked || !given) && !bind_list(b, false, why, n_why))
        return false;
    if (o->udp_port != 0 && !bind_list(b, true, why, n_why))
        return false;
    write_port_file(sockets);
    return true;
}
