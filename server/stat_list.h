/*
 * stat_list: the statistics that one `stats` command answers, in order.
 *
 * Each is a name and a value already formatted; whatever the dialect makes of
 * them (lines here, packets in the binary protocol) it makes at the end.
 *
 * Threads: a list belongs to one thread.
 */
#ifndef SERVER_STAT_LIST_H
#define SERVER_STAT_LIST_H

#include "proto/request.h"
#include "server/text.h"

struct stat_list {
    struct text entries; /* name_n:u16 value_n:u16 name value, again and again */
    struct text text;    /* as rendered */
};

void stat_list_fini(struct stat_list *);

/* Empties it and gives a large room back. */
void stat_list_clear(struct stat_list *);

/* A value longer than 64 KiB is cut. */
void stat_list_add(struct stat_list *, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void stat_list_u64(struct stat_list *, const char *name, uint64_t value);
void stat_list_yes_no(struct stat_list *, const char *name, bool yes);

/* The entry at byte `*at` (0 is the first), which moves on; false at the end. */
bool stat_list_next(const struct stat_list *, size_t *at, struct bytes *name, struct bytes *value);

/*
 * "STAT name value" lines and END, or what the request's dialect has for them;
 * false when memory ran out.  Good until the list changes.
 */
MUST_USE bool stat_list_render(struct stat_list *, const struct request *, struct bytes *text);

/* What is in `text` instead, as the dialect has it: binary, as the value of one statistic of this name. */
MUST_USE bool stat_list_render_block(
    struct stat_list *, const struct request *, const char *name, struct bytes *text);

#endif
