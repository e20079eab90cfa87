#include "base/hash.h"

#include <sys/random.h>

#include "base/clock.h"

uint64_t hash_seed;

void
hash_seed_randomly(void)
{
    uint64_t seed;
    /* Early in boot the kernel may have no random bytes without waiting: the clock is better than 0. */
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
        seed = clock_ns() * UINT64_C(0x9E3779B97F4A7C15);
    hash_seed = seed;
}
