/*
 * users_read: reads a file of users into a table; see users.h.
 *
 * The file is read completely, and wiped from memory afterwards.  An error in any
 * line refuses the whole file: a part of the users would be error too.
 */
#include "server/auth/users_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text/split.h"
#include "proto/request.h"

enum { FILE_MAX = 64 << 20 };

/* ---- the bytes ---------------------------------------------------------- */

/* Reads up to `n` bytes; their number, or a negative errno. */
static ssize_t
read_all(int fd, char *p, size_t n)
{
    size_t at = 0;
    while (at < n) {
        ssize_t got = read(fd, p + at, n - at);
        if (got < 0 && errno != EINTR)
            return -errno;
        if (got == 0)
            break;
        at += got > 0 ? (size_t)got : 0;
    }
    MUST(at <= n);
    return (ssize_t)at;
}

struct file {
    const char *path;
    char *p;
    size_t n, size; /* bytes read, and the size of the block */
};

static void
close_file(struct file *f)
{
    if (f->p != NULL)
        OPENSSL_cleanse(f->p, f->size);
    free(f->p);
}

static const char *
take_file(struct file *f, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return strerror(errno);
    if (!S_ISREG(st.st_mode))
        return "not a regular file";
    if (st.st_size > FILE_MAX)
        return "larger than 64 MiB";
    if (st.st_mode & (S_IROTH | S_IWOTH))
        LOG(LOG_WARN, "%s: all users of this machine may read or write it", f->path);
    f->size = (size_t)st.st_size + 1; /* one more, to notice that the file grew */
    f->p = malloc(f->size);
    if (f->p == NULL)
        return "no memory to read it";
    ssize_t n = read_all(fd, f->p, f->size);
    if (n < 0)
        return strerror((int)-n);
    f->n = (size_t)n;
    return f->n == f->size ? "another process wrote to it during the reading" : NULL;
}

/* NULL, or the error.  The caller closes it in any case. */
static const char *
open_file(struct file *f, const char *path)
{
    *f = (struct file){.path = path};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe without a writer must not block us */
    if (fd < 0)
        return strerror(errno);
    const char *error = take_file(f, fd);
    close(fd);
    return error;
}

