/*
 * Checks that need several settings: the values that follow from others, and
 * settings that contradict each other.
 */
#include "base/text/split.h"
#include "server/text/address.h"
#include "server/text/cluster.h"
#include "server/options/options_row.h"

#include <stdlib.h>

enum { VERIFY_REQUIRED = 2 }; /* values of -o ssl_verify_mode from this on */

/* With logins, no client may connect by a protocol that has none. */
static bool
validate_logins(const struct options *o, FILE *err)
{
    MUST(o->protocol != NULL);
    const char *with = o->sasl && o->auth_file != NULL ? "auto" : o->sasl ? "binary" : "ascii";
    if (!o->sasl && o->auth_file == NULL)
        return true;
    if (options_given(o, OPTION_protocol) && strcmp(o->protocol, with) != 0) {
        fprintf(err, "larderd: -B (--protocol) is %s: with %s expected %s, or nothing\n", o->protocol,
            !o->sasl               ? "-Y"
            : o->auth_file == NULL ? "-S"
                                   : "-S and -Y",
            with);
        return false;
    }
    if (o->udp_port != 0) {
        fprintf(err,
            "larderd: -U (--udp-port) is %d: no client can log in over UDP, expected 0 with -S or -Y\n",
            (int)o->udp_port);
        return false;
    }
    return true;
}

/* With -Z, how many addresses of -l have this prefix.  Invalid addresses do not count: opening them fails. */
static size_t
count_listeners(const struct options *o, enum address_tls tls)
{
    size_t n = 0;
    char why[256];
    struct bytes rest = o->listen == NULL ? BYTES("*") : bytes_of(o->listen, strlen(o->listen));
    while (rest.n > 0) {
        struct address a = {.traits = {.tls = ADDRESS_TLS}};
        n += address_parse(split_off(&rest, ','), &a, why, sizeof why) && a.traits.tls == tls;
    }
    return n;
}

/* If no root is trusted, no client can show a valid certificate. */
static bool
validate_roots(const struct options *o, FILE *err)
{
    MUST(o->tls);
    if (o->ssl_ca_cert != NULL)
        return true;
    if (o->ssl_verify_mode >= VERIFY_REQUIRED) {
        fprintf(err,
            "larderd: -o ssl_verify_mode is %u: clients must show a certificate, but no root is trusted: "
            "expected -o ssl_ca_cert=<file>\n",
            (unsigned)o->ssl_verify_mode);
        return false;
    }
    /* as memcached, larderd starts */
    if (o->unix_socket == NULL && count_listeners(o, ADDRESS_TLS_MUTUAL) > 0)
        fputs("larderd: warning: -l has mtls: without -o ssl_ca_cert every client is refused there\n", err);
    return true;
}

/* There is no TLS for datagrams, and with -s there are no UDP sockets. */
static bool
validate_datagrams(const struct options *o, FILE *err)
{
    MUST(o->tls);
    if (o->udp_port == 0 || o->unix_socket != NULL || count_listeners(o, ADDRESS_PLAIN) > 0)
        return true;
    fprintf(err,
        "larderd: -U (--udp-port) is %d: datagrams are not encrypted, so with -Z they need an address of -l "
        "with notls: expected notls:<address> in -l, or 0\n",
        (int)o->udp_port);
    return false;
}

static bool
validate_tls(const struct options *o, FILE *err)
{
    if (o->tls && o->ssl_chain_cert == NULL) {
        fputs("larderd: -Z (--enable-ssl) needs a certificate: expected -o ssl_chain_cert=<file>\n", err);
        return false;
    }
    if (o->tls && o->port == 0) {
        fputs("larderd: -Z (--enable-ssl) needs TCP: expected another -p than 0\n", err);
        return false;
    }
    if (o->tls && o->unix_socket != NULL)
        fputs("larderd: warning: -Z: UNIX sockets are not encrypted, and -s replaces the TCP socket\n", err);
    if (!o->tls && o->ssl_chain_cert != NULL)
        fputs("larderd: warning: -o ssl_chain_cert: without -Z there is no TLS\n", err);
    return !o->tls || (validate_roots(o, err) && validate_datagrams(o, err));
}

static bool
validate_pressure(const struct options *o, FILE *err)
{
    if (o->pressure_warning > o->pressure_critical || o->pressure_critical > o->pressure_emergency) {
        fprintf(err,
            "larderd: -o pressure_warning, pressure_critical and pressure_emergency are %g, %g and %g: "
            "expected each at least as large as the one before\n",
            o->pressure_warning, o->pressure_critical, o->pressure_emergency);
        return false;
    }
    if (o->on_pressure != NULL && o->drop_privileges) {
        fputs("larderd: --on-pressure cannot be used with -o drop_privileges, which forbids starting "
              "programs\n",
            err);
        return false;
    }
    if (o->on_pressure != NULL && !o->pressure)
        fputs("larderd: warning: --on-pressure: with -o no_pressure the level never changes, and the command "
              "never runs\n",
            err);
    return true;
}

static bool
validate_cluster(const struct options *o, FILE *err)
{
    if (o->cluster == NULL || cluster_is_list(o->cluster))
        return true;
    fprintf(err, "larderd: --cluster is '%s': expected host:port or host|address|port, separated by commas\n",
        o->cluster);
    return false;
}

static bool
validate_all(const struct options *o, FILE *err)
{
    if (o->item_size_max > o->memory_limit / 2) {
        fprintf(err, "larderd: -I (--max-item-size) is %zu bytes: expected at most half of -m, %zu bytes\n",
            o->item_size_max, o->memory_limit / 2);
        return false;
    }
    if (o->port == 0 && o->udp_port == 0 && o->unix_socket == NULL) /* as memcached, larderd starts */
        fprintf(err,
            "larderd: warning: -p 0 turns TCP off, and without -s <file> (--unix-socket) or -U <num> "
            "no client can connect unless the service manager passes a socket\n");
    return validate_logins(o, err) && validate_tls(o, err) && validate_pressure(o, err) &&
           validate_cluster(o, err);
}

/*
 * Sets the settings that were not given and follow from others.  With logins,
 * the protocol is the one that has logins.
 */
static bool
set_dependent(struct options *o, FILE *err)
{
    bool text = o->auth_file != NULL;
    if (o->udp_port != 0 && !options_given(o, OPTION_port)) {
        o->port = o->udp_port;
        o->origin[OPTION_port] = o->origin[OPTION_udp_port];
    }
    if (options_given(o, OPTION_protocol) || text == o->sasl)
        return true;
    MUST(o->sasl || text);
    free(o->protocol);
    o->protocol = strdup(text ? "ascii" : "binary");
    if (o->protocol == NULL)
        fputs("larderd: no memory for the settings\n", err);
    return o->protocol != NULL;
}

bool
options_validate(struct options *o, FILE *err)
{
    return set_dependent(o, err) && validate_all(o, err);
}
