/* stat_list: entries in order, the lines made of them, and the memory they keep. */
#include "server/stats/stat_list.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

static const struct request in_text = {.dialect = DIALECT_TEXT};

static void
must_render(struct stat_list *l, const char *expected)
{
    struct bytes text;
    assert_true(stat_list_render(l, &in_text, &text));
    assert_int_equal(text.n, strlen(expected));
    assert_memory_equal(text.p, expected, text.n);
}

/* A row of each type that has a spelling of its own. */
static void
test_values(void **state)
{
    (void)state;
    struct stat_list l = {0};
    must_render(&l, "END\r\n");
    stat_list_u64(&l, STAT_ROW_general_NONE_bytes, "", UINT64_MAX);
    stat_list_i64(&l, STAT_ROW_memory_NONE_unexplained, "", INT64_MIN);
    stat_list_u64(&l, STAT_ROW_settings_NONE_umask, "", 0700);
    stat_list_bool(&l, STAT_ROW_settings_NONE_cas_enabled, "", true);
    stat_list_bool(&l, STAT_ROW_settings_NONE_auth_enabled_sasl, "", false);
    stat_list_bool(&l, STAT_ROW_general_NONE_accepting_conns, "", true);
    stat_list_bool(&l, STAT_ROW_general_NONE_hash_is_expanding, "", false);
    stat_list_real(&l, STAT_ROW_general_NONE_rusage_user, "", 1.000002);
    stat_list_real(&l, STAT_ROW_settings_NONE_growth_factor, "", 1.25);
    stat_list_real(&l, STAT_ROW_larder_NONE_pressure_stall_some, "", 0.5);
    stat_list_text(&l, STAT_ROW_general_NONE_version, "", "");
    stat_list_text(&l, STAT_ROW_settings_NONE_inter, "", NULL);
    stat_list_text(&l, STAT_ROW_settings_NONE_ssl_key, "", NULL);
    const char *expected =
        "STAT bytes 18446744073709551615\r\nSTAT unexplained -9223372036854775808\r\nSTAT umask 700\r\n"
        "STAT cas_enabled yes\r\nSTAT auth_enabled_sasl no\r\nSTAT accepting_conns 1\r\nSTAT "
        "hash_is_expanding 0\r\n"
        "STAT rusage_user 1.000002\r\nSTAT growth_factor 1.25\r\nSTAT pressure_stall_some 0.5000\r\n"
        "STAT version \r\nSTAT inter NULL\r\nSTAT ssl_key (null)\r\nEND\r\n";
    must_render(&l, expected);
    must_render(&l, expected);
    stat_list_clear(&l);
    must_render(&l, "END\r\n");
    stat_list_fini(&l);
}

/* Each form of a family's lines. */
static void
test_forms(void **state)
{
    (void)state;
    struct stat_list l = {0};
    stat_list_u64(&l, STAT_ROW_items_CLASS_number, "3", 7);
    stat_list_u64(&l, STAT_ROW_slabs_CLASS_chunk_size, "42", 96);
    stat_list_u64(&l, STAT_ROW_slabs_NONE_active_slabs, "", 1);
    stat_list_u64(&l, STAT_ROW_numa_NODE_cpus, "0", 2);
    stat_list_real(&l, STAT_ROW_policy_POLICY_hit_ratio, "lru", 0.25);
    stat_list_u64(&l, STAT_ROW_sizes_SIZE_items, "96", 5);
    must_render(&l,
        "STAT items:3:number 7\r\nSTAT 42:chunk_size 96\r\nSTAT active_slabs 1\r\nSTAT node0:cpus 2\r\n"
        "STAT lru:hit_ratio 0.2500\r\nSTAT 96 5\r\nEND\r\n");
    stat_list_fini(&l);
}

/* A record's fields are one line; the next instance and the next family begin another. */
static void
test_records(void **state)
{
    (void)state;
    struct stat_list l = {0};
    stat_list_text(&l, STAT_ROW_pages_PAGE_state, "7", "used");
    stat_list_i64(&l, STAT_ROW_pages_PAGE_node, "7", 0);
    stat_list_real(&l, STAT_ROW_pages_PAGE_age, "7", 3.14);
    stat_list_text(&l, STAT_ROW_pages_PAGE_state, "8", "free");
    stat_list_u64(&l, STAT_ROW_pages_CLASS_pages, "8", 1);
    must_render(&l,
        "STAT page:7 state=used node=0 age=3.1\r\nSTAT page:8 state=free\r\nSTAT class:8:pages 1\r\nEND\r\n");
    stat_list_fini(&l);
}

