/* target: see target.h. */
#include "client/conn/target.h"

#include <stdio.h>
#include <string.h>

#include "base/text/hostport.h"
#include "base/text/split.h"
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

static bool
read_weight(struct bytes word, struct target *t)
{
    return request_u32(word, &t->weight) && t->weight > 0 && t->weight <= ROUTE_WEIGHT_MAX;
}

/* ":port", ":port:weight" or nothing. */
static bool
read_port(struct bytes rest, struct target *t)
{
    struct bytes port;

    if (rest.n == 0)
        return true;
    (void)split_front(&rest, 1);
    bool has_weight = split_at(&rest, ':', &port);
    return hostport_port(port, &t->port) && (!has_weight || read_weight(rest, t));
}

static bool
read_path(struct bytes word, struct target *t)
{
    struct bytes path;
    bool has_weight = split_at(&word, ':', &path);

    t->port = 0;
    return copy_word(t->host, path) && (!has_weight || read_weight(word, t));
}

static void
set_label(struct target *t)
{
    if (t->port == 0)
        snprintf(t->label, sizeof t->label, "%s", t->host);
    else
        hostport_text(t->label, sizeof t->label, bytes_of(t->host, strlen(t->host)), t->port);
}

static bool
read_target(struct bytes word, struct target *t)
{
    struct bytes place, host, rest;
    bool has_alias = split_at(&word, '=', &place);

    *t = (struct target){.port = ROUTE_PORT, .weight = 1};
    if (has_alias && !copy_word(t->alias, word))
        return false;
    if (place.n > 5 && bytes_begin_with(place, BYTES("unix:")))
        place = bytes_of(place.p + 5, place.n - 5);
    if (place.n > 0 && place.p[0] == '/') {
        if (!read_path(place, t))
            return false;
    } else if (!hostport_split(place, 2, &host, &rest) || !copy_word(t->host, host) || !read_port(rest, t)) {
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
