/*
 * pool: a few connections for many threads.
 *
 *     pool SERVERS
 *
 * Sixteen threads count visits with four handles: each thread takes a handle for
 * one request, and gives it back.
 *
 *     cc pool.c $(pkg-config --cflags --libs liblarder) -pthread
 */
#include <larder.h>
#include <pthread.h>
#include <stdio.h>

enum { N_THREADS = 16, N_HANDLES = 4, N_VISITS = 100 };

static void *
visit(void *arg)
{
    struct larder_pool *pool = arg;

    for (int i = 0; i < N_VISITS; i++) {
        struct larder *l = larder_pool_take(pool, 60000);
        if (l == NULL)
            return NULL;
        int code = larder_count(l, "visits", 6, 1, 1, 0, NULL);
        if (code != LARDER_OK)
            fprintf(stderr, "%s: %s\n", larder_strerror(code), larder_why(l));
        larder_pool_give(pool, l);
    }
    return NULL;
}

int
main(int argc, char **argv)
{
    struct larder *model = larder_new();
    pthread_t threads[N_THREADS];
    uint64_t n = 0;

    if (model == NULL || larder_option(model, "connect_timeout_ms", "20000") != LARDER_OK ||
        larder_option(model, "timeout_ms", "20000") !=
            LARDER_OK) /* a request must not time out: each visit counts */
        return 2;
    if (larder_servers(model, argc > 1 ? argv[1] : "127.0.0.1") != LARDER_OK)
        return 2;
    larder_delete(model, "visits", 6);
    struct larder_pool *pool = larder_pool_new(model, N_HANDLES);
    if (pool == NULL)
        return 2;
    for (int i = 0; i < N_THREADS; i++)
        if (pthread_create(&threads[i], NULL, visit, pool) != 0)
            return 2;
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
    larder_incr(model, "visits", 6, 0, &n);
    printf("%llu visits\n", (unsigned long long)n);
    larder_pool_free(pool);
    larder_free(model);
    return n == N_THREADS * N_VISITS ? 0 : 1;
}
