/*
 * values: bytes like those that applications keep in caches, the same ones for the same seed; and a
 * dictionary that is trained with them.
 */
#ifndef TESTS_UNIT_SLAB_VALUES_H
#define TESTS_UNIT_SLAB_VALUES_H

#include <zdict.h>

#include "base/must.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum value_kind { VALUE_JSON, VALUE_TEXT, VALUE_DIGITS, VALUE_RANDOM, VALUE_ZEROS, N_VALUE_KINDS };

static inline uint32_t
value_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

static inline int
value_record(char *to, size_t room, uint64_t *seed)
{
    static const char *const names[] = {"Anna", "Boris", "Chen", "Dilara", "Emeka", "Farid", "Greta"};
    uint32_t a = value_random(seed), b = value_random(seed), c = value_random(seed);
    return snprintf(to, room,
        "{\"id\":%u,\"name\":\"%s %s\",\"email\":\"%s%u@example.com\",\"verified\":%s,\"token\":\"%08x%08x\","
        "\"created_at\":\"20%02u-%02u-%02uT00:00:00Z\"},",
        a, names[a % 7], names[b % 7], names[c % 7], b % 100, c % 2 ? "true" : "false", a * 7, b * 11, a % 30,
        1 + b % 12, 1 + c % 28);
}

static inline int
value_words(char *to, size_t room, uint64_t *seed)
{
    static const char *const words[] = {"the", "cache", "of", "an", "item", "that", "memory", "frees", "is",
        "reads", "when", "and", "worker", "until", "value", "full"};
    return snprintf(to, room, "%s%s", words[value_random(seed) % 16], value_random(seed) % 9 ? " " : ".\n");
}

/* `n` bytes of a kind. */
static inline void
value_make(enum value_kind kind, char *to, size_t n, uint64_t seed)
{
    char piece[256];
    for (size_t at = 0; at < n;) {
        size_t n_piece = 1;
        switch (kind) {
        case VALUE_JSON: n_piece = (size_t)value_record(piece, sizeof piece, &seed); break;
        case VALUE_TEXT: n_piece = (size_t)value_words(piece, sizeof piece, &seed); break;
        case VALUE_DIGITS: piece[0] = (char)('0' + value_random(&seed) % 10); break;
        case VALUE_RANDOM: piece[0] = (char)value_random(&seed); break;
        case VALUE_ZEROS: piece[0] = 0; break;
        case N_VALUE_KINDS: UNREACHABLE();
        }
        size_t n_more = n_piece < n - at ? n_piece : n - at;
        memcpy(to + at, piece, n_more);
        at += n_more;
    }
}

/* A dictionary for values of VALUE_JSON.  Returns its length, at most `room`. */
static inline size_t
value_dictionary(char *to, size_t room)
{
    enum { N_SAMPLES = 2000 };
    char *samples = malloc(N_SAMPLES * 256);
    size_t *n_sample = malloc(N_SAMPLES * sizeof *n_sample), at = 0;
    MUST(samples != NULL && n_sample != NULL);
    uint64_t seed = 1;
    for (int i = 0; i < N_SAMPLES; i++) {
        n_sample[i] = (size_t)value_record(samples + at, 256, &seed);
        at += n_sample[i];
    }
    size_t n = ZDICT_trainFromBuffer(to, room, samples, n_sample, N_SAMPLES);
    MUST(!ZDICT_isError(n));
    free(n_sample);
    free(samples);
    return n;
}

#endif
