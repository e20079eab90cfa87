/* cluster: see cluster.h. */
#include "server/text/cluster.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/lock.h"
#include "base/text/hostport.h"
#include "base/text/split.h"
#include "proto/request.h"
#include "server/text/text.h"

enum { CLUSTER_MAGIC = 0x636c7573, HOST_MAX = 255 };

struct cluster {
    uint32_t magic;
    struct lock lock;
    struct text what; /* guarded by `lock`; empty: no cluster is known */
    uint32_t flags;   /* guarded by `lock` */
};

static void
cluster_must_be(const struct cluster *c)
{
    MUST(c != NULL && c->magic == CLUSTER_MAGIC);
}

static void
cluster_must_hold_locked(const struct cluster *c)
{
    lock_must_own(&c->lock);
    text_must_hold(&c->what);
    CHECKED_MUST(c->what.n == 0 || c->what.p[c->what.n - 1] == '\n');
}

struct cluster *
cluster_new(void)
{
    struct cluster *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->magic = CLUSTER_MAGIC;
    lock_init(&c->lock, LOCK_LEAF);
    return c;
}

void
cluster_free(struct cluster **cp)
{
    struct cluster *c = *cp;
    *cp = NULL;
    if (c == NULL)
        return;
    cluster_must_be(c);
    text_fini(&c->what);
    lock_fini(&c->lock);
    c->magic = 0;
    free(c);
}

/* ---- words -------------------------------------------------------------- */

static bool
is_plain(struct bytes word)
{
    return word.n <= HOST_MAX && request_is_plain(word) && memchr(word.p, '|', word.n) == NULL &&
           memchr(word.p, ',', word.n) == NULL;
}

static bool
is_port(struct bytes word)
{
    uint16_t port;
    return hostport_port(word, &port);
}

/* host|address|port */
static bool
is_node(struct bytes word)
{
    struct bytes host, address, port;
    bool three =
        split_at(&word, '|', &host) && split_at(&word, '|', &address) && !split_at(&word, '|', &port);
    return three && host.n > 0 && is_plain(host) && is_plain(address) && is_port(port);
}

/* The lines may end in CRLF, and the last one needs no end. */
static bool
is_valid(struct bytes what)
{
    uint64_t version;
    struct bytes first = split_line(&what), nodes = split_line(&what), node;
    if (what.n > 0 || !request_u64(first, &version))
        return false;
    size_t n = 0;
    for (; (node = request_word(&nodes)).n > 0; n++)
        if (!is_node(node))
            return false;
    return n > 0;
}

/* ---- a list ------------------------------------------------------------- */

static bool
is_address(struct bytes host)
{
    char name[HOST_MAX + 1];
    struct in6_addr address;
    if (host.n > HOST_MAX)
        return false;
    memcpy(name, host.p, host.n);
    name[host.n] = '\0';
    return inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1;
}

static bool
add_node(struct text *t, struct bytes word)
{
    struct bytes host, rest;
    if (is_node(word)) {
        text_add(t, word.p, word.n);
        return true;
    }
    if (!hostport_split(word, 1, &host, &rest) || host.n == 0 || !is_plain(host))
        return false;
    MUST(rest.n == 0 || rest.p[0] == ':');
    struct bytes port = rest.n == 0 ? BYTES("11211") : bytes_of(rest.p + 1, rest.n - 1);
    if (!is_port(port))
        return false;
    struct bytes address = is_address(host) ? host : bytes_of(host.p, 0);
    text_printf(t, "%.*s|%.*s|%.*s", (int)host.n, host.p, (int)address.n, address.p, (int)port.n, port.p);
    return true;
}

static enum cluster_result
write_list(struct text *t, const char *list, uint32_t version)
{
    struct bytes rest = bytes_of(list, strlen(list));
    bool more = true;
    text_printf(t, "%u\n", version);
    for (size_t n = 0; more; n++) {
        struct bytes word;
        more = split_at(&rest, ',', &word);
        if (n > 0)
            text_add(t, " ", 1);
        if (!add_node(t, word))
            return CLUSTER_INVALID;
    }
    text_add(t, "\n", 1);
    return !text_ok(t) ? CLUSTER_NO_MEMORY : t->n <= REQUEST_CONFIG_MAX ? CLUSTER_OK : CLUSTER_INVALID;
}

bool
cluster_is_list(const char *list)
{
    struct text t = {0};
    enum cluster_result result = write_list(&t, list, UINT32_MAX); /* the longest version */
    text_fini(&t);
    return result != CLUSTER_INVALID;
}

/* ---- setting and answering ----------------------------------------------- */

static void
take(struct cluster *c, struct text *what, uint32_t flags)
{
    cluster_must_be(c);
    MUST(what->n > 0 && text_ok(what));
    lock_take(&c->lock);
    struct text old = c->what;
    c->what = *what;
    c->flags = flags;
    cluster_must_hold_locked(c);
    lock_give(&c->lock);
    text_fini(&old);
}

enum cluster_result
cluster_set_list(struct cluster *c, const char *list, uint32_t version)
{
    struct text t = {0};
    enum cluster_result result = write_list(&t, list, version);
    if (result == CLUSTER_OK)
        take(c, &t, 0);
    else
        text_fini(&t);
    return result;
}

enum cluster_result
cluster_set(struct cluster *c, uint32_t flags, struct bytes what)
{
    struct text t = {0};
    if (!is_valid(what))
        return CLUSTER_INVALID;
    MUST(what.n > 0);
    text_add(&t, what.p, what.n);
    if (what.p[what.n - 1] != '\n') /* clients may wait for it */
        text_add(&t, "\n", 1);
    if (!text_ok(&t)) {
        text_fini(&t);
        return CLUSTER_NO_MEMORY;
    }
    take(c, &t, flags);
    return CLUSTER_OK;
}

bool
cluster_delete(struct cluster *c)
{
    cluster_must_be(c);
    lock_take(&c->lock);
    struct text old = c->what;
    c->what = (struct text){0};
    lock_give(&c->lock);
    bool known = old.n > 0;
    text_fini(&old);
    return known;
}

bool
cluster_answer(struct cluster *c, struct text *t)
{
    cluster_must_be(c);
    lock_take(&c->lock);
    cluster_must_hold_locked(c);
    bool known = c->what.n > 0;
    if (known) {
        text_printf(t, "CONFIG cluster %u %zu\r\n", c->flags, c->what.n);
        text_add(t, c->what.p, c->what.n);
        text_add(t, "\r\nEND\r\n", 7);
    }
    lock_give(&c->lock);
    return known;
}
