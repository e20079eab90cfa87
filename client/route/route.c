#include "client/route/route.h"

#include "client/route/route_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const struct route_kind kinds[N_ROUTE_DIALECTS] = {
#define DIALECT(name, word, way, points, node, hash, after) \
    [ROUTE_##name] = {                                      \
        word, &route_##way, &route_points_##points, ROUTE_##node, KEYHASH_##hash, ROUTE_##after},
#include "client/route/route.def"
#undef DIALECT
};

/* Other names of a dialect, or of a dialect with a hash. */
static const struct {
    const char *word;
    enum route_dialect dialect;
    enum keyhash_kind hash;
} also[] = {
    {"ketama", ROUTE_LIBMEMCACHED_WEIGHTED, KEYHASH_OWN},
    {"modula", ROUTE_LIBMEMCACHED_MODULA, KEYHASH_OWN},
    {"rendezvous", ROUTE_PYMEMCACHE, KEYHASH_OWN},
    {"pylibmc", ROUTE_LIBMEMCACHED_MODULA, KEYHASH_OWN},
    {"pylibmc-ketama", ROUTE_LIBMEMCACHED_KETAMA, KEYHASH_OWN},
    {"php-memcached", ROUTE_LIBMEMCACHED_MODULA, KEYHASH_OWN},
    {"php-memcached-consistent", ROUTE_LIBMEMCACHED_KETAMA, KEYHASH_OWN},
    {"php-memcached-compatible", ROUTE_LIBMEMCACHED_WEIGHTED, KEYHASH_OWN},
    {"memcached-proxy-jump", ROUTE_JUMP, KEYHASH_OWN},
    {"memcached-proxy-twemproxy", ROUTE_TWEMPROXY_KETAMA, KEYHASH_MD5},
};

static bool
dialect_named(struct bytes word, struct route_rules *rules)
{
    for (size_t i = 0; i < sizeof also / sizeof also[0]; i++)
        if (bytes_equal(word, bytes_of(also[i].word, strlen(also[i].word)))) {
            rules->dialect = also[i].dialect;
            rules->hash = also[i].hash;
            return true;
        }
    for (int i = 0; i < N_ROUTE_DIALECTS; i++)
        if (bytes_equal(word, bytes_of(kinds[i].word, strlen(kinds[i].word)))) {
            rules->dialect = (enum route_dialect)i;
            rules->hash = KEYHASH_OWN;
            return true;
        }
    return false;
}

bool
route_named(const char *words, struct route_rules *rules)
{
    struct route_rules found = *rules;
    const char *slash = strchr(words, '/');
    if (!dialect_named(bytes_of(words, slash == NULL ? strlen(words) : (size_t)(slash - words)), &found))
        return false;
    if (slash != NULL && !keyhash_named(slash + 1, &found.hash))
        return false;
    *rules = found;
    return true;
}

const char *
route_word(enum route_dialect dialect)
{
    MUST(dialect < N_ROUTE_DIALECTS);
    return kinds[dialect].word;
}

static int
check_servers(const struct route_server *servers, unsigned n)
{
    if (n > ROUTE_SERVERS_MAX)
        return -EINVAL;
    for (unsigned i = 0; i < n; i++)
        if (servers[i].host.n > ROUTE_NAME_MAX || servers[i].alias.n > ROUTE_NAME_MAX ||
            servers[i].weight > ROUTE_WEIGHT_MAX)
            return -EINVAL;
    return 0;
}

int
route_new(struct route **out, const struct route_rules *rules, const struct route_server *servers, unsigned n)
{
    *out = NULL;
    int error = check_servers(servers, n);
    if (error != 0)
        return error;
    MUST(rules->dialect < N_ROUTE_DIALECTS);
    struct route *r = calloc(1, sizeof *r);
    if (r == NULL)
        return -ENOMEM;
    r->kind = &kinds[rules->dialect];
    r->hash = keyhash_of(rules->hash == KEYHASH_OWN ? r->kind->hash : rules->hash);
    memcpy(r->tag, rules->tag, sizeof r->tag);
    r->n = n;
    r->live = calloc(n + 1, sizeof *r->live);
    if (r->live == NULL) {
        free(r);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < n; i++)
        if (!servers[i].out)
            r->live[r->n_live++] = i;
    error = r->n_live > 1 ? r->kind->way->build(r, servers) : 0;
    if (error != 0)
        route_free(&r);
    *out = r;
    return error;
}

