/*
 * packing: see packing.h.
 *
 * pylibmc stores zlib's format.  php-memcached stores the length of the original value
 * before the compressed one, in four bytes in the machine's order, and its flags say which
 * compression was used; it reads both, whichever one it writes.
 */
#include "client/packing/packing.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "client/packing/deflate.h"
#include "client/packing/fastlz.h"
#include "client/larder.h"

enum packing_flag {
    PYLIBMC_ZLIB = 1 << 3,
    PHP_PACKED = 1 << 4,
    PHP_ZLIB = 1 << 5,
    PHP_FASTLZ = 1 << 6,
    PHP_ZSTD = 1 << 7, /* not written, and not read */
};

struct packing {
    const char *name;
    uint32_t mask;     /* the flags that belong to the format */
    uint32_t sets;     /* the flags that packing_pack sets */
    uint32_t packed;   /* a value with one of these is compressed */
    uint32_t fastlz;   /* by FastLZ if it has one of these */
    uint32_t zlib;     /* by zlib if it has one of these */
    uint32_t n_before; /* bytes with the original length, before the compressed value */
};

static const struct packing packings[] = {
    {"pylibmc", PYLIBMC_ZLIB, PYLIBMC_ZLIB, PYLIBMC_ZLIB, 0, PYLIBMC_ZLIB, 0},
    {"php-zlib", PHP_PACKED | PHP_ZLIB | PHP_FASTLZ | PHP_ZSTD, PHP_PACKED | PHP_ZLIB, PHP_PACKED, PHP_FASTLZ,
        PHP_ZLIB, 4},
    {"php-fastlz", PHP_PACKED | PHP_ZLIB | PHP_FASTLZ | PHP_ZSTD, PHP_PACKED | PHP_FASTLZ, PHP_PACKED,
        PHP_FASTLZ, PHP_ZLIB, 4},
};

struct unpacked {
    struct unpacked *next;
    char bytes[];
};
static_assert(offsetof(struct unpacked, bytes) == sizeof(struct unpacked), "a value follows its link");

bool
packing_named(const char *name, const struct packing **packing)
{
    *packing = NULL;
    if (strcmp(name, "none") == 0)
        return true;
    for (size_t i = 0; i < sizeof packings / sizeof *packings; i++)
        if (strcmp(name, packings[i].name) == 0)
            *packing = &packings[i];
    return *packing != NULL;
}

bool
packing_works(const struct packing *packing)
{
    return packing == NULL || deflate_available();
}

uint32_t
packing_flags(const struct packing *packing)
{
    MUST(packing != NULL && (packing->sets & ~packing->mask) == 0);
    return packing->mask;
}

void
packing_pack(
    const struct packing *packing, struct bytes value, char **packed, uint32_t *n_packed, uint32_t *flags)
{
    MUST(value.n <= UINT32_MAX && packing->n_before <= sizeof(uint32_t));
    uint32_t n_value = (uint32_t)value.n, before = packing->n_before;
    char *room = value.n > before + 1 ? malloc(value.n) : NULL;
    size_t n = 0;

    *packed = NULL;
    if (room == NULL) /* out of memory: the value is stored uncompressed */
        return;
    memcpy(room, &n_value, before);
    if (packing->sets & packing->fastlz)
        n = fastlz_pack(value, room + before, value.n - before - 1);
    else
        n = deflate_pack(value, room + before, value.n - before - 1);
    if (n == 0) {
        free(room);
        return;
    }
    MUST(n + before < value.n);
    *packed = room;
    *n_packed = (uint32_t)n + before;
    *flags |= packing->sets;
}

static int
unpack_fastlz(struct bytes packed, size_t n, char **room)
{
    *room = malloc(sizeof(struct unpacked) + n + 1);
    if (*room == NULL)
        return LARDER_NO_MEMORY;
    if (fastlz_unpack(packed, *room + sizeof(struct unpacked), n))
        return LARDER_OK;
    free(*room);
    return LARDER_BAD_VALUE;
}

static int
unpack(const struct packing *packing, struct bytes packed, uint32_t flags, size_t max, char **room, size_t *n)
{
    uint32_t n_original = 0;

    if (packed.n < packing->n_before)
        return LARDER_BAD_VALUE;
    memcpy(&n_original, packed.p, packing->n_before);
    packed = bytes_of(packed.p + packing->n_before, packed.n - packing->n_before);
    if (n_original > max)
        return LARDER_TOO_LARGE;
    *n = n_original;
    if (flags & packing->fastlz)
        return unpack_fastlz(packed, n_original, room);
    if (!(flags & packing->zlib))
        return LARDER_BAD_VALUE;
    int code =
        deflate_unpack(packed, sizeof(struct unpacked), packing->n_before > 0 ? n_original : max, room, n);
    if (code == LARDER_TOO_LARGE && packing->n_before > 0)
        return LARDER_BAD_VALUE;
    if (code != LARDER_OK || packing->n_before == 0 || *n == n_original)
        return code;
    free(*room);
    return LARDER_BAD_VALUE;
}

int
packing_unpack(
    const struct packing *packing, struct bytes *value, uint32_t *flags, size_t max, struct unpacked **list)
{
    char *room;
    size_t n;

    if (!(*flags & packing->packed))
        return LARDER_OK;
    int code = unpack(packing, *value, *flags, max, &room, &n);
    *value = bytes_of("", 0);
    if (code != LARDER_OK)
        return code;
    MUST(room != NULL && n <= max);
    struct unpacked *u = (struct unpacked *)(void *)room;
    u->next = *list;
    *list = u;
    *value = bytes_of(u->bytes, n);
    *flags &= ~packing->mask;
    return LARDER_OK;
}

void
packing_forget(struct unpacked **list)
{
    while (*list != NULL) {
        struct unpacked *next = (*list)->next;
        free(*list);
        *list = next;
    }
}
