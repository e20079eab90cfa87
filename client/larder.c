/* larder: creates and frees handles, sets their options, and describes their servers; see larder.h. */
#include "client/larder.h"

#include <stdlib.h>
#include <string.h>

#include "client/handle.h"

struct larder *
larder_new(void)
{
    struct larder *l = calloc(1, sizeof *l);

    if (l == NULL)
        return NULL;
    l->magic = HANDLE_MAGIC;
    config_init(&l->env.config);
    return l;
}

void
larder_free(struct larder *l)
{
    if (l == NULL)
        return;
    handle_must_be(l);
    servers_free(l->conns, l->n_conns);
    MUST(l->env.n_outstanding == 0);
    topology_fini(&l->topology);
    route_free(&l->route);
    packing_forget(&l->env.unpacked);
    tls_fini(&l->env.tls);
    config_fini(&l->env.config);
    free(l->polled);
    free(l->polled_conns);
    l->magic = 0;
    free(l);
}

struct larder *
larder_clone(const struct larder *model)
{
    handle_must_be(model);
    struct larder *l = larder_new();

    if (l == NULL)
        return NULL;
    if (config_copy(&l->env.config, &model->env.config) && topology_copy(&l->topology, &model->topology) &&
        servers_copy(l, model) == LARDER_OK)
        return l;
    larder_free(l);
    return NULL;
}

/* A resumed TLS session would skip the verification by the new options; a connection speaks one protocol. */
static void
drop_outdated(struct larder *l, bool sessions, bool connections)
{
    if (sessions)
        tls_renew(&l->env.tls);
    for (size_t i = 0; i < l->n_conns; i++) {
        if (sessions)
            tls_forget(&l->conns[i]->session);
        if (connections)
            conn_drop(l->conns[i], LARDER_CLOSED, false, 0);
    }
}

int
larder_option(struct larder *l, const char *name, const char *value)
{
    handle_must_be(l);
    struct route_rules before = l->env.config.rules;
    enum dialect dialect = l->env.config.dialect;
    int code = config_set(&l->env.config, name, value);

    if (code != LARDER_OK)
        return code;
    drop_outdated(l, strncmp(name, "tls", 3) == 0, l->env.config.dialect != dialect);
    topology_forget_scout(&l->topology); /* it has a copy of the options */
    l->topology.due_ns = 0;
    if (memcmp(&before, &l->env.config.rules, sizeof before) == 0)
        return LARDER_OK;
    code = servers_renew_route(l);
    if (code != LARDER_OK)
        l->env.config.rules = before;
    return code;
}

/* ---- describing the servers ---------------------------------------------- */

size_t
larder_n_servers(const struct larder *l)
{
    handle_must_be(l);
    return l->n_conns;
}

const char *
larder_server_name(const struct larder *l, size_t n)
{
    handle_must_be(l);
    return n < l->n_conns ? l->conns[n]->target.label : "";
}

bool
larder_server_alive(const struct larder *l, size_t n)
{
    handle_must_be(l);
    return n < l->n_conns && l->conns[n]->health.dead_until_ns == 0;
}

size_t
larder_server_of(const struct larder *l, const void *key, size_t n_key)
{
    handle_must_be(l);
    if (l->n_conns < 2)
        return l->n_conns == 0 ? SIZE_MAX : 0;
    uint32_t n = route_find(l->route, bytes_of(key, n_key));
    MUST(n == ROUTE_NONE || n < l->n_conns);
    return n == ROUTE_NONE ? SIZE_MAX : n;
}

const char *
larder_why(const struct larder *l)
{
    handle_must_be(l);
    return l->env.why;
}
