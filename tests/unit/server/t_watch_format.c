/* watch_format: memcached's lines, one of each kind, and the longest possible one. */
#include "server/watch/watch_format.h"

#include "tests/unit/unit.h"

#include "server/watch/watch.h"

static void
must_be(struct watch_event e, const char *text, const char *expected)
{
    char line[WATCH_LINE_MAX];
    e.n_text = (uint16_t)strlen(text);
    e.at_us = 1795231297036341;
    e.gid = 42;
    size_t n = watch_format(&e, text, line);
    char whole[WATCH_LINE_MAX] = "ts=1795231297.036341 gid=42 ";
    strcat(whole, expected);
    strcat(whole, "\n");
    assert_int_equal(n, strlen(whole));
    assert_memory_equal(line, whole, n);
}

static void
test_items(void **state)
{
    (void)state;
    must_be(
        (struct watch_event){
            .kind = WATCH_ITEM_GET, .word = {"found"}, .class_number = 3, .fd = 12, .n_value = 5},
        "foo", "type=item_get key=foo status=found clsid=3 cfd=12 size=5");
    must_be((struct watch_event){.kind = WATCH_ITEM_STORE,
                .word = {"stored", "set"},
                .ttl_s = 100,
                .class_number = 1,
                .fd = 9,
                .n_value = 3},
        "a", "type=item_store key=a status=stored cmd=set ttl=100 clsid=1 cfd=9 size=3");
    must_be((struct watch_event){.kind = WATCH_ITEM_STORE, .word = {"stored", "set"}, .ttl_s = -1}, "a",
        "type=item_store key=a status=stored cmd=set ttl=4294967295 clsid=0 cfd=0 size=0");
    must_be(
        (struct watch_event){
            .kind = WATCH_ITEM_DELETED, .word = {NULL, "md"}, .class_number = 1, .n_value = 4},
        "a", "type=deleted key=a cmd=md clsid=1 size=4");
    must_be((struct watch_event){.kind = WATCH_EVICTION,
                .word = {"no"},
                .ttl_s = -1,
                .idle_s = 7,
                .class_number = 90,
                .n_value = 11000},
        "n,foo", "type=eviction key=n%2Cfoo fetch=no ttl=-1 la=7 clsid=90 size=11000");
}

static void
test_others(void **state)
{
    (void)state;
    must_be((struct watch_event){.kind = WATCH_CONN_NEW, .word = {"tcp"}, .port = 40000, .fd = 30}, "::1",
        "type=conn_new rip=::1 rport=40000 transport=tcp cfd=30");
    must_be((struct watch_event){.kind = WATCH_CONN_CLOSE, .word = {"local", "normal"}, .fd = 30}, "unix",
        "type=conn_close rip=unix rport=0 transport=local reason=normal cfd=30");
    must_be(
        (struct watch_event){.kind = WATCH_PAGE_MOVED, .word = {"ok"}, .from_number = 4, .class_number = 9},
        "", "type=slab_move src=4 dst=9 state=ok");
    must_be((struct watch_event){.kind = WATCH_TLS_ERROR, .fd = 5}, "no shared cipher",
        "type=conntlserr fd=5 msg=no shared cipher");
    must_be((struct watch_event){.kind = WATCH_COMMAND, .fd = 5}, "get a", "<5 get a");
}

static void
test_encoding(void **state)
{
    (void)state;
    must_be((struct watch_event){.kind = WATCH_ITEM_DELETED, .word = {NULL, "md"}},
        "AZaz09-._~ %/+\"\\\x01\x7f\x80\xff",
        "type=deleted key=AZaz09-._~%20%25%2F%2B%22%5C%01%7F%80%FF cmd=md clsid=0 size=0");
}

/* An event with every field at its longest fits. */
static void
test_longest(void **state)
{
    (void)state;
    char text[WATCH_TEXT_MAX], line[WATCH_LINE_MAX + 64];
    memset(text, '#', sizeof text);
    for (int kind = 0; kind < WATCH_N_KINDS; kind++) {
        struct watch_event e = {.kind = (uint8_t)kind,
            .n_text = WATCH_TEXT_MAX,
            .gid = UINT64_MAX,
            .at_us = UINT64_MAX,
            .word = {"not_stored", "idle_timeout"},
            .ttl_s = INT64_MIN,
            .class_number = UINT32_MAX,
            .from_number = UINT32_MAX,
            .n_value = UINT32_MAX,
            .idle_s = UINT32_MAX,
            .fd = INT32_MIN,
            .port = UINT16_MAX};
        memset(line, 'x', sizeof line);
        size_t n = watch_format(&e, text, line);
        assert_true(n <= WATCH_LINE_MAX && line[n - 1] == '\n');
        assert_true(watch_format_stream((enum watch_kind)kind) & WATCH_ALL);
    }
}

static void
test_streams(void **state)
{
    (void)state;
    uint32_t s;
    assert_true(watch_streams(bytes_of("", 0), &s));
    assert_int_equal(s, WATCH_FETCHERS);
    assert_true(watch_streams(BYTES("mutations evictions"), &s));
    assert_int_equal(s, WATCH_MUTATIONS | WATCH_EVICTIONS);
    assert_true(watch_streams(BYTES("m e d c s r f"), &s)); /* any prefix of a name */
    assert_int_equal(s, WATCH_MUTATIONS | WATCH_EVICTIONS | WATCH_DELETIONS | WATCH_CONNEVENTS |
                            WATCH_SYSEVENTS | WATCH_RAWCMDS | WATCH_FETCHERS);
    assert_true(watch_streams(BYTES("proxy"), &s));
    assert_int_equal(s, WATCH_PROXYREQS);
    assert_false(watch_streams(BYTES("mutations fetchersx"), &s));
    assert_false(watch_streams(BYTES("MUTATIONS"), &s));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_encoding),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
