/*
 * json: writes JSON with its commas in place and its strings escaped.
 *
 * Threads: one for each struct json.
 */
#ifndef BENCH_JSON_H
#define BENCH_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *out;
    unsigned depth;
    bool has_one; /* per level: an element has been written, so the next one needs a comma */
};

/* `name` is NULL for the outermost element and in an array. */
void json_open(struct json *, const char *name, char bracket); /* '{' or '[' */
void json_close(struct json *, char bracket);                  /* '}' or ']' */
void json_text(struct json *, const char *name, const char *text);
void json_whole(struct json *, const char *name, uint64_t value);
void json_real(struct json *, const char *name, double value, int digits); /* decimals */

#endif
