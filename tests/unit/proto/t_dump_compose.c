/*
 * dump_compose: the lines of lru_crawler's dumps, byte for byte, with the longest keys and largest
 * numbers.
 */
#include "proto/compose.h"

#include "tests/unit/unit.h"

static char line[COMPOSE_DUMP_MAX + 1];

static const char *
metadump(struct dump_item it)
{
    memset(line, '#', sizeof line);
    char *end = proto_compose_metadump(line, &it);
    assert_true(end <= line + COMPOSE_DUMP_MAX);
    *end = '\0';
    return line;
}

static const char *
mgdump(struct dump_item it)
{
    memset(line, '#', sizeof line);
    char *end = proto_compose_mgdump(line, &it);
    assert_true(end <= line + COMPOSE_DUMP_MAX);
    *end = '\0';
    return line;
}

static void
test_a_metadump_line_has_memcacheds_fields_in_their_order(void **state)
{
    (void)state;
    struct dump_item it = {.key = BYTES("foo"),
        .last_access = 1795231601,
        .cas = 2,
        .n_item = 68,
        .class_number = 1,
        .client_flags = 5};
    assert_string_equal(metadump(it), "key=foo exp=-1 la=1795231601 cas=2 fetch=no cls=1 size=68 flags=5 \n");
    it.expires = it.fetched = true;
    it.expires_at = 1795231701;
    assert_string_equal(
        metadump(it), "key=foo exp=1795231701 la=1795231601 cas=2 fetch=yes cls=1 size=68 flags=5 \n");
}

static void
test_a_key_of_any_bytes_is_one_word(void **state)
{
    (void)state;
    char key[256];
    for (int i = 0; i < 256; i++)
        key[i] = (char)i;
    for (int i = 0; i < 256; i += 64) {
        struct dump_item it = {.key = bytes_of(key + i, 64)};
        const char *text = metadump(it);
        for (const char *p = text; *p != ' '; p++)
            assert_true((unsigned char)*p > ' ' && (unsigned char)*p < 0x7f);
    }
    struct dump_item it = {.key = BYTES("aZ09-._~ %\n\xff/")};
    assert_memory_equal(metadump(it), "key=aZ09-._~%20%25%0A%FF%2F exp=", 32);
}

static void
test_the_longest_line_fits(void **state)
{
    (void)state;
    char key[REQUEST_KEY_MAX];
    memset(key, '%', sizeof key);
    struct dump_item it = {
        .key = bytes_of(key, sizeof key),
        .fetched = true,
        .expires = true,
        .expires_at = UINT64_MAX,
        .last_access = UINT64_MAX,
        .cas = UINT64_MAX,
        .n_item = UINT64_MAX,
        .class_number = UINT32_MAX,
        .client_flags = UINT32_MAX,
    };
    assert_int_equal(strlen(metadump(it)),
        strlen("key= exp= la= cas= fetch=yes cls= size= flags= \n") + 3 * sizeof key + 4 * 20 + 2 * 10);
    it.key_is_binary = true;
    assert_int_equal(strlen(mgdump(it)), 3 + (sizeof key + 2) / 3 * 4 + 4);
}

static void
test_a_mgdump_line_can_be_sent_back(void **state)
{
    (void)state;
    assert_string_equal(mgdump((struct dump_item){.key = BYTES("foo%")}), "mg foo%\r\n");
    assert_string_equal(
        mgdump((struct dump_item){.key = BYTES("foo\n"), .key_is_binary = true}), "mg Zm9vCg== b\r\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_metadump_line_has_memcacheds_fields_in_their_order),
        cmocka_unit_test(test_a_key_of_any_bytes_is_one_word),
        cmocka_unit_test(test_the_longest_line_fits),
        cmocka_unit_test(test_a_mgdump_line_can_be_sent_back),
    };
    return cmocka_run_group_tests_name("dump_compose", tests, NULL, NULL);
}
