/*
 * tls_context: OpenSSL's SSL_CTX, made from the options and the files that they name.
 *
 * A context never changes: new certificates need a new context.  So after a reload, sessions from
 * before it cannot be resumed, nor can those whose client certificate is no longer trusted.
 *
 * Threads: any.
 */
#ifndef SERVER_NET_TLS_CONTEXT_H
#define SERVER_NET_TLS_CONTEXT_H

#include <stddef.h>

#include "base/must.h"

struct options;
struct ssl_ctx_st;

/* To be freed with SSL_CTX_free.  NULL: `why` has a sentence, which begins as memcached's does. */
MUST_USE struct ssl_ctx_st *tls_context_new(const struct options *, char *why, size_t n_why);

/* OpenSSL's mode for client certificates, SSL_VERIFY_..., from -o ssl_verify_mode. */
int tls_context_verify(const struct options *);

#endif
