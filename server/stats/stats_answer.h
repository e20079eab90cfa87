/*
 * stats_answer: answers of `stats` that are no list of rows.
 *
 * Threads: those of stats_groups.h.
 */
#ifndef SERVER_STATS_STATS_ANSWER_H
#define SERVER_STATS_STATS_ANSWER_H

#include "server/stats/stats_groups.h"

/* The text, which lives in the list; or, if not `ok`, that memory ran out. */
void answer_text(const struct stats_ask *, struct bytes text, bool ok);

/* An error: in text this line, in binary the group is not found. */
void answer_refuse(const struct stats_ask *, struct bytes text);

#endif
