/*
 * tls: the TLS state that a handle's connections share, and the start of TLS on one.
 *
 * The certificate is verified, and its name compared with the host's, unless the options
 * say otherwise.  A server's last session is kept in a slot of the caller, and offered to
 * the server at the next connection.
 *
 * Threads: as the handle.
 */
#ifndef CLIENT_CONN_TLS_H
#define CLIENT_CONN_TLS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"
#include "base/stream_tls.h"
#include "client/conn/config.h"

struct ssl_session_st; /* OpenSSL's SSL_SESSION */

struct tls {
    struct ssl_ctx_st *ctx; /* NULL until it is needed */
    struct stream_tls_thread thread;
    counter n_sessions;
    bool holds; /* between tls_hold and tls_release */
};

void tls_fini(struct tls *);

/* After a change of the options: later connections use them, and no earlier session is stored any more. */
void tls_renew(struct tls *);

/*
 * Begins TLS on a plain stream to `host`.  LARDER_OK, LARDER_TLS or LARDER_NO_MEMORY, and
 * why.  *session may be NULL, and is set when the server sends a session; `session` must
 * stay valid as long as the stream.
 */
MUST_USE int tls_begin(struct tls *, const struct config *, struct stream *, const char *host,
    struct ssl_session_st **session, char *why, size_t n_why);

void tls_forget(struct ssl_session_st **session);

/*
 * OpenSSL writes to the socket itself, and writing to a peer that has closed must not
 * raise SIGPIPE in the program.  If `may_write`, the signal is blocked from tls_hold to
 * tls_release; a hold within another one changes nothing.
 */
struct tls_hold {
    bool held;
    sigset_t before;
};

void tls_hold(struct tls *, bool may_write, struct tls_hold *);
void tls_release(struct tls *, struct tls_hold *);

/* Whether TLS streams exist, or new ones will use TLS. */
static inline bool
tls_is_used(const struct tls *tls, const struct config *config)
{
    return config_number(config, CONFIG_TLS) || tls->thread.gather != NULL;
}

#endif
