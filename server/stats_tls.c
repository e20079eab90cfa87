/* stats_tls: what bare `stats` and `stats settings` say of TLS, at the places where memcached built with it does. */
#include "base/clock.h"
#include "server/options.h"
#include "server/server.h"
#include "server/stats_groups.h"
#include "server/tls.h"
#include "server/tls_context.h"
#include "server/worker.h"

void
stats_add_tls(const struct server *server, const uint64_t *n, struct stat_list *l)
{
    if (server->tls == NULL)
        return;
    if (server->options->ssl_session_cache)
        stat_list_u64(l, "ssl_new_sessions", n[WORKER_N_TLS_SESSIONS]);
    stat_list_u64(l, "ssl_handshake_errors", n[WORKER_N_TLS_HANDSHAKE_ERRORS]);
    stat_list_u64(l, "ssl_proto_errors", n[WORKER_N_TLS_PROTO_ERRORS]);
    stat_list_u64(l, "time_since_server_cert_refresh", clock_now_s() - tls_refreshed_s(server->tls));
}

static void
add_text(struct stat_list *l, const char *name, const char *text, const char *none)
{
    stat_list_add(l, name, "%s", text == NULL ? none : text);
}

void
stats_add_tls_settings(const struct options *o, struct stat_list *l)
{
    static const char *const versions[] = {"tlsv1.0", "tlsv1.1", "tlsv1.2", "tlsv1.3"};
    stat_list_yes_no(l, "ssl_enabled", o->tls);
    add_text(l, "ssl_chain_cert", o->ssl_chain_cert, "(null)"); /* memcached's word, of its C library */
    add_text(l, "ssl_key", o->ssl_key, "(null)");
    stat_list_add(l, "ssl_verify_mode", "%d", tls_context_verify(o)); /* OpenSSL's bits, there too */
    stat_list_u64(l, "ssl_keyformat", o->ssl_keyformat);
    add_text(l, "ssl_ciphers", o->ssl_ciphers, "NULL");
    add_text(l, "ssl_ca_cert", o->ssl_ca_cert, "NULL");
    stat_list_u64(l, "ssl_wbuf_size", o->ssl_wbuf_size);
    stat_list_yes_no(l, "ssl_session_cache", o->ssl_session_cache);
    stat_list_yes_no(l, "ssl_kernel_tls", o->ssl_kernel_tls);
    stat_list_add(l, "ssl_min_version", "%s", versions[o->ssl_min_version]);
}
