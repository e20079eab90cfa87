/*
 * handle: its beginning and end, its options, its servers.
 */
#include "client/handle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct larder *
larder_new(void)
{
    struct larder *l = calloc(1, sizeof *l);

    if (l != NULL)
        config_init(&l->env.config);
    return l;
}

static void
free_conns(struct conn **conns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (conns[i] == NULL)
            continue;
        conn_fini(conns[i]);
        free(conns[i]);
    }
    free(conns);
}

void
larder_free(struct larder *l)
{
    if (l == NULL)
        return;
    free_conns(l->conns, l->n_conns);
    route_free(&l->route);
    tls_fini(&l->env.tls);
    config_fini(&l->env.config);
    free(l->polled);
    free(l->polled_conns);
    free(l);
}

/* ---- the ring ----------------------------------------------------------- */

static int
make_route(struct route **route, const struct route_rules *rules, struct conn *const *conns, size_t n)
{
    *route = NULL;
    if (n < 2)
        return LARDER_OK;
    struct route_server *servers = malloc(n * sizeof *servers);
    if (servers == NULL)
        return LARDER_NO_MEMORY;
    for (size_t i = 0; i < n; i++)
        servers[i] = target_on_ring(&conns[i]->target);
    int error = route_new(route, rules, servers, (unsigned)n);
    free(servers);
    return error == 0 ? LARDER_OK : error == -ENOMEM ? LARDER_NO_MEMORY : LARDER_BAD_ARGUMENT;
}

static int
renew_route(struct larder *l)
{
    struct route *route;
    int code = make_route(&route, &l->env.config.rules, l->conns, l->n_conns);

    if (code != LARDER_OK)
        return code;
    route_free(&l->route);
    l->route = route;
    return LARDER_OK;
}

int
larder_option(struct larder *l, const char *name, const char *value)
{
    struct route_rules before = l->env.config.rules;
    int code = config_set(&l->env.config, name, value);

    if (code != LARDER_OK)
        return code;
    if (strncmp(name, "tls", 3) == 0)
        tls_renew(&l->env.tls);
    if (memcmp(&before, &l->env.config.rules, sizeof before) == 0)
        return LARDER_OK;
    code = renew_route(l);
    if (code != LARDER_OK)
        l->env.config.rules = before;
    return code;
}

/* ---- servers ------------------------------------------------------------ */

/* As they are listed, connections yet to be made. */
struct list {
    struct conn **conns;
    size_t n, room;
};

static bool
list_add(struct list *list, struct conn_env *env, const struct target *target)
{
    if (list->n == list->room) {
        size_t room = list->room > 0 ? list->room * 2 : 8;
        struct conn **conns = realloc(list->conns, room * sizeof *conns);
        if (conns == NULL)
            return false;
        list->conns = conns;
        list->room = room;
    }
    struct conn *c = malloc(sizeof *c);
    if (c == NULL)
        return false;
    conn_init(c, env, target);
    list->conns[list->n++] = c;
    return true;
}

static int
read_list(struct list *list, struct conn_env *env, const char *text)
{
    struct target target;
    int code;

    while ((code = target_next(&text, &target)) == LARDER_OK) {
        if (list->n == ROUTE_SERVERS_MAX)
            return LARDER_BAD_ARGUMENT;
        if (!list_add(list, env, &target))
            return LARDER_NO_MEMORY;
    }
    return code == LARDER_MISS ? LARDER_OK : code;
}

/* Who is in the new list as well goes on with the connection that there is. */
static void
keep_old(struct larder *l, struct list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        for (size_t k = 0; k < l->n_conns; k++) {
            struct conn *old = l->conns[k];
            if (old == NULL || !target_is_same(&old->target, &list->conns[i]->target))
                continue;
            old->target = list->conns[i]->target; /* another weight or name, perhaps */
            conn_fini(list->conns[i]);
            free(list->conns[i]);
            list->conns[i] = old;
            l->conns[k] = NULL;
            break;
        }
    }
}

static void
drop_old(struct larder *l)
{
    for (size_t k = 0; k < l->n_conns; k++)
        if (l->conns[k] != NULL)
            conn_drop(l->conns[k], LARDER_CLOSED, false, 0);
}

static int
take_list(struct larder *l, struct list *list, struct route *route)
{
    size_t n = list->n > 0 ? list->n : 1;
    struct pollfd *polled = malloc(n * sizeof *polled);
    struct conn **polled_conns = malloc(n * sizeof(*polled_conns));

    if (polled == NULL || polled_conns == NULL) {
        free(polled);
        free(polled_conns);
        return LARDER_NO_MEMORY;
    }
    keep_old(l, list);
    struct conn **old = l->conns;
    size_t n_old = l->n_conns;
    drop_old(l);
    free_conns(old, n_old);
    route_free(&l->route);
    free(l->polled);
    free(l->polled_conns);
    l->route = route;
    l->conns = list->conns;
    l->n_conns = list->n;
    l->polled = polled;
    l->polled_conns = polled_conns;
    return LARDER_OK;
}

int
larder_servers(struct larder *l, const char *text)
{
    struct list list = {0};
    struct route *route = NULL;
    int code = read_list(&list, &l->env, text);

    if (code == LARDER_OK)
        code = make_route(&route, &l->env.config.rules, list.conns, list.n);
    if (code == LARDER_OK)
        code = take_list(l, &list, route);
    if (code != LARDER_OK) {
        free_conns(list.conns, list.n);
        route_free(&route);
    }
    return code;
}

struct larder *
larder_clone(const struct larder *model)
{
    struct larder *l = larder_new();
    struct list list = {0};
    struct route *route = NULL;

    if (l == NULL)
        return NULL;
    bool good = config_copy(&l->env.config, &model->env.config);
    for (size_t i = 0; good && i < model->n_conns; i++)
        good = list_add(&list, &l->env, &model->conns[i]->target);
    good = good && make_route(&route, &l->env.config.rules, list.conns, list.n) == LARDER_OK &&
           take_list(l, &list, route) == LARDER_OK;
    if (good)
        return l;
    free_conns(list.conns, list.n);
    route_free(&route);
    larder_free(l);
    return NULL;
}

/* ---- asking about them -------------------------------------------------- */

size_t
larder_n_servers(const struct larder *l)
{
    return l->n_conns;
}

const char *
larder_server_name(const struct larder *l, size_t n)
{
    return n < l->n_conns ? l->conns[n]->target.label : "";
}

bool
larder_server_alive(const struct larder *l, size_t n)
{
    return n < l->n_conns && l->conns[n]->health.dead_until_ns == 0;
}

size_t
larder_server_of(const struct larder *l, const void *key, size_t n_key)
{
    if (l->n_conns < 2)
        return l->n_conns == 0 ? SIZE_MAX : 0;
    uint32_t n = route_find(l->route, bytes_of(key, n_key));
    return n == ROUTE_NONE ? SIZE_MAX : n;
}

const char *
larder_why(const struct larder *l)
{
    return l->env.why;
}
