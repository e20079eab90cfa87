/*
 * cluster: what `config get cluster` answers, for clients that find the other
 * servers by asking one (ElastiCache's auto discovery).
 *
 * We know nothing of the others: it is what the operator has said, by --cluster or
 * by `config set cluster`, kept until the process ends.
 *
 *   version LF host|address|port [host|address|port]... LF
 *
 * The address may be empty.  Clients take a list up whose version is higher than
 * that of theirs; that of --cluster is the time of the start, so that it grows.
 *
 * Threads: any.
 * Locks:   one of its own, LOCK_LEAF, for as long as a copy takes.
 */
#ifndef SERVER_TEXT_CLUSTER_H
#define SERVER_TEXT_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"

struct cluster;
struct text;

enum cluster_result { CLUSTER_OK, CLUSTER_WRONG, CLUSTER_NO_MEMORY };

/* NULL when out of memory.  Nothing is known at first. */
struct cluster *cluster_new(void);
void cluster_free(struct cluster **);

/* Whether it is a list: host:port, host, [address]:port or host|address|port, with commas between. */
bool cluster_is_list(const char *list);

/* Takes such a list. */
MUST_USE enum cluster_result cluster_set_list(struct cluster *, const char *list, uint32_t version);

/* Takes what clients are to be told, as it stands above, if it is that. */
MUST_USE enum cluster_result cluster_set(struct cluster *, uint32_t flags, struct bytes what);

/* false if there was nothing. */
bool cluster_delete(struct cluster *);

/* Adds the whole answer; false: nothing is known, and nothing is added. */
MUST_USE bool cluster_answer(struct cluster *, struct text *);

#endif
