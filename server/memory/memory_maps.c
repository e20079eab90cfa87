/* memory_maps: see memory_maps.h. */
#include "server/memory/memory_maps.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LINE_BYTES = 512, PAGES_AT_ONCE = 4096 };

#define MAPPING_MAX \
    (UINT64_C(1) << 36) /* a larger one is a sanitizer's shadow memory: mincore would take minutes */

static uint64_t
resident_between(uintptr_t from, uintptr_t to)
{
    unsigned char answer[PAGES_AT_ONCE];
    size_t page = (size_t)sysconf(_SC_PAGESIZE), n_resident = 0;
    MUST(page > 0);
    while (from < to) {
        size_t n = (to - from) / page < PAGES_AT_ONCE ? (to - from) / page : PAGES_AT_ONCE;
        if (n == 0 || mincore((void *)from, n * page, answer) != 0)
            break; /* unmapped since the file was read */
        for (size_t i = 0; i < n; i++)
            n_resident += answer[i] & 1;
        from += n * page;
    }
    return (uint64_t)n_resident * page;
}

/* "7f00-7f10 rw-p 00000000 00:00 0 [heap]": private and writable; inode 0 means without a file. */
static bool
read_line(const char *line, uintptr_t *from, uintptr_t *to)
{
    char mode[5];
    unsigned long inode;
    return sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*x %*s %lu", from, to, mode, &inode) == 4 &&
           mode[1] == 'w' && mode[3] == 'p' && inode == 0;
}

bool
memory_maps_private(const void *except, size_t n, uint64_t *bytes)
{
    char line[LINE_BYTES];
    uintptr_t from, to, first = (uintptr_t)except, end = first + n;
    FILE *f = fopen("/proc/self/maps", "re");
    MUST(end >= first);
    *bytes = 0;
    if (f == NULL)
        return false;
    bool ok = true;
    while (ok && fgets(line, sizeof line, f) != NULL) {
        if (!read_line(line, &from, &to))
            continue;
        /* A mapping that contains the excepted range may be of any size. */
        ok = to - from <= MAPPING_MAX || (from < end && first < to);
        if (!ok)
            continue;
        /* The kernel may have joined the range with its neighbours. */
        *bytes += resident_between(from, to < first ? to : first);
        *bytes += resident_between(from > end ? from : end, to);
    }
    fclose(f);
    return ok;
}
