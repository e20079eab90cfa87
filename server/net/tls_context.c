/* tls_context: see tls_context.h. */
#include "server/net/tls_context.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/stream_tls.h"
#include "server/options/options.h"

/* of TLS 1.2 clients without tickets; other clients store their sessions themselves */
enum { SESSIONS_MAX = 4096 };

/* ---- errors ---- */

static bool
fail(const char *what, char *why, size_t n_why)
{
    snprintf(why, n_why, "%s: %s", what, stream_tls_cause());
    ERR_clear_error();
    return false;
}

/* An error with a word of an option. */
static bool
fail_word(const char *what, const char *word, char *why, size_t n_why)
{
    snprintf(why, n_why, "%s: %s : %s", what, word, stream_tls_cause());
    ERR_clear_error();
    return false;
}

/* An error with a file.  If the file cannot be opened, the system's reason is clearer than OpenSSL's. */
static bool
fail_file(const char *what, const char *path, char *why, size_t n_why)
{
    if (access(path, R_OK) == 0)
        return fail_word(what, path, why, n_why);
    snprintf(why, n_why, "%s: %s : %s", what, path, strerror(errno));
    ERR_clear_error();
    return false;
}

/* ---- the files ---- */

/* OpenSSL would wait for the writer of a FIFO, and a reload blocks the main thread. */
static bool
is_regular(const char *what, const char *path, char *why, size_t n_why)
{
    struct stat st;
    if (stat(path, &st) != 0 || S_ISREG(st.st_mode)) /* OpenSSL reports why it cannot open it */
        return true;
    snprintf(why, n_why, "%s: %s : not a regular file", what, path);
    return false;
}

/* The server cannot ask for a passphrase: a daemon has no terminal. */
static int
no_passphrase(char *buffer, int size, int writing, void *arg)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

static bool
load_own(SSL_CTX *ctx, const struct options *o, char *why, size_t n_why)
{
    static const char chain_what[] = "Error loading the certificate chain",
                      key_what[] = "Error loading the key";
    const char *key = o->ssl_key != NULL ? o->ssl_key : o->ssl_chain_cert;
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    if (o->ssl_chain_cert == NULL) {
        snprintf(why, n_why, "-Z needs a certificate: expected -o ssl_chain_cert=<file>");
        return false;
    }
    if (!is_regular(chain_what, o->ssl_chain_cert, why, n_why) || !is_regular(key_what, key, why, n_why))
        return false;
    if (SSL_CTX_use_certificate_chain_file(ctx, o->ssl_chain_cert) != 1)
        return fail_file(chain_what, o->ssl_chain_cert, why, n_why);
    if (SSL_CTX_use_PrivateKey_file(ctx, key, (int)o->ssl_keyformat) != 1)
        return fail_file(key_what, key, why, n_why);
    if (SSL_CTX_check_private_key(ctx) != 1)
        return fail("Error validating the certificate", why, n_why);
    return true;
}

/* Loads the roots of client certificates, and the list of their names that is sent to clients. */
static bool
load_trusted(SSL_CTX *ctx, const struct options *o, char *why, size_t n_why)
{
    static const char what[] = "Error loading the CA certificate";
    if (o->ssl_ca_cert == NULL)
        return true;
    if (!is_regular(what, o->ssl_ca_cert, why, n_why))
        return false;
    if (SSL_CTX_load_verify_locations(ctx, o->ssl_ca_cert, NULL) != 1)
        return fail_file(what, o->ssl_ca_cert, why, n_why);
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(o->ssl_ca_cert);
    if (names == NULL)
        return fail_file(what, o->ssl_ca_cert, why, n_why);
    SSL_CTX_set_client_CA_list(ctx, names);
    return true;
}

/* ---- the rest ---- */

int
tls_context_verify(const struct options *o)
{
    static const int modes[] = {
        SSL_VERIFY_NONE,
        SSL_VERIFY_PEER,
        SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
        SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT | SSL_VERIFY_CLIENT_ONCE,
    };
    MUST(o->ssl_verify_mode < sizeof modes / sizeof *modes);
    return modes[o->ssl_verify_mode];
}

static bool
set_protocol(SSL_CTX *ctx, const struct options *o, char *why, size_t n_why)
{
    static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
    MUST(o->ssl_min_version < sizeof versions / sizeof *versions);
    if (SSL_CTX_set_min_proto_version(ctx, versions[o->ssl_min_version]) != 1)
        return fail("Error setting the oldest version", why, n_why);
    if (o->ssl_ciphers != NULL && SSL_CTX_set_cipher_list(ctx, o->ssl_ciphers) != 1)
        return fail_word("Error setting the provided cipher(s)", o->ssl_ciphers, why, n_why);
    if (o->ssl_ciphersuites != NULL && SSL_CTX_set_ciphersuites(ctx, o->ssl_ciphersuites) != 1)
        return fail_word("Error setting the provided cipher suite(s)", o->ssl_ciphersuites, why, n_why);
    return true;
}

/* Without the cache there are no tickets either, because without the option no session may be resumed. */
static void
set_sessions(SSL_CTX *ctx, const struct options *o)
{
    if (o->ssl_session_cache) {
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_SERVER);
        SSL_CTX_sess_set_cache_size(ctx, SESSIONS_MAX);
        return;
    }
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(ctx, 0);
}

static bool
set_kernel(SSL_CTX *ctx, const struct options *o, char *why, size_t n_why)
{
    if (!o->ssl_kernel_tls)
        return true;
#ifdef SSL_OP_ENABLE_KTLS
    (void)why;
    (void)n_why;
    SSL_CTX_set_options(ctx, SSL_OP_ENABLE_KTLS);
    return true;
#else
    (void)ctx;
    snprintf(why, n_why, "Kernel TLS offload is not available: this OpenSSL was built without it");
    return false;
#endif
}

struct ssl_ctx_st *
tls_context_new(const struct options *o, char *why, size_t n_why)
{
    MUST(o->tls);
    ERR_clear_error();
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL) {
        (void)fail("Error making a TLS context", why, n_why);
        return NULL;
    }
    stream_tls_prepare(ctx);
    SSL_CTX_set_verify(ctx, tls_context_verify(o), NULL);
    set_sessions(ctx, o);
    if (set_protocol(ctx, o, why, n_why) && set_kernel(ctx, o, why, n_why) && load_own(ctx, o, why, n_why) &&
        load_trusted(ctx, o, why, n_why))
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}
