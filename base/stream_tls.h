/*
 * stream_tls: a socket's bytes as TLS; see stream.h.
 *
 * OpenSSL reads and writes the socket itself, so a connection owns no buffer of
 * ciphertext while it is idle.  What is sent leaves in records of up to 16 KiB:
 * a large piece is encrypted from where it is, and small ones are gathered
 * first, in memory that all streams of a thread share.
 *
 * A record that the socket has not taken whole is encrypted already and cannot
 * be taken back.  Its bytes count as sent only when it has left, so they are
 * offered again, and are owed until then:
 *
 *   tls_owed    bytes that the next send must begin with, and may not change
 *   tls_end     how the peer's bytes ended, told again to everyone who asks
 *
 * A peer that hangs up without saying so is taken as one that did: our
 * protocols know by themselves whether a request is whole.
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

enum { STREAM_TLS_RECORD_MAX = 16 << 10 }; /* bytes in one */

/* What the streams of one thread share. */
struct stream_tls_thread {
    char *gather; /* pieces on their way into a record */
    size_t n_gather;
    counter *n_sessions; /* that a peer may come back to */
};

/* Gathers up to `n_gather` bytes; false when out of memory. */
MUST_USE bool stream_tls_thread_init(struct stream_tls_thread *, size_t n_gather, counter *n_sessions);
void stream_tls_thread_fini(struct stream_tls_thread *);

/* Sets in `ctx` what the streams made of it need; before the first of them. */
void stream_tls_prepare(struct ssl_ctx_st *ctx);

/*
 * Why a call to OpenSSL has failed, in words: the first error in the calling
 * thread's queue is the cause, those behind it are of who then could not go on.
 * The caller clears the queue before the call, and after this.
 */
const char *stream_tls_cause(void);

/*
 * Makes the plain stream `s`, of which nothing was read, one of TLS.  `ssl`
 * knows which side it is, and is the stream's from now on.  false when out of
 * memory: both stay as they were.
 */
MUST_USE bool stream_tls_begin(struct stream *s, struct ssl_st *ssl, struct stream_tls_thread *);

/* Gives a stream, whose handshake is done, to the thread that `t` is of. */
void stream_tls_move(struct stream *s, struct stream_tls_thread *t);

/*
 * A step of the handshake, before anything else is done with the stream.  0:
 * it is done.  -EAGAIN: waits to read, or if `crossed` to write.  Else an
 * error: -ECONNRESET if the peer hung up, -EPROTO if it does not speak as it should.
 */
MUST_USE int stream_tls_handshake(struct stream *s);

/* Whether the handshake began where an earlier connection had been; whether the kernel encrypts what is sent. */
bool stream_tls_is_resumed(const struct stream *);
bool stream_tls_in_kernel(const struct stream *);

/* "TLSv1.3 TLS_AES_256_GCM_SHA384", and behind it the verified peer's name if there is one. */
void stream_tls_describe(const struct stream *, char *text, size_t n_text);

/* The common name in the certificate that the peer has shown and we have verified; false if there is none, or an odd one. */
MUST_USE bool stream_tls_peer_name(const struct stream *, char *name, size_t n_name);

/* Why this thread's last call on `s` failed, in OpenSSL's words. */
void stream_tls_why(const struct stream *s, char *text, size_t n_text);

#endif
