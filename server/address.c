#include "server/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/un.h>

#include "proto/request.h"

static bool
complain(struct bytes text, const char *what, char *why, size_t n_why)
{
    snprintf(why, n_why, "\"%.*s\": %s", (int)text.n, text.p, what);
    return false;
}

/* memcached's prefixes of a listener, which larder has no use for yet. */
static bool
has_listener_prefix(struct bytes text)
{
    static const char *const prefix[] = {"proto[", "tag[", "tag_", "notls:", "btls:", "mtls:"};
    for (size_t i = 0; i < sizeof prefix / sizeof *prefix; i++)
        if (bytes_begin_with(text, bytes_of(prefix[i], strlen(prefix[i]))))
            return true;
    return false;
}

/*
 * Parts "host:port", "[ipv6]:port" and what has no port; *port is then empty.
 * More than one colon without brackets is an IPv6 address alone.
 */
static bool
split(struct bytes text, struct bytes *host, struct bytes *port)
{
    const char *end = text.p + text.n, *colon;
    *port = bytes_of(end, 0);
    if (text.n > 0 && text.p[0] == '[') {
        const char *bracket = memchr(text.p, ']', text.n);
        if (bracket == NULL)
            return false;
        *host = bytes_of(text.p + 1, (size_t)(bracket - text.p - 1));
        colon = bracket + 1;
        if (colon < end && *colon != ':')
            return false;
    } else {
        colon = memchr(text.p, ':', text.n);
        if (colon != NULL && memchr(colon + 1, ':', (size_t)(end - colon - 1)) != NULL)
            colon = NULL;
        *host = bytes_of(text.p, colon == NULL ? text.n : (size_t)(colon - text.p));
    }
    if (colon != NULL && colon < end)
        *port = bytes_of(colon, (size_t)(end - colon)); /* the colon too: an empty port is not no port */
    return true;
}

bool
address_parse(struct bytes text, int port, struct address *a, char *why, size_t n_why)
{
    struct bytes host, port_text;
    if (has_listener_prefix(text))
        return complain(text, "larder does not take proto, tag and tls prefixes", why, n_why);
    if (!split(text, &host, &port_text) || host.n == 0 || host.n >= sizeof a->host)
        return complain(text, "expected host, host:port or [ipv6]:port", why, n_why);
    if (port_text.n > 0) {
        uint32_t n;
        if (!request_u32(bytes_of(port_text.p + 1, port_text.n - 1), &n) || n == 0 || n > UINT16_MAX)
            return complain(text, "expected a port from 1 to 65535 behind the colon", why, n_why);
        port = (int)n;
    }
    if (bytes_equal(host, BYTES("*")))
        host.n = 0;
    memcpy(a->host, host.p, host.n);
    a->host[host.n] = '\0';
    a->port = port == -1 ? 0 : port;
    return true;
}

void
address_text(const struct sockaddr_storage *sa, socklen_t n, char *text, size_t n_text)
{
    char host[INET6_ADDRSTRLEN];
    if (sa->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)sa;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        snprintf(text, n_text, "tcp:%s:%u", host, ntohs(in->sin_port));
    } else if (sa->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const void *)sa;
        inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof host);
        snprintf(text, n_text, "tcp6:[%s]:%u", host, ntohs(in->sin6_port));
    } else if (sa->ss_family == AF_UNIX && n > offsetof(struct sockaddr_un, sun_path)) {
        const struct sockaddr_un *un = (const void *)sa;
        size_t n_path = n - offsetof(struct sockaddr_un, sun_path);
        snprintf(text, n_text, "unix:%.*s", (int)n_path, un->sun_path);
    } else {
        /* A client of a UNIX socket has no name. */
        snprintf(text, n_text, "%s<AF %d>", sa->ss_family == AF_UNIX ? "unix:" : "?:", sa->ss_family);
    }
}

void
address_text_of_socket(int fd, bool peer, char *text, size_t n_text)
{
    struct sockaddr_storage sa = {.ss_family = AF_UNSPEC};
    socklen_t n = sizeof sa;
    int rc = peer ? getpeername(fd, (struct sockaddr *)&sa, &n) : getsockname(fd, (struct sockaddr *)&sa, &n);
    if (rc != 0)
        sa.ss_family = AF_UNSPEC;
    address_text(&sa, n, text, n_text);
}
