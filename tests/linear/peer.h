/*
 * peer: a connection to the server: bytes that wait to be sent, and bytes that were received.
 *
 * Only peer_ask blocks.  Any error of the connection itself ends the program: the
 * server must not close it.
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

/* Send and receive as much as the kernel accepts and has. */
void peer_send(struct peer *);
void peer_receive(struct peer *);

/* The events to poll for. */
struct pollfd peer_poll(const struct peer *);

/* Removes the first `n` received bytes. */
void peer_consume(struct peer *, size_t n);

/*
 * Sends the queued bytes and an `mn` after them, and waits for the reply to it.  The replies before it are
 * then in peer->in, until peer_consume.  Returns their length.
 */
size_t peer_ask(struct peer *);

#endif
