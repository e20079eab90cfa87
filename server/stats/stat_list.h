/*
 * stat_list: the statistics that one `stats` command answers, in order: each a
 * row of stats.def, the instance that it is of, and a value.
 *
 * What the dialect makes of them (lines, packets) it makes at the end.
 *
 * Threads: a list belongs to one thread.
 */
#ifndef SERVER_STATS_STAT_LIST_H
#define SERVER_STATS_STAT_LIST_H

#include "proto/request.h"
#include "server/stats/stat_row.h"
#include "server/text/text.h"

struct stat_list {
    struct text entries; /* head, instance, text; again and again */
    struct text text;    /* as rendered */
    struct text value;   /* of the line that is being rendered */
};

/* `instance`: the class, page, ... by the row's label; "" without one. */
struct stat_entry {
    const struct stat_row *row;
    struct bytes instance;
    union {
        uint64_t u64; /* of a bool, 0 or 1 */
        int64_t i64;
        double real;
    } number;
    struct bytes text; /* of a text; its p is NULL if it is absent */
};

void stat_list_fini(struct stat_list *);

/* Empties it; a large buffer is freed. */
void stat_list_clear(struct stat_list *);

/* The value is of the C type that the row's type has; a text may be NULL, and one longer than 64 KiB is cut. */
void stat_list_u64(struct stat_list *, enum stat_row_id, const char *instance, uint64_t);
void stat_list_i64(struct stat_list *, enum stat_row_id, const char *instance, int64_t);
void stat_list_real(struct stat_list *, enum stat_row_id, const char *instance, double);
void stat_list_bool(struct stat_list *, enum stat_row_id, const char *instance, bool);
void stat_list_text(struct stat_list *, enum stat_row_id, const char *instance, const char *);

/* The entry at byte `*at` (0 is the first), which moves on; false at the end. */
bool stat_list_next(const struct stat_list *, size_t *at, struct stat_entry *);

/*
 * "STAT name value" lines and END, or what the request's dialect has for them;
 * false when memory ran out.  Good until the list changes.
 */
MUST_USE bool stat_list_render(struct stat_list *, const struct request *, struct bytes *text);

/* Of what is in `text`: one statistic of this name, in either dialect. */
MUST_USE bool stat_list_render_one(
    struct stat_list *, const struct request *, const char *name, struct bytes *text);

/* What is in `text` instead, as the dialect has it: binary, as the value of one statistic of this name. */
MUST_USE bool stat_list_render_block(
    struct stat_list *, const struct request *, const char *name, struct bytes *text);

#endif
