/*
 * address: where to listen, as the operator writes it, and who is at the other
 * end of a socket, as statistics and the log write it.
 */
#ifndef SERVER_TEXT_ADDRESS_H
#define SERVER_TEXT_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "base/must.h"
#include "proto/parse.h"

enum { ADDRESS_HOST_MAX = 256, ADDRESS_TAG_MAX = 8, ADDRESS_TEXT_MAX = 160 };

/* Whether what goes through a socket is encrypted. */
enum address_tls {
    ADDRESS_PLAIN,
    ADDRESS_TLS,        /* clients show a certificate as -o ssl_verify_mode wants it */
    ADDRESS_TLS_ANY,    /* they need none */
    ADDRESS_TLS_MUTUAL, /* they need one that we trust */
};

/* What holds for the connections that come in by a socket, whatever kind it is. */
struct address_traits {
    enum protocol protocol; /* that they speak */
    enum address_tls tls;
    char tag[ADDRESS_TAG_MAX + 1]; /* a name for the operator's eyes; empty: none */
};

struct address {
    char host[ADDRESS_HOST_MAX]; /* empty: all addresses */
    int port;                    /* as getaddrinfo takes it; 0 for a free one */
    struct address_traits traits;
};

/*
 * One of -l's: "host", "host:port", "::1", "[::1]:port", "*", behind any of
 * the prefixes "proto[ascii|binary|negotiating]:" and "tag[name]:" or
 * "tag_name_:" and, with -Z, "notls:", "btls:" or "mtls:", each once.  What is not said is as in `a` when called: the port
 * (-1 means a free one) and the traits.  false: `why` says what is wrong.
 */
MUST_USE bool address_parse(struct bytes text, struct address *a, char *why, size_t n_why);

/*
 * Only the prefixes, for a socket that somebody else has opened: its name says
 * them, or is a name like any other and says nothing.  false: `why` says what is wrong.
 */
MUST_USE bool address_parse_traits(struct bytes name, struct address_traits *, char *why, size_t n_why);

/* -B's word. */
enum protocol address_protocol(const char *word);

/* "tcp:127.0.0.1:11211", "tcp6:[::1]:11211", "udp:127.0.0.1:11211", "unix:/run/larder.sock". */
void address_text(const struct sockaddr_storage *, socklen_t, bool udp, char *text, size_t n_text);

/* The same of a socket's own end, or of its peer's. */
void address_text_of_socket(int fd, bool peer, char *text, size_t n_text);

/* Who is at the other end of a connection, kept for when the socket can no longer say. */
struct address_peer {
    bool is_ip, is_v6; /* not IP: a client of a UNIX socket */
    uint16_t port;
    uint8_t ip[16]; /* network order; the first 4 of IPv4 */
};
void address_peer_of_socket(int fd, struct address_peer *);

/* Its IP address alone, or "unix"; in `text`, which has ADDRESS_TEXT_MAX bytes. */
struct bytes address_peer_text(const struct address_peer *, char *text);

#endif
