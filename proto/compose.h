/*
 * compose: a response to bytes.
 *
 * proto_compose writes everything but a value's bytes, at most COMPOSE_MAX of
 * them (RSP_TEXT is not for it: send `text` as it is).  When it returns with
 * *value set, the caller appends rsp->n_value bytes of value and then what
 * proto_compose_tail writes (text and meta: CRLF; binary: nothing).
 *
 * Quiet is decided here: it may write nothing.
 */
#ifndef PROTO_COMPOSE_H
#define PROTO_COMPOSE_H

#include <stdbool.h>

#include "proto/request.h"
#include "proto/response.h"

enum { COMPOSE_MAX = 2560, COMPOSE_TAIL_MAX = 8 };

/* Returns the end of what it wrote at `dst`, which has room for COMPOSE_MAX bytes. */
char *proto_compose(char *dst, const struct request *, const struct response *, bool *value);
char *proto_compose_tail(char *dst, const struct request *, const struct response *);

/*
 * In binary, statistics are packets, and the last of them is empty: the head of
 * one with so many bytes of name and value behind it.  COMPOSE_HEAD bytes.
 */
enum { COMPOSE_HEAD = 24 };
char *compose_stat_head(char *dst, const struct request *, uint32_t n_name, uint32_t n_value);

/* Decimal digits of `v` at `dst`; returns their end.  20 bytes at most. */
char *compose_u64(char *dst, uint64_t v);

#endif
