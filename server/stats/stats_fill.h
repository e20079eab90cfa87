/*
 * stats_fill: makes the function `fill` of stats_<group>.c from the group's rows in stats.def.
 *
 *   struct source { ... };                      the variables in the rows' sources, as `s`
 *   #define STATS_OF_items STATS_OF_THIS_FILE
 *   #include "server/stats/stats_fill.h"
 *
 *   fill(l, STAT_FAMILY_items_CLASS, "3", &source);
 *
 * adds the rows of that family to the list, in order.  Rows of other groups expand to
 * nothing, so their sources need not be known here: STATS_OF_<group> expands to two
 * arguments if it is defined and to one if it is not, and STATS_PICK takes the second.
 *
 * Included once in a file, by stats_*.c only.
 */
#ifndef SERVER_STATS_STATS_FILL_H
#define SERVER_STATS_STATS_FILL_H

#include "server/stats/stat_list.h"

#define STATS_OF_THIS_FILE               ~, ADD

#define STATS_SECOND(first, second, ...) second
#define STATS_PICK(...)                  STATS_SECOND(__VA_ARGS__)
#define STATS_PASTE(a, b)                a##b
#define STATS_CALL(a, b)                 STATS_PASTE(a, b)

#define STATS_U64                        stat_list_u64
#define STATS_I64                        stat_list_i64
#define STATS_REAL                       stat_list_real
#define STATS_BOOL                       stat_list_bool
#define STATS_TEXT                       stat_list_text

/* The function that adds a value of each TYPE. */
#define STATS_ADD_COUNTER                STATS_U64
#define STATS_ADD_COUNTER_6              STATS_REAL
#define STATS_ADD_GAUGE                  STATS_U64
#define STATS_ADD_GAUGE_1                STATS_REAL
#define STATS_ADD_GAUGE_2                STATS_REAL
#define STATS_ADD_GAUGE_3                STATS_REAL
#define STATS_ADD_GAUGE_4                STATS_REAL
#define STATS_ADD_SIGNED                 STATS_I64
#define STATS_ADD_OCTAL                  STATS_U64
#define STATS_ADD_FLAG                   STATS_BOOL
#define STATS_ADD_SWITCH                 STATS_BOOL
#define STATS_ADD_TEXT                   STATS_TEXT
#define STATS_ADD_CTEXT                  STATS_TEXT

#define STATS_ROW_SKIP(...)
#define STATS_ROW_ADD(condition, name, group, type, unit, label, help, ...) \
    if (family == STAT_FAMILY_##group##_##label && (condition))             \
        STATS_ADD_##type(l, STAT_ROW_##group##_##label##_##name, instance, __VA_ARGS__);

#define STAT(name, group, ...) STAT_WHEN(true, name, group, __VA_ARGS__)
#define STAT_WHEN(condition, name, group, ...) \
    STATS_CALL(STATS_ROW_, STATS_PICK(STATS_OF_##group, SKIP, ~))(condition, name, group, __VA_ARGS__)

static void
fill(struct stat_list *l, enum stat_family_id family, const char *instance, const struct source *s)
{
#include "server/stats/stats.def"
}

#endif