void
route_free(struct route **rp)
{
    struct route *r = *rp;
    if (r == NULL)
        return;
    *rp = NULL;
    r->kind->way->fini(r);
    free(r->live);
    free(r);
}

/* The part between the first tag[0] and the next tag[1]; the whole key if the part is empty or missing. */
static struct bytes
tagged(const struct route *r, struct bytes key)
{
    if (r->tag[0] == '\0' || key.n == 0)
        return key;
    const char *from = memchr(key.p, r->tag[0], key.n);
    if (from == NULL)
        return key;
    from++;
    const char *to = memchr(from, r->tag[1], (size_t)(key.p + key.n - from));
    return to == NULL || to == from ? key : bytes_of(from, (size_t)(to - from));
}

unsigned
route_choose(const struct route *r, struct bytes key, uint32_t *choice, unsigned max)
{
    CHECKED_MUST(r->n_live <= r->n);
    if (max == 0 || r->n_live == 0)
        return 0;
    if (r->n_live > 1)
        return r->kind->way->choose(r, tagged(r, key), choice, max);
    choice[0] = r->live[0];
    return 1;
}

uint32_t
route_find(const struct route *r, struct bytes key)
{
    uint32_t server;
    return route_choose(r, key, &server, 1) == 0 ? ROUTE_NONE : server;
}

bool
route_is_live(const struct route *r, uint32_t server)
{
    uint32_t low = 0, high = r->n_live;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (r->live[middle] < server)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->n_live && r->live[low] == server;
}

void
route_pick_after(const struct route *r, struct route_picks *picks, uint32_t server)
{
    CHECKED_MUST(server < r->n);
    for (uint32_t i = 1; i <= r->n && picks->n < picks->max; i++) {
        uint32_t next = (server + i) % r->n;
        if (route_is_live(r, next))
            (void)route_pick(picks, next);
    }
}

/* An IPv6 address has no brackets here: these strings are hashed, and the other clients write none. */
static int
host_and_port(
    const struct route_server *s, const char *before, const char *between, bool with_port, char *out)
{
    int n = (int)s->host.n;
    return with_port ? snprintf(out, ROUTE_NODE_SIZE, "%s%.*s:%u%s", before, n, s->host.p, s->port, between)
                     : snprintf(out, ROUTE_NODE_SIZE, "%s%.*s%s", before, n, s->host.p, between);
}

size_t
route_write_node(const struct route_server *s, enum route_node node, char *out)
{
    MUST(s->host.n <= ROUTE_NAME_MAX && s->alias.n <= ROUTE_NAME_MAX);
    const char *between = node == ROUTE_COLON ? ":" : "-";
    if (s->alias.n > 0)
        return (size_t)snprintf(out, ROUTE_NODE_SIZE, "%.*s%s", (int)s->alias.n, s->alias.p, between);
    size_t n = 0;
    switch (node) {
    case ROUTE_BARE:
        return (size_t)(s->port == 0 ? host_and_port(s, "", ":-", false, out)
                                     : host_and_port(s, "", between, s->port != ROUTE_PORT, out));
    case ROUTE_SAID: return (size_t)host_and_port(s, "", between, s->port != ROUTE_PORT, out);
    case ROUTE_SLASH: return (size_t)host_and_port(s, "/", between, true, out);
    case ROUTE_TWICE:
        n = s->host.n;
        memcpy(out, s->host.p, n);
        out[n++] = '/';
        return n +
               (size_t)snprintf(out + n, ROUTE_NODE_SIZE - n, "%.*s:%u-", (int)s->host.n, s->host.p, s->port);
    case ROUTE_PLAIN:
    case ROUTE_COLON: return (size_t)host_and_port(s, "", between, s->port != 0, out);
    }
    UNREACHABLE();
}
