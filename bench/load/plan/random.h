/*
 * random: the random numbers of a load: fast, well distributed, and reproducible from the seed.
 *
 * xoshiro256++ (Blackman and Vigna), seeded by splitmix64.  Not for secrets.
 *
 * Threads: one at a time for each struct random.
 */
#ifndef BENCH_LOAD_PLAN_RANDOM_H
#define BENCH_LOAD_PLAN_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t s[4];
    double spare; /* the second Gaussian number of the last pair */
    uint8_t has_spare;
};

/* Maps neighbouring numbers to unrelated ones: the finish of MurmurHash3. */
static inline uint64_t
random_mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdull;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ull;
    return x ^ x >> 33;
}

/* Generators with the same seed and different `stream` give different numbers. */
static inline void
random_init(struct random *r, uint64_t seed, uint64_t stream)
{
    uint64_t x = seed * 0x9e3779b97f4a7c15ull ^ random_mix(stream + 1);
    for (int i = 0; i < 4; i++)
        r->s[i] = random_mix(x += 0x9e3779b97f4a7c15ull);
    r->has_spare = 0;
}

static inline uint64_t
random_next(struct random *r)
{
    uint64_t *s = r->s, sum = s[0] + s[3], result = (sum << 23 | sum >> 41) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = s[3] << 45 | s[3] >> 19;
    return result;
}

/* Uniform from 0 to n - 1 (Lemire); n > 0. */
static inline uint64_t
random_below(struct random *r, uint64_t n)
{
    unsigned __int128 m = (unsigned __int128)random_next(r) * n;
    if ((uint64_t)m < n) {
        uint64_t floor = -n % n;
        while ((uint64_t)m < floor)
            m = (unsigned __int128)random_next(r) * n;
    }
    return (uint64_t)(m >> 64);
}

/* Uniform between 0 and 1, excluding both. */
static inline double
random_unit(struct random *r)
{
    return ((double)(random_next(r) >> 12) + 0.5) * 0x1p-52;
}

double random_gauss(struct random *);       /* mean 0, standard deviation 1 */
double random_exponential(struct random *); /* mean 1: the time between arrivals of a Poisson process */

#endif
