/*
 * ask_internal: what ask.c asks of the dialects' files.
 *
 * A dialect's file has a proto_ask of its own and says what it cannot say.
 */
#ifndef PROTO_ASK_INTERNAL_H
#define PROTO_ASK_INTERNAL_H

#include "proto/ask.h"

char *text_ask(char *dst, const struct ask *);
char *meta_ask(char *dst, const struct ask *);
char *binary_ask(char *dst, const struct ask *);

/* The flags that the dialect knows to say of this kind of ask; ASK_NOTHING if it cannot be asked at all. */
#define ASK_NOTHING (UINT64_C(1) << 63) /* no flag's bit */
uint64_t text_ask_flags(const struct ask *);
uint64_t meta_ask_flags(const struct ask *);
uint64_t binary_ask_flags(const struct ask *);

#endif
