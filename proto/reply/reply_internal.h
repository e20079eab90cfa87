/*
 * reply_internal: what reply.c and the dialects' files share.
 *
 * reply.c finds a line; meta_reply or text_reply, by its first word, reads the line
 * into `reply`, which is cleared.  If the line announces a value, they set n_value,
 * and status to REPLY_VALUE.  They return false for a line that no server sends.
 */
#ifndef PROTO_REPLY_REPLY_INTERNAL_H
#define PROTO_REPLY_REPLY_INTERNAL_H

#include "proto/reply.h"

/* True if `line` begins with a two-letter code of meta. */
bool meta_reply_knows(struct bytes line);
MUST_USE bool meta_reply(struct bytes line, struct reply *);
MUST_USE bool text_reply(struct bytes line, struct reply *);

/* proto_reply for a connection that speaks packets. */
enum reply_result binary_reply(struct reply_reader *, struct bytes in, struct reply *);

#endif
