/* deflate: see deflate.h. */
#include "client/packing/deflate.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#include "client/larder.h"

/* The values of zlib.h. */
enum { ZLIB_OK = 0, ZLIB_NO_MEMORY = -4, ZLIB_NO_ROOM = -5 };
typedef int zlib_function(unsigned char *dst, unsigned long *n_dst, const unsigned char *, unsigned long n);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static zlib_function *compress_with, *uncompress_with; /* constant after `once` */

static void
look_for_zlib(void)
{
    void *zlib = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);

    if (zlib == NULL)
        return;
    *(void **)&compress_with = dlsym(zlib, "compress");
    *(void **)&uncompress_with = dlsym(zlib, "uncompress");
}

bool
deflate_available(void)
{
    pthread_once(&once, look_for_zlib);
    return compress_with != NULL && uncompress_with != NULL;
}

size_t
deflate_pack(struct bytes value, char *dst, size_t room)
{
    unsigned long n = room;

    if (!deflate_available())
        return 0;
    return compress_with((unsigned char *)dst, &n, (const unsigned char *)value.p, value.n) == ZLIB_OK ? n
                                                                                                       : 0;
}

/* The format does not say how long the value is, so larger and larger buffers are tried. */
int
deflate_unpack(struct bytes packed, size_t before, size_t max, char **room, size_t *n)
{
    if (!deflate_available())
        return LARDER_NOT_SUPPORTED;
    for (size_t size = packed.n < 1024 ? 4096 : packed.n * 4;; size *= 4) {
        size = size < max ? size : max;
        unsigned long n_out = size;
        char *p = malloc(before + size + 1);
        if (p == NULL)
            return LARDER_NO_MEMORY;
        int result =
            uncompress_with((unsigned char *)p + before, &n_out, (const unsigned char *)packed.p, packed.n);
        MUST(n_out <= size);
        if (result == ZLIB_OK) {
            *room = p;
            *n = n_out;
            return LARDER_OK;
        }
        free(p);
        if (result == ZLIB_NO_MEMORY)
            return LARDER_NO_MEMORY;
        if (result != ZLIB_NO_ROOM)
            return LARDER_BAD_VALUE;
        if (size == max)
            return LARDER_TOO_LARGE;
    }
}
