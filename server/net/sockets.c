#include "server/net/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool
fail(const char *what, const char *name, char *why, size_t n_why)
{
    snprintf(why, n_why, "cannot %s %s: %s", what, name, strerror(errno));
    return false;
}

/* Adds the socket to the list, or closes its descriptor. */
static bool
take_socket(struct sockets *s, struct listening new, char *why, size_t n_why)
{
    sockets_must_hold(s);
    MUST(new.fd >= 0);
    bool stream = new.worker < 0, full = stream && s->n_streams == SOCKETS_MAX;
    struct listening *socket = full ? NULL : malloc(sizeof *socket);
    if (socket == NULL) {
        close(new.fd);
        if (full)
            snprintf(why, n_why, "cannot listen on more than %d sockets", SOCKETS_MAX);
        else
            snprintf(why, n_why, "no memory for a socket to listen on");
        return false;
    }
    *socket = new;
    STAILQ_INSERT_TAIL(&s->all, socket, link);
    s->n++;
    *(stream ? &s->n_streams : &s->n_datagrams) += 1;
    sockets_must_hold(s);
    return true;
}

/* The worker of the next socket: datagram sockets are dealt to the workers in turn. */
static int
next_worker(const struct sockets *s, int type, int n_workers)
{
    MUST(type != SOCK_DGRAM || n_workers > 0);
    return type == SOCK_STREAM ? -1 : (int)(s->n_datagrams % (size_t)n_workers);
}

static void
switch_on(int fd, int level, int option)
{
    int on = 1;
    /* Each option is only an improvement: the server also serves without it. */
    (void)setsockopt(fd, level, option, &on, sizeof on);
}

/* Whether we already have a socket for this address: a name may resolve to the same address twice. */
static bool
have_already(const struct sockets *s, const struct addrinfo *ai)
{
    const struct listening *socket;
    STAILQ_FOREACH(socket, &s->all, link)
    {
        struct sockaddr_storage mine;
        socklen_t n = sizeof mine;
        bool datagrams = socket->worker >= 0;
        if (datagrams == (ai->ai_socktype == SOCK_DGRAM) &&
            getsockname(socket->fd, (struct sockaddr *)&mine, &n) == 0 && n == ai->ai_addrlen &&
            memcmp(&mine, ai->ai_addr, n) == 0)
            return true;
    }
    return false;
}

enum opened { OPENED, OPENED_NOT_HERE, OPENED_FAILED };

/* Sets the options that accepted connections inherit from the socket on Linux: KEEPALIVE and NODELAY. */
static bool
listen_on(int fd, int backlog)
{
    switch_on(fd, SOL_SOCKET, SO_KEEPALIVE);
    switch_on(fd, IPPROTO_TCP, TCP_NODELAY);
    return listen(fd, backlog) == 0;
}

/*
 * Opens a bound socket, for streams a listening one; errno has the error.
 * `shared`: other sockets of ours are bound to the address.
 */
static enum opened
open_socket(const struct addrinfo *ai, int backlog, bool shared, int *out)
{
    bool stream = ai->ai_socktype == SOCK_STREAM;
    int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, ai->ai_protocol);
    if (fd < 0)
        return errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT ? OPENED_NOT_HERE : OPENED_FAILED;
    if (ai->ai_family == AF_INET6)
        switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    if (stream)
        switch_on(fd, SOL_SOCKET, SO_REUSEADDR);
    if (shared)
        switch_on(fd, SOL_SOCKET, SO_REUSEPORT);
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && (!stream || listen_on(fd, backlog))) {
        *out = fd;
        return OPENED;
    }
    int error = errno;
    close(fd);
    errno = error;
    return error == EADDRNOTAVAIL ? OPENED_NOT_HERE : OPENED_FAILED;
}

/* A request for sockets: `n_each` is the number for each address. */
struct wanted {
    const struct address *address;
    int type;
    int backlog;
    int n_each, n_workers; /* of datagrams */
};

/*
 * Opens the other sockets of the address of `fd`.  `fd` was bound alone, so no
 * other process uses the address.
 */
