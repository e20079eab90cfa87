/* record: an item is written to a file and parsed back; other lines are refused. */
#include "tests/unit/unit.h"

#include "tools/text/record.h"

static struct bytes
text(const char *s)
{
    return bytes_of(s, strlen(s));
}

static void
written_and_parsed_back(void **state)
{
    (void)state;
    static const struct {
        struct bytes key;
        uint32_t n_value, flags;
        int64_t exptime;
        const char *line;
    } rows[] = {
        {{"k", 1}, 0, 0, 0, "ms k 0 T0 F0\r\n"},
        {{"user:1", 6}, 12, 4294967295u, 1795247408, "ms user:1 12 T1795247408 F4294967295\r\n"},
        {{"a b", 3}, 2147483647, 1, 0, "ms YSBi 2147483647 T0 F1 b\r\n"},
        {{"\0\xff", 2}, 1, 1, -1, "ms AP8= 1 T-1 F1 b\r\n"},
        {{"\xc3\xbc", 2}, 1, 1, 1, "ms \xc3\xbc 1 T1 F1\r\n"},
    };
    for (size_t i = 0; i < N_OF(rows); i++) {
        char line[RECORD_LINE_MAX];
        struct record r;
        char *end = record_compose(line, rows[i].key, rows[i].n_value, rows[i].flags, rows[i].exptime);
        assert_true(bytes_equal(bytes_of(line, (size_t)(end - line)), text(rows[i].line)));
        assert_true(record_parse(bytes_of(line, (size_t)(end - line) - 2), &r));
        assert_true(bytes_equal(bytes_of(r.key, r.n_key), rows[i].key));
        assert_int_equal(r.n_value, rows[i].n_value);
        assert_int_equal(r.flags, rows[i].flags);
        assert_true(r.exptime == rows[i].exptime);
    }
}

static void
the_longest_key_fits(void **state)
{
    (void)state;
    char key[RECORD_KEY_MAX], line[RECORD_LINE_MAX];
    struct record r;
    for (int c = 0; c < 256; c++) {
        memset(key, c, sizeof key);
        char *end = record_compose(line, bytes_of(key, sizeof key), UINT32_MAX / 2, UINT32_MAX, INT32_MIN);
        assert_true(end - line < RECORD_LINE_MAX);
        assert_true(record_parse(bytes_of(line, (size_t)(end - line) - 2), &r));
        assert_memory_equal(r.key, key, sizeof key);
    }
}

static void
classic_lines_are_read(void **state)
{
    (void)state;
    struct record r;
    assert_true(record_parse(text("add k 5 1795247408 3"), &r));
    assert_int_equal(r.flags, 5);
    assert_true(r.exptime == 1795247408);
    assert_int_equal(r.n_value, 3);
    assert_true(record_parse(text("  set  k 0 -1 0 "), &r));
    assert_true(r.exptime == -1);
    assert_true(record_parse(text("ms k 4"), &r));
    assert_int_equal(r.flags, 0);
    assert_true(r.exptime == 0);
}

static void
invalid_lines_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", " ", "get k", "ms", "ms k", "ms k x", "ms k -1",
        "ms k 2147483648", "ms k 1 Q", "ms k 1 T", "ms k 1 Tx", "ms k 1 F-1", "ms k 1 F4294967296",
        "ms k 1 b", "ms YQ= 1 b", "ms = 1 b", "ms k 1 bb", "ms k\x7f 1", "ms k\t 1", "set k 0 0",
        "set k 0 0 1 2", "set k -1 0 1", "set k 0 x 1", "set k 0 0 1 noreply 1 2 3 4 5",
        "ms k 99999999999999999999", "MS k 1"};
    for (size_t i = 0; i < N_OF(wrong); i++) {
        struct record r;
        if (record_parse(text(wrong[i]), &r))
            fail_msg("\"%s\" was accepted", wrong[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_and_parsed_back),
        cmocka_unit_test(the_longest_key_fits),
        cmocka_unit_test(classic_lines_are_read),
        cmocka_unit_test(invalid_lines_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
