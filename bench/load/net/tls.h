/*
 * tls: the client side of TLS: trusted authorities, our certificate, and sessions to resume.
 *
 * Threads: a context is made before other threads start and then shared; a session belongs to its connection.
 */
#ifndef BENCH_LOAD_NET_TLS_H
#define BENCH_LOAD_NET_TLS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/must.h"

struct options;
struct ssl_ctx_st;
struct ssl_st;
struct ssl_session_st;

/* NULL, with the reason on `err`. */
struct ssl_ctx_st *tls_context(const struct options *, FILE *err);
void tls_context_free(struct ssl_ctx_st **);

/*
 * A new TLS connection that will ask for `name`, and verify it if the context says
 * so.  If `session` is not NULL, the connection tries to resume *session and stores
 * a new session there.  NULL when out of memory.
 */
struct ssl_st *tls_connection(struct ssl_ctx_st *, const char *name, struct ssl_session_st **session);
void tls_session_free(struct ssl_session_st **);

#endif
