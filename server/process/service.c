#include "server/process/service.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

enum {
    FIRST_SOCKET = 3,
    SOCKETS_HANDED_MAX = 1024,
    READY_TIMEOUT_S = 2, /* the longest time that service_ready waits for a manager that does not read */
};

static_assert((int)FIRST_SOCKET > STDERR_FILENO, "the sockets come after the standard streams");

static void
service_must_be(const struct service *s)
{
    MUST(s != NULL && s->magic == SERVICE_MAGIC);
    owner_must_be_self(&s->owner);
}

/* ---- the environment ---- */

/* The variable as a number from 0 to `most`, or 0 if it is none. */
static uint64_t
number_of(const char *variable, uint64_t most)
{
    const char *text = getenv(variable);
    char *end;
    if (text == NULL || *text < '0' || *text > '9')
        return 0;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && n <= most ? n : 0;
}

/* If the variable has a process id, the others are for that process. */
static bool
meant_for_us(const char *variable)
{
    return number_of(variable, INT32_MAX) == (uint64_t)getpid();
}

static void
take_sockets(struct service *s)
{
    const char *names = getenv("LISTEN_FDNAMES");
    if (!meant_for_us("LISTEN_PID"))
        return;
    s->n_sockets = (int)number_of("LISTEN_FDS", SOCKETS_HANDED_MAX);
    MUST(s->n_sockets >= 0 && s->names == NULL);
    for (int fd = FIRST_SOCKET; fd < FIRST_SOCKET + s->n_sockets; fd++)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (names != NULL)
        s->names = strdup(names); /* NULL: the sockets have no names */
}

/* Connects to a path, or to a name without a file if `where` begins with '@'. */
static int
open_notify(const char *where)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct timeval timeout = {.tv_sec = READY_TIMEOUT_S};
    size_t n = strlen(where);
    if ((where[0] != '/' && where[0] != '@') || n >= sizeof un.sun_path) {
        LOG(LOG_WARN, "NOTIFY_SOCKET=%s: not a path and not a name with @, or too long", where);
        return -1;
    }
    memcpy(un.sun_path, where, n);
    if (where[0] == '@')
        un.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t n_un = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&un, n_un) == 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
        return fd;
    }
    LOG(LOG_WARN, "NOTIFY_SOCKET=%s: %s", where, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

void
service_init(struct service *s)
{
    static const char *const variables[] = {
        "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
    const char *where = getenv("NOTIFY_SOCKET");
    *s = (struct service){.magic = SERVICE_MAGIC, .notify_fd = -1};
    owner_take(&s->owner);
    take_sockets(s);
    if (where != NULL)
        s->notify_fd = open_notify(where);
    if (s->notify_fd >= 0 && (getenv("WATCHDOG_PID") == NULL || meant_for_us("WATCHDOG_PID")))
        s->watchdog_us = number_of("WATCHDOG_USEC", UINT64_C(1) << 50);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
}

void
service_fini(struct service *s)
{
    if (s->watchdog != NULL)
        event_free(s->watchdog);
    if (s->notify_fd >= 0)
        close(s->notify_fd);
    free(s->names);
    *s = (struct service){.notify_fd = -1};
}

int
service_socket(const struct service *s, int i, struct bytes *name)
{
    service_must_be(s);
    MUST(i >= 0 && i < s->n_sockets);
    const char *p = s->names == NULL ? "" : s->names;
    for (int skip = i; skip > 0 && *p != '\0'; skip--) {
        p = strchrnul(p, ':');
        p += *p == ':';
    }
    *name = bytes_of(p, (size_t)(strchrnul(p, ':') - p));
    return FIRST_SOCKET + i;
}

/* ---- notifications ---- */

/* Sends with MSG_DONTWAIT, except at the start: later the sender is the main thread, which must not wait. */
static void
notify(const struct service *s, const char *text, int flags)
{
    service_must_be(s);
    if (s->notify_fd < 0)
        return;
    if (send(s->notify_fd, text, strlen(text), flags | MSG_NOSIGNAL) < 0)
        LOG(LOG_WARN, "cannot notify the service manager: %s", strerror(errno));
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    notify(arg, "WATCHDOG=1", MSG_DONTWAIT);
}

/* Twice as often as required, as the manager's documentation recommends. */
static bool
feed_watchdog(struct service *s, struct event_base *base)
{
    struct timeval period = {
        .tv_sec = (time_t)(s->watchdog_us / 2000000), .tv_usec = (suseconds_t)(s->watchdog_us / 2 % 1000000)};
    MUST(s->watchdog == NULL && (s->watchdog_us == 0 || s->notify_fd >= 0));
    if (s->watchdog_us == 0)
        return true;
    s->watchdog = event_new(base, -1, EV_PERSIST, on_watchdog, s);
    return s->watchdog != NULL && event_add(s->watchdog, &period) == 0;
}

bool
service_ready(struct service *s, struct event_base *base)
{
    char text[64];
    snprintf(text, sizeof text, "READY=1\nMAINPID=%ld", (long)getpid());
    notify(s, text, 0);
    return feed_watchdog(s, base);
}

void
service_reloading(struct service *s)
{
    struct timespec now;
    char text[64];
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
        (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    notify(s, text, MSG_DONTWAIT);
}

void
service_reloaded(struct service *s)
{
    notify(s, "READY=1", MSG_DONTWAIT);
}

void
service_stopping(struct service *s)
{
    notify(s, "STOPPING=1", MSG_DONTWAIT);
}
