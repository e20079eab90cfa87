/*
 * stat_json: a list of statistics as one object of JSON, on one line.
 *
 *   {"nodes": 2, "by_node": {"0": {"workers": 1, "cpus": 4}, "1": {"workers": 1, "cpus": 4}}}
 *
 * A row without instances is a member with its name.  Rows with a label are in `by_<label>`, which
 * has an object for each instance; in a family with the form VALUE, the value itself instead.
 * Values shown as 1 or 0, or yes or no, are true or false.  An absent text has no member.
 *
 * Threads: the list's.
 */
#ifndef SERVER_STATS_STAT_JSON_H
#define SERVER_STATS_STAT_JSON_H

#include "server/stats/stat_list.h"

/* Writes the object to the list's `text`, which is empty; false when out of memory. */
MUST_USE bool stat_json_write(struct stat_list *);

#endif
