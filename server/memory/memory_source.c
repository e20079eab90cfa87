/* memory_source: see memory_source.h. */
#include "server/memory/memory_source.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES = 8 << 10 };

static_assert(sizeof((struct memory_source *)NULL)->stalls >= CGROUP_PATH_MAX + sizeof "/memory.pressure",
    "the PSI file of any group");
static_assert(sizeof((struct memory_source *)NULL)->root + sizeof "/proc/pressure/memory" <
                  sizeof((struct memory_source *)NULL)->stalls,
    "the PSI file of the machine");

static void
memory_source_must_hold(const struct memory_source *s)
{
    MUST(strnlen(s->stalls, sizeof s->stalls) < sizeof s->stalls);
    MUST(!s->stalls_are_ours || (s->cgroup.v2 && s->stalls[0] != '\0'));
}

static bool
is_readable(const char *path)
{
    char text[256];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    /* a kernel booted without PSI still has the file, but reading it fails */
    ssize_t n = read(fd, text, sizeof text);
    close(fd);
    return n > 0;
}

const char *
memory_source_root(void)
{
#ifdef LARDER_CHECKS
    const char *root = getenv("LARDER_HOST_FILES");
    if (root != NULL)
        return root;
#endif
    return "";
}

void
memory_source_init(struct memory_source *s, const char *root)
{
    snprintf(s->root, sizeof s->root, "%s", root);
    cgroup_find(&s->cgroup, root);
    snprintf(s->stalls, sizeof s->stalls, "%s/memory.pressure", s->cgroup.dir);
    /* The topmost group's figure is that of the whole machine. */
    s->stalls_are_ours = s->cgroup.v2 && strlen(s->cgroup.dir) > s->cgroup.n_top && is_readable(s->stalls);
    if (s->stalls_are_ours)
        return;
    snprintf(s->stalls, sizeof s->stalls, "%s/proc/pressure/memory", root);
    if (!is_readable(s->stalls))
        s->stalls[0] = '\0';
    memory_source_must_hold(s);
}

/* The value of "some avg10=1.23 avg60=..." as a share. */
static double
stall_in(const char *text, const char *kind)
{
    char name[32];
    snprintf(name, sizeof name, "%s avg10=", kind);
    const char *at = strstr(text, name);
    return at == NULL ? 0 : strtod(at + strlen(name), NULL) / 100;
}

static void
read_machine(const struct memory_source *s, struct memory_reading *r)
{
    char dir[CGROUP_PATH_MAX], text[TEXT_BYTES];
    uint64_t total, available;
    snprintf(dir, sizeof dir, "%s/proc", s->root);
    if (!cgroup_file(dir, "meminfo", text, sizeof text) || !cgroup_number(text, "MemTotal:", &total) ||
        !cgroup_number(text, "MemAvailable:", &available))
        return;
    r->machine = total << 10;
    r->available = available << 10;
}

void
memory_source_read(const struct memory_source *s, struct memory_reading *r)
{
    char text[TEXT_BYTES];
    struct cgroup_memory group;
    memory_source_must_hold(s);
    *r = (struct memory_reading){.stalls_are_ours = s->stalls_are_ours};
    if (cgroup_read(&s->cgroup, &group)) {
        r->limit = group.limit;
        r->used = group.used;
    }
    read_machine(s, r);
    if (s->stalls[0] == '\0' || !cgroup_file("", s->stalls, text, sizeof text))
        return;
    r->some_stall = stall_in(text, "some");
    r->full_stall = stall_in(text, "full");
}

int
memory_source_alarm(const struct memory_source *s)
{
    static const char when[] =
        "some 200000 2000000"; /* microseconds; a process without privileges must choose whole seconds */
    memory_source_must_hold(s);
    if (s->stalls[0] == '\0')
        return -1;
    int fd = open(s->stalls, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && write(fd, when, sizeof when) != (ssize_t)sizeof when) {
        close(fd);
        fd = -1;
    }
    return fd;
}

uint64_t
memory_source_total(void)
{
    struct memory_source s;
    memory_source_init(&s, memory_source_root());
    struct memory_reading r = {0};
    struct cgroup_memory group;
    read_machine(&s, &r);
    if (cgroup_read(&s.cgroup, &group) && (r.machine == 0 || group.least < r.machine))
        return group.least;
    return r.machine;
}
