/* tls: see tls.h. */
#include "server/net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/stream_tls.h"
#include "server/net/tls_context.h"

enum { TLS_MAGIC = 0x746c7321 };

struct tls {
    uint32_t magic;
    struct lock reading;          /* LOCK_RELOAD: one thread reads the files */
    struct lock lock;             /* LOCK_LEAF */
    SSL_CTX *ctx;                 /* the pointer is guarded by lock */
    _Atomic uint32_t refreshed_s; /* relaxed; for statistics */
};

static void
tls_must_be(const struct tls *t)
{
    MUST(t->magic == TLS_MAGIC);
}

struct tls *
tls_new(const struct options *o, char *why, size_t n_why)
{
    struct tls *t = calloc(1, sizeof *t);
    if (t == NULL) {
        snprintf(why, n_why, "no memory for TLS");
        return NULL;
    }
    t->magic = TLS_MAGIC;
    lock_init(&t->reading, LOCK_RELOAD);
    lock_init(&t->lock, LOCK_LEAF);
    if (!tls_refresh(t, o, why, n_why))
        tls_free(&t);
    return t;
}

void
tls_free(struct tls **tp)
{
    struct tls *t = *tp;
    *tp = NULL;
    if (t == NULL)
        return;
    tls_must_be(t);
    SSL_CTX_free(t->ctx);
    lock_fini(&t->lock);
    lock_fini(&t->reading);
    t->magic = 0;
    free(t);
}

static void
replace_context(struct tls *t, SSL_CTX *fresh)
{
    lock_must_own(&t->reading);
    MUST(fresh != NULL);
    lock_take(&t->lock);
    SSL_CTX *old = t->ctx;
    t->ctx = fresh;
    lock_give(&t->lock);
    SSL_CTX_free(old); /* OpenSSL keeps it until its last connection ends */
    atomic_store_explicit(&t->refreshed_s, clock_now_s(), memory_order_relaxed);
}

bool
tls_refresh(struct tls *t, const struct options *o, char *why, size_t n_why)
{
    tls_must_be(t);
    lock_take(&t->reading);
    SSL_CTX *fresh = tls_context_new(o, why, n_why);
    if (fresh != NULL)
        replace_context(t, fresh);
    lock_give(&t->reading);
    return fresh != NULL;
}

uint32_t
tls_refreshed_s(const struct tls *t)
{
    tls_must_be(t);
    return atomic_load_explicit(&t->refreshed_s, memory_order_relaxed);
}

/* The current context, with a reference that the caller frees. */
static SSL_CTX *
take_context(struct tls *t)
{
    tls_must_be(t);
    lock_take(&t->lock);
    SSL_CTX *ctx = t->ctx;
    MUST(ctx != NULL);
    int counted = SSL_CTX_up_ref(ctx);
    lock_give(&t->lock);
    return counted == 1 ? ctx : NULL;
}

/*
 * Sets what this socket requires of its clients.  A session can be resumed only on a
 * socket with the same requirement: a client that resumes is not asked for a certificate,
 * so a session made without one must not be valid where one is required.
 */
static bool
ask_peer(SSL *ssl, enum address_tls peer)
{
    const unsigned char where[] = {'l', 'a', 'r', 'd', 'e', 'r', (unsigned char)peer};
    if (peer == ADDRESS_TLS_ANY)
        SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
    else if (peer == ADDRESS_TLS_MUTUAL)
        SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return SSL_set_session_id_context(ssl, where, sizeof where) == 1;
}

bool
tls_begin(struct tls *t, struct stream *s, enum address_tls peer, struct stream_tls_thread *thread)
{
    tls_must_be(t);
    MUST(peer != ADDRESS_PLAIN && s->tls == NULL);
    SSL_CTX *ctx = take_context(t);
    SSL *ssl = ctx == NULL ? NULL : SSL_new(ctx);
    SSL_CTX_free(ctx);
    if (ssl != NULL) {
        SSL_set_accept_state(ssl);
        if (ask_peer(ssl, peer) && stream_tls_begin(s, ssl, thread))
            return true;
    }
    SSL_free(ssl);
    ERR_clear_error();
    return false;
}
