/*
 * json: writes a JSON object member by member, with commas and escapes.
 *
 * JSON cannot hold bytes that are not UTF-8: they are written in base64, under a name
 * that ends in "_base64".  The caller closes objects and arrays with the matching
 * bracket, and names members in objects only; anything else is a bug of the caller and
 * aborts.  If the stream fails, ferror reports it.
 *
 * Threads: one for each struct json.
 */
#ifndef BASE_TEXT_JSON_H
#define BASE_TEXT_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"

enum json_style {
    JSON_LINE,   /* everything on one line */
    JSON_INDENT, /* a member on each line */
};

enum { JSON_DEPTH_MAX = 16 };

struct json {
    FILE *out;
    enum json_style style;
    unsigned depth;            /* brackets that are open */
    bool has_one;              /* the innermost bracket already has a member */
    char open[JSON_DEPTH_MAX]; /* the open brackets, outermost first */
};

/* The outermost object; json_end also ends its line. */
void json_begin(struct json *, FILE *, enum json_style);
void json_end(struct json *);

/* An object '{' or an array '[' inside.  `name` is NULL in an array, here and below. */
void json_open(struct json *, const char *name, char bracket);
void json_close(struct json *, char bracket);

void json_bytes(struct json *, const char *name, struct bytes);
void json_text(struct json *, const char *name, const char *value);
void json_signed(struct json *, const char *name, int64_t);
void json_unsigned(struct json *, const char *name, uint64_t);
/* `digits` after the decimal point; writes 0 for a value that is not finite. */
void json_real(struct json *, const char *name, double value, int digits);
void json_bool(struct json *, const char *name, bool);
/* Writes a number if the text reads like one ("12", "-1", "0.25"), else a string. */
void json_word(struct json *, const char *name, struct bytes);

#endif
