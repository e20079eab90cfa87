/* cmd_slabs: reassign and automove, the settings that they change, and the words that they refuse. */
#include "tests/unit/server/conn_playing.h"

static void
test_pieces(void **state)
{
    static const struct exchange exchanges[] = {
        {"slabs\r\nslabs what\r\nslabs reassign\r\nslabs reassign 1\r\nslabs reassign 1 2 3\r\n",
            "ERROR\r\nERROR\r\nERROR\r\nERROR\r\nERROR\r\n"},
        {"slabs reassign x 1\r\nslabs reassign 1 1\r\nslabs reassign 999 1\r\nslabs reassign 1 64\r\n",
            "CLIENT_ERROR bad command line format\r\nSAME src and dst class are identical\r\n"
            "BADCLASS invalid src or dst class id\r\nBADCLASS invalid src or dst class id\r\n"},
        {"slabs automove\r\nslabs automove 3\r\nslabs automove x\r\nslabs automove 0\r\nslabs automove 1 "
         "noreply\r\n",
            "ERROR\r\nERROR\r\nCLIENT_ERROR bad command line format\r\nOK\r\n"},
        {"slabs automove ratio 0.5\r\nslabs automove ratio x\r\nslabs automove freeratio 0.1\r\n"
         "slabs automove freeratio\r\n",
            "OK\r\nERROR\r\nOK\r\nERROR\r\n"},
        {"slabs automove window 2\r\nslabs automove window 1801\r\nslabs automove window x\r\n"
         "slabs automove window 30\r\n",
            "CLIENT_ERROR automove window too low or too high\r\nCLIENT_ERROR automove window too low or too "
            "high\r\n"
            "CLIENT_ERROR bad command line format\r\nOK\r\n"},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

static void
test_what_is_set(void **state)
{
    (void)state;
    play_begin("");
    client_asks(client_open(0),
        "slabs automove 2\r\nslabs automove ratio 0.5\r\nslabs automove window 30\r\n", "OK\r\nOK\r\nOK\r\n");
    assert_int_equal(OPTION_NOW(&play.options, automove), 2);
    assert_true(OPTION_NOW(&play.options, automove_ratio) == 0.5);
    assert_int_equal(OPTION_NOW(&play.options, automove_window_s), 30);
    play_end();
    play_begin("-o no_slab_reassign");
    client_asks(client_open(0), "slabs reassign 1 2\r\n", "CLIENT_ERROR slab reassignment disabled\r\n");
    play_end();
}

/* A class with pages to spare gives one; a second request waits for the first. */
static void
test_reassign(void **state)
{
    static char value[200000];
    char line[64];
    (void)state;
    memset(value, 'v', sizeof value);
    play_begin("-f 1.25");
    struct client *c = client_open(0);
    for (int i = 0; i < 30; i++) {
        c->n_says = c->at = 0;
        client_adds(c, line, (size_t)snprintf(line, sizeof line, "set k%d 0 0 200000 noreply\r\n", i));
        client_adds(c, value, sizeof value);
        client_says(c, "\r\n");
    }
    client_asks(c, "slabs reassign -1 1\r\n", "OK\r\n");
    client_asks(c, "slabs reassign -1 1\r\n", "BUSY currently processing reassign request\r\n");
    client_asks(c, "slabs reassign 1 2\r\n", "NOSPARE source class has no spare pages\r\n");
    play_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_what_is_set),
        cmocka_unit_test(test_reassign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
