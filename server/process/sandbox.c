#include "server/process/sandbox.h"

#include <stdio.h>

#ifndef HAVE_SECCOMP

bool
sandbox_exists(void)
{
    return false;
}

bool
sandbox_enter(char *why, size_t n_why)
{
    snprintf(why, n_why, "-o drop_privileges: this larderd was built without libseccomp");
    return false;
}

#else

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/stderr.h"

#define CALL(name) SCMP_SYS(name)

/* Allowed with any arguments. */
static const int allowed[] = {
    /* connections */
    CALL(accept4),
    CALL(close),
    CALL(getpeername),
    CALL(getsockname),
    CALL(getsockopt),
    CALL(read),
    CALL(readv),
    CALL(recvfrom),
    CALL(recvmmsg),
    CALL(recvmsg),
    CALL(sendfile),
    CALL(sendmmsg),
    CALL(sendmsg),
    CALL(sendto),
    CALL(setsockopt),
    CALL(shutdown),
    CALL(write),
    CALL(writev),
    /* waiting for events */
    CALL(clock_nanosleep),
    CALL(dup),
    CALL(epoll_create1),
    CALL(epoll_ctl),
    CALL(epoll_pwait),
    CALL(epoll_pwait2),
    CALL(epoll_wait),
    CALL(eventfd2),
    CALL(fcntl),
    CALL(nanosleep),
    CALL(pipe2),
    CALL(poll),
    CALL(ppoll),
    CALL(restart_syscall),
    CALL(timerfd_create),
    CALL(timerfd_settime),
    /* memory: calls that are not listed here are allowed unless they make memory executable */
    CALL(brk),
    CALL(get_mempolicy),
    CALL(madvise),
    CALL(mbind),
    CALL(mincore),
    CALL(mlock),
    CALL(mlock2),
    CALL(mremap),
    CALL(munlock),
    CALL(munmap),
    CALL(set_mempolicy),
    /* threads */
    CALL(exit),
    CALL(exit_group),
    CALL(futex),
    CALL(getcpu),
    CALL(gettid),
    CALL(membarrier),
    CALL(rseq),
    CALL(sched_getaffinity),
    CALL(sched_yield),
    CALL(set_robust_list),
    /* signals */
    CALL(rt_sigprocmask),
    CALL(rt_sigreturn),
    CALL(sigaltstack),
    /* time, and calls of statistics */
    CALL(clock_getres),
    CALL(clock_gettime),
    CALL(getpid),
    CALL(getrandom),
    CALL(getrusage),
    CALL(gettimeofday),
    CALL(sysinfo),
    CALL(time),
    CALL(times),
    CALL(uname),
    /* limits: a reload that raises -c */
    CALL(getrlimit),
    CALL(setrlimit),
    /* the process's own ids */
    CALL(getegid),
    CALL(geteuid),
    CALL(getgid),
    CALL(getuid),
    /* reading files again, and removing our own at the end: pidfile, UNIX socket */
    CALL(access),
    CALL(faccessat),
    CALL(faccessat2),
    CALL(fadvise64),
    CALL(fstat),
    CALL(fstatfs),
    CALL(getcwd),
    CALL(getdents64),
    CALL(lseek),
    CALL(lstat),
    CALL(newfstatat),
    CALL(pread64),
    CALL(readlink),
    CALL(readlinkat),
    CALL(stat),
    CALL(statx),
    CALL(unlink),
    CALL(unlinkat),
};

static int
allow(scmp_filter_ctx ctx, int call)
{
    return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 0);
}

/* Allowed if the bits `mask` of an argument are `wanted`. */
static int
allow_if(scmp_filter_ctx ctx, int call, unsigned argument, uint64_t mask, uint64_t wanted)
{
    MUST(argument < 6 && (wanted & ~mask) == 0); /* else the rule would never match */
    return seccomp_rule_add(
        ctx, SCMP_ACT_ALLOW, call, 1, SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, wanted));
}

/* Calls whose arguments decide. */
static int
add_conditions(scmp_filter_ctx ctx)
{
    static const uint64_t all = UINT32_MAX, writes = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
    int rc = 0;
    rc |= allow_if(ctx, CALL(mmap), 2, PROT_EXEC, 0);
    rc |= allow_if(ctx, CALL(mprotect), 2, PROT_EXEC, 0);
    rc |= allow_if(ctx, CALL(open), 1, writes, 0);
    rc |= allow_if(ctx, CALL(openat), 2, writes, 0);
    rc |= allow_if(ctx, CALL(ioctl), 1, all, FIONREAD);
    rc |= allow_if(ctx, CALL(ioctl), 1, all, TCGETS); /* stdio checks for a terminal */
    rc |= allow_if(ctx, CALL(prctl), 0, all, PR_SET_NAME);
    rc |= allow_if(ctx, CALL(clone), 0, CLONE_THREAD, CLONE_THREAD);
    /* of this process only: 0 is the caller */
    rc |= allow_if(ctx, CALL(prlimit64), 0, all, 0);
    rc |= allow_if(ctx, CALL(sched_setaffinity), 0, all, 0);
    rc |= allow_if(ctx, CALL(move_pages), 0, all, 0);
    rc |= allow_if(ctx, CALL(tgkill), 0, all, (uint64_t)getpid()); /* abort */
    rc |= seccomp_rule_add(
        ctx, SCMP_ACT_ALLOW, CALL(rt_sigaction), 1, SCMP_CMP(0, SCMP_CMP_NE, (uint64_t)SIGSYS, 0));
    /* clone3 has its flags in memory, which a filter cannot read; on ENOSYS the C library uses clone. */
    rc |= seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0);
    return rc;
}

/* In a signal handler: only async-signal-safe calls. */
static void
on_forbidden(int number, siginfo_t *info, void *context)
{
    char text[] = "larderd: system call 0000 is forbidden (-o drop_privileges)\n";
    char *digit = strstr(text, "0000") + 3;
    (void)number;
    (void)context;
    for (unsigned n = (unsigned)info->si_syscall; n > 0 && *digit == '0'; n /= 10)
        *digit-- = (char)('0' + n % 10);
    log_flush();
    (void)stderr_write(text, sizeof text - 1);
    _exit(EX_SOFTWARE);
}

bool
sandbox_exists(void)
{
    return true;
}

static int
fill_and_load(scmp_filter_ctx ctx)
{
    int rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1); /* all threads */
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed && rc == 0; i++)
        rc = allow(ctx, allowed[i]);
    if (rc == 0)
        rc = add_conditions(ctx);
    return rc == 0 ? seccomp_load(ctx) : rc;
}

bool
sandbox_enter(char *why, size_t n_why)
{
    MUST(why != NULL && n_why > 0);
    struct sigaction action = {.sa_sigaction = on_forbidden, .sa_flags = SA_SIGINFO};
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_TRAP);
    if (ctx == NULL) {
        snprintf(why, n_why, "-o drop_privileges: no memory for the filter");
        return false;
    }
    int rc = sigaction(SIGSYS, &action, NULL) != 0 ? -errno : fill_and_load(ctx);
    seccomp_release(ctx);
    if (rc != 0)
        snprintf(why, n_why, "-o drop_privileges: system calls cannot be filtered here: %s", strerror(-rc));
    return rc == 0;
}

#endif
