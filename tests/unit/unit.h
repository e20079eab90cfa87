/*
 * unit: included by every unit test: cmocka, the headers that must precede it, and functions that run code
 * in a child process and catch its death.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_OF(array) (sizeof(array) / sizeof(array)[0])

/*
 * Runs `f` in a child process and stores its standard error in `said` (truncated, NUL-terminated).
 * Returns the status of waitpid: 0 if `f` returned.
 */
static inline int
unit_in_child(void (*f)(void), char *said, size_t n_said)
{
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGABRT, SIG_DFL);
        dup2(fd[1], STDERR_FILENO);
        close(fd[0]);
        close(fd[1]);
        f();
        _exit(0);
    }
    close(fd[1]);
    size_t at = 0;
    for (;;) {
        char rest[256];
        bool full = at + 1 >= n_said;
        ssize_t n = read(fd[0], full ? rest : said + at, full ? sizeof rest : n_said - 1 - at);
        if (n <= 0)
            break;
        at += full ? 0 : (size_t)n;
    }
    said[at] = '\0';
    close(fd[0]);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* `f` must abort, after writing `needle` to standard error. */
static inline void
unit_must_die(void (*f)(void), const char *needle)
{
    char said[4096];
    int status = unit_in_child(f, said, sizeof said);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    if (strstr(said, needle) == NULL)
        fail_msg("died without saying \"%s\": %s", needle, said);
}

#endif
