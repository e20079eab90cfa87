/*
 * stat_list: the statistics in the answer of one `stats` command, in order: each
 * has a row of stats.def, an instance and a value.
 *
 * The list is rendered at the end, as lines or as packets.
 *
 * Threads: a list belongs to one thread.
 */
#ifndef SERVER_STATS_STAT_LIST_H
#define SERVER_STATS_STAT_LIST_H

#include "proto/request.h"
#include "server/stats/stat_row.h"
#include "server/text/text.h"

struct stat_list {
    struct text entries; /* head, instance, text of each entry */
    struct text text;    /* the rendered list */
    struct text value;   /* of the line that is being rendered */
};

/* `instance`: the class, page, ... according to the row's label; "" without one. */
struct stat_entry {
    const struct stat_row *row;
    struct bytes instance;
    union {
        uint64_t u64; /* 0 or 1 for a bool */
        int64_t i64;
        double real;
    } number;
    struct bytes text; /* p is NULL if the text is absent */
};

void stat_list_fini(struct stat_list *);

/* Empties it; a large buffer is freed. */
void stat_list_clear(struct stat_list *);

/* Adds a value, of the C type of the row's type; a text may be NULL, and is cut after 64 KiB. */
void stat_list_u64(struct stat_list *, enum stat_row_id, const char *instance, uint64_t);
void stat_list_i64(struct stat_list *, enum stat_row_id, const char *instance, int64_t);
void stat_list_real(struct stat_list *, enum stat_row_id, const char *instance, double);
void stat_list_bool(struct stat_list *, enum stat_row_id, const char *instance, bool);
void stat_list_text(struct stat_list *, enum stat_row_id, const char *instance, const char *);

/* Reads the entry at byte `*at` (0 is the first), and advances `*at`; false at the end. */
bool stat_list_next(const struct stat_list *, size_t *at, struct stat_entry *);

/*
 * Renders "STAT name value" lines and END, or the packets of the request's
 * dialect; false when out of memory.  Valid until the list changes.
 */
MUST_USE bool stat_list_render(struct stat_list *, const struct request *, struct bytes *text);

/* Renders what is in `text` as one statistic of this name, in either dialect. */
MUST_USE bool stat_list_render_one(
    struct stat_list *, const struct request *, const char *name, struct bytes *text);

/* Renders what is in `text` by itself; in binary, as the value of one statistic of this name. */
MUST_USE bool stat_list_render_block(
    struct stat_list *, const struct request *, const char *name, struct bytes *text);

#endif
