/*
 * tls: the certificates of new connections, and their reload.
 *
 * A handshake needs one SSL_CTX.  A reload makes another one, which replaces the
 * old one only when it is complete.  Connections that began earlier keep the old
 * context, which is freed with the last of them.
 *
 * Threads: any.
 * Locks:   tls.reading (LOCK_RELOAD) while the files are read; tls.lock (LOCK_LEAF) while
 *          one more user of the context is counted.
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

/* NULL, with a sentence in `why`, if a file or a setting is invalid. */
MUST_USE struct tls *tls_new(const struct options *, char *why, size_t n_why);
/* Connections may outlive it. */
void tls_free(struct tls **);

/* Reads the files again.  false, with a sentence in `why`, and nothing changes, if one is invalid. */
MUST_USE bool tls_refresh(struct tls *, const struct options *, char *why, size_t n_why);

/* When the files were last read, on the server's clock. */
uint32_t tls_refreshed_s(const struct tls *);

/*
 * Makes the plain stream wait for the handshake of a TLS client.  false, and it
 * stays plain, when out of memory.
 */
MUST_USE bool tls_begin(struct tls *, struct stream *, enum address_tls, struct stream_tls_thread *);

#endif
