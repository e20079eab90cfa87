#include "server/process/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
fail(const char *path, const char *cause, char *why, size_t n_why)
{
    snprintf(why, n_why, "cannot write %s: %s", path, cause);
    return false;
}

/* rename would replace /dev/null as well, if root names it. */
static bool
is_file_or_none(const char *path)
{
    struct stat st;
    return stat(path, &st) != 0 || S_ISREG(st.st_mode);
}

static int
make_new(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
}

/* A descriptor, or -1 with the cause in `why`. */
static int
make(const char *path, char *why, size_t n_why)
{
    struct stat st;
    int fd = make_new(path);
    if (fd < 0 && errno == EEXIST && lstat(path, &st) == 0) {
        if (!S_ISREG(st.st_mode)) {
            (void)fail(path, "the file exists and is not a regular file", why, n_why);
            return -1;
        }
        if (unlink(path) == 0)
            fd = make_new(path);
    }
    if (fd < 0)
        (void)fail(path, strerror(errno), why, n_why);
    return fd;
}

static bool
write_and_close(int fd, struct bytes text)
{
    MUST(fd >= 0);
    ssize_t done = write(fd, text.p, text.n);
    int error = done < 0 ? errno : (size_t)done < text.n ? ENOSPC : 0;
    if (close(fd) != 0 && error == 0)
        error = errno;
    errno = error;
    return error == 0;
}

bool
aside_write(const char *path, const char *suffix, struct bytes text, char *why, size_t n_why)
{
    char *aside;
    MUST(suffix[0] != '\0'); /* else the new file would be the old one */
    if (!is_file_or_none(path))
        return fail(path, "not a regular file", why, n_why);
    if (asprintf(&aside, "%s%s", path, suffix) < 0)
        return fail(path, "no memory", why, n_why);
    int fd = make(aside, why, n_why);
    bool ok = fd >= 0;
    if (ok && (!write_and_close(fd, text) || rename(aside, path) != 0)) {
        ok = fail(aside, strerror(errno), why, n_why);
        (void)unlink(aside);
    }
    free(aside);
    return ok;
}
