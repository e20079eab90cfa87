/* cmd_lru_crawler: its forms, the settings that they change, and the words that they refuse.  (Dumps: t_cmd_dump.) */
#include "tests/unit/server/conn_playing.h"

static void
test_pieces(void **state)
{
    static const struct exchange exchanges[] = {
        {"lru_crawler\r\nlru_crawler metadump\r\nlru_crawler metadump all surplus\r\nlru_crawler what "
         "all\r\n",
            "ERROR\r\nERROR\r\nERROR\r\nERROR\r\n"},
        {"lru_crawler crawl 0\r\nlru_crawler crawl 1,x\r\nlru_crawler crawl 64\r\nlru_crawler crawl ,\r\n",
            "BADCLASS invalid class id\r\nBADCLASS invalid class id\r\nBADCLASS invalid class id\r\n"
            "NOTSTARTED no items to crawl\r\n"},
        {"lru_crawler crawl hash\r\n", "ERROR an unknown error happened\r\n"},
        {"lru_crawler tocrawl x\r\nlru_crawler sleep x\r\nlru_crawler sleep 1000001\r\n",
            "CLIENT_ERROR bad command line format\r\nCLIENT_ERROR bad command line format\r\n"
            "CLIENT_ERROR sleep must be one second or less\r\n"},
        {"lru_crawler enable\r\nlru_crawler disable\r\nlru_crawler enable\r\nlru_crawler enable 1\r\n",
            "ERROR failed to start lru crawler thread\r\nOK\r\nOK\r\nERROR\r\n"},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

static void
test_what_is_set(void **state)
{
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    client_asks(c, "lru_crawler tocrawl 50\r\nlru_crawler sleep 500\r\nlru_crawler disable noreply\r\n",
        "OK\r\nOK\r\n");
    assert_int_equal(OPTION_NOW(&play.server, crawler.to_crawl), 50);
    assert_int_equal(OPTION_NOW(&play.server, crawler.sleep_us), 500);
    assert_false(OPTION_NOW(&play.options, lru_crawler));
    client_asks(c, "lru_crawler crawl all\r\nlru_crawler metadump all\r\nlru_crawler mgdump all\r\n",
        "CLIENT_ERROR lru crawler disabled\r\nCLIENT_ERROR lru crawler disabled\r\nCLIENT_ERROR lru crawler "
        "disabled\r\n");
    play_end();
}

/* A second crawl has to wait for the first, which the mover does when the store ticks. */
static void
test_crawl(void **state)
{
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    client_asks(c, "lru_crawler crawl all\r\n", "OK\r\n");
    client_asks(c, "lru_crawler crawl 1\r\n", "BUSY currently processing crawler request\r\n");
    play_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_what_is_set),
        cmocka_unit_test(test_crawl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
