/*
 * prefix: how often keys of each prefix were read, stored and deleted.
 *
 * `stats detail dump` prints it.  A key's prefix is the part before the first delimiter (-D);
 * keys without a delimiter are not counted.  At most PREFIX_MAX prefixes are kept, and later
 * ones are not counted either, so that clients cannot make the table grow further.
 *
 * Off by default (TRACED_DETAIL in server->traced); the commands test that bit first.
 *
 * Threads: any; one lock of rank LOCK_LEAF inside.
 */
#ifndef SERVER_WATCH_PREFIX_H
#define SERVER_WATCH_PREFIX_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/must.h"
#include "server/text/text.h"

enum { PREFIX_MAX = 4096 };

struct prefix_stats; /* prefix.c */

/* NULL when out of memory. */
MUST_USE struct prefix_stats *prefix_new(char delimiter);
void prefix_free(struct prefix_stats **);

void prefix_record_get(struct prefix_stats *, struct bytes key, bool hit);
void prefix_record_set(struct prefix_stats *, struct bytes key);
void prefix_record_delete(struct prefix_stats *, struct bytes key);

/* Removes all prefixes, for `stats reset`. */
void prefix_clear(struct prefix_stats *);

/* Adds a PREFIX line for each, oldest first, and END. */
void prefix_dump(struct prefix_stats *, struct text *);

#endif
