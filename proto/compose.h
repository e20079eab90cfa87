/*
 * compose: writes a response as bytes.
 *
 * proto_compose writes everything but the bytes of a value, at most COMPOSE_MAX
 * (not RSP_TEXT: send its `text` as it is).  When it returns with *value set, the
 * caller appends rsp->n_value bytes of value and then the output of
 * proto_compose_tail (text and meta: CRLF; binary: nothing).
 *
 * A quiet request may get no bytes; proto_compose decides that.
 */
#ifndef PROTO_COMPOSE_H
#define PROTO_COMPOSE_H

#include <stdbool.h>

#include "proto/request.h"
#include "proto/response.h"

enum { COMPOSE_MAX = 2560, COMPOSE_TAIL_MAX = 8 };

/* Returns the end of what it wrote at `dst`, which has room for COMPOSE_MAX bytes. */
char *proto_compose(char *dst, const struct request *, const struct response *, bool *value);
char *proto_compose_tail(char *dst, const struct request *);

/*
 * Binary statistics are packets, the last of them empty.  Writes the head of a
 * packet with n_name bytes of name and n_value bytes of value: COMPOSE_HEAD bytes.
 */
enum { COMPOSE_HEAD = 24 };
char *compose_stat_head(char *dst, const struct request *, uint32_t n_name, uint32_t n_value);

/* The fields of an item that a dump shows. */
struct dump_item {
    struct bytes key;
    bool key_is_binary, fetched;
    bool expires;
    uint64_t expires_at, last_access; /* Unix seconds */
    uint64_t cas, n_item;
    uint32_t class_number, client_flags;
};

/* Write an item's line of metadump and of mgdump, at most COMPOSE_DUMP_MAX bytes; return its end. */
enum { COMPOSE_DUMP_MAX = 928 };
char *proto_compose_metadump(char *dst, const struct dump_item *);
char *proto_compose_mgdump(char *dst, const struct dump_item *);

/* Decimal digits of `v` at `dst`; returns their end.  20 bytes at most. */
char *compose_u64(char *dst, uint64_t v);

#endif
