/*
 * conn_run: the stages of a turn between the bytes that were read and the replies
 * that are to be sent.
 */
#ifndef SERVER_CONN_CONN_RUN_H
#define SERVER_CONN_CONN_RUN_H

#include "server/conn/conn.h"

/* What an earlier turn has left undone. */
enum turn conn_run_old(struct conn *, struct buffer *in);

/* Of a value that was refused, discards what has come of it. */
void conn_run_swallow(struct conn *, struct buffer *in);

/* Stage 2: every whole request in the buffer, its key hashed and its line of the index on its way. */
void conn_run_parse(struct conn *, const struct buffer *in);

/* Stage 3: by now the index has come; asks for the items that it leads to.  Not worth it for one alone. */
void conn_run_prefetch(const struct conn_set *);

/* Stage 4: runs the batch in order, ... */
enum turn conn_run_batch(struct conn *, struct buffer *in);

/* ... and what is behind it and is no whole request. */
enum turn conn_run_rest(struct conn *, struct buffer *in);

#endif
