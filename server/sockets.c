#include "server/sockets.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
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

static bool
take_fd(struct sockets *s, int fd, char *why, size_t n_why)
{
    if (s->n < SOCKETS_MAX) {
        s->at[s->n++] = (struct listening){.fd = fd};
        return true;
    }
    close(fd);
    snprintf(why, n_why, "cannot listen on more than %d sockets", SOCKETS_MAX);
    return false;
}

static void
switch_on(int fd, int level, int option)
{
    int on = 1;
    /* Nice to have, each of them: without one the server still serves. */
    (void)setsockopt(fd, level, option, &on, sizeof on);
}

/* Whether one of ours already listens there: a name may give the same address twice. */
static bool
have_already(const struct sockets *s, const struct addrinfo *ai)
{
    for (size_t i = 0; i < s->n; i++) {
        struct sockaddr_storage mine;
        socklen_t n = sizeof mine;
        if (getsockname(s->at[i].fd, (struct sockaddr *)&mine, &n) == 0 && n == ai->ai_addrlen &&
            memcmp(&mine, ai->ai_addr, n) == 0)
            return true;
    }
    return false;
}

enum opened { OPENED, OPENED_NOT_HERE, OPENED_FAILED };

/* A bound and listening socket, or why not in errno.  Accepted sockets inherit KEEPALIVE and NODELAY (Linux). */
static enum opened
open_tcp(const struct addrinfo *ai, int backlog, int *out)
{
    int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, ai->ai_protocol);
    if (fd < 0)
        return errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT ? OPENED_NOT_HERE : OPENED_FAILED;
    if (ai->ai_family == AF_INET6)
        switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    switch_on(fd, SOL_SOCKET, SO_REUSEADDR);
    switch_on(fd, SOL_SOCKET, SO_KEEPALIVE);
    switch_on(fd, IPPROTO_TCP, TCP_NODELAY);
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, backlog) == 0) {
        *out = fd;
        return OPENED;
    }
    int error = errno;
    close(fd);
    errno = error;
    return error == EADDRNOTAVAIL ? OPENED_NOT_HERE : OPENED_FAILED;
}

static bool
listen_all(
    struct sockets *s, const struct addrinfo *list, const char *name, int backlog, char *why, size_t n_why)
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
        switch (open_tcp(ai, backlog, &fd)) {
        case OPENED:
            if (!take_fd(s, fd, why, n_why))
                return false;
            break;
        case OPENED_NOT_HERE: last_error = errno; break;
        case OPENED_FAILED: return fail("listen on", name, why, n_why);
        }
    }
    errno = last_error;
    return s->n > n_before || twice || fail("listen on", name, why, n_why);
}

bool
sockets_listen_tcp(struct sockets *s, const struct address *a, int backlog, char *why, size_t n_why)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list;
    char port[8], name[ADDRESS_HOST_MAX + 16];
    const char *host = a->host[0] == '\0' ? NULL : a->host;
    snprintf(port, sizeof port, "%u", (unsigned)a->port % 65536u);
    snprintf(name, sizeof name, "%s port %s", host == NULL ? "all addresses," : host, port);
    int rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0) {
        snprintf(why, n_why, "cannot listen on %s: %s", name,
            rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
        return false;
    }
    bool ok = listen_all(s, list, name, backlog, why, n_why);
    freeaddrinfo(list);
    return ok;
}

/* Makes way at `path`: nothing there, or a socket of a server that is gone. */
static bool
clear_path(const struct sockaddr_un *un, char *why, size_t n_why)
{
    struct stat st;
    if (lstat(un->sun_path, &st) != 0)
        return errno == ENOENT || fail("look at", un->sun_path, why, n_why);
    if (!S_ISSOCK(st.st_mode)) {
        snprintf(why, n_why, "cannot listen on %s: there is a file that is no socket", un->sun_path);
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail("open a socket for", un->sun_path, why, n_why);
    bool dead = connect(fd, (const struct sockaddr *)un, sizeof *un) != 0 && errno == ECONNREFUSED;
    close(fd);
    if (!dead) {
        snprintf(why, n_why, "cannot listen on %s: another server does", un->sun_path);
        return false;
    }
    return unlink(un->sun_path) == 0 || fail("remove", un->sun_path, why, n_why);
}

bool
sockets_listen_unix(struct sockets *s, const char *path, unsigned mode, int backlog, char *why, size_t n_why)
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
    mode_t mask = umask(~mode & 0777); /* the file is born with its mode: no moment of more */
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
    return take_fd(s, fd, why, n_why);
}

void
sockets_close(struct sockets *s)
{
    struct stat st;
    if (s->unix_path != NULL && stat(s->unix_path, &st) == 0 && st.st_dev == s->unix_dev &&
        st.st_ino == s->unix_ino)
        (void)unlink(s->unix_path); /* a leftover is recognized as one by the next server */
    for (size_t i = 0; i < s->n; i++)
        close(s->at[i].fd);
    *s = (struct sockets){0};
}
