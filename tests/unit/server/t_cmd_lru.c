/* cmd_lru: the settings that its forms change, in the server and in the engine, and the words that they refuse. */
#include "tests/unit/server/conn_playing.h"

static const char policies_expected[] = "CLIENT_ERROR expected one of"
#define POLICY(name, text) " " #name
#include STORE_POLICY_DEF
#undef POLICY
                                        "\r\nOK\r\n";

static void
test_pieces(void **state)
{
    static const struct exchange exchanges[] = {
        {"lru\r\nlru what\r\nlru tune 10 25 0.1\r\nlru mode\r\nlru temp_ttl\r\nlru policy\r\n",
            "ERROR\r\nERROR\r\nERROR\r\nERROR\r\nERROR\r\nERROR\r\n"},
        {"lru tune 10 25 0.1 x\r\nlru tune 50 40 0.1 2\r\nlru tune 10 25 0 2\r\nlru tune 10 25 0.1 2\r\n",
            "ERROR\r\nERROR hot and warm pcts must not exceed 80\r\n"
            "ERROR hot/warm age factors must be greater than 0\r\nOK\r\n"},
        {"lru mode x\r\nlru m flat\r\nlru mode segmented noreply\r\nlru temp_ttl x\r\nlru temp_ttl 10\r\n",
            "ERROR\r\nOK\r\nERROR\r\nOK\r\n"},
        {"lru policy what\r\nlru policy lfu\r\n", policies_expected},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

static enum store_policy
policy_in_force(void)
{
    struct store_stats stats;
    store_stats(play.server.store, &stats);
    return stats.policy;
}

static void
test_what_is_set(void **state)
{
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    client_asks(c, "lru tune 11 26 0.5 3.5\r\nlru mode flat\r\nlru temp_ttl 10\r\n", "OK\r\nOK\r\nOK\r\n");
    assert_int_equal(OPTION_NOW(&play.server, lru.hot_pct), 11);
    assert_int_equal(OPTION_NOW(&play.server, lru.warm_pct), 26);
    assert_true(
        OPTION_NOW(&play.server, lru.hot_factor) == 0.5 && OPTION_NOW(&play.server, lru.warm_factor) == 3.5);
    assert_false(OPTION_NOW(&play.server, lru.segmented));
    assert_true(OPTION_NOW(&play.server, lru.temporary));
    client_asks(c, "lru temp_ttl -1\r\n", "OK\r\n");
    assert_false(OPTION_NOW(&play.server, lru.temporary));
    assert_int_equal(OPTION_NOW(&play.server, lru.temporary_ttl_s), 10);
    for (int i = 0; i < STORE_N_POLICIES; i++) {
        char line[64];
        snprintf(line, sizeof line, "lru policy %s\r\n", store_policy_name((enum store_policy)i));
        client_asks(c, line, "OK\r\n");
        assert_int_equal(policy_in_force(), i);
    }
    play_end();
}

/* Without the maintainer memcached has neither modes nor a temporary segment. */
static void
test_without_maintainer(void **state)
{
    (void)state;
    play_begin("-o no_lru_maintainer");
    client_asks(client_open(0), "lru mode flat\r\nlru temp_ttl 10\r\nlru tune 10 25 0.1 2\r\n",
        "ERROR\r\nERROR\r\nOK\r\n");
    play_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_what_is_set),
        cmocka_unit_test(test_without_maintainer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
