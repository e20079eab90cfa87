/* stat_json: the object that a list becomes. */
#include "server/stats/stat_json.h"

#include "tests/unit/unit.h"

static void
must_write(struct stat_list *l, const char *expected)
{
    assert_true(stat_json_write(l));
    struct bytes text = text_bytes(&l->text);
    if (text.n != strlen(expected) || memcmp(text.p, expected, text.n) != 0)
        fail_msg("%.*s", (int)text.n, text.p);
    stat_list_clear(l);
}

static void
test_values(void **state)
{
    (void)state;
    struct stat_list l = {0};
    must_write(&l, "{}");
    stat_list_u64(&l, STAT_ROW_general_NONE_bytes, "", UINT64_MAX);
    stat_list_i64(&l, STAT_ROW_memory_NONE_unexplained, "", -5);
    stat_list_u64(&l, STAT_ROW_settings_NONE_umask, "", 0700);
    stat_list_bool(&l, STAT_ROW_settings_NONE_cas_enabled, "", true);
    stat_list_bool(&l, STAT_ROW_general_NONE_accepting_conns, "", false);
    stat_list_real(&l, STAT_ROW_general_NONE_rusage_user, "", 1.000002);
    stat_list_text(&l, STAT_ROW_settings_NONE_inter, "", NULL);
    stat_list_text(&l, STAT_ROW_settings_NONE_domain_socket, "", "/run/\"x\"");
    must_write(&l,
        "{\"bytes\": 18446744073709551615, \"unexplained\": -5, \"umask\": \"700\", \"cas_enabled\": true, "
        "\"accepting_conns\": false, \"rusage_user\": 1.000002, \"domain_socket\": \"/run/\\\"x\\\"\"}");
    stat_list_fini(&l);
}

static void
test_instances(void **state)
{
    (void)state;
    struct stat_list l = {0};
    stat_list_u64(&l, STAT_ROW_slabs_CLASS_chunk_size, "1", 96);
    stat_list_u64(&l, STAT_ROW_slabs_CLASS_total_pages, "1", 2);
    stat_list_u64(&l, STAT_ROW_slabs_CLASS_chunk_size, "2", 120);
    stat_list_u64(&l, STAT_ROW_slabs_NONE_active_slabs, "", 2);
    must_write(&l,
        "{\"by_class\": {\"1\": {\"chunk_size\": 96, \"total_pages\": 2}, \"2\": {\"chunk_size\": 120}}, "
        "\"active_slabs\": 2}");
    stat_list_fini(&l);
}

/* Families one after the other, with the same instance too; what is of all instances stands outside. */
static void
test_families(void **state)
{
    (void)state;
    struct stat_list l = {0};
    stat_list_u64(&l, STAT_ROW_pages_NONE_page_step, "", 1);
    stat_list_text(&l, STAT_ROW_pages_PAGE_state, "7", "free");
    stat_list_u64(&l, STAT_ROW_pages_CLASS_pages, "7", 1);
    stat_list_real(&l, STAT_ROW_pages_ALL_fragmentation, "", 0.5);
    must_write(&l, "{\"page_step\": 1, \"by_page\": {\"7\": {\"state\": \"free\"}}, \"by_class\": {\"7\": "
                   "{\"pages\": 1}}, "
                   "\"fragmentation\": 0.500}");
    stat_list_u64(&l, STAT_ROW_sizes_SIZE_items, "96", 5);
    stat_list_u64(&l, STAT_ROW_sizes_SIZE_items, "128", 1);
    must_write(&l, "{\"by_size\": {\"96\": 5, \"128\": 1}}");
    stat_list_fini(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_instances),
        cmocka_unit_test(test_families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
