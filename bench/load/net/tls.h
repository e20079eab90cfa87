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
struct ssl_session_st;
struct stream;
struct stream_tls_thread;
struct target;

/* NULL, with the reason on `err`. */
struct ssl_ctx_st *tls_context(const struct options *, FILE *err);
void tls_context_free(struct ssl_ctx_st **);

/*
 * Turns the plain stream into a TLS stream that will ask for the target's name, and
 * verify it if the context says so.  If `session` is not NULL, the stream tries to
 * resume *session and stores a new session there.  False when out of memory: the
 * stream stays plain.
 */
MUST_USE bool tls_begin(
    const struct target *, struct ssl_session_st **session, struct stream *, struct stream_tls_thread *);
void tls_session_free(struct ssl_session_st **);

#endif
