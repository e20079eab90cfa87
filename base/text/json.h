/*
 * json: writes a JSON object as its members come, with commas and escapes in place.
 *
 * What is not UTF-8 cannot stand in JSON: it is written in base64, under a name
 * that ends in "_base64".  Objects and arrays are closed by the bracket that
 * belongs to them, and members have a name exactly in objects: anything else is
 * a mistake of the caller, and aborts.  A stream that fails says so by ferror.
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
    JSON_LINE,   /* all of it on one line */
    JSON_INDENT, /* a member on each line */
};

enum { JSON_DEPTH_MAX = 16 };

struct json {
    FILE *out;
    enum json_style style;
    unsigned depth;            /* brackets that are open */
    bool has_one;              /* a member stands in the innermost bracket */
    char open[JSON_DEPTH_MAX]; /* those brackets, outermost first */
};

/* The outermost object, and the end of its line. */
void json_begin(struct json *, FILE *, enum json_style);
void json_end(struct json *);

/* An object '{' or an array '[' inside.  `name` is NULL in an array, here and below. */
void json_open(struct json *, const char *name, char bracket);
void json_close(struct json *, char bracket);

void json_bytes(struct json *, const char *name, struct bytes);
void json_text(struct json *, const char *name, const char *value);
void json_signed(struct json *, const char *name, int64_t);
void json_unsigned(struct json *, const char *name, uint64_t);
/* `digits` behind the point; 0 for what is no number. */
void json_real(struct json *, const char *name, double value, int digits);
void json_bool(struct json *, const char *name, bool);
/* A number where it reads like one ("12", "-1", "0.25"), else text. */
void json_word(struct json *, const char *name, struct bytes);

#endif
