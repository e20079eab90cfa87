/*
 * peer: a connection to the server: bytes that wait to be sent, and bytes that came.
 *
 * It does not block but in peer_ask.  Whatever goes wrong with the connection
 * itself ends the program: the server must not hang up.
 */
#ifndef TESTS_LINEAR_PEER_H
#define TESTS_LINEAR_PEER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

struct peer {
    int fd;
    char *in, *out;
    size_t n_in, room_in, n_out, room_out, n_sent;
};

/* `address` is the path of a socket, or the number of a port of 127.0.0.1. */
void peer_connect(struct peer *, const char *address);
void peer_close(struct peer *);

void peer_queue(struct peer *, const char *bytes, size_t n);
void peer_queue_text(struct peer *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As far as the kernel takes and has it. */
void peer_send(struct peer *);
void peer_receive(struct peer *);

/* What there is to poll for. */
struct pollfd peer_poll(const struct peer *);

/* The first `n` bytes of what came have been seen to. */
void peer_consume(struct peer *, size_t n);

/*
 * Sends what is queued, and an `mn` behind it, and waits for that to be
 * answered: what came before is then in peer->in, until peer_consume.  Returns
 * how many bytes that is.
 */
size_t peer_ask(struct peer *);

#endif
