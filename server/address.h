/*
 * address: where to listen, as the operator writes it, and who is at the other
 * end of a socket, as statistics and the log write it.
 */
#ifndef SERVER_ADDRESS_H
#define SERVER_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "base/must.h"

enum { ADDRESS_HOST_MAX = 256, ADDRESS_TEXT_MAX = 160 };

struct address {
    char host[ADDRESS_HOST_MAX]; /* empty: all addresses */
    int port;                    /* as getaddrinfo takes it; 0 for a free one */
};

/*
 * One of -l's: "host", "host:port", "::1", "[::1]:port", "*".  `port` stands in
 * where there is none; -1 means a free one.  false: `why` says what is wrong.
 */
MUST_USE bool address_parse(struct bytes text, int port, struct address *, char *why, size_t n_why);

/* "tcp:127.0.0.1:11211", "tcp6:[::1]:11211", "unix:/run/larder.sock". */
void address_text(const struct sockaddr_storage *, socklen_t, char *text, size_t n_text);

/* The same of a socket's own end, or of its peer's. */
void address_text_of_socket(int fd, bool peer, char *text, size_t n_text);

#endif
