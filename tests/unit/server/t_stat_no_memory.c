/* stat_no_memory: without memory an answer of `stats` is an error, never a list that lacks a value. */
#include "server/stats/stat_json.h"

#include "tests/unit/unit.h"

#include <stdio.h>

static const struct request in_text = {.dialect = DIALECT_TEXT};

/* Replaces the C library's: a stream that keeps no text, although fclose returns 0. */
FILE *
open_memstream(char **text, size_t *n)
{
    (void)text;
    (void)n;
    return fopen("/dev/null", "we");
}

static void
test_json(void **state)
{
    (void)state;
    struct stat_list l = {0};
    stat_list_u64(&l, STAT_ROW_general_NONE_pid, "", 7);
    assert_false(stat_json_write(&l));
    assert_int_equal(l.text.n, 0);
    stat_list_fini(&l);
}

/* Each of the list's texts in turn lacks a part, as after an allocation that failed before the last line. */
static void
test_lines(void **state)
{
    (void)state;
    struct stat_list l = {0};
    struct text *const texts[] = {&l.entries, &l.value};
    struct bytes text;
    for (size_t i = 0; i < N_OF(texts); i++) {
        stat_list_u64(&l, STAT_ROW_general_NONE_pid, "", 7);
        stat_list_u64(&l, STAT_ROW_general_NONE_bytes, "", 8);
        texts[i]->failed = true;
        assert_false(stat_list_render(&l, &in_text, &text));
        stat_list_clear(&l);
    }
    stat_list_u64(&l, STAT_ROW_general_NONE_pid, "", 7);
    assert_true(stat_list_render(&l, &in_text, &text)); /* the next answer is whole again */
    assert_true(bytes_equal(text, BYTES("STAT pid 7\r\nEND\r\n")));
    stat_list_fini(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
