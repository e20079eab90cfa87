/* cmd_memory: the limits that cache_memlimit sets and refuses. */
#include "tests/unit/server/conn_playing.h"

static void
test_memlimit(void **state)
{
    static const struct exchange exchanges[] = {
        {"cache_memlimit\r\n", "ERROR\r\n"},
        {"cache_memlimit x\r\n", "ERROR\r\n"},
        {"cache_memlimit 7\r\n", "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\r\n"},
        {"cache_memlimit 1000000001\r\n", "MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes\r\n"},
        {"cache_memlimit 1000000000\r\n", "MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust\r\n"},
    };
    (void)state;
    play_begin("");
    play_in_order(client_open(0), exchanges, N_OF(exchanges));
    assert_int_equal(memory_limit_configured(&play.memory), 16 << 20);
    client_asks(&play.clients[0], "cache_memlimit 12\r\n", "OK\r\n");
    assert_int_equal(memory_limit_configured(&play.memory), 12 << 20);
    assert_int_equal(OPTION_NOW(&play.options, memory_limit), 12 << 20);
    client_asks(&play.clients[0], "cache_memlimit 10 noreply\r\nmn\r\n", "MN\r\n");
    assert_int_equal(memory_limit_configured(&play.memory), 10 << 20);
    play_end();
}

static void
test_pieces(void **state)
{
    static const struct exchange exchanges[] = {
        {"cache_memlimit 16\r\ncache_memlimit 12 surplus\r\ncache_memlimit 3 noreply\r\nmn\r\n",
            "OK\r\nOK\r\nMN\r\n"}};
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memlimit),
        cmocka_unit_test(test_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
