/*
 * reply_internal: what reply.c and the dialects' files agree on.
 *
 * reply.c finds a line, and whoever knows its first word reads the rest into
 * `reply`, which is cleared.  A line that says how long a value follows leaves
 * that in n_value, and has status REPLY_VALUE.  false: no server says this.
 */
#ifndef PROTO_REPLY_INTERNAL_H
#define PROTO_REPLY_INTERNAL_H

#include "proto/reply.h"

/* Whether `line` begins with two letters that meta answers with. */
bool meta_reply_knows(struct bytes line);
MUST_USE bool meta_reply(struct bytes line, struct reply *);
MUST_USE bool text_reply(struct bytes line, struct reply *);

/* proto_reply for a connection that speaks packets. */
enum reply_result binary_reply(struct reply_reader *, struct bytes in, struct reply *);

#endif
