/*
 * read_through: a cache for pages that are slow to make, without a stampede.
 *
 *     read_through SERVERS
 *
 * Eight threads request the same page at the same time, and the cache does not have
 * it: one of them makes it, the others wait.  When the page is out of date, one thread
 * makes a new one, and until then the others get the old one.
 *
 *     cc read_through.c $(pkg-config --cflags --libs liblarder) -pthread
 */
#include <larder.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { N_THREADS = 8 };

static atomic_int n_made;

/* Makes a page, slowly.  Each thread has its own buffer, which must stay valid until larder_fetch has returned. */
static int
make_page(void *arg, const void *key, size_t n_key, const char **value, size_t *n_value)
{
    static _Thread_local char page[128];
    const struct timespec slow = {.tv_nsec = 50 * 1000 * 1000};

    (void)arg;
    nanosleep(&slow, NULL);
    int n = snprintf(page, sizeof page, "<h1>%.*s</h1>", (int)n_key, (const char *)key);
    atomic_fetch_add(&n_made, 1);
    *value = page;
    *n_value = (size_t)n;
    return LARDER_OK;
}

/* Making a page costs more than waiting for a busy server, so wait longer than the default of one second. */
static int
wait_longer(struct larder *l)
{
    int code = larder_option(l, "connect_timeout_ms", "20000");

    return code == LARDER_OK ? larder_option(l, "timeout_ms", "20000") : code;
}

static void *
request_page(void *arg)
{
    struct larder *l = arg;
    struct larder_item item;
    const struct larder_fetch how = {
        .compute = make_page,
        .ttl_s = 600,  /* the page expires after ten minutes, */
        .early_s = 30, /* one caller makes a new one in the last 30 seconds, */
        .lease_s = 10, /* and has ten seconds for it */
    };
    int code = larder_fetch(l, "/index.html", 11, &how, &item);

    if (code != LARDER_OK)
        fprintf(stderr, "%s: %s\n", larder_strerror(code), larder_why(l));
    return code == LARDER_OK && strncmp(item.value, "<h1>/index.html", 15) == 0 ? arg : NULL;
}

static int
all_request_it(struct larder *const *handles)
{
    pthread_t threads[N_THREADS];
    int n_got = 0;

    for (int i = 0; i < N_THREADS; i++)
        if (pthread_create(&threads[i], NULL, request_page, handles[i]) != 0)
            return 0;
    for (int i = 0; i < N_THREADS; i++) {
        void *got;
        pthread_join(threads[i], &got);
        n_got += got != NULL;
    }
    return n_got;
}

int
main(int argc, char **argv)
{
    struct larder *handles[N_THREADS] = {NULL}; /* only one thread at a time may use a handle */
    int n_got = 0;

    for (int i = 0; i < N_THREADS; i++) {
        handles[i] = larder_new();
        if (handles[i] == NULL || wait_longer(handles[i]) != LARDER_OK ||
            larder_servers(handles[i], argc > 1 ? argv[1] : "127.0.0.1") != LARDER_OK)
            return 2;
    }
    n_got += all_request_it(handles); /* the page is missing */
    n_got += all_request_it(handles); /* it is stored */
    larder_invalidate(handles[0], "/index.html", 11, 60);
    n_got += all_request_it(handles); /* it is out of date */
    printf("%d pages served, made %d times\n", n_got, atomic_load(&n_made));
    for (int i = 0; i < N_THREADS; i++)
        larder_free(handles[i]);
    return n_got == 3 * N_THREADS ? 0 : 1;
}
