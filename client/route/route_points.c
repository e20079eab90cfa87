/*
 * The points of servers on a circle: hashes of numbered strings.
 *
 * The counts of weighted servers are computed in float where the originals do so, and
 * rounded where they round: in double, one server of many may have four points more,
 * and some keys another server.
 */
#include "client/route/route_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    N_POINTS = 160, /* of a server; with weights, of an average server */
    N_OF_ONE = 100, /* of a server of libmemcached without weights */
    N_OF_FOUR = 4,  /* points from one MD5 */
};

static uint32_t
always_100(const struct route_server *s, uint32_t n_live, uint64_t total_weight)
{
    (void)s, (void)n_live, (void)total_weight;
    return N_OF_ONE;
}

static uint32_t
always_40(const struct route_server *s, uint32_t n_live, uint64_t total_weight)
{
    (void)s, (void)n_live, (void)total_weight;
    return N_POINTS / N_OF_FOUR;
}

static uint32_t
always_160(const struct route_server *s, uint32_t n_live, uint64_t total_weight)
{
    (void)s, (void)n_live, (void)total_weight;
    return N_POINTS;
}

static uint32_t
share_of_40(const struct route_server *s, uint32_t n_live, uint64_t total_weight)
{
    float share = (float)route_weight(s) / (float)total_weight;
    return (uint32_t)(float)(share * N_POINTS / N_OF_FOUR * (float)n_live + 0.0000000001);
}

static uint32_t
share_of_160(const struct route_server *s, uint32_t n_live, uint64_t total_weight)
{
    return (uint32_t)((double)((uint64_t)n_live * N_POINTS * route_weight(s)) / (double)total_weight);
}

static uint32_t
weight_times_160(const struct route_server *s, uint32_t n_live, uint64_t total_weight)
{
    (void)n_live, (void)total_weight;
    return N_POINTS * route_weight(s);
}

static void
md5_words(const struct route *r, const char *string, size_t n, uint32_t word[4])
{
    (void)r;
    keyhash_md5_words(string, n, word);
}

static void
sha1_word(const struct route *r, const char *string, size_t n, uint32_t word[4])
{
    (void)r;
    word[0] = keyhash_sha1_word(string, n);
}

static void
xxh3_word(const struct route *r, const char *string, size_t n, uint32_t word[4])
{
    (void)r;
    word[0] = (uint32_t)keyhash_xxh3(string, n);
}

/* The same hash as for keys. */
static void
key_word(const struct route *r, const char *string, size_t n, uint32_t word[4])
{
    word[0] = (uint32_t)r->hash(string, n);
}

const struct route_points route_points_none = {NULL, NULL, 0, NULL};
const struct route_points route_points_weighted = {share_of_40, md5_words, N_OF_FOUR, NULL};
const struct route_points route_points_one = {always_100, key_word, 1, &route_points_weighted};
const struct route_points route_points_full = {always_40, md5_words, N_OF_FOUR, NULL};
const struct route_points route_points_sha1 = {share_of_160, sha1_word, 1, NULL};
const struct route_points route_points_xxh3 = {always_160, xxh3_word, 1, NULL};
const struct route_points route_points_pecl = {weight_times_160, key_word, 1, NULL};

static uint64_t
sum_of_weights(const struct route *r, const struct route_server *servers)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < r->n_live; i++)
        total += route_weight(&servers[r->live[i]]);
    return total;
}

static const struct route_points *
points_of(const struct route *r, const struct route_server *servers)
{
    const struct route_points *points = r->kind->points;
    for (uint32_t i = 0; i < r->n && points->weighted != NULL; i++)
        if (servers[i].weight > 1)
            points = points->weighted;
    return points;
}

static struct route_point *
place(const struct route *r, const struct route_points *points, const struct route_server *server,
    uint32_t owner, uint32_t n_strings, struct route_point *out)
{
    char name[ROUTE_NODE_SIZE + 16];
    size_t n = route_write_node(server, r->kind->node, name);
    for (uint32_t i = 0; i < n_strings; i++) {
        uint32_t word[4];
        int digits = snprintf(name + n, 16, "%u", i);
        points->words(r, name, n + (size_t)digits, word);
        for (uint32_t w = 0; w < points->n_words; w++)
            *out++ = (struct route_point){word[w], owner};
    }
    return out;
}

static int
by_value(const void *one, const void *other)
{
    const struct route_point *a = one, *b = other;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->owner < b->owner ? -1 : a->owner > b->owner;
}

/*
 * Cuts the circle into about as many slices as points: a search begins at its
 * slice, and mostly ends there.
 */
static int
slice(struct route_circle *c)
{
    MUST(c->n > 0 && c->n <= ROUTE_POINTS_MAX);
    uint8_t bits = 1;
    while (bits < 31 && (uint32_t)1 << bits < c->n)
        bits++;
    c->shift = 32 - bits;
    c->first = calloc((size_t)1 << bits, sizeof *c->first);
    if (c->first == NULL)
        return -ENOMEM;
    for (uint64_t s = 0, at = 0; s < (uint64_t)1 << bits; s++) {
        while (at < c->n && c->point[at].value < s << c->shift)
            at++;
        c->first[s] = (uint32_t)at;
    }
    return 0;
}

int
route_draw(struct route *r, const struct route_server *servers)
{
    const struct route_points *points = points_of(r, servers);
    uint64_t total_weight = sum_of_weights(r, servers), n = 0;
    for (uint32_t i = 0; i < r->n_live; i++)
        n += (uint64_t)points->n_strings(&servers[r->live[i]], r->n_live, total_weight) * points->n_words;
    if (n == 0 || n > ROUTE_POINTS_MAX)
        return -EINVAL;
    struct route_circle *c = &r->circle;
    c->point = calloc(n, sizeof *c->point);
    if (c->point == NULL)
        return -ENOMEM;
    struct route_point *end = c->point;
    for (uint32_t i = 0; i < r->n_live; i++) {
        const struct route_server *s = &servers[r->live[i]];
        end = place(r, points, s, r->live[i], points->n_strings(s, r->n_live, total_weight), end);
    }
    MUST(n <= ROUTE_POINTS_MAX && c->first == NULL);
    c->n = (uint32_t)n;
    MUST(end == c->point + n);
    qsort(c->point, n, sizeof *c->point, by_value);
    return slice(c);
}

void
route_circle_fini(struct route_circle *c)
{
    free(c->point);
    free(c->first);
}
