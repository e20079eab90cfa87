/* stat_row: what holds for every row of stats.def. */
#include "server/stats/stat_row.h"

#include "tests/unit/unit.h"

#include <ctype.h>

/* ---- the columns that only the manual page has ---- */

enum unit {
#define UNIT(id, ...) UNIT_##id,
#include "server/stats/stats.def"
    N_UNITS
};

enum group_id {
#define GROUP(name, ...) GROUP_##name,
#include "server/stats/stats.def"
    N_GROUPS
};

static const struct {
    const char *help;
    enum unit unit;
} columns[STAT_N_ROWS] = {
#define STAT(name, group, type, unit, label, help, ...) {help, UNIT_##unit},
#include "server/stats/stats.def"
};

static const enum group_id group_of[STAT_N_FAMILIES] = {
#define FAMILY(group, ...) GROUP_##group,
#include "server/stats/stats.def"
};

/* ---- the tests ---- */

static void
test_help(void **state)
{
    (void)state;
    for (int i = 0; i < STAT_N_ROWS; i++) {
        const char *help = columns[i].help;
        size_t n = strlen(help);
        if (n < 5 || help[n - 1] != '.' || strchr(help, '\n') != NULL)
            fail_msg("%s: \"%s\" is no sentence", stat_row((enum stat_row_id)i)->name, help);
    }
}

/* Lower case, so that a name is good for a metric too; UDP is memcached's. */
static void
test_names(void **state)
{
    (void)state;
    for (int i = 0; i < STAT_N_ROWS; i++) {
        const char *name = stat_row((enum stat_row_id)i)->name;
        for (const char *p = name; *p != '\0'; p++)
            if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '_' &&
                strcmp(name, "UDP") != 0)
                fail_msg("%s has other characters than a-z, 0-9 and _", name);
    }
}

/* What a name must be unique in: instances tell families apart, and rows without instances are one object of JSON. */
static bool
are_together(const struct stat_row *a, const struct stat_row *b)
{
    const struct stat_family *of_a = stat_row_family(a->family), *of_b = stat_row_family(b->family);
    return group_of[a->family] == group_of[b->family] &&
           strcmp(stat_row_label(of_a->label), stat_row_label(of_b->label)) == 0;
}

static void
test_names_are_unique(void **state)
{
    (void)state;
    for (int i = 0; i < STAT_N_ROWS; i++)
        for (int j = 0; j < i; j++) {
            const struct stat_row *a = stat_row((enum stat_row_id)i), *b = stat_row((enum stat_row_id)j);
            if (are_together(a, b) && strcmp(a->name, b->name) == 0)
                fail_msg("%s is there twice", a->name);
        }
}

/* In a JSON object `by_<label>` stands beside the rows that have no instances. */
static void
test_json_names(void **state)
{
    (void)state;
    for (int i = 0; i < STAT_N_ROWS; i++)
        assert_int_not_equal(strncmp(stat_row((enum stat_row_id)i)->name, "by_", 3), 0);
    for (int i = 0; i < STAT_N_LABELS; i++) {
        bool has_instances = i != STAT_LABEL_NONE && i != STAT_LABEL_ALL;
        assert_int_equal(stat_row_label((enum stat_label)i)[0] != '\0', has_instances);
    }
}

static bool
unit_fits(enum unit unit, enum stat_value value)
{
    switch (unit) {
    case UNIT_NONE: return true;
    case UNIT_BYTES: return value == STAT_U64 || value == STAT_I64;
    case UNIT_SECONDS: return value == STAT_U64 || value == STAT_REAL;
    case UNIT_MICROSECONDS:
    case UNIT_PERCENT: return value == STAT_U64;
    case UNIT_RATIO: return value == STAT_REAL;
    case N_UNITS: break;
    }
    return false;
}

static bool
ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), n_end = strlen(end);
    return n > n_end && strcmp(name + n - n_end, end) == 0;
}

static void
test_units(void **state)
{
    (void)state;
    for (int i = 0; i < STAT_N_ROWS; i++) {
        const struct stat_row *r = stat_row((enum stat_row_id)i);
        enum unit unit = columns[i].unit;
        if (!unit_fits(unit, stat_row_value(r->type)) ||
            ends_with(r->name, "_us") != (unit == UNIT_MICROSECONDS && r->type == STAT_TYPE_COUNTER) ||
            (ends_with(r->name, "_bytes") && unit != UNIT_BYTES) ||
            (ends_with(r->name, "_ratio") && unit != UNIT_RATIO &&
                strcmp(r->name, "slab_automove_ratio") != 0))
            fail_msg("%s has a unit that does not fit its type or name", r->name);
    }
}

/* Rows stand in the order of the answer: a family's rows are together, a group's too. */
static void
test_order(void **state)
{
    (void)state;
    bool ended[STAT_N_FAMILIES] = {false}, group_ended[N_GROUPS] = {false};
    for (int i = 1; i < STAT_N_ROWS; i++) {
        enum stat_family_id before = stat_row((enum stat_row_id)(i - 1))->family,
                            family = stat_row((enum stat_row_id)i)->family;
        if (family == before)
            continue;
        ended[before] = true;
        if (group_of[family] != group_of[before])
            group_ended[group_of[before]] = true;
        if (ended[family] || group_ended[group_of[family]])
            fail_msg("%s stands apart from its family or group", stat_row((enum stat_row_id)i)->name);
    }
}

static void
test_forms(void **state)
{
    (void)state;
    int n_rows[STAT_N_FAMILIES] = {0};
    for (int i = 0; i < STAT_N_ROWS; i++)
        n_rows[stat_row((enum stat_row_id)i)->family]++;
    for (int i = 0; i < STAT_N_FAMILIES; i++) {
        assert_true(n_rows[i] > 0);
        if (stat_row_family((enum stat_family_id)i)->form == STAT_FORM_VALUE)
            assert_int_equal(n_rows[i], 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_are_unique),
        cmocka_unit_test(test_json_names),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
