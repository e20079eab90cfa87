#include "server/text/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/un.h>

#include "base/text/hostport.h"

static_assert(INET6_ADDRSTRLEN <= ADDRESS_TEXT_MAX, "address_peer_text writes an address");
static_assert(sizeof(struct in6_addr) <= sizeof((struct address_peer *)NULL)->ip, "address_peer.ip");

/* ---- the prefixes ---- */

/* Each reads the word of one prefix into the traits, and returns NULL or why the word is invalid. */
typedef const char *take_fn(struct bytes word, struct address_traits *);

static const char *
take_protocol(struct bytes word, struct address_traits *t)
{
    if (bytes_equal(word, BYTES("ascii")))
        t->protocol = PROTOCOL_TEXT;
    else if (bytes_equal(word, BYTES("binary")))
        t->protocol = PROTOCOL_BINARY;
    else if (bytes_equal(word, BYTES("negotiating")))
        t->protocol = PROTOCOL_AUTO;
    else if (bytes_equal(word, BYTES("proxy")))
        return "larder is not a proxy";
    else
        return "expected ascii, binary or negotiating in proto[]";
    return NULL;
}

static const char *
take_tag(struct bytes word, struct address_traits *t)
{
    bool ok = word.n > 0 && word.n <= ADDRESS_TAG_MAX;
    for (size_t i = 0; i < word.n && ok; i++)
        ok = word.p[i] > ' ' && word.p[i] < 0x7f;
    if (!ok)
        return "expected a tag of 1 to 8 printable characters";
    memcpy(t->tag, word.p, word.n);
    t->tag[word.n] = '\0';
    return NULL;
}

/* Without encryption by default no certificates are loaded either. */
static const char *
choose_tls(struct address_traits *t, enum address_tls tls)
{
    if (t->tls == ADDRESS_PLAIN)
        return "notls, btls and mtls are for TCP and UDP with -Z (--enable-ssl)";
    t->tls = tls;
    return NULL;
}

static const char *
take_notls(struct bytes word, struct address_traits *t)
{
    (void)word;
    return choose_tls(t, ADDRESS_PLAIN);
}

static const char *
take_btls(struct bytes word, struct address_traits *t)
{
    (void)word;
    return choose_tls(t, ADDRESS_TLS_ANY);
}

static const char *
take_mtls(struct bytes word, struct address_traits *t)
{
    (void)word;
    return choose_tls(t, ADDRESS_TLS_MUTUAL);
}

/*
 * The word is between `start` and `end`.  A prefix with an `end` of 0 has no
 * word, and cannot begin a longer name.
 */
static const struct prefix {
    const char *start;
    char end;
    unsigned sort; /* a bit; each sort may occur once */
    take_fn *take;
} prefixes[] = {
    {"proto[", ']', 1, take_protocol},
    {"tag[", ']', 2, take_tag},
    {"tag_", '_', 2, take_tag},
    {"notls", '\0', 4, take_notls},
    {"btls", '\0', 4, take_btls},
    {"mtls", '\0', 4, take_mtls},
};

static const struct prefix *
prefix_of(struct bytes text)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t n = strlen(prefixes[i].start);
        bool ends = prefixes[i].end != '\0' || text.n == n || (text.n > n && text.p[n] == ':');
        if (ends && bytes_begin_with(text, bytes_of(prefixes[i].start, n)))
            return &prefixes[i];
    }
    return NULL;
}

/* Removes one prefix, and the colon after it, from the front of `text`. */
static const char *
take_prefix(const struct prefix *prefix, struct bytes *text, struct address_traits *t)
{
    const char *word = text->p + strlen(prefix->start), *last = text->p + text->n, *end = word;
    MUST(word <= last); /* prefix_of has found it */
    if (prefix->end != '\0')
        end = memchr(word, prefix->end, (size_t)(last - word));
    if (end == NULL)
        return "expected the prefix to end with its bracket or underscore";
    const char *error = prefix->take(bytes_of(word, (size_t)(end - word)), t);
    if (error != NULL)
        return error;
    end += prefix->end != '\0';
    if (end < last && *end != ':')
        return "expected a colon after each prefix";
    end += end < last;
    MUST(end > text->p && end <= last);
    *text = bytes_of(end, (size_t)(last - end));
    return NULL;
}

