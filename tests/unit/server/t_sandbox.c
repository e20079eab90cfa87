/*
 * sandbox: in a child, the system calls that a server needs succeed.  Any other ends the process with a
 * message that names the call.
 */
#include "server/process/sandbox.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { SANITIZED = 1 }; /* the sanitizer's runtime makes system calls of its own */
#else
enum { SANITIZED = 0 };
#endif

enum { GOOD = 0, NO_SANDBOX = 3, NOT_DONE = 4 };

static int (*act_of_child)(void);

static void
enter_and_act(void)
{
    char why[256];
    if (!sandbox_enter(why, sizeof why)) {
        dprintf(STDERR_FILENO, "%s", why);
        _exit(NO_SANDBOX);
    }
    _exit(act_of_child());
}

/* Runs `act` in a child in the sandbox; returns the child's status, and its standard error in `text`. */
static int
in_sandbox(int (*act)(void), char *text, size_t n_text)
{
    act_of_child = act;
    int status = unit_in_child(enter_and_act, text, n_text);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void
must_be_forbidden(int (*act)(void), long call)
{
    char text[256], named[32];
    int status = in_sandbox(act, text, sizeof text);
    snprintf(named, sizeof named, "system call %04ld ", call);
    if (status != EX_SOFTWARE || strstr(text, named) == NULL)
        fail_msg("expected status %d and \"%s\", got %d and \"%s\"", EX_SOFTWARE, named, status, text);
}

/* ---- permitted ---- */

static void *
in_thread(void *arg)
{
    *(int *)arg = 1;
    return NULL;
}

static int
serve_a_little(void)
{
    pthread_t thread;
    int ran = 0;
    char byte;
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, &byte, 1) != 1 || close(fd) != 0)
        return NOT_DONE;
    if (pthread_create(&thread, NULL, in_thread, &ran) != 0 || pthread_join(thread, NULL) != 0 || ran != 1)
        return NOT_DONE;
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || munmap(p, 4096) != 0)
        return NOT_DONE;
    free(malloc(10 << 20));
    return GOOD;
}

static void
test_permitted(void **state)
{
    char text[256];
    (void)state;
    if (SANITIZED || !sandbox_exists())
        skip();
    int status = in_sandbox(serve_a_little, text, sizeof text);
    if (status == NO_SANDBOX)
        skip(); /* a container may forbid to install a filter */
    if (status != GOOD)
        fail_msg("status %d: %s", status, text);
}

/* ---- forbidden ---- */

static int
act_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? GOOD : NOT_DONE;
}

static int
act_exec(void)
{
    execl("/bin/true", "true", (char *)NULL);
    return NOT_DONE;
}

static int
act_fork(void)
{
    return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0 ? GOOD : NOT_DONE;
}

static int
act_write_file(void)
{
    return syscall(SYS_openat, AT_FDCWD, "/tmp/never", O_WRONLY | O_CREAT, 0600) >= 0 ? GOOD : NOT_DONE;
}

static int
act_executable(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p != MAP_FAILED ? GOOD : NOT_DONE;
}

static int
act_ptrace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? GOOD : NOT_DONE;
}

static int
act_kill(void)
{
    return kill(getppid(), 0) == 0 ? GOOD : NOT_DONE;
}

/* The parent's number: the child is a copy, and may not ask for it. */
static pid_t parent;

static int
act_limit_parent(void)
{
    const struct rlimit limit = {8, 8};
    return prlimit(parent, RLIMIT_NOFILE, &limit, NULL) == 0 ? GOOD : NOT_DONE;
}

static void
test_forbidden(void **state)
{
    char text[256];
    (void)state;
    if (SANITIZED || !sandbox_exists() || in_sandbox(serve_a_little, text, sizeof text) == NO_SANDBOX)
        skip();
    parent = getpid();
    must_be_forbidden(act_socket, SYS_socket);
    must_be_forbidden(act_exec, SYS_execve);
    must_be_forbidden(act_fork, SYS_clone);
    must_be_forbidden(act_write_file, SYS_openat);
    must_be_forbidden(act_executable, SYS_mmap);
    must_be_forbidden(act_ptrace, SYS_ptrace);
    must_be_forbidden(act_limit_parent, SYS_prlimit64);
    must_be_forbidden(act_kill, SYS_getppid);
}

static void
test_without_sandbox(void **state)
{
    char why[256];
    (void)state;
    if (sandbox_exists())
        skip();
    assert_false(sandbox_enter(why, sizeof why));
    assert_non_null(strstr(why, "libseccomp"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_permitted),
        cmocka_unit_test(test_forbidden),
        cmocka_unit_test(test_without_sandbox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
