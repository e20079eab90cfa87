#include "bench/load/plan/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"

/* Reads the field at *at and moves *at behind its comma. */
static bool
next_field(const char **at, const char **field, size_t *n)
{
    *field = *at;
    *n = strcspn(*at, ",\r\n");
    *at += *n;
    if (**at != ',')
        return false;
    ++*at;
    return *n > 0;
}

static bool
number_of(const char *field, size_t n, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned char)field[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, digit, value))
            return false;
    }
    return n > 0;
}

static bool
next_number(const char **at, uint64_t *value)
{
    const char *field;
    size_t n;
    return next_field(at, &field, &n) && number_of(field, n, value);
}

/* Reads a line; false if it is not a get. */
static bool
read_line(const char *line, struct trace_request *r)
{
    const char *time, *key, *client, *op;
    size_t n_time, n_key_text, n_client, n_op;
    uint64_t n_key, n_value, ttl_s;
    char *end;
    if (!next_field(&line, &time, &n_time) || (strtod(time, &end), end != time + n_time) ||
        !next_field(&line, &key, &n_key_text) || !next_number(&line, &n_key) ||
        !next_number(&line, &n_value) || !next_field(&line, &client, &n_client) ||
        !next_field(&line, &op, &n_op))
        return false;
    if (!(n_op == 3 && memcmp(op, "get", 3) == 0) && !(n_op == 4 && memcmp(op, "gets", 4) == 0))
        return false;
    if (!number_of(line, strcspn(line, "\r\n"), &ttl_s))
        return false;
    if (!number_of(key, n_key_text, &r->key))
        r->key = hash_key(key, n_key_text) >> 1;
    r->n_key = (uint8_t)(n_key < TRACE_KEY_MAX ? n_key : TRACE_KEY_MAX);
    r->n_value = (uint32_t)(n_value < TRACE_VALUE_MAX ? n_value : TRACE_VALUE_MAX);
    r->ttl_s = (uint32_t)(ttl_s < UINT32_MAX ? ttl_s : UINT32_MAX);
    return true;
}

/* Adds a line's request, or counts the line as skipped.  False when out of memory. */
static bool
take_line(struct trace *t, const char *line)
{
    struct trace_request r;
    if (!read_line(line, &r)) {
        t->n_skipped++;
        return true;
    }
    if ((t->n & (t->n + 1)) == 0) { /* full: at 0, 1, 3, 7, ... */
        struct trace_request *more = realloc(t->requests, (2 * t->n + 1) * sizeof *more);
        if (more == NULL)
            return false;
        t->requests = more;
    }
    t->requests[t->n++] = r;
    t->value_max = r.n_value > t->value_max ? r.n_value : t->value_max;
    return true;
}

/* Starts zstd with its output on a pipe to us; -1 if that fails. */
static int
decompress(const char *path, pid_t *pid)
{
    int fd[2];
    if (pipe(fd) != 0)
        return -1;
    *pid = fork();
    if (*pid == 0) {
        dup2(fd[1], STDOUT_FILENO);
        close(fd[0]);
        close(fd[1]);
        execlp("zstd", "zstd", "-dcq", "--long=27", "--", path, (char *)NULL);
        perror("larder-bench: zstd");
        _exit(127);
    }
    close(fd[1]);
    if (*pid < 0) {
        close(fd[0]);
        return -1;
    }
    return fd[0];
}

static FILE *
open_trace(const char *path, pid_t *pid)
{
    size_t n = path != NULL ? strlen(path) : 0;
    if (path == NULL)
        return stdin;
    if (n < 4 || strcmp(path + n - 4, ".zst") != 0)
        return fopen(path, "r");
    int fd = decompress(path, pid);
    return fd >= 0 ? fdopen(fd, "r") : NULL;
}

bool
trace_read(struct trace *t, const char *path, FILE *err)
{
    pid_t pid = -1;
    int status = 0;
    char *line = NULL;
    size_t room = 0;
    bool is_ok = true;
    *t = (struct trace){0};
    FILE *f = open_trace(path, &pid);
    if (f == NULL) {
        fprintf(err, "larder-bench: %s: %s\n", path, strerror(errno));
        return false;
    }
    while (is_ok && getline(&line, &room, f) > 0)
        is_ok = take_line(t, line);
    is_ok = is_ok && !ferror(f);
    free(line);
    if (f != stdin)
        fclose(f);
    if (pid > 0)
        is_ok = waitpid(pid, &status, 0) == pid && status == 0 && is_ok;
    if (!is_ok || t->n == 0)
        fprintf(err, "larder-bench: %s: %s\n", path != NULL ? path : "standard input",
            is_ok ? "contains no gets" : "could not be read to the end");
    return is_ok && t->n > 0;
}

void
trace_fini(struct trace *t)
{
    free(t->requests);
    *t = (struct trace){0};
}
