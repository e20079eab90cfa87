/* conn_run: the stages of a turn between the received bytes and the replies. */
#ifndef SERVER_CONN_CONN_RUN_H
#define SERVER_CONN_CONN_RUN_H

#include "server/conn/conn.h"

/* Continues what an earlier turn has not finished. */
enum turn conn_run_old(struct conn *, struct buffer *in);

/* Discards the bytes of a refused value that have arrived. */
void conn_run_swallow(struct conn *, struct buffer *in);

/* Stage 2: parses every complete request in the buffer, hashes its key, and prefetches its index line. */
void conn_run_parse(struct conn *, const struct buffer *in);

/* Stage 3: the index lines have arrived; prefetches the items.  Not worth it for a single request. */
void conn_run_prefetch(const struct conn_set *);

/* Stage 4: runs the batch in order, ... */
enum turn conn_run_batch(struct conn *, struct buffer *in);

/* ... and then the bytes after it, which are not a complete request. */
enum turn conn_run_rest(struct conn *, struct buffer *in);

#endif
