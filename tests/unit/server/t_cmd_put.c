/* cmd_put: the commands that store, delete and touch, in pieces of any size; stores that fail or are forbidden. */
#include "tests/unit/server/conn_playing.h"

static void
test_text(void **state)
{
    static const struct exchange exchanges[] = {
        {"add a 0 0 1\r\nx\r\nadd a 0 0 1\r\ny\r\nget a\r\n",
            "STORED\r\nNOT_STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n"},
        {"replace a 0 0 1\r\nx\r\nset a 0 0 1\r\ny\r\nreplace a 7 0 1\r\nz\r\nget a\r\n",
            "NOT_STORED\r\nSTORED\r\nSTORED\r\nVALUE a 7 1\r\nz\r\nEND\r\n"},
        {"append a 0 0 1\r\nx\r\nprepend a 0 0 1\r\nx\r\n", "NOT_STORED\r\nNOT_STORED\r\n"},
        {"set a 5 0 1\r\nb\r\nappend a 0 0 1\r\nc\r\nprepend a 0 0 1\r\na\r\nget a\r\n",
            "STORED\r\nSTORED\r\nSTORED\r\nVALUE a 5 3\r\nabc\r\nEND\r\n"},
        {"cas a 0 0 1 5\r\nx\r\nms a 1 E5 q\r\ny\r\ncas a 0 0 1 4\r\nx\r\ncas a 0 0 1 5\r\nz\r\nget a\r\n",
            "NOT_FOUND\r\nEXISTS\r\nSTORED\r\nVALUE a 0 1\r\nz\r\nEND\r\n"},
        {"delete a\r\nset a 0 0 1\r\nx\r\ndelete a\r\ndelete a noreply\r\nget a\r\n",
            "NOT_FOUND\r\nSTORED\r\nDELETED\r\nEND\r\n"},
        {"touch a 1\r\nset a 0 0 1\r\nx\r\ntouch a 50\r\ntouch a 60 noreply\r\nmg a t\r\n",
            "NOT_FOUND\r\nSTORED\r\nTOUCHED\r\nHD t60\r\n"},
        {"set a 0 -1 1\r\nx\r\nget a\r\n", "STORED\r\nEND\r\n"},
        {"add a 0 0 1 noreply\r\nx\r\nadd a 0 0 1 noreply\r\ny\r\nget a\r\n", "VALUE a 0 1\r\nx\r\nEND\r\n"},
        {"set a 0 0 -1\r\nmn\r\n", "CLIENT_ERROR bad command line format\r\nMN\r\n"},
        {"set a x 0 1\r\nx\r\nmn\r\n", "CLIENT_ERROR bad command line format\r\nMN\r\n"},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

/* The modes of ms, and its flags. */
static void
test_meta(void **state)
{
    static const struct exchange exchanges[] = {
        {"ms a 1 ME\r\nx\r\nms a 1 ME\r\ny\r\nms a 1 MR\r\nz\r\nms b 1 MR\r\nz\r\nmg a v\r\n",
            "HD\r\nNS\r\nHD\r\nNS\r\nVA 1\r\nz\r\n"},
        {"ms a 1 MA\r\nx\r\nms a 1 MA N30\r\nx\r\nms a 1 MP\r\ny\r\nmg a v t\r\n",
            "NS\r\nHD\r\nHD\r\nVA 2 t30\r\nyx\r\n"},
        {"ms a 1 E9\r\nx\r\nms a 1 C8\r\ny\r\nms a 1 C9 E10 c\r\ny\r\nms b 1 C9\r\ny\r\nmg a v c\r\n",
            "HD\r\nEX\r\nHD c10\r\nNF\r\nVA 1 c10\r\ny\r\n"},
        {"ms a 1 E9\r\nx\r\nms a 1 C8 I E10\r\ny\r\nmg a v c\r\n", "HD\r\nHD\r\nVA 1 c10 X W\r\ny\r\n"},
        {"ms a 1 q\r\nx\r\nms a 1 q ME\r\ny\r\nmn\r\n", "NS\r\nMN\r\n"},
        {"ms a 2\r\nxyzuv\r\nmn\r\n",
            "CLIENT_ERROR bad data chunk\r\nCLIENT_ERROR bad command line format\r\nMN\r\n"},
        {"ms a\r\nmn\r\n", "CLIENT_ERROR bad command line format\r\nMN\r\n"},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

/* Without eviction, a full store refuses; a refused set removes the older value, and other commands leave it. */
static void
test_no_memory(void **state)
{
    enum { VALUE = 30000 };
    static char value[VALUE];
    char line[64];
    (void)state;
    memset(value, 'v', VALUE);
    play_begin("-M");
    struct client *c = client_open(0);
    client_asks(
        c, "set a 0 0 1\r\nx\r\nset b 0 0 1\r\nx\r\nset d 0 0 1\r\nx\r\n", "STORED\r\nSTORED\r\nSTORED\r\n");
    client_fills(c, VALUE);
    static const char *const refused[] = {"set a", "append b", "replace d"};
    for (size_t i = 0; i < N_OF(refused); i++) {
        client_adds(c, line, (size_t)snprintf(line, sizeof line, "%s 0 0 %d\r\n", refused[i], VALUE));
        client_adds(c, value, VALUE);
        client_says(c, "\r\n");
        client_expects(c, "SERVER_ERROR out of memory storing object\r\n");
    }
    client_asks(c, "get a b d\r\n", "VALUE b 0 1\r\nx\r\nVALUE d 0 1\r\nx\r\nEND\r\n");
    play_end();
}

/* A pinned item beyond --pin-limit is refused. */
static void
test_pinned(void **state)
{
    (void)state;
    play_begin("--pin-limit 0");
    struct client *c = client_open(0);
    client_asks(c, "ms a 1 p\r\nx\r\n", "SERVER_ERROR pinned items are at their limit\r\n");
    client_asks(c, "ms a 1 p q\r\nx\r\nmn\r\n", "SERVER_ERROR pinned items are at their limit\r\nMN\r\n");
    client_says(c, "ms a 5 p\r\nx");
    client_asks(c, "yzab\r\nmg a v\r\n", "SERVER_ERROR pinned items are at their limit\r\nEN\r\n");
    play_end();
    play_begin("");
    c = client_open(0);
    client_asks(c, "ms a 1 p\r\nx\r\nmg a v\r\n", "HD\r\nVA 1\r\nx\r\n");
    play_end();
}

/* A role that may only read: the value is discarded, in one piece or in several, and noreply is silent. */
static void
test_forbidden(void **state)
{
    static const char says[] =
        "set a 0 0 3\r\nabc\r\nms a 3\r\nabc\r\nset a 0 0 3 noreply\r\nabc\r\ndelete a\r\n"
        "touch a 1\r\nget a\r\n";
    (void)state;
    for (size_t piece = 1; piece < sizeof says; piece++) {
        play_begin("");
        struct client *c = client_open(0);
        client_becomes(c, RIGHTS_READ);
        c->piece = piece;
        client_asks(c, says,
            "CLIENT_ERROR permission denied\r\nCLIENT_ERROR permission denied\r\nCLIENT_ERROR permission "
            "denied\r\nCLIENT_ERROR permission denied\r\nEND\r\n");
        play_end();
    }
}

enum { SET = 0x01, ADD = 0x02, REPLACE = 0x03, DELETE = 0x04, APPEND = 0x0e };

static void
test_packets(void **state)
{
    static const char eight[8] = {0};
    struct bytes value;
    (void)state;
    for (size_t piece = 1; piece < 40; piece += 3) {
        play_begin("");
        struct client *c = client_open(0);
        c->piece = c->bite = piece;
        client_adds_packet(c, REPLACE, eight, 8, "a", "x", 1);
        client_adds_packet(c, ADD, eight, 8, "a", "x", 1);
        client_adds_packet(c, ADD, eight, 8, "a", "x", 1);
        client_adds_packet(c, APPEND, "", 0, "a", "yz", 2);
        client_adds_packet(c, APPEND, "", 0, "b", "yz", 2);
        client_adds_packet(c, DELETE, "", 0, "a", "", 0);
        client_adds_packet(c, DELETE, "", 0, "a", "", 0);
        play_on();
        assert_int_equal(client_takes_packet(c, REPLACE, &value), 1);
        assert_int_equal(client_takes_packet(c, ADD, &value), 0);
        assert_int_equal(client_takes_packet(c, ADD, &value), 2);
        assert_int_equal(client_takes_packet(c, APPEND, &value), 0);
        assert_int_equal(client_takes_packet(c, APPEND, &value), 5);
        assert_int_equal(client_takes_packet(c, DELETE, &value), 0);
        assert_int_equal(client_takes_packet(c, DELETE, &value), 1);
        assert_int_equal(c->n_taken, 0);
        play_end();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_meta),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_pinned),
        cmocka_unit_test(test_forbidden),
        cmocka_unit_test(test_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
