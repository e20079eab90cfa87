/*
 * compose_internal: what compose.c asks of the dialects' files.
 *
 * Each is proto_compose for its own dialect.  A reply that reads the same in
 * text and meta is written by text_compose_line.
 */
#ifndef PROTO_COMPOSE_INTERNAL_H
#define PROTO_COMPOSE_INTERNAL_H

#include <string.h>

#include "proto/compose.h"

char *text_compose(char *dst, const struct request *, const struct response *, bool *value);
/* Not inlined: proto_compose, with text_compose in it, would have to save every register for them. */
__attribute__((noinline)) char *meta_compose(
    char *dst, const struct request *, const struct response *, bool *value);
__attribute__((noinline)) char *binary_compose(
    char *dst, const struct request *, const struct response *, bool *value);

/* Everything but a value, and without minding quiet. */
char *text_compose_line(char *dst, const struct response *);

static inline char *
compose_bytes(char *dst, struct bytes b)
{
    memcpy(dst, b.p, b.n);
    return dst + b.n;
}

static inline char *
compose_crlf(char *dst)
{
    memcpy(dst, "\r\n", 2);
    return dst + 2;
}

#endif
