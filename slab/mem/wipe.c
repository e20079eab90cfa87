#include "slab/mem/wipe.h"

#include "slab/mem/guard.h"

GUARD_IGNORED bool
wipe_check(const char *base, uint64_t chunk, uint32_t size)
{
    MUST(size % sizeof(uint64_t) == 0);
    const uint64_t *word = (const uint64_t *)(base + chunk);
    uint64_t any = 0;
    for (uint32_t i = 0; i < size / sizeof *word; i++)
        any |= word[i];
    return any == 0;
}
