/* target: see target.h. */
#include "client/target.h"

#include <stdio.h>
#include <string.h>

#include "client/larder.h"
#include "proto/request.h"

static bool
is_between(char c)
{
    return c == ' ' || c == ',' || c == '\t' || c == '\n' || c == '\r';
}

static bool
copy_word(char *dst, struct bytes word)
{
    if (word.n == 0 || word.n > TARGET_HOST_MAX || memchr(word.p, '\0', word.n) != NULL)
        return false;
    memcpy(dst, word.p, word.n);
    dst[word.n] = '\0';
    return true;
}

/* What stands before the next `c`, or all; *rest is what stands behind it. */
static struct bytes
cut_at(struct bytes word, char c, struct bytes *rest)
{
    const char *at = memchr(word.p, c, word.n);

    if (at == NULL) {
        *rest = bytes_of(word.p + word.n, 0);
        return word;
    }
    *rest = bytes_of(at + 1, (size_t)(word.p + word.n - at) - 1);
    return bytes_of(word.p, (size_t)(at - word.p));
}

static unsigned
count_colons(struct bytes word)
{
    unsigned n = 0;
    for (size_t i = 0; i < word.n; i++)
        n += word.p[i] == ':';
    return n;
}

/* [address] or what has no colon in it; *rest is what stands behind it, with a colon if there is anything. */
static bool
read_host(struct bytes word, struct target *t, struct bytes *rest)
{
    if (word.n > 0 && word.p[0] == '[') {
        struct bytes host = cut_at(bytes_of(word.p + 1, word.n - 1), ']', rest);
        if (host.n + 2 > word.n)
            return false;
        return copy_word(t->host, host);
    }
    struct bytes host = count_colons(word) > 2 ? word : cut_at(word, ':', rest);
    *rest = bytes_of(host.p + host.n, word.n - host.n);
    return copy_word(t->host, host);
}

static bool
read_weight(struct bytes word, struct target *t)
{
    return request_u32(word, &t->weight) && t->weight > 0 && t->weight <= ROUTE_WEIGHT_MAX;
}

/* ":port", ":port:weight" or nothing. */
static bool
read_port(struct bytes rest, struct target *t)
{
    struct bytes weight;
    uint32_t port;

    if (rest.n == 0)
        return true;
    if (rest.p[0] != ':')
        return false;
    struct bytes word = cut_at(bytes_of(rest.p + 1, rest.n - 1), ':', &weight);
    if (!request_u32(word, &port) || port == 0 || port > UINT16_MAX)
        return false;
    t->port = (uint16_t)port;
    return word.n == rest.n - 1 || read_weight(weight, t);
}

static bool
read_path(struct bytes word, struct target *t)
{
    struct bytes weight;
    struct bytes path = cut_at(word, ':', &weight);

    t->port = 0;
    return copy_word(t->host, path) && (path.n == word.n || read_weight(weight, t));
}

static void
set_label(struct target *t)
{
    if (t->port == 0)
        snprintf(t->label, sizeof t->label, "%s", t->host);
    else if (strchr(t->host, ':') != NULL)
        snprintf(t->label, sizeof t->label, "[%s]:%u", t->host, t->port);
    else
        snprintf(t->label, sizeof t->label, "%s:%u", t->host, t->port);
}

static bool
read_target(struct bytes word, struct target *t)
{
    struct bytes alias, rest;
    struct bytes place = cut_at(word, '=', &alias);

    *t = (struct target){.port = ROUTE_PORT, .weight = 1};
    if (place.n < word.n && !copy_word(t->alias, alias))
        return false;
    if (place.n > 5 && bytes_begin_with(place, BYTES("unix:")))
        place = bytes_of(place.p + 5, place.n - 5);
    if (place.n > 0 && place.p[0] == '/') {
        if (!read_path(place, t))
            return false;
    } else if (!read_host(place, t, &rest) || !read_port(rest, t)) {
        return false;
    }
    set_label(t);
    return true;
}

int
target_next(const char **list, struct target *t)
{
    const char *p = *list;

    while (is_between(*p))
        p++;
    const char *end = p;
    while (*end != '\0' && !is_between(*end))
        end++;
    *list = end;
    if (end == p)
        return LARDER_MISS;
    return read_target(bytes_of(p, (size_t)(end - p)), t) ? LARDER_OK : LARDER_BAD_ARGUMENT;
}

bool
target_is_same(const struct target *a, const struct target *b)
{
    return a->port == b->port && strcmp(a->host, b->host) == 0;
}

struct route_server
target_on_ring(const struct target *t)
{
    return (struct route_server){
        .host = bytes_of(t->host, strlen(t->host)),
        .alias = bytes_of(t->alias, strlen(t->alias)),
        .port = t->port,
        .weight = t->weight,
    };
}
