#include "bench/load/net/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/stream_tls.h"
#include "bench/load/options/options.h"
#include "bench/load/net/target.h"

static void
complain(FILE *err, const char *what, const char *file)
{
    fprintf(err, "larder-bench: %s: %s%s%s\n", what, file, *file != '\0' ? ": " : "", stream_tls_cause());
    ERR_clear_error();
}

static int place_index = -1; /* index of the session's place in an SSL's extra data; set once */

/* Keeps the session that the server offers, if the connection has a place for it. */
static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
    struct ssl_session_st **place = SSL_get_ex_data(ssl, place_index);
    if (place == NULL)
        return 0;
    SSL_SESSION_free(*place);
    *place = session;
    return 1; /* OpenSSL leaves it to us */
}

static bool
prepare(SSL_CTX *ctx, const struct options *o, FILE *err)
{
    stream_tls_prepare(ctx);
    if (o->tls_resume) {
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(ctx, keep_session);
    }
    if (o->cert != NULL && SSL_CTX_use_certificate_chain_file(ctx, o->cert) != 1) {
        complain(err, "--cert", o->cert);
        return false;
    }
    if (o->key != NULL && SSL_CTX_use_PrivateKey_file(ctx, o->key, SSL_FILETYPE_PEM) != 1) {
        complain(err, "--key", o->key);
        return false;
    }
    SSL_CTX_set_verify(ctx, o->tls_skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if (o->tls_skip_verify)
        return true;
    if (o->cacert != NULL ? SSL_CTX_load_verify_locations(ctx, o->cacert, NULL) != 1
                          : SSL_CTX_set_default_verify_paths(ctx) != 1) {
        complain(err, "--cacert", o->cacert != NULL ? o->cacert : "");
        return false;
    }
    return true;
}

struct ssl_ctx_st *
tls_context(const struct options *o, FILE *err)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (place_index < 0)
        place_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    if (ctx == NULL || place_index < 0) {
        complain(err, "--tls", "");
        return NULL;
    }
    if (!prepare(ctx, o, err))
        tls_context_free(&ctx);
    return ctx;
}

void
tls_context_free(struct ssl_ctx_st **ctx)
{
    SSL_CTX_free(*ctx);
    *ctx = NULL;
}

static bool
is_address(const char *name)
{
    unsigned char room[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, name, room) == 1 || inet_pton(AF_INET6, name, room) == 1;
}

bool
tls_begin(const struct target *target, struct ssl_session_st **session, struct stream *s,
    struct stream_tls_thread *thread)
{
    const char *name = target->name;
    SSL *ssl = SSL_new(target->tls);
    if (ssl == NULL)
        return false;
    SSL_set_connect_state(ssl);
    bool is_ok = SSL_set_ex_data(ssl, place_index, session) == 1;
    if (is_ok)
        is_ok = is_address(name) ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1
                                 : SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
    if (is_ok && session != NULL && *session != NULL)
        is_ok = SSL_set_session(ssl, *session) == 1;
    is_ok = is_ok && stream_tls_begin(s, ssl, thread);
    if (!is_ok)
        SSL_free(ssl);
    return is_ok;
}

void
tls_session_free(struct ssl_session_st **session)
{
    SSL_SESSION_free(*session);
    *session = NULL;
}
