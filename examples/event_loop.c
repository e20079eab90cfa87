/*
 * event_loop: liblarder in a program that already has an event loop, here libevent's.
 *
 *     event_loop SERVERS
 *
 * Before each wait the function watch_again asks the library for the descriptors to
 * wait for; when one is ready, on_ready lets the library send and receive.
 *
 *     cc event_loop.c $(pkg-config --cflags --libs liblarder libevent_core)
 */
#include <event2/event.h>
#include <larder.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { N_FDS = 64, N_REQUESTS = 1000 };

struct loop {
    struct larder *cache;
    struct event_base *base;
    struct event *events[N_FDS], *timer;
    int n_stored, n_read, n_failed;
};

static void watch_again(struct loop *);

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
    struct loop *loop = arg;

    (void)fd;
    (void)what;
    larder_service(loop->cache, 0);
    watch_again(loop);
}

static void
forget_events(struct loop *loop)
{
    for (int i = 0; i < N_FDS && loop->events[i] != NULL; i++) {
        event_free(loop->events[i]);
        loop->events[i] = NULL;
    }
}

/* The descriptors change with each call of larder_service, so the events are made again. */
static void
watch_again(struct loop *loop)
{
    struct larder_pollfd fds[N_FDS];
    int timeout_ms;
    size_t n = larder_pollfds(loop->cache, fds, N_FDS, &timeout_ms);

    forget_events(loop);
    if (larder_outstanding(loop->cache) == 0) { /* the loop of a server would continue */
        event_base_loopbreak(loop->base);
        return;
    }
    for (size_t i = 0; i < n && i < N_FDS; i++) {
        short what =
            (short)((fds[i].events & POLLIN ? EV_READ : 0) | (fds[i].events & POLLOUT ? EV_WRITE : 0));
        loop->events[i] = event_new(loop->base, fds[i].fd, what, on_ready, loop);
        event_add(loop->events[i], NULL);
    }
    if (timeout_ms >= 0) {
        struct timeval t = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
        event_add(loop->timer, &t);
    }
}

static void
on_read(void *arg, int code, const struct larder_item *item)
{
    struct loop *loop = arg;

    if (code == LARDER_OK && item->n_value == 5)
        loop->n_read++;
    else
        loop->n_failed++;
}

static void
on_stored(void *arg, int code, const struct larder_item *item)
{
    struct loop *loop = arg;
    char key[32];

    (void)item;
    if (code != LARDER_OK) {
        loop->n_failed++;
        return;
    }
    struct larder_request get = {.operation = LARDER_GET, .key = key};
    get.n_key = (size_t)snprintf(key, sizeof key, "event%d", loop->n_stored++);
    if (larder_submit(loop->cache, &get, on_read, loop) != LARDER_OK)
        loop->n_failed++;
}

int
main(int argc, char **argv)
{
    struct loop loop = {.cache = larder_new(), .base = event_base_new()};

    if (loop.cache == NULL || loop.base == NULL)
        return 2;
    /* A request waits for all requests before it, which may take longer than the default of one second. */
    if (larder_option(loop.cache, "connect_timeout_ms", "20000") != LARDER_OK ||
        larder_option(loop.cache, "timeout_ms", "20000") != LARDER_OK)
        return 2;
    if (larder_servers(loop.cache, argc > 1 ? argv[1] : "127.0.0.1") != LARDER_OK)
        return 2;
    loop.timer = evtimer_new(loop.base, on_ready, &loop);
    for (int i = 0; i < N_REQUESTS; i++) {
        char key[32];
        struct larder_request set = {.operation = LARDER_SET, .key = key, .value = "hello", .n_value = 5};
        set.n_key = (size_t)snprintf(key, sizeof key, "event%d", i);
        if (larder_submit(loop.cache, &set, on_stored, &loop) != LARDER_OK)
            loop.n_failed++;
    }
    watch_again(&loop);
    event_base_dispatch(loop.base);
    printf("%d stored, %d read, %d failed\n", loop.n_stored, loop.n_read, loop.n_failed);
    forget_events(&loop);
    event_free(loop.timer);
    event_base_free(loop.base);
    larder_free(loop.cache);
    return loop.n_read == N_REQUESTS ? 0 : 1;
}
