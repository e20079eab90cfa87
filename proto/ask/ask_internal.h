/*
 * ask_internal: what ask.c calls in the dialects' files.
 *
 * Each dialect has its own proto_ask and reports which flags it cannot express.
 */
#ifndef PROTO_ASK_ASK_INTERNAL_H
#define PROTO_ASK_ASK_INTERNAL_H

#include "proto/ask.h"

char *text_ask(char *dst, const struct ask *);
char *meta_ask(char *dst, const struct ask *);
char *binary_ask(char *dst, const struct ask *);

/* The flags that the dialect can express for this kind of ask; ASK_NOTHING if it lacks the kind. */
#define ASK_NOTHING (UINT64_C(1) << 63) /* a bit that no flag uses */
uint64_t text_ask_flags(const struct ask *);
uint64_t meta_ask_flags(const struct ask *);
uint64_t binary_ask_flags(const struct ask *);

#endif
