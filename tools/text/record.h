/*
 * record: an item in a file, as export writes it and import reads it.
 *
 *     ms KEY LENGTH T<expiry> F<flags> [b] CRLF  value CRLF
 *
 * These are requests of the meta protocol, so a server accepts such a file as it is.
 * The expiry is a Unix time, 0 for never; "b" means that the key is in base64.
 * record_parse also reads "set" and "add" of the classic protocol, which memcached-tool's
 * dumps use.
 */
#ifndef TOOLS_TEXT_RECORD_H
#define TOOLS_TEXT_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/must.h"

enum { RECORD_KEY_MAX = 250, RECORD_LINE_MAX = 1024 };

struct record {
    char key[RECORD_KEY_MAX];
    size_t n_key;
    uint32_t n_value;
    uint32_t flags;
    int64_t exptime; /* as in the protocol */
};

/* Parses a line without its end.  False: it does not begin a record. */
MUST_USE bool record_parse(struct bytes line, struct record *);

/* Writes at most RECORD_LINE_MAX bytes, with the line's end; returns the end of what it wrote. */
char *record_compose(char *dst, struct bytes key, uint32_t n_value, uint32_t flags, int64_t exptime);

#endif
