/*
 * servers: a handle's servers: from a list in text to connections and a ring.
 *
 * A new list is made completely before it replaces the old one.  Only then are requests
 * to removed servers called back, because a callback may submit new requests.
 */
#include "client/handle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
servers_free(struct conn **conns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (conns[i] == NULL)
            continue;
        conn_fini(conns[i]);
        free(conns[i]);
    }
    free(conns);
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

int
servers_renew_route(struct larder *l)
{
    struct route *route;
    int code = make_route(&route, &l->env.config.rules, l->conns, l->n_conns);

    if (code != LARDER_OK)
        return code;
    route_free(&l->route);
    l->route = route;
    return LARDER_OK;
}

/* ---- servers ------------------------------------------------------------ */

/* The servers of a list in its order, not connected yet. */
struct list {
    struct conn **conns;
    size_t n, room;
};

static bool
list_add(struct list *list, struct conn_env *env, const struct target *target)
{
    MUST(list->n <= list->room);
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
        MUST(list->n <= ROUTE_SERVERS_MAX);
        if (list->n == ROUTE_SERVERS_MAX)
            return LARDER_BAD_ARGUMENT;
        if (!list_add(list, env, &target))
            return LARDER_NO_MEMORY;
    }
    return code == LARDER_MISS ? LARDER_OK : code;
}

/* A server that is also in the new list keeps its connection. */
static void
keep_old(struct larder *l, struct list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        for (size_t k = 0; k < l->n_conns; k++) {
            struct conn *old = l->conns[k];
            if (old == NULL || !target_is_same(&old->target, &list->conns[i]->target))
                continue;
            old->target = list->conns[i]->target; /* the weight or the name may be another */
            MUST(list->conns[i]->state == CONN_DOWN);
            conn_fini(list->conns[i]);
            free(list->conns[i]);
            list->conns[i] = old;
            l->conns[k] = NULL;
            break;
        }
    }
}

/* Requests to a removed server end with LARDER_CLOSED; a callback may submit requests to the new servers. */
static void
drop_all(struct conn **conns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (conns[i] != NULL)
            conn_drop(conns[i], LARDER_CLOSED, false, 0);
    servers_free(conns, n);
}

/* Memory for polling the connections and the scout. */
struct polling {
    struct pollfd *polled;
    struct conn **conns;
};

static bool
make_polling(struct polling *p, size_t n)
{
    p->polled = malloc((n + 1) * sizeof *p->polled);
    p->conns = malloc((n + 1) * sizeof(*p->conns));
    if (p->polled != NULL && p->conns != NULL)
        return true;
    free(p->polled);
    free(p->conns);
    return false;
}

bool
servers_make_room(struct larder *l)
{
    struct polling polling;

    MUST(l->polled == NULL && l->n_conns == 0);
    if (!make_polling(&polling, 0))
        return false;
    l->polled = polling.polled;
    l->polled_conns = polling.conns;
    return true;
}

static void
put_in_place(struct larder *l, struct list *list, struct route *route, struct polling polling)
{
    handle_must_be(l);
    MUST((route != NULL) == (list->n > 1) && polling.polled != NULL && polling.conns != NULL);
    keep_old(l, list);
    struct conn **old = l->conns;
    size_t n_old = l->n_conns;
    route_free(&l->route);
    free(l->polled);
    free(l->polled_conns);
    l->route = route;
    l->conns = list->conns;
    l->n_conns = list->n;
    l->polled = polling.polled;
    l->polled_conns = polling.conns;
    drop_all(old, n_old);
}

static int
take_list(struct larder *l, struct list *list)
{
    struct route *route = NULL;
    struct polling polling;
    int code = make_route(&route, &l->env.config.rules, list->conns, list->n);

    if (code == LARDER_OK && !make_polling(&polling, list->n))
        code = LARDER_NO_MEMORY;
    if (code == LARDER_OK) {
        put_in_place(l, list, route, polling);
        return LARDER_OK;
    }
    servers_free(list->conns, list->n);
    route_free(&route);
    return code;
}

int
servers_take(struct larder *l, const char *text)
{
    struct list list = {0};
    int code = read_list(&list, &l->env, text);

    if (code == LARDER_OK)
        return take_list(l, &list);
    servers_free(list.conns, list.n);
    return code;
}

int
servers_copy(struct larder *l, const struct larder *model)
{
    struct list list = {0};

    MUST(l->n_conns == 0 && l->polled == NULL);
    for (size_t i = 0; i < model->n_conns; i++) {
        if (!list_add(&list, &l->env, &model->conns[i]->target)) {
            servers_free(list.conns, list.n);
            return LARDER_NO_MEMORY;
        }
    }
    return take_list(l, &list);
}

void
servers_follow(struct larder *l, struct larder *like)
{
    handle_must_be(like);
    MUST(l != like && like->env.n_outstanding == 0);
    struct list list = {.conns = like->conns, .n = like->n_conns};
    struct polling polling = {like->polled, like->polled_conns};
    struct topology before = l->topology;

    for (size_t i = 0; i < list.n; i++)
        list.conns[i]->env = &l->env;
    l->topology = like->topology;
    put_in_place(l, &list, like->route, polling);
    like->conns = NULL;
    like->n_conns = 0;
    like->route = NULL;
    like->polled = NULL;
    like->polled_conns = NULL;
    like->topology = before;
}
