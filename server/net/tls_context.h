/*
 * tls_context: OpenSSL's SSL_CTX, made of the options and the files that they name.
 *
 * A context is made once and not changed after: new certificates are a new one.
 * So sessions of before a reload cannot be resumed behind it, nor can those
 * whose client certificate is no longer trusted.
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

/* How OpenSSL is asked to look at client certificates: SSL_VERIFY_..., of -o ssl_verify_mode. */
int tls_context_verify(const struct options *);

#endif
