/*
 * rendezvous: pymemcache hashes "host:port-key" for each server with MurmurHash3
 * from 0; the server with the highest hash has the key, and of equal hashes the server
 * whose name sorts last.
 *
 * The hash of a server's name up to its last whole word is computed beforehand; the rest
 * of the name, 0 to 3 bytes, shifts the key.  Servers with equally long rests use the same
 * words of the key except the first, so these words are scrambled once, and a batch of
 * servers uses each in a loop without branches.
 */
#include "client/route/route_internal.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>

enum { BATCH = 16 };

/* Servers whose names have `n_left` bytes after their last whole word. */
struct batch {
    uint32_t hash[BATCH]; /* of the name's whole words */
    uint32_t left[BATCH]; /* the other bytes of the name, lowest first */
    uint32_t n_name[BATCH];
    uint32_t rank[BATCH]; /* by name: decides between equal hashes */
    uint32_t server[BATCH];
    uint32_t n, n_left;
};

struct rendezvous {
    uint32_t n_batches;
    struct batch batch[];
};

struct named {
    char name[ROUTE_NODE_SIZE];
    size_t n;
    uint32_t server;
};

static int
by_name(const void *one, const void *other)
{
    const struct named *a = one, *b = other;
    size_t n = a->n < b->n ? a->n : b->n;
    int order = memcmp(a->name, b->name, n);
    if (order == 0)
        order = a->n < b->n ? -1 : a->n > b->n;
    return order != 0 ? order : (a->server < b->server ? -1 : a->server > b->server);
}

static inline uint32_t
bytes_at(const char *p, size_t n)
{
    uint32_t w = 0;
    CHECKED_MUST(n == 0 || p != NULL);
    if (n >= 4) {
        memcpy(&w, p, 4);
        return le32toh(w);
    }
    for (size_t i = 0; i < n; i++)
        w |= (uint32_t)(unsigned char)p[i] << (8 * i);
    return w;
}

static void
add(struct batch *b, const struct named *s, uint32_t rank)
{
    MUST(b->n < BATCH);
    uint32_t hash = 0, i = b->n++;
    size_t at = 0, n = s->n + 1; /* with the "-" after it */
    for (; n - at >= 4; at += 4)
        hash = keyhash_murmur3_mix(hash, keyhash_murmur3_word(bytes_at(s->name + at, 4)));
    b->hash[i] = hash;
    b->left[i] = bytes_at(s->name + at, n - at);
    b->n_name[i] = (uint32_t)n;
    b->rank[i] = rank;
    b->server[i] = s->server;
}

static int
build(struct route *r, const struct route_server *servers)
{
    uint32_t n_most = r->n_live / BATCH + 4;
    struct named *names = calloc(r->n_live, sizeof *names);
    struct rendezvous *v = calloc(1, sizeof *v + n_most * sizeof v->batch[0]);
    r->own = v;
    if (names == NULL || v == NULL) {
        free(names);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < r->n_live; i++) {
        names[i].n = route_write_node(&servers[r->live[i]], r->kind->node, names[i].name) - 1;
        names[i].server = r->live[i];
    }
    qsort(names, r->n_live, sizeof *names, by_name);
    for (uint32_t n_left = 0; n_left < 4; n_left++) {
        struct batch *b = NULL;
        for (uint32_t i = 0; i < r->n_live; i++) {
            if ((names[i].n + 1) % 4 != n_left)
                continue;
            if (b == NULL || b->n == BATCH) {
                b = &v->batch[v->n_batches++];
                b->n_left = n_left;
            }
            add(b, &names[i], i);
        }
    }
    MUST(v->n_batches <= n_most);
    free(names);
    return 0;
}

/* Continues MurmurHash3 after the names, with the key, for a whole batch. */
static void
hash_on(const struct batch *b, struct bytes key, uint32_t h[static BATCH])
{
    memcpy(h, b->hash, sizeof b->hash);
    size_t n_total = b->n_left + key.n, at = 4 - b->n_left;
    if (n_total < 4) {
        uint32_t only = key.n == 0 ? 0 : bytes_at(key.p, key.n) << (8 * b->n_left);
        for (int i = 0; i < BATCH; i++)
            h[i] ^= keyhash_murmur3_word(b->left[i] | only);
    } else {
        uint32_t first = b->n_left == 0 ? bytes_at(key.p, 4) : bytes_at(key.p, at) << (8 * b->n_left);
        for (int i = 0; i < BATCH; i++)
            h[i] = keyhash_murmur3_mix(h[i], keyhash_murmur3_word(b->left[i] | first));
        for (; key.n - at >= 4; at += 4) {
            uint32_t word = keyhash_murmur3_word(bytes_at(key.p + at, 4));
            for (int i = 0; i < BATCH; i++)
                h[i] = keyhash_murmur3_mix(h[i], word);
        }
        uint32_t rest = keyhash_murmur3_word(bytes_at(key.p + at, key.n - at));
        for (int i = 0; i < BATCH; i++)
            h[i] ^= rest;
    }
    for (int i = 0; i < BATCH; i++)
        h[i] = keyhash_murmur3_end(h[i], b->n_name[i] + (uint32_t)key.n);
}

/* The highest score below `below`.  Ranks differ, so no two scores are equal. */
static uint64_t
highest(const struct rendezvous *v, struct bytes key, uint64_t below, uint32_t *server)
{
    uint64_t best = 0;
    for (uint32_t i = 0; i < v->n_batches; i++) {
        const struct batch *b = &v->batch[i];
        uint32_t h[BATCH];
        hash_on(b, key, h);
        for (uint32_t j = 0; j < b->n; j++) {
            uint64_t score = ((uint64_t)h[j] << 32 | b->rank[j]) + 1;
            if (score > best && score < below) {
                best = score;
                *server = b->server[j];
            }
        }
    }
    return best;
}

static unsigned
choose(const struct route *r, struct bytes key, uint32_t *choice, unsigned max)
{
    unsigned n = 0;
    uint64_t score = UINT64_MAX;
    while (n < max && n < r->n_live) {
        score = highest(r->own, key, score, &choice[n]);
        CHECKED_MUST(score > 0 && choice[n] < r->n);
        n++;
    }
    return n;
}

static void
fini(struct route *r)
{
    free(r->own);
}

const struct route_way route_rendezvous = {build, choose, fini};
