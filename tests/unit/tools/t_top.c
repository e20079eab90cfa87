/*
 * top: the rows that `larder top` computes from two replies of a server, and the keys that change the
 * view.
 */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "tools/top/top_row.h"
#include "tools/top/top_view.h"

static char room[TOP_CELL_ROOM];

static struct top_row
told(const char *const (*before)[2], const char *const (*now)[2], double since_s)
{
    struct top_sample was = {.at_s = 100}, is = {.at_s = 100 + since_s};
    struct top_row r = {.server = "s"};
    for (; before != NULL && (*before)[0] != NULL; before++)
        top_sample_add(&was, (*before)[0], (*before)[1]);
    if (before == NULL)
        was.at_s = 0;
    for (; (*now)[0] != NULL; now++)
        top_sample_add(&is, (*now)[0], (*now)[1]);
    top_row_make(&r, &was, &is);
    return r;
}

static void
assert_cell(const struct top_row *r, enum top_column c, const char *wanted)
{
    assert_string_equal(top_cell(r, c, room), wanted);
}

static const char *const earlier[][2] = {{"cmd_get", "1000"}, {"get_hits", "700"}, {"get_misses", "300"},
    {"rusage_user", "1.5"}, {"rusage_system", "2.25"}, {"evictions", "50"}, {NULL, NULL}};
static const char *const later[][2] = {{"cmd_get", "3000"}, {"get_hits", "2200"}, {"get_misses", "800"},
    {"rusage_user", "2.5"}, {"rusage_system", "3.25"}, {"evictions", "49"}, {"curr_items", "12345"},
    {"bytes", "500"}, {"limit_maxbytes", "1000"}, {"pressure_level", "critical"}, {"threads", "4"},
    {NULL, NULL}};

static void
rates_are_differences(void **state)
{
    (void)state;
    struct top_row r = told(earlier, later, 2);
    assert_cell(&r, TOP_GETS, "1000");
    assert_cell(&r, TOP_HIT_SHARE, "75.0");
    assert_cell(&r, TOP_CPU_SHARE, "100.0");
    assert_cell(&r, TOP_ITEMS, "12.3k");
    assert_cell(&r, TOP_FULL_SHARE, "50.0");
    assert_cell(&r, TOP_PRESSURE, "crit");
    assert_cell(&r, TOP_EVICTIONS, "-"); /* the counter fell: the server was restarted or reset */
    assert_cell(&r, TOP_RESIDENT, "-");
    r = told(NULL, later, 2);
    assert_cell(&r, TOP_GETS, "-"); /* no earlier reply to compare with */
    assert_cell(&r, TOP_ITEMS, "12.3k");
    r = told(earlier, later, 0);
    assert_cell(&r, TOP_GETS, "-");
}

static void
compression_is_a_share_and_a_ratio(void **state)
{
    (void)state;
    static const char *const packed[][2] = {{"curr_items", "2000"}, {"packed_items", "500"},
        {"packed_bytes", "1000"}, {"value_bytes", "3456"}, {NULL, NULL}};
    static const char *const plain[][2] = {{"curr_items", "500"}, {"packed_items", "0"},
        {"packed_bytes", "0"}, {"value_bytes", "0"}, {NULL, NULL}};
    struct top_row rows[] = {told(earlier, packed, 1), told(earlier, plain, 1), told(earlier, later, 1)}, sum;
    assert_cell(&rows[0], TOP_PACKED_SHARE, "25.0");
    assert_cell(&rows[0], TOP_RATIO, "3.46");
    assert_cell(&rows[1], TOP_PACKED_SHARE, "0.0");
    assert_cell(&rows[1], TOP_RATIO, "-"); /* of no value */
    assert_cell(&rows[2], TOP_PACKED_SHARE, "-");
    assert_cell(&rows[2], TOP_RATIO, "-");
    top_row_sum(&sum, rows, 2);
    assert_cell(&sum, TOP_PACKED_SHARE, "20.0");
    assert_cell(&sum, TOP_RATIO, "3.46");
}

static void
invalid_values_are_not_shown(void **state)
{
    (void)state;
    static const char *const mad[][2] = {{"curr_items", "nan"}, {"bytes", "-5"}, {"limit_maxbytes", "1e999"},
        {"curr_connections", "12x"}, {"resident", ""}, {"pressure_level", "\033[2J"}, {"cmd_get", "inf"},
        {NULL, NULL}};
    struct top_row r = told(earlier, mad, 1);
    for (int c = 0; c < N_TOP_COLUMNS; c++)
        assert_cell(&r, (enum top_column)c, "-");
}