static bool
share(struct sockets *s, int fd, struct addrinfo ai, const struct wanted *w, char *why, size_t n_why)
{
    struct sockaddr_storage bound; /* with the port that the kernel chose */
    socklen_t n = sizeof bound;
    MUST(w->type == SOCK_DGRAM && w->n_each > 1);
    if (getsockname(fd, (struct sockaddr *)&bound, &n) != 0)
        return fail("read the address of", "a socket", why, n_why);
    ai.ai_addr = (struct sockaddr *)&bound;
    switch_on(fd, SOL_SOCKET, SO_REUSEPORT);
    for (int i = 1; i < w->n_each; i++) {
        int other;
        if (open_socket(&ai, 0, true, &other) != OPENED)
            return fail("open", "another UDP socket for the same address", why, n_why);
        struct listening another = {.fd = other,
            .worker = next_worker(s, w->type, w->n_workers),
            .again = true,
            .traits = w->address->traits};
        if (!take_socket(s, another, why, n_why))
            return false;
    }
    return true;
}

static bool
take_new(
    struct sockets *s, int fd, const struct addrinfo *ai, const struct wanted *w, char *why, size_t n_why)
{
    struct listening first = {
        .fd = fd, .worker = next_worker(s, w->type, w->n_workers), .traits = w->address->traits};
    return take_socket(s, first, why, n_why) && (w->n_each <= 1 || share(s, fd, *ai, w, why, n_why));
}

static bool
listen_all(struct sockets *s, const struct addrinfo *list, const char *name, const struct wanted *w,
    char *why, size_t n_why)
{
    size_t n_before = s->n;
    int last_error = EADDRNOTAVAIL;
    bool twice = false;
    for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        int fd;
        if (have_already(s, ai)) {
            twice = true;
            continue;
        }
        switch (open_socket(ai, w->backlog, false, &fd)) {
        case OPENED:
            if (!take_new(s, fd, ai, w, why, n_why))
                return false;
            break;
        case OPENED_NOT_HERE: last_error = errno; break;
        case OPENED_FAILED: return fail("listen on", name, why, n_why);
        }
    }
    errno = last_error;
    return s->n > n_before || twice || fail("listen on", name, why, n_why);
}

static bool
listen_wanted(struct sockets *s, const struct wanted *w, char *why, size_t n_why)
{
    const struct address *a = w->address;
    struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_family = AF_UNSPEC, .ai_socktype = w->type};
    struct addrinfo *list;
    char port[8], name[ADDRESS_HOST_MAX + 24];
    const char *host = a->host[0] == '\0' ? NULL : a->host;
    MUST(a->port >= 0 && a->port <= UINT16_MAX);
    const char *what = w->type == SOCK_STREAM ? "port" : "UDP port";
    snprintf(port, sizeof port, "%u", (unsigned)a->port % 65536u);
    snprintf(name, sizeof name, "%s %s %s", host == NULL ? "all addresses," : host, what, port);
    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0) {
        snprintf(why, n_why, "cannot listen on %s: %s", name,
            rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
        return false;
    }
    bool ok = listen_all(s, list, name, w, why, n_why);
    freeaddrinfo(list);
    return ok;
}

bool
sockets_listen_tcp(struct sockets *s, const struct address *a, int backlog, char *why, size_t n_why)
{
    struct wanted w = {.address = a, .type = SOCK_STREAM, .backlog = backlog, .n_each = 1};
    return listen_wanted(s, &w, why, n_why);
}

bool
sockets_listen_udp(
    struct sockets *s, const struct address *a, int n_each, int n_workers, char *why, size_t n_why)
{
    struct wanted w = {.address = a, .type = SOCK_DGRAM, .n_each = n_each, .n_workers = n_workers};
    return listen_wanted(s, &w, why, n_why);
}

/* ---- of a UNIX socket ---- */