static void
test_packets(void **state)
{
    (void)state;
    const struct request in_binary = {.dialect = DIALECT_BINARY, .opcode = 0x10};
    struct stat_list l = {0};
    struct bytes text;
    stat_list_u64(&l, STAT_ROW_sizes_SIZE_items, "0", 17);
    assert_true(stat_list_render(&l, &in_binary, &text));
    const char one[] = "\x81\x10\0\1\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0"
                       "017",
               last[] = "\x81\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    assert_int_equal(text.n, 27 + 24);
    assert_memory_equal(text.p, one, 27);
    assert_memory_equal(text.p + 27, last, 24);
    stat_list_clear(&l);
    text_add(&l.text, "17", 2);
    assert_true(stat_list_render_block(&l, &in_text, "0", &text));
    assert_int_equal(text.n, 2);
    assert_true(stat_list_render_block(&l, &in_binary, "0", &text));
    assert_int_equal(text.n, 27 + 24);
    assert_memory_equal(text.p, one, 27);
    stat_list_fini(&l);
}

static void
test_one(void **state)
{
    (void)state;
    struct stat_list l = {0};
    struct bytes text;
    text_add(&l.text, "{}", 2);
    assert_true(stat_list_render_one(&l, &in_text, "json", &text));
    assert_true(bytes_equal(text, BYTES("STAT json {}\r\nEND\r\n")));
    stat_list_fini(&l);
}

static void
test_entries(void **state)
{
    (void)state;
    struct stat_list l = {0};
    struct stat_entry e;
    size_t at = 0;
    assert_false(stat_list_next(&l, &at, &e));
    stat_list_i64(&l, STAT_ROW_pages_PAGE_node, "12", -1);
    stat_list_text(&l, STAT_ROW_general_NONE_libevent, "", "x y");
    stat_list_text(&l, STAT_ROW_settings_NONE_inter, "", NULL);
    assert_true(stat_list_next(&l, &at, &e));
    assert_ptr_equal(e.row, stat_row(STAT_ROW_pages_PAGE_node));
    assert_true(bytes_equal(e.instance, BYTES("12")) && e.number.i64 == -1);
    assert_true(stat_list_next(&l, &at, &e));
    assert_true(e.instance.n == 0 && bytes_equal(e.text, BYTES("x y")));
    assert_true(stat_list_next(&l, &at, &e));
    assert_null(e.text.p);
    assert_false(stat_list_next(&l, &at, &e));
    stat_list_fini(&l);
}

static void
test_long_value_is_cut(void **state)
{
    (void)state;
    struct stat_list l = {0};
    struct stat_entry e;
    size_t at = 0;
    char *text = calloc(1, 100001);
    assert_non_null(text);
    memset(text, 'x', 100000);
    stat_list_text(&l, STAT_ROW_settings_NONE_inter, "", text);
    stat_list_u64(&l, STAT_ROW_general_NONE_pid, "", 7);
    free(text);
    assert_true(stat_list_next(&l, &at, &e));
    assert_int_equal(e.text.n, UINT16_MAX);
    assert_true(stat_list_next(&l, &at, &e));
    assert_int_equal(e.number.u64, 7);
    stat_list_fini(&l);
}

/* A value of another C type than the row's is our mistake. */
static void
add_wrong(void)
{
    struct stat_list l = {0};
    stat_list_text(&l, STAT_ROW_general_NONE_pid, "", "7");
}

static void
test_wrong_type(void **state)
{
    (void)state;
    unit_must_die(add_wrong, "== value");
}

/* A list that was large once does not keep its memory. */
static void
test_kept(void **state)
{
    (void)state;
    struct stat_list l = {0};
    for (int i = 0; i < 10000; i++)
        stat_list_u64(&l, STAT_ROW_general_NONE_pid, "", (uint64_t)i);
    struct bytes text;
    assert_true(stat_list_render(&l, &in_text, &text));
    stat_list_clear(&l);
    assert_null(l.entries.p);
    assert_null(l.text.p);
    stat_list_u64(&l, STAT_ROW_general_NONE_pid, "", 1);
    stat_list_clear(&l);
    assert_non_null(l.entries.p);
    stat_list_fini(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_packets),
        cmocka_unit_test(test_one),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_long_value_is_cut),
        cmocka_unit_test(test_wrong_type),
        cmocka_unit_test(test_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
