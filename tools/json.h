/*
 * json: one object to a line, written as it comes.
 *
 * What is not UTF-8 cannot stand in JSON: it is written in base64, under a name
 * that ends in "_base64".
 */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"

struct json {
    FILE *f;
    bool begun; /* something stands in the object */
};

void json_begin(struct json *, FILE *);
void json_bytes(struct json *, const char *name, struct bytes);
void json_text(struct json *, const char *name, const char *value);
void json_number(struct json *, const char *name, int64_t);
void json_unsigned(struct json *, const char *name, uint64_t);
void json_real(struct json *, const char *name, double);
void json_bool(struct json *, const char *name, bool);
/* A number where it reads like one ("12", "-1", "0.25"), else text. */
void json_word(struct json *, const char *name, struct bytes);
void json_end(struct json *); /* and the line's */

/* Whether it is well formed: no overlong forms, no surrogates. */
bool json_is_utf8(struct bytes);

#endif
