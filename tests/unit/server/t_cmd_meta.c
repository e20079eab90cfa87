/* cmd_meta: mg, md, me and mn with their flags, in pieces of any size. */
#include "tests/unit/server/conn_playing.h"

#include "base/clock.h"

static void
test_get(void **state)
{
    static const struct exchange exchanges[] = {
        {"mg a\r\nmg a v q\r\nmn\r\n", "EN\r\nMN\r\n"},
        {"set a 5 0 3\r\nabc\r\nmg a\r\nmg a v\r\nmg a s f t k O7\r\n",
            "STORED\r\nHD\r\nVA 3\r\nabc\r\nHD s3 f5 t-1 ka O7\r\n"},
        {"set a 0 0 1\r\nx\r\nmg a h l u\r\nmg a h l\r\nmg a h l\r\n",
            "STORED\r\nHD h0 l0\r\nHD h0 l0\r\nHD h1 l0\r\n"},
        {"mg a N30 v t\r\nmg a v\r\nmg a t\r\n", "VA 0 t30 W\r\n\r\nVA 0 Z\r\n\r\nHD t30 Z\r\n"},
        {"ms a 1 T20\r\nx\r\nmg a R30 v\r\nmg a R30 v\r\n", "HD\r\nVA 1 W\r\nx\r\nVA 1 Z\r\nx\r\n"},
        {"ms a 1\r\nx\r\nmg a T90 t\r\nmg a t\r\n", "HD\r\nHD t90\r\nHD t90\r\n"},
        {"ms a 1 E5\r\nx\r\nmg a v c C5\r\nmg a v c C6\r\n", "HD\r\nHD c5\r\nVA 1 c5\r\nx\r\n"},
        {"ms YQ== 1 b\r\nx\r\nmg YQ== b k v\r\nmg a v\r\n", "HD\r\nVA 1 kYQ== b\r\nx\r\nVA 1\r\nx\r\n"},
        {"mg\r\n", "CLIENT_ERROR bad command line format\r\n"},
        {"mg a !\r\n", "CLIENT_ERROR bad command line format\r\n"},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

static void
test_delete(void **state)
{
    static const struct exchange exchanges[] = {
        {"md a\r\nmd a q\r\nms a 1\r\nx\r\nmd a q\r\nmg a\r\n", "NF\r\nNF\r\nHD\r\nEN\r\n"},
        {"ms a 1 E5\r\nx\r\nmd a C4\r\nmd a C5 k O1\r\n", "HD\r\nEX\r\nHD ka O1\r\n"},
        {"ms a 1\r\nx\r\nmd a I T30\r\nmg a v t\r\nmg a v\r\n",
            "HD\r\nHD\r\nVA 1 t30 X W\r\nx\r\nVA 1 Z X\r\nx\r\n"},
        {"ms a 1 F7\r\nx\r\nmd a x\r\nmg a v f\r\n", "HD\r\nHD\r\nVA 0 f0\r\n\r\n"},
        {"ms a 1\r\nx\r\nmd a I E9\r\nmg a c\r\n", "HD\r\nHD\r\nHD c9 X W\r\n"},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

static void
test_debug(void **state)
{
    (void)state;
    play_begin("-f 1.25");
    struct client *c = client_open(0);
    client_asks(c, "me a\r\n", "EN\r\n");
    client_asks(c, "ms a 3 E5 T100\r\nabc\r\n", "HD\r\n");
    client_says(c, "me a\r\n");
    const char *begin = "ME a exp=100 la=0 cas=5 fetch=no cls=1 size=";
    assert_memory_equal(c->taken, begin, strlen(begin));
    c->n_taken = 0;
    client_asks(c, "get a\r\n", "VALUE a 0 3\r\nabc\r\nEND\r\n");
    clock_shift(2);
    client_asks(c, "get a\r\n", "VALUE a 0 3\r\nabc\r\nEND\r\n");
    client_says(c, "me a\r\n");
    begin = "ME a exp=98 la=0 cas=5 fetch=yes cls=1 size=";
    assert_memory_equal(c->taken, begin, strlen(begin));
    assert_int_equal(counter_read(&play.counters[WORKER_N_CMD_META]), 3);
    c->n_taken = 0;
    client_asks(c, "ms AP8= 1 b\r\nx\r\nmn\r\n", "HD\r\nMN\r\n");
    client_says(c, "me AP8= b\r\n");
    assert_memory_equal(c->taken, "ME AP8= ", 8); /* a key that a line cannot hold */
    play_end();
}

/* A role that may only read may use mg without flags that write, and does not win a stale item. */
static void
test_read_only(void **state)
{
    static const char *const writes[] = {
        "mg a N30 v\r\n", "mg a R30 v\r\n", "mg a T30 v\r\n", "mg a E30 N0 v\r\n", "md a\r\n", "md a I\r\n"};
    (void)state;
    play_begin("");
    struct client *c = client_open(0), *writer = client_open(1);
    client_becomes(c, RIGHTS_READ);
    client_asks(writer, "ms a 1\r\nx\r\nmd a I\r\n", "HD\r\nHD\r\n");
    for (size_t i = 0; i < N_OF(writes); i++)
        client_asks(c, writes[i], "CLIENT_ERROR permission denied\r\n");
    client_asks(c, "mg a v\r\nmg a v h l\r\n", "VA 1 X\r\nx\r\nVA 1 h1 l0 X\r\nx\r\n");
    client_asks(writer, "mg a v\r\n", "VA 1 X W\r\nx\r\n");
    client_becomes(c, RIGHTS_MONITOR);
    client_asks(c, "mg a\r\nme a\r\nmn\r\n",
        "CLIENT_ERROR permission denied\r\nCLIENT_ERROR permission denied\r\nMN\r\n");
    play_end();
}

/* Without eviction, a full store has no memory for the items that mg and ma would create. */
static void
test_no_memory(void **state)
{
    (void)state;
    play_begin("-M");
    struct client *c = client_open(0);
    client_fills(c, 30000);
    client_fills(c, 1);
    client_says(c, "mg none N0 v\r\n");
    client_expects(c, "EN\r\n"); /* as in memcached: an item that cannot be created is a miss */
    client_says(c, "ma none N0 J1\r\n");
    client_expects(c, "SERVER_ERROR out of memory\r\n");
    play_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_delete),
        cmocka_unit_test(test_debug),
        cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
