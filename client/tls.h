/*
 * tls: what a handle's TLS connections share, and how one begins.
 *
 * The certificate is verified, and its name compared with the host's, unless the
 * options say otherwise.  A server's last session is kept by whoever keeps the
 * slot, and offered to it next time.
 *
 * Threads: as the handle.
 */
#ifndef CLIENT_TLS_H
#define CLIENT_TLS_H

#include <stddef.h>

#include "base/must.h"
#include "base/stream_tls.h"
#include "client/config.h"

struct ssl_session_st; /* OpenSSL's SSL_SESSION */

struct tls {
    struct ssl_ctx_st *ctx; /* NULL until it is needed */
    struct stream_tls_thread thread;
    counter n_sessions;
};

void tls_fini(struct tls *);

/* The options have changed: connections from now on follow them. */
void tls_renew(struct tls *);

/*
 * Begins TLS on a plain stream to `host`.  LARDER_OK, LARDER_TLS or
 * LARDER_NO_MEMORY, and why.  *session may be NULL, and is set when the server
 * gives one; it stays where it is as long as the stream.
 */
MUST_USE int tls_begin(struct tls *, const struct config *, struct stream *, const char *host,
    struct ssl_session_st **session, char *why, size_t n_why);

void tls_forget(struct ssl_session_st **session);

#endif
