/*
 * tls: our side of TLS: what is believed, who we are, and sessions to come back to.
 *
 * Threads: a context is made before there are any and then shared; a session is its connection's.
 */
#ifndef BENCH_TLS_H
#define BENCH_TLS_H

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
 * A connection to be, that will ask for `name` and verify it where the context
 * says so.  With `session`, not NULL: one that it may point to is tried, and a
 * new one is left there.  NULL when out of memory.
 */
struct ssl_st *tls_connection(struct ssl_ctx_st *, const char *name, struct ssl_session_st **session);
void tls_session_free(struct ssl_session_st **);

#endif
