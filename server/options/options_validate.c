/* What no option can tell by itself: what follows from others, and what does not go together. */
#include "base/text/split.h"
#include "server/text/address.h"
#include "server/text/cluster.h"
#include "server/options/options_row.h"

#include <stdlib.h>

enum { VERIFY_REQUIRED = 2 }; /* of -o ssl_verify_mode: this and above */

/* Nobody must get in by a protocol that has no login. */
static bool
logins_fit(const struct options *o, FILE *err)
{
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
        fprintf(err, "larderd: -U (--udp-port) is %d: nobody can log in over UDP, expected 0 with -S or -Y\n",
            (int)o->udp_port);
        return false;
    }
    return true;
}

/* With -Z, how many of -l's addresses are named so.  What cannot be read is refused when it is opened. */
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

/* Where no root is trusted, no client can show a certificate that is good. */
static bool
roots_fit(const struct options *o, FILE *err)
{
    if (o->ssl_ca_cert != NULL)
        return true;
    if (o->ssl_verify_mode >= VERIFY_REQUIRED) {
        fprintf(err,
            "larderd: -o ssl_verify_mode is %u: clients must show a certificate, but no root is trusted: "
            "expected -o ssl_ca_cert=<file>\n",
            (unsigned)o->ssl_verify_mode);
        return false;
    }
    if (o->unix_socket == NULL && count_listeners(o, ADDRESS_TLS_MUTUAL) > 0) /* memcached starts, too */
        fputs("larderd: warning: -l has mtls: without -o ssl_ca_cert no client gets in there\n", err);
    return true;
}

/* There is no TLS of datagrams; -s stands instead of them. */
static bool
datagrams_fit(const struct options *o, FILE *err)
{
    if (o->udp_port == 0 || o->unix_socket != NULL || count_listeners(o, ADDRESS_PLAIN) > 0)
        return true;
    fprintf(err,
        "larderd: -U (--udp-port) is %d: datagrams are not encrypted, and with -Z are served only where -l "
        "says notls: expected notls:<address> in -l, or 0\n",
        (int)o->udp_port);
    return false;
}

static bool
tls_fits(const struct options *o, FILE *err)
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
        fputs("larderd: warning: -Z: UNIX sockets are not encrypted, and this one stands instead of TCP\n",
            err);
    if (!o->tls && o->ssl_chain_cert != NULL)
        fputs("larderd: warning: -o ssl_chain_cert: without -Z there is no TLS\n", err);
    return !o->tls || (roots_fit(o, err) && datagrams_fit(o, err));
}

static bool
pressure_fits(const struct options *o, FILE *err)
{
    if (o->pressure_warning > o->pressure_critical || o->pressure_critical > o->pressure_emergency) {
        fprintf(err,
            "larderd: -o pressure_warning, pressure_critical and pressure_emergency are %g, %g and %g: "
            "expected "
            "none below the one before\n",
            o->pressure_warning, o->pressure_critical, o->pressure_emergency);
        return false;
    }
    if (o->on_pressure != NULL && o->drop_privileges) {
        fputs("larderd: --on-pressure cannot go with -o drop_privileges, which lets no program be started\n",
            err);
        return false;
    }
    if (o->on_pressure != NULL && !o->pressure)
        fputs("larderd: warning: --on-pressure: with -o no_pressure nothing ever changes\n", err);
    return true;
}

static bool
cluster_fits(const struct options *o, FILE *err)
{
    if (o->cluster == NULL || cluster_is_list(o->cluster))
        return true;
    fprintf(err, "larderd: --cluster is '%s': expected host:port or host|address|port, with commas between\n",
        o->cluster);
    return false;
}

static bool
fit_together(const struct options *o, FILE *err)
{
    if (o->item_size_max > o->memory_limit / 2) {
        fprintf(err, "larderd: -I (--max-item-size) is %zu bytes: expected at most half of -m, %zu bytes\n",
            o->item_size_max, o->memory_limit / 2);
        return false;
    }
    if (o->port == 0 && o->udp_port == 0 && o->unix_socket == NULL) /* memcached starts, too */
        fprintf(err,
            "larderd: warning: -p 0 turns TCP off, and without -s <file> (--unix-socket) or -U <num> "
            "nobody can connect unless the service manager brings a socket\n");
    return logins_fit(o, err) && tls_fits(o, err) && pressure_fits(o, err) && cluster_fits(o, err);
}

/* What one option says of another that was not given; who logs in speaks a protocol that has a login. */
static bool
settle(struct options *o, FILE *err)
{
    bool text = o->auth_file != NULL;
    if (o->udp_port != 0 && !options_given(o, OPTION_port)) {
        o->port = o->udp_port;
        o->origin[OPTION_port] = o->origin[OPTION_udp_port];
    }
    if (options_given(o, OPTION_protocol) || text == o->sasl)
        return true;
    free(o->protocol);
    o->protocol = strdup(text ? "ascii" : "binary");
    if (o->protocol == NULL)
        fputs("larderd: no memory for the settings\n", err);
    return o->protocol != NULL;
}

bool
options_validate(struct options *o, FILE *err)
{
    return settle(o, err) && fit_together(o, err);
}
