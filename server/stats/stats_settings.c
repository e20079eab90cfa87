/* stats settings: the options under memcached's names. */
#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "server/cmd/trace.h"
#include "server/options/options.h"
#include "server/server.h"
#include "server/stats/stats_groups.h"
#include "server/net/tls_context.h"

struct source {
    const struct server *server;
    const struct options *o;
    struct store_stats store;
    struct store_class_stats largest; /* class */
};

static uint32_t
threads_per_udp(const struct options *o)
{
    return o->listen != NULL && strchr(o->listen, ',') != NULL ? 1 : o->threads;
}

static const char *
binding_protocol(const struct options *o)
{
    return o->protocol[1] == 'u' ? "auto-negotiate" : o->protocol;
}

static const char *
tls_version(const struct options *o)
{
    static const char *const versions[] = {"tlsv1.0", "tlsv1.1", "tlsv1.2", "tlsv1.3"};
    return versions[o->ssl_min_version];
}

/* A field of struct server that commands change. */
#define NOW(field)        atomic_load_explicit(&s->server->field, memory_order_relaxed)

#define STATS_OF_settings STATS_OF_THIS_FILE
#include "server/stats/stats_fill.h"

void
stats_settings(const struct stats_ask *ask)
{
    const struct server *server = ask->ctx->server;
    struct source s = {.server = server, .o = server->options};
    store_stats(server->store, &s.store);
    if (s.store.n_classes > 0)
        store_class_stats(server->store, s.store.n_classes - 1, &s.largest);
    fill(ask->list, STAT_FAMILY_settings_NONE, "", &s);
}
