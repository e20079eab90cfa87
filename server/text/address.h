/*
 * address: addresses to listen on, as the operator writes them, and addresses of
 * a socket's two ends, as statistics and the log write them.
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

/* Whether the traffic of a socket is encrypted. */
enum address_tls {
    ADDRESS_PLAIN,
    ADDRESS_TLS,        /* -o ssl_verify_mode decides whether clients need a certificate */
    ADDRESS_TLS_ANY,    /* clients need no certificate */
    ADDRESS_TLS_MUTUAL, /* clients need a certificate that we trust */
};

/* What applies to all connections that a listening socket accepts, of whatever kind it is. */
struct address_traits {
    enum protocol protocol; /* of the connections */
    enum address_tls tls;
    char tag[ADDRESS_TAG_MAX + 1]; /* a name that the operator chose; empty: none */
};

struct address {
    char host[ADDRESS_HOST_MAX]; /* empty: all addresses */
    int port;                    /* as getaddrinfo takes it; 0 for a free one */
    struct address_traits traits;
};

/*
 * One address of -l: "host", "host:port", "::1", "[::1]:port" or "*", after any of the prefixes
 * "proto[ascii|binary|negotiating]:" and "tag[name]:" or "tag_name_:" and, with -Z, "notls:",
 * "btls:" or "mtls:", each at most once.  Fields of `a` that the text does not mention stay as they
 * were: the port (-1 means a free one) and the traits.  false: `why` is the reason.
 */
MUST_USE bool address_parse(struct bytes text, struct address *a, char *why, size_t n_why);

/*
 * Only the prefixes, for a socket that another program opened: its name may consist
 * of prefixes; any other name sets no trait.  false: `why` is the reason.
 */
MUST_USE bool address_parse_traits(struct bytes name, struct address_traits *, char *why, size_t n_why);

/* The protocol that a word of -B names. */
enum protocol address_protocol(const char *word);

/* "tcp:127.0.0.1:11211", "tcp6:[::1]:11211", "udp:127.0.0.1:11211", "unix:/run/larder.sock". */
void address_text(const struct sockaddr_storage *, socklen_t, bool udp, char *text, size_t n_text);

/* The same for a socket's own address, or for the address of its peer. */
void address_text_of_socket(int fd, bool peer, char *text, size_t n_text);

/* The address of a connection's client, copied so that it outlives the socket. */
struct address_peer {
    bool is_ip, is_v6; /* !is_ip: a client of a UNIX socket */
    uint16_t port;
    uint8_t ip[16]; /* in network order; IPv4 has the first 4 bytes */
};
void address_peer_of_socket(int fd, struct address_peer *);

/* Only the IP address, or "unix"; written to `text`, which has ADDRESS_TEXT_MAX bytes. */
struct bytes address_peer_text(const struct address_peer *, char *text);

#endif