/* Makes `path` free: it may be a socket whose server no longer runs, which is removed. */
static bool
clear_path(const struct sockaddr_un *un, char *why, size_t n_why)
{
    struct stat st;
    if (lstat(un->sun_path, &st) != 0)
        return errno == ENOENT || fail("examine", un->sun_path, why, n_why);
    if (!S_ISSOCK(st.st_mode)) {
        snprintf(why, n_why, "cannot listen on %s: the file exists and is not a socket", un->sun_path);
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail("open a socket for", un->sun_path, why, n_why);
    bool dead = connect(fd, (const struct sockaddr *)un, sizeof *un) != 0 && errno == ECONNREFUSED;
    close(fd);
    if (!dead) {
        snprintf(why, n_why, "cannot listen on %s: another server listens there", un->sun_path);
        return false;
    }
    return unlink(un->sun_path) == 0 || fail("remove", un->sun_path, why, n_why);
}

bool
sockets_listen_unix(struct sockets *s, const char *path, unsigned mode, int backlog,
    const struct address_traits *traits, char *why, size_t n_why)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct stat st;
    if (strlen(path) >= sizeof un.sun_path) {
        snprintf(why, n_why, "cannot listen on %s: a socket's path has at most %zu bytes", path,
            sizeof un.sun_path - 1);
        return false;
    }
    memcpy(un.sun_path, path, strlen(path));
    if (!clear_path(&un, why, n_why))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail("listen on", path, why, n_why);
    /* bind creates the file with this mode: there is no moment with a wider one */
    mode_t mask = umask(~mode & 0777);
    int rc = bind(fd, (struct sockaddr *)&un, sizeof un);
    umask(mask);
    if (rc != 0 || listen(fd, backlog) != 0) {
        fail("listen on", path, why, n_why);
        close(fd);
        return false;
    }
    if (stat(path, &st) == 0) {
        s->unix_path = path;
        s->unix_dev = st.st_dev;
        s->unix_ino = st.st_ino;
    }
    return take_socket(s, (struct listening){.fd = fd, .worker = -1, .traits = *traits}, why, n_why);
}

/* ---- sockets of a service manager ---- */

/* Whether the socket is bound to a port: replies to datagrams are addressed by ports. */
static bool
is_inet(int fd)
{
    struct sockaddr_storage own;
    socklen_t n = sizeof own;
    if (getsockname(fd, (struct sockaddr *)&own, &n) != 0)
        return false;
    return (own.ss_family == AF_INET && ((struct sockaddr_in *)(void *)&own)->sin_port != 0) ||
           (own.ss_family == AF_INET6 && ((struct sockaddr_in6 *)(void *)&own)->sin6_port != 0);
}

bool
sockets_adopt(
    struct sockets *s, int fd, const struct address_traits *traits, int n_workers, char *why, size_t n_why)
{
    int type = 0, listening = 0;
    socklen_t n = sizeof type, n_listening = sizeof listening;
    int flags = fcntl(fd, F_GETFL);
    bool is_socket = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0;
    if (type == SOCK_STREAM)
        (void)getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n_listening);
    bool ok = is_socket && (type == SOCK_STREAM ? listening != 0 : type == SOCK_DGRAM && is_inet(fd));
    if (!ok) {
        close(fd);
        snprintf(why, n_why, "cannot use descriptor %d of the service manager: not a listening socket", fd);
        return false;
    }
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        fail("use", "a socket of the service manager", why, n_why);
        close(fd);
        return false;
    }
    if (type == SOCK_STREAM)
        switch_on(fd, IPPROTO_TCP, TCP_NODELAY);
    struct listening given = {.fd = fd, .worker = next_worker(s, type, n_workers), .traits = *traits};
    return take_socket(s, given, why, n_why);
}

/* ---- all of them ---- */

void
sockets_init(struct sockets *s)
{
    *s = (struct sockets){0};
    STAILQ_INIT(&s->all);
}

void
sockets_close(struct sockets *s)
{
    struct stat st;
    struct listening *socket;
    sockets_must_hold(s);
    if (s->unix_path != NULL && stat(s->unix_path, &st) == 0 && st.st_dev == s->unix_dev &&
        st.st_ino == s->unix_ino)
        /* otherwise the next server sees that no server answers on it, and removes it */
        (void)unlink(s->unix_path);
    while ((socket = STAILQ_FIRST(&s->all)) != NULL) {
        STAILQ_REMOVE_HEAD(&s->all, link);
        close(socket->fd);
        free(socket);
    }
    sockets_init(s);
}
