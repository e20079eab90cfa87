/* cgroup: see cgroup.h. */
#include "server/memory/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_BYTES = 16 << 10, LINE_FIELDS = 32 };

#define NO_LIMIT (UINT64_C(1) << 60) /* version 1 reports a number like this for a group without a limit */

/* ---- files -------------------------------------------------------------- */

bool
cgroup_file(const char *dir, const char *name, char *text, size_t n_text)
{
    char path[CGROUP_PATH_MAX + 64];
    size_t n = 0;
    MUST(n_text > 1);
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    for (;;) {
        ssize_t got = read(fd, text + n, n_text - 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    close(fd);
    MUST(n < n_text);
    text[n] = '\0';
    return n > 0;
}

bool
cgroup_number(const char *text, const char *name, uint64_t *number)
{
    size_t n = strlen(name);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, n) != 0 || (line[n] != ' ' && line[n] != '\t'))
            continue;
        *number = strtoull(line + n, NULL, 10);
        return true;
    }
    return false;
}

/* The number in a file that has only one. "max", like any other text, means no limit. */
static uint64_t
number_in(const char *dir, const char *name)
{
    char text[64], *end;
    if (!cgroup_file(dir, name, text, sizeof text))
        return NO_LIMIT;
    uint64_t v = strtoull(text, &end, 10);
    return end == text || v > NO_LIMIT ? NO_LIMIT : v;
}

/* ---- our group ----------------------------------------------------------- */

/* Whether `word` is in `list`, which is separated by commas. */
static bool
has_word(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = list; *p != '\0'; p += *p == ',') {
        size_t n_here = strcspn(p, ",");
        if (n_here == n && memcmp(p, word, n) == 0)
            return true;
        p += n_here;
    }
    return false;
}

/* Finds the kernel's name of our group, in a line "number:controllers:path" of /proc/self/cgroup. */
static bool
find_group(const char *root, bool v2, char *group, size_t n_group)
{
    char text[FILE_BYTES], dir[CGROUP_PATH_MAX], *rest = text, *line;
    snprintf(dir, sizeof dir, "%s/proc/self", root);
    if (!cgroup_file(dir, "cgroup", text, sizeof text))
        return false;
    while ((line = strsep(&rest, "\n")) != NULL) {
        const char *number = strsep(&line, ":"), *controllers = strsep(&line, ":");
        if (line == NULL || !(v2 ? strcmp(number, "0") == 0 : has_word(controllers, "memory")))
            continue;
        return snprintf(group, n_group, "%s", line) < (int)n_group;
    }
    return false;
}

/* The fields that we need of a line of /proc/self/mountinfo. */
struct mount {
    const char *top;   /* the group that is mounted */
    const char *point; /* the directory where it is mounted */
};

/* "36 35 98:0 /group /sys/fs/cgroup/memory rw,noatime shared:1 - cgroup cgroup rw,memory" */
static bool
read_mount(char *line, bool v2, struct mount *m)
{
    char *field[LINE_FIELDS];
    int n = 0, dash = 0;
    while (n < LINE_FIELDS && (field[n] = strsep(&line, " ")) != NULL)
        n++;
    for (dash = 5; dash < n && strcmp(field[dash], "-") != 0; dash++)
        continue;
    if (dash + 3 >= n || strcmp(field[dash + 1], v2 ? "cgroup2" : "cgroup") != 0 ||
        (!v2 && !has_word(field[dash + 3], "memory")))
        return false;
    MUST(dash >= 5 && n <= LINE_FIELDS);
    *m = (struct mount){field[3], field[4]};
    return true;
}

/*
 * The group's path below the mount: "" for the mounted group itself, as in a
 * container that does not see the groups above.
 */
static const char *
below(const char *group, const char *top)
{
    size_t n = strcmp(top, "/") == 0 ? 0 : strlen(top);
    bool inside = strncmp(group, top, n) == 0 && group[n] == '/' && strncmp(group, "/..", 3) != 0;
    return inside && group[n + 1] != '\0' ? group + n : "";
}

