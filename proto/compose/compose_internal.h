/*
 * compose_internal: what compose.c calls in the dialects' files.
 *
 * Each dialect has its own proto_compose.  text_compose_line writes the replies
 * that are the same in text and meta.
 */
#ifndef PROTO_COMPOSE_COMPOSE_INTERNAL_H
#define PROTO_COMPOSE_COMPOSE_INTERNAL_H

#include <string.h>

#include "proto/compose.h"

char *text_compose(char *dst, const struct request *, const struct response *, bool *value);
/* Not inlined: proto_compose inlines text_compose, and would save every register for these two. */
__attribute__((noinline)) char *meta_compose(
    char *dst, const struct request *, const struct response *, bool *value);
__attribute__((noinline)) char *binary_compose(
    char *dst, const struct request *, const struct response *, bool *value);

/* Everything but a value; ignores quiet. */
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
