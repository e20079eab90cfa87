/* tls: see tls.h. */
#include "client/conn/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/larder.h"

/* Index of an SSL's pointer to its server's session slot. */
static int slot_index;
static pthread_once_t slot_once = PTHREAD_ONCE_INIT;

static void
make_slot_index(void)
{
    slot_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

void
tls_forget(struct ssl_session_st **session)
{
    if (*session != NULL)
        SSL_SESSION_free(*session);
    *session = NULL;
}

/* With TLS 1.3, a session arrives after the handshake, and there may be more than one. */
static int
on_session(SSL *ssl, SSL_SESSION *session)
{
    SSL_SESSION **slot = SSL_get_ex_data(ssl, slot_index);

    if (slot == NULL)
        return 0;
    tls_forget(slot);
    *slot = session;
    return 1; /* keeps the reference */
}

/* NULL, or the name of what could not be loaded. */
static const char *
load_files(SSL_CTX *ctx, const struct config *config)
{
    const char *ca = config_word(config, CONFIG_TLS_CA), *cert = config_word(config, CONFIG_TLS_CERT);
    const char *key = config_word(config, CONFIG_TLS_KEY);

    if (ca[0] != '\0' ? SSL_CTX_load_verify_locations(ctx, ca, NULL) != 1
                      : SSL_CTX_set_default_verify_paths(ctx) != 1)
        return ca[0] != '\0' ? ca : "the system's certificates";
    if (cert[0] == '\0')
        return NULL;
    if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
        return cert;
    key = key[0] != '\0' ? key : cert;
    return SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1 ? NULL : key;
}

static int
refuse(const char *what, char *why, size_t n_why)
{
    snprintf(why, n_why, "TLS: %s: %s", what, stream_tls_cause());
    ERR_clear_error();
    return LARDER_TLS;
}

static int
tls_prepare(struct tls *tls, const struct config *config, char *why, size_t n_why)
{
    MUST(tls->ctx == NULL);
    ERR_clear_error();
    pthread_once(&slot_once, make_slot_index);
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (ctx == NULL)
        return LARDER_NO_MEMORY;
    stream_tls_prepare(ctx);
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, on_session);
    SSL_CTX_set_verify(
        ctx, config_number(config, CONFIG_TLS_VERIFY) ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    const char *what = load_files(ctx, config);
    if (what != NULL) {
        SSL_CTX_free(ctx);
        return refuse(what, why, n_why);
    }
    if (tls->thread.gather == NULL &&
        !stream_tls_thread_init(&tls->thread, STREAM_TLS_RECORD_MAX, &tls->n_sessions)) {
        SSL_CTX_free(ctx);
        return LARDER_NO_MEMORY;
    }
    tls->ctx = ctx;
    return LARDER_OK;
}

/*
 * Open streams keep the old context and the thread's memory; sessions that they
 * receive from now on are not stored.
 */
void
tls_renew(struct tls *tls)
{
    if (tls->ctx != NULL)
        SSL_CTX_sess_set_new_cb(tls->ctx, NULL);
    SSL_CTX_free(tls->ctx);
    tls->ctx = NULL;
}

void
tls_fini(struct tls *tls)
{
    tls_renew(tls);
    stream_tls_thread_fini(&tls->thread);
}

void
tls_hold(struct tls *tls, bool may_write, struct tls_hold *hold)
{
    sigset_t pipe, pending;

    hold->held = false;
    if (LIKELY(!may_write) || tls->holds)
        return;
    sigemptyset(&pending);
    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE))
        return; /* SIGPIPE is blocked and pending already; another one changes nothing */
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    tls->holds = hold->held = pthread_sigmask(SIG_BLOCK, &pipe, &hold->before) == 0;
}

void
tls_release(struct tls *tls, struct tls_hold *hold)
{
    const struct timespec now = {0, 0};
    sigset_t pipe;

    if (LIKELY(!hold->held))
        return;
    MUST(tls->holds); /* the outermost hold ends last */
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    while (sigtimedwait(&pipe, NULL, &now) > 0)
        continue;
    pthread_sigmask(SIG_SETMASK, &hold->before, NULL);
    tls->holds = false;
}

/*
 * Sets whose certificate is expected.  A name is also sent to the server, which
 * may have several certificates.
 */
static bool
expect_peer(SSL *ssl, const struct config *config, const char *host)
{
    const char *name = config_word(config, CONFIG_TLS_NAME);
    unsigned char address[16];

    if (name[0] == '\0')
        name = host;
    if (name[0] == '/') /* certificates do not name a socket's path */
        return !config_number(config, CONFIG_TLS_VERIFY);
    if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set_tlsext_host_name(ssl, name) == 1 && SSL_set1_host(ssl, name) == 1;
}

int
tls_begin(struct tls *tls, const struct config *config, struct stream *stream, const char *host,
    struct ssl_session_st **session, char *why, size_t n_why)
{
    MUST(stream->tls == NULL && stream->fd >= 0 && session != NULL);
    int code = tls->ctx != NULL ? LARDER_OK : tls_prepare(tls, config, why, n_why);
    if (code != LARDER_OK)
        return code;
    SSL *ssl = SSL_new(tls->ctx);
    if (ssl == NULL)
        return LARDER_NO_MEMORY;
    SSL_set_connect_state(ssl);
    if (!expect_peer(ssl, config, host)) {
        SSL_free(ssl);
        snprintf(why, n_why, "TLS: there is no name to verify: set tls_name");
        return LARDER_TLS;
    }
    if (SSL_set_ex_data(ssl, slot_index, session) != 1 ||
        (*session != NULL && SSL_set_session(ssl, *session) != 1) ||
        !stream_tls_begin(stream, ssl, &tls->thread)) {
        SSL_free(ssl);
        return LARDER_NO_MEMORY;
    }
    return LARDER_OK;
}
