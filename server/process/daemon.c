#include "server/process/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "server/process/aside.h"
#include "server/options/options.h"

static int
fail(const char *what)
{
    LOG(LOG_ERROR, "%s: %s", what, strerror(errno));
    return EX_OSERR;
}

/* In the parent: exits with the child's result. */
static _Noreturn void
wait_for(pid_t child, int ready_fd)
{
    char ready;
    int status;
    MUST(child > 0 && ready_fd >= 0);
    ssize_t n;
    do
        n = read(ready_fd, &ready, 1);
    while (n < 0 && errno == EINTR);
    if (n == 1)
        _exit(EXIT_SUCCESS);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EX_OSERR);
}

int
daemon_begin(struct daemon *d, const struct options *o)
{
    int fds[2];
    MUST(o != NULL);
    *d = (struct daemon){.options = o, .ready_fd = -1};
    owner_take(&d->owner);
    if (!o->daemonize)
        return 0;
    if (pipe2(fds, O_CLOEXEC) != 0)
        return fail("pipe");
    pid_t child = fork();
    if (child < 0)
        return fail("fork");
    if (child > 0) {
        close(fds[1]);
        wait_for(child, fds[0]);
    }
    close(fds[0]);
    d->ready_fd = fds[1];
    return setsid() < 0 ? fail("setsid") : 0;
}

/* ---- the pidfile ---- */

static void
warn_of_other(const char *path)
{
    char text[32] = "";
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return;
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    long pid = regular && read(fd, text, sizeof text - 1) > 0 ? strtol(text, NULL, 10) : 0;
    if (pid > 0 && pid != getpid() && kill((pid_t)pid, 0) == 0)
        LOG(LOG_WARN, "%s named the running process %ld", path, pid);
    close(fd);
}

/* As memcached does, a server that cannot write its pidfile serves without it. */
static void
write_pidfile(struct daemon *d)
{
    char text[32], why[512];
    const char *path = d->options->pidfile;
    MUST(path != NULL && !d->wrote_pidfile);
    warn_of_other(path);
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    MUST(n > 0 && n < (int)sizeof text);
    d->wrote_pidfile = aside_write(path, ".tmp", bytes_of(text, (size_t)n), why, sizeof why);
    if (!d->wrote_pidfile)
        LOG(LOG_ERROR, "-P: %s", why);
}

/* ---- */

/* With -v the terminal stays open for the log; with -r the directory stays, for the core file. */
static int
detach(const struct options *o)
{
    if (!o->core_dumps && chdir("/") != 0)
        return fail("chdir");
    if (o->verbosity > 0)
        return 0;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return fail("/dev/null");
    bool ok =
        dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0;
    if (null > STDERR_FILENO)
        close(null);
    return ok ? 0 : fail("dup2");
}

int
daemon_ready(struct daemon *d)
{
    owner_must_be_self(&d->owner);
    MUST(d->options != NULL); /* daemon_begin has set it */
    if (d->options->pidfile != NULL)
        write_pidfile(d);
    if (d->ready_fd < 0)
        return 0;
    int status = detach(d->options);
    if (status != 0)
        return status;
    ssize_t ignored = write(d->ready_fd, "", 1); /* fails if the parent was killed, which does not matter */
    (void)ignored;
    close(d->ready_fd);
    d->ready_fd = -1;
    return 0;
}

void
daemon_end(struct daemon *d)
{
    owner_must_be_self(&d->owner);
    MUST(!d->wrote_pidfile || d->options->pidfile != NULL);
    if (d->wrote_pidfile && unlink(d->options->pidfile) != 0)
        LOG(LOG_WARN, "cannot remove %s: %s", d->options->pidfile, strerror(errno));
    d->wrote_pidfile = false;
}
