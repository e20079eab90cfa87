#include "server/process/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "server/options/options.h"
#include "server/net/sockets.h"

enum {
    FDS_OF_PROCESS = 32, /* standard streams, log, main loop, engine */
    FDS_OF_WORKER = 4,   /* its event base and its eventfd */
    UDP_OF_WORKER = 4,   /* addresses of a name, each with a socket for each worker */
};

uint32_t
privileges_reserved_fds(const struct options *o)
{
    MUST(o->threads > 0);
    uint32_t udp = o->udp_port != 0 ? SOCKETS_MAX + UDP_OF_WORKER * o->threads : 0;
    return FDS_OF_PROCESS + SOCKETS_MAX + FDS_OF_WORKER * o->threads + udp;
}

/* Raises the soft limit as far as allowed, at most to `wanted`; returns the new soft limit. */
static rlim_t
raise_limit(int what, rlim_t wanted)
{
    struct rlimit r;
    if (getrlimit(what, &r) != 0)
        return 0;
    if (r.rlim_cur >= wanted)
        return r.rlim_cur;
    struct rlimit higher = {wanted, r.rlim_max > wanted ? r.rlim_max : wanted};
    if (setrlimit(what, &higher) == 0)
        return wanted;
    r.rlim_cur = r.rlim_max; /* without root, at most to the hard limit */
    return setrlimit(what, &r) == 0 ? r.rlim_cur : 0;
}

int
privileges_raise_files(struct options *o)
{
    uint32_t reserved = privileges_reserved_fds(o);
    MUST(o->conn_limit <= UINT32_MAX - reserved);
    rlim_t have = raise_limit(RLIMIT_NOFILE, (rlim_t)o->conn_limit + reserved);
    if (have >= (rlim_t)o->conn_limit + reserved)
        return 0;
    MUST(have < (rlim_t)o->conn_limit + reserved);
    uint32_t fits = have > reserved ? (uint32_t)(have - reserved) : 0;
    if (options_given(o, OPTION_conn_limit) || fits == 0) {
        LOG(LOG_ERROR,
            "-c %u needs %u open files, and the limit is %ju: raise it (ulimit -n, LimitNOFILE=) or ask for "
            "%u at most",
            o->conn_limit, o->conn_limit + reserved, (uintmax_t)have, fits);
        return EX_OSERR;
    }
    LOG(LOG_WARN, "the limit of open files allows only %u connections", fits);
    MUST(fits > 0 && fits < o->conn_limit);
    o->conn_limit = fits;
    return 0;
}

int
privileges_raise_limits(struct options *o)
{
    if (o->core_dumps && raise_limit(RLIMIT_CORE, RLIM_INFINITY) == 0) {
        LOG(LOG_ERROR, "-r: the limit of core files is 0 and cannot be raised");
        return EX_OSERR;
    }
    if (o->lock_memory && raise_limit(RLIMIT_MEMLOCK, RLIM_INFINITY) < o->memory_limit)
        LOG(LOG_WARN, "-k: the limit of locked memory is below -m");
    return privileges_raise_files(o);
}

static int
become(const struct passwd *pw)
{
    /* EPERM: the process has no privilege to change its groups (containers). */
    if (setgroups(0, NULL) != 0 && errno != EPERM) {
        LOG(LOG_ERROR, "cannot drop the supplementary groups: %s", strerror(errno));
        return EX_OSERR;
    }
    if (setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0) {
        LOG(LOG_ERROR, "cannot become user %s: %s", pw->pw_name, strerror(errno));
        return EX_OSERR;
    }
    if (pw->pw_uid != 0 && setuid(0) == 0) {
        LOG(LOG_ERROR, "became user %s, but could become root again", pw->pw_name);
        return EX_OSERR;
    }
    return 0;
}

int
privileges_drop(const struct options *o)
{
    if (getuid() != 0 && geteuid() != 0)
        return 0;
    if (o->user == NULL) {
        LOG(LOG_ERROR, "started by root: add -u <user>, the user to run as (-u root to stay root)");
        return EX_USAGE;
    }
    errno = 0;
    const struct passwd *pw = getpwnam(o->user);
    if (pw == NULL) {
        LOG(LOG_ERROR, "-u: there is no user %s", o->user);
        return EX_NOUSER;
    }
    return become(pw);
}
