/*
 * cluster: the answer of `config get cluster`, for clients that find the other
 * servers by asking one (ElastiCache's auto discovery).
 *
 * larderd does not look for other servers: the operator gives the list by
 * --cluster or by `config set cluster`, and it is kept until the process ends.
 *
 *   version LF host|address|port [host|address|port]... LF
 *
 * The address may be empty.  A client adopts a list if its version is higher than that of the
 * client's list.  The version of --cluster's list is the time of the start, so it grows.
 *
 * Threads: any.
 * Locks:   one of its own, LOCK_LEAF, held during a copy.
 */
#ifndef SERVER_TEXT_CLUSTER_H
#define SERVER_TEXT_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"

struct cluster;
struct text;

enum cluster_result { CLUSTER_OK, CLUSTER_INVALID, CLUSTER_NO_MEMORY };

/* NULL when out of memory.  No cluster is known at first. */
struct cluster *cluster_new(void);
void cluster_free(struct cluster **);

/* Whether `list` is valid: host:port, host, [address]:port or host|address|port, separated by commas. */
bool cluster_is_list(const char *list);

/* Sets the answer to such a list. */
MUST_USE enum cluster_result cluster_set_list(struct cluster *, const char *list, uint32_t version);

/* Sets the answer to `what`, if it has the format above. */
MUST_USE enum cluster_result cluster_set(struct cluster *, uint32_t flags, struct bytes what);

/* false if no cluster was known. */
bool cluster_delete(struct cluster *);

/* Adds the whole answer; false, and adds nothing, if no cluster is known. */
MUST_USE bool cluster_answer(struct cluster *, struct text *);

#endif
