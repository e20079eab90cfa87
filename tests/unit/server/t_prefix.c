/* prefix: counts by prefix, the limit of prefixes, and the dump that clients read. */
#include "server/watch/prefix.h"

#include "tests/unit/unit.h"

#include <stdio.h>

static void
must_dump(struct prefix_stats *s, const char *expected)
{
    struct text t = {0};
    prefix_dump(s, &t);
    text_add(&t, "", 1);
    assert_true(text_ok(&t));
    assert_string_equal(t.p, expected);
    text_fini(&t);
}

static void
test_counts(void **state)
{
    (void)state;
    struct prefix_stats *s = prefix_new(':');
    must_dump(s, "END\r\n");
    prefix_record_set(s, BYTES("foo:1"));
    prefix_record_get(s, BYTES("foo:1"), true);
    prefix_record_get(s, BYTES("foo:2"), false);
    prefix_record_delete(s, BYTES("foo:2"));
    prefix_record_get(s, BYTES("foobar:1:2"), true);
    must_dump(s, "PREFIX foo get 2 hit 1 set 1 del 1\r\n"
                 "PREFIX foobar get 1 hit 1 set 0 del 0\r\n"
                 "END\r\n");
    prefix_clear(s);
    must_dump(s, "END\r\n");
    prefix_record_set(s, BYTES("foobar:1"));
    must_dump(s, "PREFIX foobar get 0 hit 0 set 1 del 0\r\nEND\r\n");
    prefix_free(&s);
    assert_null(s);
}

static void
test_delimiter(void **state)
{
    (void)state;
    struct prefix_stats *s = prefix_new('.');
    prefix_record_set(s, BYTES("a:b"));
    prefix_record_set(s, BYTES("plain"));
    must_dump(s, "END\r\n");
    prefix_record_set(s, BYTES("a.b:c"));
    prefix_record_set(s, BYTES(".b")); /* the empty prefix is counted, too */
    must_dump(s, "PREFIX a get 0 hit 0 set 1 del 0\r\nPREFIX  get 0 hit 0 set 1 del 0\r\nEND\r\n");
    prefix_free(&s);
}

/* Clients cannot add more than PREFIX_MAX prefixes; known ones are counted further. */
static void
test_limit(void **state)
{
    (void)state;
    struct prefix_stats *s = prefix_new(':');
    for (int i = 0; i < 2 * PREFIX_MAX; i++) {
        char key[32];
        int n = snprintf(key, sizeof key, "%d:key", i);
        prefix_record_set(s, bytes_of(key, (size_t)n));
    }
    prefix_record_get(s, BYTES("0:x"), true);
    struct text t = {0};
    prefix_dump(s, &t);
    int n_lines = 0;
    for (size_t i = 0; i < t.n; i++)
        n_lines += t.p[i] == '\n';
    assert_int_equal(n_lines, PREFIX_MAX + 1);
    assert_true(bytes_begin_with(text_bytes(&t), BYTES("PREFIX 0 get 1 hit 1 set 1 del 0\r\n")));
    text_fini(&t);
    prefix_free(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_delimiter),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
