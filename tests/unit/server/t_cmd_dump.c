/* cmd_dump: a dump lists every item of the wanted classes once, however slowly the client reads. */
#include "tests/unit/server/conn_playing.h"

enum { ITEMS = 5000 };

static void
store_items(struct client *c)
{
    char line[64];
    for (int i = 0; i < ITEMS; i++)
        client_adds(c, line, (size_t)snprintf(line, sizeof line, "set key%04d 0 0 2 noreply\r\nhi\r\n", i));
    play_on();
}

/* Expects "OK", a line for each item in any order, and the end of a dump. */
static void
expect_dump(struct client *c, const char *begin, const char *end)
{
    static bool seen[ITEMS];
    memset(seen, 0, sizeof seen);
    size_t n_end = strlen(end), n_items = 0;
    assert_true(c->n_taken > n_end + 4);
    assert_memory_equal(c->taken, "OK\r\n", 4);
    assert_memory_equal(c->taken + c->n_taken - n_end, end, n_end);
    c->taken[c->n_taken - n_end] = '\0';
    for (char *rest, *line = strtok_r(c->taken + 4, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        assert_memory_equal(line, begin, strlen(begin));
        int i = atoi(line + strlen(begin) + 3);
        assert_in_range(i, 0, ITEMS - 1);
        assert_false(seen[i]);
        seen[i] = true;
        n_items++;
    }
    assert_int_equal(n_items, ITEMS);
    c->n_taken = 0;
}

static void
test_all_items(void **state)
{
    static const size_t bites[] = {SIZE_MAX, 10000, 777};
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    store_items(c);
    for (size_t i = 0; i < N_OF(bites); i++) {
        c->bite = bites[i];
        client_says(c, "lru_crawler metadump all\r\n");
        expect_dump(c, "key=", "END\r\n");
        client_says(c, "lru_crawler mgdump hash\r\n");
        expect_dump(c, "mg ", "EN\r\n");
    }
    client_asks(c, "mn\r\n", "MN\r\n");
    assert_int_equal(OPTION_NOW(&play.server, crawler.n_dumps), 0);
    assert_int_equal(OPTION_NOW(&play.server, crawler.n_dumped), 2 * N_OF(bites));
    play_end();
}

/*
 * A dump whose client does not read delays no other client.  Requests after the dump are answered after it,
 * and a connection that breaks ends its dump.
 */
static void
test_slow_reader(void **state)
{
    (void)state;
    for (int hangs_up = 0; hangs_up < 2; hangs_up++) {
        play_begin("");
        struct client *c = client_open(0), *other = client_open(1);
        store_items(c);
        c->takes = 5000;
        client_says(c, "lru_crawler metadump all\r\nmn\r\n");
        assert_int_equal(OPTION_NOW(&play.server, crawler.n_dumps), 1);
        client_asks(other, "get key0001\r\n", "VALUE key0001 0 2\r\nhi\r\nEND\r\n");
        client_says(other, "lru_crawler mgdump all\r\n");
        expect_dump(other, "mg ", "EN\r\n");
        if (hangs_up) {
            c->refuses = -EPIPE;
            play_on();
            assert_false(client_is_open(c));
        } else {
            c->takes = SIZE_MAX;
            play_on();
            assert_memory_equal(c->taken + c->n_taken - 9, "END\r\nMN\r\n", 9);
            c->n_taken -= 4;
            expect_dump(c, "key=", "END\r\n");
        }
        assert_int_equal(OPTION_NOW(&play.server, crawler.n_dumps), 0);
        play_end();
    }
}

static void
test_classes(void **state)
{
    (void)state;
    play_begin("");
    struct client *c = client_open(0);
    client_asks(c, "lru_crawler metadump all\r\n", "OK\r\nEND\r\n");
    client_asks(c, "set a 0 0 1\r\nx\r\n", "STORED\r\n");
    client_asks(c, "lru_crawler mgdump 1\r\n", "OK\r\nmg a\r\nEN\r\n");
    client_asks(c, "delete a\r\nms AP8= 1 b\r\nx\r\n", "DELETED\r\nHD\r\n");
    client_asks(c, "lru_crawler mgdump 1\r\n", "OK\r\nmg AP8= b\r\nEN\r\n");
    client_asks(c, "lru_crawler mgdump 2,3\r\n", "OK\r\nEN\r\n");
    client_asks(c, "lru_crawler mgdump 0\r\n", "BADCLASS invalid class id\r\n");
    client_asks(c, "lru_crawler metadump all noreply\r\nmn\r\n", "MN\r\n");
    client_asks(c, "mn\r\nlru_crawler metadump all\r\nlru_crawler mgdump all\r\n",
        "MN\r\nERROR cannot pipeline other commands before metadump\r\n"
        "ERROR cannot pipeline other commands before mgdump\r\n");
    play_end();
    play_begin("-X");
    client_asks(client_open(0), "lru_crawler metadump all\r\nlru_crawler mgdump all\r\n",
        "ERROR metadump not allowed\r\nERROR key dump not allowed\r\n");
    play_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_items),
        cmocka_unit_test(test_slow_reader),
        cmocka_unit_test(test_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
