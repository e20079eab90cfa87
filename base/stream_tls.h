/*
 * stream_tls: TLS over a socket; see stream.h.
 *
 * OpenSSL reads and writes the socket itself, so an idle connection has no buffer
 * for ciphertext.  Data are sent in records of up to 16 KiB: a large piece is
 * encrypted in place, small ones are first gathered in memory that all streams of a
 * thread share.
 *
 * A record that the socket has accepted only in part is already encrypted and cannot
 * be changed.  Its bytes count as sent only when all of it is sent.  Until then they
 * are owed, and the caller offers them again:
 *
 *   tls_owed    bytes that the next send must begin with, unchanged
 *   tls_end     how the peer's bytes ended; every later call returns it again
 *
 * A peer that disconnects without a close_notify alert is treated like one that sent
 * it: our protocols detect an incomplete request themselves.
 *
 * Threads: as stream.h; a stream stays with the thread whose stream_tls_thread
 *          it was given, and so does the text of stream_tls_why.
 */
#ifndef BASE_STREAM_TLS_H
#define BASE_STREAM_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/counter.h"
#include "base/must.h"
#include "base/stream.h"

struct ssl_st;     /* OpenSSL's SSL */
struct ssl_ctx_st; /* and SSL_CTX */

enum { STREAM_TLS_RECORD_MAX = 16 << 10 }; /* of plaintext */

/* Shared by the streams of one thread. */
struct stream_tls_thread {
    char *gather; /* small pieces, gathered for a record */
    size_t n_gather;
    counter *n_sessions; /* sessions that peers may resume */
};

/* Gathers up to `n_gather` bytes; false when out of memory. */
MUST_USE bool stream_tls_thread_init(struct stream_tls_thread *, size_t n_gather, counter *n_sessions);
void stream_tls_thread_fini(struct stream_tls_thread *);

/* Sets the options in `ctx` that its streams need; call it before the first of them. */
void stream_tls_prepare(struct ssl_ctx_st *ctx);

/*
 * The reason of a failed call to OpenSSL: the first error in the calling thread's
 * queue is the cause, the later ones come from functions that passed it on.
 * The caller clears the queue before the call and after this.
 */
const char *stream_tls_cause(void);

/*
 * Turns the plain stream `s`, from which nothing was read yet, into a TLS stream.
 * `ssl` knows its side, client or server; the stream owns it from now on.  False
 * when out of memory: both stay unchanged.
 */
MUST_USE bool stream_tls_begin(struct stream *s, struct ssl_st *ssl, struct stream_tls_thread *);

/* Moves a stream, whose handshake is complete, to the thread of `t`. */
void stream_tls_move(struct stream *s, struct stream_tls_thread *t);

/*
 * A step of the handshake, which precedes all other calls.  0: complete.  -EAGAIN:
 * it waits to read, or if `crossed` to write.  Else an error: -ECONNRESET if the peer
 * disconnected, -EPROTO if it violated the protocol.
 */
MUST_USE int stream_tls_handshake(struct stream *s);

/* Whether the handshake resumed an earlier session; whether the kernel encrypts the data that we send. */
bool stream_tls_is_resumed(const struct stream *);
bool stream_tls_in_kernel(const struct stream *);

/* "TLSv1.3 TLS_AES_256_GCM_SHA384", followed by the verified peer's name if it has one. */
void stream_tls_describe(const struct stream *, char *text, size_t n_text);

/*
 * The common name in the peer's verified certificate; false if it has none, or
 * one with control characters.
 */
MUST_USE bool stream_tls_peer_name(const struct stream *, char *name, size_t n_name);

/* Why this thread's last call on `s` returned -EPROTO, in OpenSSL's words. */
void stream_tls_why(const struct stream *s, char *text, size_t n_text);

#endif
