/*
 * stat_json: a list of statistics as one object of JSON, on one line.
 *
 *   {"nodes": 2, "by_node": {"0": {"workers": 1, "cpus": 4}, "1": {"workers": 1, "cpus": 4}}}
 *
 * A row without instances is a member under its name.  Rows with a label stand in `by_<label>`, where each instance has an
 * object of its own; of a family whose form is VALUE, the value itself.  What is shown as 1 or 0, or yes or no, is true or
 * false.  A text that is absent has no member.
 *
 * Threads: the list's.
 */
#ifndef SERVER_STATS_STAT_JSON_H
#define SERVER_STATS_STAT_JSON_H

#include "server/stats/stat_list.h"

/* Writes it to the list's `text`, which is empty; false when memory ran out. */
MUST_USE bool stat_json_write(struct stat_list *);

#endif