static void
cgroup_must_hold(const struct cgroup *c)
{
    size_t n = strnlen(c->dir, sizeof c->dir);
    MUST(n < sizeof c->dir && c->n_top <= n);
}

static bool
find_version(struct cgroup *c, const char *root, bool v2)
{
    char text[FILE_BYTES], dir[CGROUP_PATH_MAX], group[CGROUP_PATH_MAX / 2], *rest = text, *line;
    struct mount m;
    snprintf(dir, sizeof dir, "%s/proc/self", root);
    if (!find_group(root, v2, group, sizeof group) || !cgroup_file(dir, "mountinfo", text, sizeof text))
        return false;
    while ((line = strsep(&rest, "\n")) != NULL) {
        if (!read_mount(line, v2, &m))
            continue;
        int n_top = snprintf(c->dir, sizeof c->dir, "%s%s", root, m.point);
        int n = snprintf(c->dir, sizeof c->dir, "%s%s%s", root, m.point, below(group, m.top));
        if (n >= (int)sizeof c->dir)
            return false;
        MUST(n_top >= 0 && n_top <= n);
        if (access(c->dir, F_OK) != 0)
            c->dir[n_top] = '\0'; /* a container's mount, which does not have the directories of our path */
        c->n_top = (size_t)n_top;
        c->v2 = v2;
        cgroup_must_hold(c);
        return true;
    }
    return false;
}

void
cgroup_find(struct cgroup *c, const char *root)
{
    /* If both are mounted, the memory controller belongs to version 1. */
    if (!find_version(c, root, false) && !find_version(c, root, true))
        *c = (struct cgroup){.dir = ""};
    cgroup_must_hold(c);
}

/* ---- limits and use ------------------------------------------------------- */

static uint64_t
limit_of(const struct cgroup *c, const char *dir)
{
    if (!c->v2)
        return number_in(dir, "memory.limit_in_bytes");
    uint64_t max = number_in(dir, "memory.max"), high = number_in(dir, "memory.high");
    return high < max ? high : max;
}

static bool
read_group(const struct cgroup *c, const char *dir, struct cgroup_memory *m)
{
    char text[FILE_BYTES];
    uint64_t inactive = 0;
    *m = (struct cgroup_memory){.limit = limit_of(c, dir)};
    m->used = number_in(dir, c->v2 ? "memory.current" : "memory.usage_in_bytes");
    if (m->limit == 0 || m->limit >= NO_LIMIT || m->used >= NO_LIMIT)
        return false;
    if (cgroup_file(dir, "memory.stat", text, sizeof text))
        (void)!cgroup_number(text, c->v2 ? "inactive_file" : "total_inactive_file", &inactive);
    m->used -= inactive < m->used ? inactive : m->used;
    return true;
}

static bool
is_closer(const struct cgroup_memory *a, const struct cgroup_memory *b)
{
    MUST(a->limit > 0 && b->limit > 0); /* read_group refuses 0 */
    return (double)a->used / (double)a->limit > (double)b->used / (double)b->limit;
}

bool
cgroup_read(const struct cgroup *c, struct cgroup_memory *closest)
{
    char dir[CGROUP_PATH_MAX], *up;
    uint64_t least = NO_LIMIT;
    cgroup_must_hold(c);
    if (c->dir[0] == '\0')
        return false;
    snprintf(dir, sizeof dir, "%s", c->dir);
    for (;; *up = '\0') {
        struct cgroup_memory m;
        if (read_group(c, dir, &m)) {
            if (least == NO_LIMIT || is_closer(&m, closest))
                *closest = m;
            least = m.limit < least ? m.limit : least;
        }
        up = strrchr(dir, '/');
        if (up == NULL || up < dir + c->n_top)
            break;
    }
    MUST(least == NO_LIMIT || least <= closest->limit);
    closest->least = least;
    return least != NO_LIMIT;
}
