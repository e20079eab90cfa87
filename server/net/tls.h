/*
 * tls: the certificates that connections are opened with, and their reload.
 *
 * What a handshake needs is one SSL_CTX.  A reload makes another beside it,
 * and only when that is whole takes the old one's place: connections that have
 * begun keep the one they began with, which goes with the last of them.
 *
 * Threads: any.
 * Locks:   tls.reading (LOCK_RELOAD) while the files are read; tls.lock (LOCK_LEAF) for as long as it takes to
 *          count one more user of the context.
 */
#ifndef SERVER_NET_TLS_H
#define SERVER_NET_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must.h"
#include "server/text/address.h"

struct options;
struct stream;
struct stream_tls_thread;
struct tls; /* tls.c */

/* NULL, with a sentence in `why`, if a file or a setting is not good. */
MUST_USE struct tls *tls_new(const struct options *, char *why, size_t n_why);
/* Connections may outlive it. */
void tls_free(struct tls **);

/* Reads the files again.  false, with a sentence in `why`, and nothing changes, if they are not good. */
MUST_USE bool tls_refresh(struct tls *, const struct options *, char *why, size_t n_why);

/* When the files were last read, on the server's clock. */
uint32_t tls_refreshed_s(const struct tls *);

/* Makes the plain stream one that waits for a TLS client.  false when out of memory: it stays plain. */
MUST_USE bool tls_begin(struct tls *, struct stream *, enum address_tls, struct stream_tls_thread *);

#endif
