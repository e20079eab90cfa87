#include "server/daemon.h"

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
#include "server/options.h"

static int
fail(const char *what)
{
    LOG(LOG_ERROR, "%s: %s", what, strerror(errno));
    return EX_OSERR;
}

/* The parent's end: what the child came to is what we came to. */
static _Noreturn void
wait_for(pid_t child, int ready_fd)
{
    char ready;
    int status;
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
    *d = (struct daemon){.options = o, .ready_fd = -1};
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
    FILE *f = fopen(path, "re");
    long pid = 0;
    if (f == NULL)
        return;
    if (fscanf(f, "%ld", &pid) == 1 && pid > 0 && pid != getpid() && kill((pid_t)pid, 0) == 0)
        LOG(LOG_WARN, "%s named the running process %ld", path, pid);
    fclose(f);
}

/* What takes a file's place takes that of /dev/null as well, where one of root's is told to. */
static bool
is_file_or_none(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || S_ISREG(st.st_mode))
        return true;
    LOG(LOG_ERROR, "-P: %s is no regular file, and stays as it is", path);
    return false;
}

/*
 * Written aside and renamed: whoever reads it finds a whole number or none.
 * A server that cannot write it serves all the same, as memcached does.
 */
static void
write_pidfile(struct daemon *d)
{
    const char *path = d->options->pidfile;
    char *aside;
    if (!is_file_or_none(path))
        return;
    if (asprintf(&aside, "%s.tmp", path) < 0) {
        (void)fail("-P");
        return;
    }
    warn_of_other(path);
    FILE *f = fopen(aside, "we");
    bool ok = f != NULL && fprintf(f, "%ld\n", (long)getpid()) > 0;
    ok = f != NULL && fclose(f) == 0 && ok && rename(aside, path) == 0;
    if (!ok)
        (void)fail(aside);
    if (!ok && f != NULL)
        (void)unlink(aside);
    free(aside);
    d->wrote_pidfile = ok;
}

/* ---- */

/* With -v the terminal stays, to be logged to; with -r the directory, for the core file. */
static int
let_go(const struct options *o)
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
    if (d->options->pidfile != NULL)
        write_pidfile(d);
    if (d->ready_fd < 0)
        return 0;
    int status = let_go(d->options);
    if (status != 0)
        return status;
    ssize_t ignored = write(d->ready_fd, "", 1); /* a parent that was killed does not matter */
    (void)ignored;
    close(d->ready_fd);
    d->ready_fd = -1;
    return 0;
}

void
daemon_end(struct daemon *d)
{
    if (d->wrote_pidfile && unlink(d->options->pidfile) != 0)
        LOG(LOG_WARN, "cannot remove %s: %s", d->options->pidfile, strerror(errno));
    d->wrote_pidfile = false;
}