/* Every number that makes sense in a column fits its width with a leading space. */
static void
cells_are_narrow(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } of[] = {{"0", "0"}, {"9999", "9999"}, {"9999.6", "10.0k"}, {"99949", "99.9k"}, {"99950", "100k"},
        {"999499", "999k"}, {"999500", "1.0M"}, {"12345678", "12.3M"}, {"67108864", "67.1M"},
        {"1099511627776", "1.1T"}, {"18446744073709551615", "18.4E"}};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        const char *const now[][2] = {{"bytes", of[i].text}, {NULL, NULL}};
        struct top_row r = told(earlier, now, 1);
        assert_cell(&r, TOP_BYTES, of[i].shown);
    }
    const char *const huge[][2] = {{"bytes", "1e300"}, {NULL, NULL}};
    struct top_row r = told(earlier, huge, 1);
    assert_true(strlen(top_cell(&r, TOP_BYTES, room)) <= TOP_CELL_WIDTH);
    for (int c = 0; c < N_TOP_SHOWN; c++) {
        assert_true(strlen(top_heading((enum top_column)c)) < TOP_CELL_WIDTH);
        assert_int_equal(top_column_named(top_heading((enum top_column)c)), c);
    }
    assert_int_equal(top_column_named("resident"), TOP_RESIDENT);
    assert_int_equal(top_column_named("cpu_user"), N_TOP_COLUMNS);
}

static void
sums_leave_out_unreachable_servers(void **state)
{
    (void)state;
    static const char *const calm[][2] = {{"cmd_get", "1000"}, {"get_hits", "800"}, {"get_misses", "300"},
        {"curr_items", "5"}, {"pressure_level", "normal"}, {NULL, NULL}};
    struct top_row rows[] = {told(earlier, later, 2), told(earlier, calm, 2), told(earlier, later, 2)}, sum;
    rows[2].error = "gone";
    top_row_sum(&sum, rows, 3);
    assert_cell(&sum, TOP_GETS, "1000");
    assert_cell(&sum, TOP_ITEMS, "12.3k");
    assert_cell(&sum, TOP_PRESSURE, "crit");
    assert_cell(&sum, TOP_HIT_SHARE, "76.2"); /* (750 + 50) of (1000 + 50) */
    top_row_sum(&sum, rows, 0);
    assert_cell(&sum, TOP_ITEMS, "-");
}

static void
assert_order(const struct top_view *v, const struct top_row *rows, size_t a, size_t b, size_t c, size_t d)
{
    size_t order[4], wanted[4] = {a, b, c, d};
    top_view_order(v, rows, 4, order);
    assert_memory_equal(order, wanted, sizeof wanted);
}

static void
keys_change_the_view(void **state)
{
    (void)state;
    struct top_row rows[4] = {0};
    for (int i = 0; i < 4; i++)
        rows[i].has[TOP_GETS] = i != 1;
    rows[0].value[TOP_GETS] = 5;
    rows[2].value[TOP_GETS] = 7;
    rows[3].value[TOP_GETS] = 5;
    struct top_view v = {.sort = TOP_UNSORTED, .interval_ms = 1000};
    assert_order(&v, rows, 0, 1, 2, 3);
    assert_true(top_view_key(&v, 'r'));
    assert_order(&v, rows, 3, 2, 1, 0);
    assert_true(top_view_key(&v, '>'));
    assert_int_equal(v.sort, TOP_GETS);
    assert_order(&v, rows, 0, 3, 2, 1);
    assert_true(top_view_key(&v, 'r'));
    assert_order(&v, rows, 2, 0, 3, 1);
    assert_true(top_view_key(&v, '<') && top_view_key(&v, '<'));
    assert_int_equal(v.sort, N_TOP_SHOWN - 1);
    assert_true(top_view_key(&v, '>'));
    assert_int_equal(v.sort, TOP_UNSORTED);
    assert_true(top_view_key(&v, 'j') && top_view_key(&v, 'k'));
    assert_int_equal(v.first, 0);
    v.first_most = 1;
    assert_true(top_view_key(&v, 'j') && top_view_key(&v, 'j'));
    assert_int_equal(v.first, 1);
    for (int i = 0; i < 100; i++)
        assert_true(top_view_key(&v, '+'));
    assert_int_equal(v.interval_ms, 3600000);
    for (int i = 0; i < 100; i++)
        assert_true(top_view_key(&v, '-'));
    assert_int_equal(v.interval_ms, 100);
    assert_true(top_view_key(&v, ' ') && v.paused && top_view_key(&v, 'p') && !v.paused);
    assert_true(top_view_key(&v, 'h') && v.helps && top_view_key(&v, '?') && !v.helps);
    assert_false(top_view_key(&v, 'x') || top_view_key(&v, -1) || v.quit);
    assert_true(top_view_key(&v, 'q') && v.quit);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_differences),
        cmocka_unit_test(compression_is_a_share_and_a_ratio),
        cmocka_unit_test(invalid_values_are_not_shown),
        cmocka_unit_test(cells_are_narrow),
        cmocka_unit_test(sums_leave_out_unreachable_servers),
        cmocka_unit_test(keys_change_the_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
