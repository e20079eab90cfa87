/*
 * Values for tests of samples and dictionaries, and a check that freed memory was wiped.
 *
 * This file replaces munmap: `sample` and `trainer` have their memory from mmap, and what
 * they give back must be zeros.
 */
#ifndef TESTS_UNIT_SLAB_SAMPLING_H
#define TESTS_UNIT_SLAB_SAMPLING_H

#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/hash.h"
#include "slab/codec/sample.h"
#include "tests/unit/unit.h"

static unsigned n_unmapped, n_unmapped_dirty;

int munmap(void *p, size_t n);

int
munmap(void *p, size_t n)
{
    const char *bytes = p;
    n_unmapped++;
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != 0) {
            n_unmapped_dirty++;
            break;
        }
    return (int)syscall(SYS_munmap, p, n);
}

static inline uint64_t
hash_number(uint64_t i)
{
    return XXH3_64bits_withSeed(&i, sizeof i, 1);
}

/* The next of a sequence of random numbers. */
static inline uint64_t
draw(uint64_t *state)
{
    return hash_number((*state)++);
}

static inline void
fill_randomly(char *to, size_t n, uint64_t seed)
{
    for (size_t at = 0; at < n; at++)
        to[at] = (char)hash_number(seed * 10000 + at);
}

/* A record of about 300 bytes, as an application would cache it; returns its length. */
static inline size_t
write_record(char *to, size_t room, uint64_t i)
{
    static const char *const names[] = {"Marie", "Jean", "Olga", "Wei", "Carlos", "Lisa", "Hiro", "Ada"};
    static const char *const cities[] = {"Berlin", "Paris", "London", "Tokyo", "Madrid", "Rome"};
    uint64_t r = i << 8; /* no two records have a number in common */
    const char *name = names[draw(&r) % N_OF(names)];
    int n = snprintf(to, room,
        "{\"id\":%u,\"name\":\"%s\",\"email\":\"%s%u@example.com\",\"verified\":%s,\"city\":\"%s\","
        "\"created_at\":\"2026-%02u-%02uT%02u:%02u:00Z\",\"token\":\"%016llx\",\"settings\":{\"theme\":\"%"
        "s\","
        "\"newsletter\":%s,\"language\":\"en\"},\"followers\":%u,\"avatar\":\"https://cdn.example.com/"
        "avatars/"
        "%08x.jpg\"}",
        (unsigned)i, name, name, (unsigned)draw(&r) % 1000, draw(&r) % 2 ? "true" : "false",
        cities[draw(&r) % N_OF(cities)], (unsigned)draw(&r) % 12 + 1, (unsigned)draw(&r) % 28 + 1,
        (unsigned)draw(&r) % 24, (unsigned)draw(&r) % 60, (unsigned long long)draw(&r),
        draw(&r) % 2 ? "dark" : "light", draw(&r) % 2 ? "true" : "false", (unsigned)draw(&r) % 10000,
        (unsigned)draw(&r));
    assert_true(n > 0 && (size_t)n < room);
    return (size_t)n;
}

/* Offers records with these numbers. */
static inline void
offer_records(struct samples *s, uint64_t from, uint64_t to, unsigned kind)
{
    char value[1024];
    for (uint64_t i = from; i < to; i++)
        (void)sample_offer(s, hash_number(i), kind, value, write_record(value, sizeof value, i));
}

#endif
