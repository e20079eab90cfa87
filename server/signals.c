#include "server/signals.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "server/reload.h"
#include "server/server.h"
#include "server/process/service.h"

enum { SIGNALS_MAGIC = 0x7369676e, SIGNALS_N = 4 };

struct signals {
    uint32_t magic;
    struct server *server;
    struct event_base *base;
    struct event *signal[SIGNALS_N];
    struct event *stop;
    bool now, gracefully; /* which kinds of stop were requested */
};

static void
signals_must_be(const struct signals *s)
{
    MUST(s != NULL && s->magic == SIGNALS_MAGIC);
    server_must_be_main_thread(s->server);
}

static void
stop(struct signals *s, bool gracefully, const char *cause)
{
    signals_must_be(s);
    if (!(gracefully ? s->gracefully || s->now : s->now))
        LOG(LOG_INFO, "stopping%s (%s)", gracefully ? " gracefully" : "", cause);
    s->now |= !gracefully;
    s->gracefully |= gracefully;
    event_base_loopbreak(s->base);
}

static void
on_stop_signal(evutil_socket_t number, short what, void *arg)
{
    (void)what;
    if (number != SIGUSR1) {
        signal(SIGINT, SIG_DFL); /* a second signal kills the process at once */
        signal(SIGTERM, SIG_DFL);
    }
    stop(arg, number == SIGUSR1, strsignal((int)number));
}

static void
on_hangup(evutil_socket_t number, short what, void *arg)
{
    struct signals *s = arg;
    signals_must_be(s);
    (void)number;
    (void)what;
    service_reloading(s->server->service);
    reload_all(s->server);
    service_reloaded(s->server->service);
}

static void
on_stop_fd(evutil_socket_t fd, short what, void *arg)
{
    bool gracefully;
    (void)what;
    if (server_asked_to_stop(fd, &gracefully))
        stop(arg, gracefully, "a client asked");
}

static bool
watch(struct signals *s)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGUSR1};
    static_assert(sizeof stops / sizeof *stops + 1 == SIGNALS_N, "an event for each of them, and for SIGHUP");
    bool ok = true;
    for (int i = 0; i < 3; i++) {
        s->signal[i] = event_new(s->base, stops[i], EV_SIGNAL | EV_PERSIST, on_stop_signal, s);
        ok &= s->signal[i] != NULL && event_add(s->signal[i], NULL) == 0;
    }
    s->signal[3] = event_new(s->base, SIGHUP, EV_SIGNAL | EV_PERSIST, on_hangup, s);
    ok &= s->signal[3] != NULL && event_add(s->signal[3], NULL) == 0;
    s->stop = event_new(s->base, s->server->stop_fd, EV_READ | EV_PERSIST, on_stop_fd, s);
    return ok && s->stop != NULL && event_add(s->stop, NULL) == 0;
}

struct signals *
signals_new(struct server *server, struct event_base *base)
{
    struct signals *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    MUST(server->stop_fd < 0); /* it has no other signals */
    s->magic = SIGNALS_MAGIC;
    s->server = server;
    s->base = base;
    server->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    signal(SIGPIPE, SIG_IGN);
    if (server->stop_fd < 0 || !watch(s))
        signals_free(&s);
    return s;
}

/* libevent restores a signal's default action: these two must not kill the process while it stops. */
static void
block_other_signals(void)
{
    sigset_t others;
    sigemptyset(&others);
    sigaddset(&others, SIGUSR1);
    sigaddset(&others, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &others, NULL);
}

void
signals_free(struct signals **sp)
{
    struct signals *s = *sp;
    *sp = NULL;
    if (s == NULL)
        return;
    signals_must_be(s);
    block_other_signals();
    for (int i = 0; i < SIGNALS_N; i++)
        if (s->signal[i] != NULL)
            event_free(s->signal[i]);
    if (s->stop != NULL)
        event_free(s->stop);
    if (s->server->stop_fd >= 0)
        close(s->server->stop_fd);
    s->server->stop_fd = -1;
    s->magic = 0;
    free(s);
}

bool
signals_want_grace(const struct signals *s)
{
    signals_must_be(s);
    return s->gracefully && !s->now;
}
