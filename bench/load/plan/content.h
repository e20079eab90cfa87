/*
 * content: the bytes of values, for each word of --values: one file, and a const struct for each word.
 *
 * A value is written in parts of at most CONTENT_PART_MAX bytes.  A part is a pure
 * function of its seed, its size and its place, so any part of a value can be
 * composed and compared by itself.
 *
 * Threads: all functions use only their arguments.
 */
#ifndef BENCH_LOAD_PLAN_CONTENT_H
#define BENCH_LOAD_PLAN_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONTENT_PART_MAX = 1024, CONTENT_SLACK = 64 };

struct content_part {
    uint64_t seed;
    size_t n; /* bytes; at least 1, and at least CONTENT_PART_MAX / 2 if the value has several parts */
    bool is_first, is_last; /* of the value's parts */
};

struct content {
    const char *name;
    /* Writes part->n bytes; may also overwrite the CONTENT_SLACK bytes that follow them. */
    void (*write)(const struct content_part *, char *at);
};

extern const struct content content_json, content_half, content_text, content_random;

/* The content that a word of --values names. */
const struct content *content_of_name(const char *name);

#endif
