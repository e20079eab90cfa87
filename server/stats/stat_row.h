/*
 * stat_row: the rows of stats.def as tables, for the code that shows statistics.
 *
 * A row describes a statistic; its value is in a list (stat_list.h), added by
 * the file of its group (stats_fill.h).  Sentences and units are only for the
 * manual page, which the build makes of stats.def.
 *
 * Threads: any; all tables are constant.
 */
#ifndef SERVER_STATS_STAT_ROW_H
#define SERVER_STATS_STAT_ROW_H

#include <stdint.h>

/* The C type of a value. */
enum stat_value { STAT_U64, STAT_I64, STAT_REAL, STAT_BOOL, STAT_TEXT };

enum stat_type {
#define TYPE(id, ...) STAT_TYPE_##id,
#include "server/stats/stats.def"
    STAT_N_TYPES
};

enum stat_label {
#define LABEL(id, ...) STAT_LABEL_##id,
#include "server/stats/stats.def"
    STAT_N_LABELS
};

enum stat_family_id {
#define FAMILY(group, label, ...) STAT_FAMILY_##group##_##label,
#include "server/stats/stats.def"
    STAT_N_FAMILIES
};

enum stat_row_id {
#define STAT(name, group, type, unit, label, ...) STAT_ROW_##group##_##label##_##name,
#include "server/stats/stats.def"
    STAT_N_ROWS
};

enum stat_form { STAT_FORM_LINES, STAT_FORM_RECORD, STAT_FORM_VALUE };

struct stat_family {
    enum stat_label label;
    const char *lead;
    enum stat_form form;
};

struct stat_row {
    const char *name;
    enum stat_family_id family;
    enum stat_type type;
};

const struct stat_row *stat_row(enum stat_row_id);
const struct stat_family *stat_row_family(enum stat_family_id);
const char *stat_row_label(enum stat_label); /* its name; "" for rows without instances */

enum stat_value stat_row_value(enum stat_type);
int stat_row_decimals(enum stat_type);

#endif
