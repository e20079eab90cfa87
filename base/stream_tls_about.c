/* stream_tls_about: options and memory that TLS streams share, and their properties; see stream_tls.h. */
#include "base/stream_tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- shared ---- */

static int
on_new_session(SSL *ssl, SSL_SESSION *session)
{
    struct stream_tls_thread *thread = SSL_get_app_data(ssl);
    (void)session;
    if (thread != NULL)
        counter_inc(thread->n_sessions);
    return 0; /* we keep no reference */
}

void
stream_tls_prepare(struct ssl_ctx_st *ctx)
{
    SSL_CTX_set_mode(
        ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ctx, 1); /* one read of the socket per record instead of two */
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
    SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF); /* allows resumption without close_notify */
#endif
    SSL_CTX_sess_set_new_cb(ctx, on_new_session);
}

const char *
stream_tls_cause(void)
{
    unsigned long error = ERR_peek_error();
    /* OpenSSL 3 has only numbers for errors of the system. */
    const char *text =
        ERR_GET_LIB(error) == ERR_LIB_SYS ? strerror(ERR_GET_REASON(error)) : ERR_reason_error_string(error);
    if (text != NULL)
        return text;
    return error != 0 ? "unknown error" : "no memory";
}

bool
stream_tls_thread_init(struct stream_tls_thread *t, size_t n_gather, counter *n_sessions)
{
    t->n_gather = n_gather < STREAM_TLS_RECORD_MAX ? n_gather : STREAM_TLS_RECORD_MAX;
    t->gather = malloc(STREAM_TLS_RECORD_MAX); /* large enough for any owed record */
    t->n_sessions = n_sessions;
    return t->gather != NULL;
}

void
stream_tls_thread_fini(struct stream_tls_thread *t)
{
    free(t->gather);
    t->gather = NULL;
}

/* ---- properties ---- */

bool
stream_tls_is_resumed(const struct stream *s)
{
    return SSL_session_reused(s->tls) == 1;
}

bool
stream_tls_in_kernel(const struct stream *s)
{
#ifdef BIO_get_ktls_send
    return BIO_get_ktls_send(SSL_get_wbio(s->tls)) == 1;
#else
    (void)s;
    return false;
#endif
}

bool
stream_tls_peer_name(const struct stream *s, char *name, size_t n_name)
{
    X509 *peer = SSL_get_peer_certificate(s->tls);
    int n = -1;
    if (peer != NULL && SSL_get_verify_result(s->tls) == X509_V_OK)
        n = X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, name, (int)n_name);
    X509_free(peer);
    for (int i = 0; i < n; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
            return false; /* a control character is an attempt to imitate another name */
    return n > 0;
}

void
stream_tls_describe(const struct stream *s, char *text, size_t n_text)
{
    char name[128];
    bool named = stream_tls_peer_name(s, name, sizeof name);
    snprintf(text, n_text, "%s %s%s%s", SSL_get_version(s->tls), SSL_get_cipher_name(s->tls),
        named ? ", " : "", named ? name : "");
}
