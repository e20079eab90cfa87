/* cmd_arith: incr, decr and ma, in pieces of any size, and those of packets. */
#include "tests/unit/server/conn_playing.h"

static void
test_text(void **state)
{
    static const struct exchange exchanges[] = {
        {"incr n 1\r\ndecr n 1\r\n", "NOT_FOUND\r\nNOT_FOUND\r\n"},
        {"set n 0 0 2\r\n10\r\nincr n 5\r\ndecr n 1\r\ndecr n 100\r\nget n\r\n",
            "STORED\r\n15\r\n14\r\n0\r\nVALUE n 0 2\r\n0 \r\nEND\r\n"},
        {"set n 0 0 1\r\n1\r\nincr n 1 noreply\r\nincr n 1\r\n", "STORED\r\n3\r\n"},
        {"set n 0 0 20\r\n18446744073709551615\r\nincr n 2\r\n", "STORED\r\n1\r\n"},
        {"set n 0 0 1\r\nx\r\nincr n 1\r\nincr n 1 noreply\r\nmn\r\n",
            "STORED\r\nCLIENT_ERROR cannot increment or decrement non-numeric value\r\nMN\r\n"},
        {"incr n x\r\n", "CLIENT_ERROR invalid numeric delta argument\r\n"},
        {"incr n -1\r\n", "CLIENT_ERROR invalid numeric delta argument\r\n"},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

static void
test_meta(void **state)
{
    static const struct exchange exchanges[] = {
        {"ma n\r\nma n N90 J7 v t\r\nma n D3 v t\r\n", "NF\r\nVA 1 t90\r\n7\r\nVA 2 t90\r\n10\r\n"},
        {"ms n 1 E5\r\n8\r\nma n C4\r\nma n C5 E6 c v\r\nma n MD D9 v k\r\n",
            "HD\r\nEX\r\nVA 1 c6\r\n9\r\nVA 1 kn\r\n0\r\n"},
        {"ms n 1\r\nx\r\nma n\r\n", "HD\r\nCLIENT_ERROR cannot increment or decrement non-numeric value\r\n"},
        {"ma n N0 J1 T40 t\r\nmg n t\r\n", "HD t40\r\nHD t40\r\n"},
        {"ma n N0 q\r\nmn\r\nmg n v\r\n", "MN\r\nVA 1\r\n0\r\n"},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

/* With -C the CAS numbers are shown as 0, and no number matches. */
static void
test_without_cas(void **state)
{
    (void)state;
    play_begin("-C");
    struct client *c = client_open(0);
    client_asks(c, "ms n 1\r\n8\r\nma n c\r\nma n C9\r\n", "HD\r\nHD c0\r\nEX\r\n");
    play_end();
}

static void
test_forbidden(void **state)
{
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    client_asks(c, "set n 0 0 1\r\n1\r\n", "STORED\r\n");
    client_becomes(c, RIGHTS_READ);
    client_asks(c, "incr n 1\r\nma n\r\nget n\r\n",
        "CLIENT_ERROR permission denied\r\nCLIENT_ERROR permission denied\r\nVALUE n 0 1\r\n1\r\nEND\r\n");
    play_end();
}

enum { INCR = 0x05, DECR = 0x06 };

static void
test_packets(void **state)
{
    /* delta 3, initial 7, expiry 0; the same with the expiry that creates no item */
    static const char creates[20] = {0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7};
    static const char plain[20] = {0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7, -1, -1, -1, -1};
    struct bytes value;
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    client_adds_packet(c, INCR, plain, 20, "n", "", 0);
    client_adds_packet(c, INCR, creates, 20, "n", "", 0);
    client_adds_packet(c, INCR, creates, 20, "n", "", 0);
    client_adds_packet(c, DECR, plain, 20, "n", "", 0);
    play_on();
    assert_int_equal(client_takes_packet(c, INCR, &value), 1);
    static const int results[] = {7, 10, 7};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(client_takes_packet(c, i == 2 ? DECR : INCR, &value), 0);
        assert_int_equal(value.n, 8);
        assert_int_equal(binary_get64(value.p), results[i]);
    }
    play_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_meta),
        cmocka_unit_test(test_without_cas),
        cmocka_unit_test(test_forbidden),
        cmocka_unit_test(test_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