/* The next line of *rest, without its end; CRs before the end belong to the end. */
static struct bytes
next_line(struct bytes *rest)
{
    struct bytes line = split_off(rest, '\n');
    while (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

static bool
is_comment(struct bytes line)
{
    size_t i = 0;
    while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'))
        i++;
    return i == line.n || line.p[0] == '#';
}

/* ---- a line ------------------------------------------------------------- */

/* A parsed line; name and password point into it. */
struct entry {
    struct bytes name, password;
    enum rights rights;
};

/* Parses the part before the colon: a name, or a name and role=<role>. */
static const char *
read_name(struct bytes before, struct entry *e)
{
    e->name = request_word(&before);
    struct bytes role = request_word(&before);
    if (e->name.n == 0 || e->name.n > USERS_NAME_MAX)
        return "expected a name of 1 to 255 bytes before the colon";
    e->rights = RIGHTS_ALL;
    if (role.n == 0)
        return before.n == 0 ? NULL : "a space in a user's name";
    if (!bytes_begin_with(role, BYTES("role=")) || request_word(&before).n > 0)
        return "expected name:password, or name role=<role>:password";
    role = bytes_of(role.p + 5, role.n - 5);
    return role_rights(role, &e->rights) ? NULL : "expected one of the roles admin, write, read, monitor";
}

static const char *
read_line(struct bytes line, struct entry *e)
{
    struct bytes before;
    if (memchr(line.p, '\0', line.n) != NULL)
        return "a zero byte";
    if (!split_at(&line, ':', &before))
        return "expected name:password, or name role=<role>:password";
    e->password = line;
    if (before.n > 0 && (before.p[0] == ' ' || before.p[before.n - 1] == ' '))
        return "a space at the end of a user's name";
    if (e->password.n == 0)
        return "there is no password";
    if (e->password.n > PASSWORD_MAX)
        return "the password is longer than 1024 bytes";
    return read_name(before, e);
}

/* ---- the table ---------------------------------------------------------- */

static const char *
add_user(struct users *u, const struct entry *e, char **names)
{
    struct user *user = &u->user[u->n];
    MUST(user->hash == NULL && !user->has_digest);
    MUST(e->rights != RIGHTS_BEFORE_LOGIN);
    const char *error = NULL;
    user->rights = e->rights;
    user->name = bytes_of(memcpy(*names, e->name.p, e->name.n), e->name.n);
    *names += e->name.n;
    if (!password_is_hash(e->password)) {
        user->has_digest = true;
        error = users_digest(u, e->name, e->password, user->digest) ? NULL : "no memory for it";
        u->n += error == NULL;
        return error;
    }
    user->hash = malloc(sizeof *user->hash);
    if (user->hash == NULL)
        return "no memory for it";
    u->n++; /* from here on the table owns it and frees it */
    return password_read_hash(e->password, user->hash, &error) ? NULL : error;
}

/* NULL, or the error in line *n_line. */
static const char *
read_lines(struct users *u, const struct file *f, size_t *n_line)
{
    struct bytes rest = bytes_of(f->p, f->n);
    char *names = u->names;
    for (*n_line = 1; rest.n > 0; (*n_line)++) {
        struct entry e;
        struct bytes line = next_line(&rest);
        if (is_comment(line))
            continue;
        const char *error = read_line(line, &e);
        if (error == NULL)
            error = add_user(u, &e, &names);
        MUST(names <= u->names + f->size && u->n <= *n_line);
        if (error != NULL)
            return error;
    }
    return NULL;
}

static int
compare_users(const void *a, const void *b)
{
    return users_compare(((const struct user *)a)->name, ((const struct user *)b)->name);
}

/* Whether a name has too many lines: each may cost a hash. */
static bool
too_many_of_one(const struct users *u)
{
    for (size_t i = USERS_PASSWORDS_MAX; i < u->n; i++)
        if (bytes_equal(u->user[i].name, u->user[i - USERS_PASSWORDS_MAX].name))
            return true;
    return false;
}

static size_t
count_lines(const struct file *f)
{
    size_t n = 1;
    for (size_t i = 0; i < f->n; i++)
        n += f->p[i] == '\n';
    return n;
}

static struct users *
new_table(const struct file *f)
{
    struct users *u = calloc(1, sizeof *u);
    if (u == NULL)
        return NULL;
    u->magic = USERS_MAGIC;
    lock_init(&u->lock, LOCK_LEAF);
    u->user = calloc(count_lines(f), sizeof *u->user);
    u->names = malloc(f->size);
    if (u->user == NULL || u->names == NULL || RAND_bytes(u->key, sizeof u->key) != 1)
        users_free(&u);
    return u;
}

static bool
fill_table(struct users *u, const struct file *f, char *why, size_t n_why)
{
    size_t n_line;
    users_must_be(u);
    MUST(u->n == 0);
    const char *error = read_lines(u, f, &n_line);
    if (error != NULL) {
        snprintf(why, n_why, "%s:%zu: %s", f->path, n_line, error);
        return false;
    }
    qsort(u->user, u->n, sizeof *u->user, compare_users);
    if (u->n == 0)
        snprintf(why, n_why, "%s: expected at least one user", f->path);
    else if (too_many_of_one(u))
        snprintf(why, n_why, "%s: more than %d lines for one user", f->path, USERS_PASSWORDS_MAX);
    else
        return true;
    return false;
}

struct users *
users_read(const char *path, char *why, size_t n_why)
{
    struct file file;
    struct users *u = NULL;
    const char *error = open_file(&file, path);
    if (error == NULL) {
        u = new_table(&file);
        error = u == NULL ? "no memory for its users" : NULL;
    }
    if (error != NULL)
        snprintf(why, n_why, "%s: %s", path, error);
    else if (!fill_table(u, &file, why, n_why))
        users_free(&u);
    close_file(&file);
    return u;
}
