/*
 * pool: handles for many threads, one for each thread that uses a cache; see larder.h.
 *
 * The handle that was given back last is taken first, because its connections were used
 * most recently.  A handle is created when none is free.  The model is a handle of the
 * pool's own, which is copied and never used.
 *
 * Threads: any.  `mutex` guards everything except `n_max`.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/must.h"
#include "client/handle.h"

struct place {
    struct larder *handle;
    uint64_t version; /* of the server list that it has */
};

#define POOL_MAGIC 0x706f6f6cu

struct larder_pool {
    uint32_t magic; /* POOL_MAGIC */
    pthread_mutex_t mutex;
    pthread_cond_t given;
    size_t n_max;
    struct larder *model;
    uint64_t version; /* of the model's server list */
    size_t n_made, n_free, n_taken;
    struct place *free; /* the most recently used last */
    struct place *taken;
};

/* Checks that the pool has not been freed. */
static void
pool_must_be(const struct larder_pool *p)
{
    MUST(p != NULL && p->magic == POOL_MAGIC);
}

/* With the mutex: every handle is either free or taken. */
static void
pool_must_hold(const struct larder_pool *p)
{
    MUST(p->n_made <= p->n_max && p->n_free + p->n_taken == p->n_made);
    MUST(p->model != NULL);
}

struct larder_pool *
larder_pool_new(const struct larder *model, size_t n_max)
{
    struct larder_pool *p = calloc(1, sizeof *p);
    pthread_condattr_t attr;

    if (p == NULL || n_max == 0) {
        free(p);
        return NULL;
    }
    p->magic = POOL_MAGIC;
    p->n_max = n_max;
    p->model = larder_clone(model);
    p->free = calloc(n_max, sizeof *p->free);
    p->taken = calloc(n_max, sizeof *p->taken);
    if (p->model == NULL || p->free == NULL || p->taken == NULL) {
        larder_free(p->model);
        free(p->free);
        free(p->taken);
        free(p);
        return NULL;
    }
    pthread_mutex_init(&p->mutex, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->given, &attr);
    pthread_condattr_destroy(&attr);
    return p;
}

void
larder_pool_free(struct larder_pool *p)
{
    if (p == NULL)
        return;
    pool_must_be(p);
    pool_must_hold(p);
    for (size_t i = 0; i < p->n_free; i++)
        larder_free(p->free[i].handle);
    larder_free(p->model);
    pthread_cond_destroy(&p->given);
    pthread_mutex_destroy(&p->mutex);
    free(p->free);
    free(p->taken);
    p->magic = 0;
    free(p);
}

/* Waits until a handle is free or another may be created.  false: not in time. */
static bool
wait_for_one(struct larder_pool *p, int timeout_ms)
{
    struct timespec until;
    int error = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    while (p->n_free == 0 && p->n_made == p->n_max && error == 0)
        error = timeout_ms < 0 ? pthread_cond_wait(&p->given, &p->mutex)
                               : pthread_cond_timedwait(&p->given, &p->mutex, &until);
    return p->n_free > 0 || p->n_made < p->n_max;
}

/* A free handle or a new one; wait_for_one has returned true. */
static struct place
take_place(struct larder_pool *p)
{
    if (p->n_free > 0)
        return p->free[--p->n_free];
    struct place made = {larder_clone(p->model), p->version};
    if (made.handle != NULL)
        p->n_made++;
    return made;
}

struct larder *
larder_pool_take(struct larder_pool *p, int timeout_ms)
{
    struct place place = {0};
    struct larder *like = NULL;

    pool_must_be(p);
    pthread_mutex_lock(&p->mutex);
    if (wait_for_one(p, timeout_ms))
        place = take_place(p);
    if (place.handle != NULL) {
        if (place.version != p->version && (like = larder_clone(p->model)) != NULL)
            place.version = p->version; /* when out of memory, at the next take */
        MUST(p->n_taken < p->n_max);
        p->taken[p->n_taken++] = place;
    }
    pthread_mutex_unlock(&p->mutex);
    if (like != NULL) {
        servers_follow(place.handle, like); /* outside the mutex, because it closes connections */
        larder_free(like);
    }
    return place.handle;
}

void
larder_pool_give(struct larder_pool *p, struct larder *l)
{
    size_t i = 0;

    pool_must_be(p);
    core_give_up(l); /* a callback must not run in the next thread */
    pthread_mutex_lock(&p->mutex);
    while (i < p->n_taken && p->taken[i].handle != l)
        i++;
    MUST(i < p->n_taken); /* else it is of another pool, or was given back before */
    p->free[p->n_free++] = p->taken[i];
    p->taken[i] = p->taken[--p->n_taken];
    pool_must_hold(p);
    pthread_cond_signal(&p->given);
    pthread_mutex_unlock(&p->mutex);
}

/* Finding the servers may take long, so the new model is made without the mutex. */
int
larder_pool_servers(struct larder_pool *p, const char *list)
{
    pool_must_be(p);
    pthread_mutex_lock(&p->mutex);
    struct larder *model = larder_clone(p->model);
    pthread_mutex_unlock(&p->mutex);
    int code = model != NULL ? larder_servers(model, list) : LARDER_NO_MEMORY;
    if (code != LARDER_OK) {
        larder_free(model);
        return code;
    }
    topology_forget_scout(&model->topology); /* a model has no connections */
    pthread_mutex_lock(&p->mutex);
    struct larder *old = p->model;
    p->model = model;
    p->version++;
    pthread_mutex_unlock(&p->mutex);
    larder_free(old);
    return LARDER_OK;
}
