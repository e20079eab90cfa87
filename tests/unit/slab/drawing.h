/*
 * drawing: random numbers for a test, the same ones in each run.
 *
 * A test sets `seed` before it draws, so that its numbers do not depend on the tests before it.
 */
#ifndef TESTS_UNIT_SLAB_DRAWING_H
#define TESTS_UNIT_SLAB_DRAWING_H

#include <stdint.h>

static uint64_t seed;

static inline uint32_t
draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 32) % below);
}

#endif
