/* stat_row: see stat_row.h. */
#include "server/stats/stat_row.h"

#include "base/must.h"

static const struct {
    enum stat_value value;
    int decimals;
} types[] = {
#define TYPE(id, value, decimals, words) {STAT_##value, decimals},
#include "server/stats/stats.def"
};

static const char *const labels[] = {
#define LABEL(id, name) name,
#include "server/stats/stats.def"
};

static const struct stat_family families[] = {
#define FAMILY(group, label, lead, form) {STAT_LABEL_##label, lead, STAT_FORM_##form},
#include "server/stats/stats.def"
};

static const struct stat_row rows[] = {
#define STAT(name, group, type, unit, label, ...) {#name, STAT_FAMILY_##group##_##label, STAT_TYPE_##type},
#include "server/stats/stats.def"
};

const struct stat_row *
stat_row(enum stat_row_id id)
{
    MUST(id < STAT_N_ROWS);
    return &rows[id];
}

const struct stat_family *
stat_row_family(enum stat_family_id id)
{
    MUST(id < STAT_N_FAMILIES);
    return &families[id];
}

const char *
stat_row_label(enum stat_label label)
{
    MUST(label < STAT_N_LABELS);
    return labels[label];
}

enum stat_value
stat_row_value(enum stat_type type)
{
    MUST(type < STAT_N_TYPES);
    return types[type].value;
}

int
stat_row_decimals(enum stat_type type)
{
    MUST(type < STAT_N_TYPES);
    return types[type].decimals;
}