/* Removes all prefixes.  Returns NULL, or why they are invalid. */
static const char *
take_prefixes(struct bytes *text, struct address_traits *t)
{
    unsigned seen = 0;
    const char *error = NULL;
    const struct prefix *prefix;
    while (error == NULL && (prefix = prefix_of(*text)) != NULL) {
        if (seen & prefix->sort)
            return "the same kind of prefix twice";
        seen |= prefix->sort;
        error = take_prefix(prefix, text, t);
    }
    return error;
}

enum protocol
address_protocol(const char *word)
{
    return strcmp(word, "ascii") == 0    ? PROTOCOL_TEXT
           : strcmp(word, "binary") == 0 ? PROTOCOL_BINARY
                                         : PROTOCOL_AUTO;
}

/* ---- where ---- */

static bool
complain(struct bytes text, const char *what, char *why, size_t n_why)
{
    snprintf(why, n_why, "\"%.*s\": %s", (int)text.n, text.p, what);
    return false;
}

bool
address_parse(struct bytes text, struct address *a, char *why, size_t n_why)
{
    struct bytes host, port_text, rest = text;
    const char *error = take_prefixes(&rest, &a->traits);
    if (error != NULL)
        return complain(text, error, why, n_why);
    if (!hostport_split(rest, 1, &host, &port_text) || host.n == 0 || host.n >= sizeof a->host)
        return complain(text, "expected host, host:port or [ipv6]:port", why, n_why);
    if (port_text.n > 0) {
        uint16_t port;
        MUST(port_text.p[0] == ':');
        if (!hostport_port(bytes_of(port_text.p + 1, port_text.n - 1), &port))
            return complain(text, "expected a port from 1 to 65535 after the colon", why, n_why);
        a->port = port;
    }
    if (bytes_equal(host, BYTES("*")))
        host.n = 0;
    MUST(host.n < sizeof a->host && a->port >= -1);
    memcpy(a->host, host.p, host.n);
    a->host[host.n] = '\0';
    a->port = a->port == -1 ? 0 : a->port;
    return true;
}

bool
address_parse_traits(struct bytes name, struct address_traits *traits, char *why, size_t n_why)
{
    struct bytes rest = name;
    const char *error = take_prefixes(&rest, traits);
    if (error == NULL && rest.n > 0 && rest.n < name.n)
        error = "expected nothing after the prefixes";
    return error == NULL || complain(name, error, why, n_why);
}

/* ---- as text ---- */

void
address_text(const struct sockaddr_storage *sa, socklen_t n, bool udp, char *text, size_t n_text)
{
    char host[INET6_ADDRSTRLEN];
    const char *transport = udp ? "udp" : "tcp";
    MUST(n_text > 0 && n <= sizeof *sa);
    if (sa->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)sa;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        snprintf(text, n_text, "%s:%s:%u", transport, host, ntohs(in->sin_port));
    } else if (sa->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const void *)sa;
        inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof host);
        snprintf(text, n_text, "%s6:[%s]:%u", transport, host, ntohs(in->sin6_port));
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
    socklen_t n = sizeof sa, n_type = sizeof(int);
    int type = SOCK_STREAM;
    (void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n_type);
    int rc = peer ? getpeername(fd, (struct sockaddr *)&sa, &n) : getsockname(fd, (struct sockaddr *)&sa, &n);
    if (rc != 0)
        sa.ss_family = AF_UNSPEC;
    address_text(&sa, n, type == SOCK_DGRAM, text, n_text);
}

void
address_peer_of_socket(int fd, struct address_peer *peer)
{
    struct sockaddr_storage sa = {.ss_family = AF_UNSPEC};
    socklen_t n = sizeof sa;
    *peer = (struct address_peer){0};
    if (getpeername(fd, (struct sockaddr *)&sa, &n) != 0)
        return;
    if (sa.ss_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)&sa;
        memcpy(peer->ip, &in->sin_addr, sizeof in->sin_addr);
        peer->port = ntohs(in->sin_port);
    } else if (sa.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const void *)&sa;
        memcpy(peer->ip, &in->sin6_addr, sizeof in->sin6_addr);
        peer->port = ntohs(in->sin6_port);
    }
    peer->is_v6 = sa.ss_family == AF_INET6;
    peer->is_ip = peer->is_v6 || sa.ss_family == AF_INET;
}

struct bytes
address_peer_text(const struct address_peer *peer, char *text)
{
    if (!peer->is_ip)
        return BYTES("unix");
    inet_ntop(peer->is_v6 ? AF_INET6 : AF_INET, peer->ip, text, ADDRESS_TEXT_MAX);
    return bytes_of(text, strlen(text));
}
