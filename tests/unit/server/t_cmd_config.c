/* cmd_config: config get, set and delete cluster; a connection waits for a value only if it may set it. */
#include "tests/unit/server/conn_playing.h"

#define LIST "14\nc||1121\n"

static void
test_pieces(void **state)
{
    static const struct exchange exchanges[] = {
        {"config set cluster 7 11\r\n" LIST
         "\r\nconfig get cluster\r\nconfig delete cluster\r\nconfig get cluster\r\n",
            "STORED\r\nCONFIG cluster 7 11\r\n" LIST "\r\nEND\r\nDELETED\r\nERROR\r\n"},
        {"config set cluster 0 11 noreply\r\n" LIST "\r\nconfig delete cluster\r\n", "DELETED\r\n"},
        {"config set cluster 0 3\r\nabc\r\nconfig set other 0 11\r\n" LIST "\r\n",
            "CLIENT_ERROR bad cluster configuration\r\nCLIENT_ERROR no such configuration\r\n"},
        {"config\r\nconfig get\r\nconfig get other\r\nconfig what cluster\r\nconfig delete\r\n",
            "ERROR\r\nERROR\r\nERROR\r\nERROR\r\nERROR\r\n"},
        {"config delete cluster\r\nconfig delete other\r\n", "NOT_FOUND\r\nNOT_FOUND\r\n"},
    };
    (void)state;
    play_exchanges("-o cluster_set", exchanges, N_OF(exchanges));
}

/* If every client is an administrator, config set needs the option; a refused value is discarded. */
static void
test_not_allowed(void **state)
{
    static const struct exchange exchanges[] = {
        {"config set cluster 0 11\r\n" LIST "\r\nconfig set cluster 0 11 noreply\r\n" LIST "\r\nmn\r\n",
            "CLIENT_ERROR config set not allowed\r\nMN\r\n"},
        {"config set cluster 0 11\r\n",
            "CLIENT_ERROR config set not allowed\r\n"}, /* without waiting for the value */
        {"config delete cluster\r\n", "CLIENT_ERROR config set not allowed\r\n"},
        {"config get cluster\r\n", "ERROR\r\n"},
    };
    (void)state;
    play_exchanges("", exchanges, N_OF(exchanges));
}

static void
test_roles(void **state)
{
    static const enum rights roles[] = {RIGHTS_WRITE, RIGHTS_READ, RIGHTS_MONITOR};
    (void)state;
    play_begin("-o cluster_set");
    struct client *admin = client_open(0), *c = client_open(1);
    client_asks(admin, "config set cluster 0 11\r\n" LIST "\r\n", "STORED\r\n");
    for (size_t i = 0; i < N_OF(roles); i++) {
        for (size_t piece = 1; piece < 60; piece++) {
            client_becomes(c, roles[i]);
            c->piece = piece;
            client_asks(c,
                "config set cluster 0 11\r\n" LIST "\r\nconfig delete cluster\r\nconfig get cluster\r\n",
                "CLIENT_ERROR permission denied\r\nCLIENT_ERROR permission denied\r\nCONFIG cluster 0 "
                "11\r\n" LIST "\r\nEND\r\n");
        }
    }
    play_end();
}

/* The longest list, which does not fit the set's buffer if it arrives slowly; and a longer one, which is refused. */
static void
test_long_list(void **state)
{
    static char list[REQUEST_CONFIG_MAX + 1];
    char line[64];
    (void)state;
    size_t n = (size_t)sprintf(list, "5\n");
    while (n + 8 < REQUEST_CONFIG_MAX)
        n += (size_t)sprintf(list + n, "aaaa||%d ", 1);
    list[n - 1] = '\n';
    for (size_t piece = 1000; piece <= 100000; piece *= 10) {
        play_begin("-o cluster_set");
        struct client *c = client_open(0);
        c->piece = piece;
        client_adds(c, line, (size_t)snprintf(line, sizeof line, "config set cluster 0 %zu\r\n", n));
        client_adds(c, list, n);
        client_says(c, "\r\nmn\r\n");
        client_expects(c, "STORED\r\nMN\r\n");
        client_says(c, "config get cluster\r\n");
        assert_in_range(c->n_taken, n, n + 64);
        c->n_taken = 0;
        client_adds(c, line,
            (size_t)snprintf(line, sizeof line, "config set cluster 0 %d\r\n", REQUEST_CONFIG_MAX + 1));
        client_adds(c, list, sizeof list);
        client_says(c, "\r\nmn\r\n");
        client_expects(c, "SERVER_ERROR object too large for cache\r\nMN\r\n");
        play_end();
    }
}

/* Plays a reload that allows config set after the server has decided not to wait for the value. */
static void
config_after_reload(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    atomic_store(&play.options.cluster_set, true);
    cmd_config(ctx, req, rsp);
}

static void
test_allowed_too_late(void **state)
{
    (void)state;
    play_begin("");
    play.tables.of[RIGHTS_ALL][CMD_CONFIG] = config_after_reload;
    struct client *c = client_open(0);
    client_asks(c, "config set cluster 0 11\r\n", "CLIENT_ERROR config set not allowed\r\n");
    client_asks(c, LIST "\r\nconfig get cluster\r\n", "ERROR\r\n"); /* its value is discarded */
    client_asks(c, "config set cluster 0 11\r\n" LIST "\r\nconfig get cluster\r\n",
        "STORED\r\nCONFIG cluster 0 11\r\n" LIST "\r\nEND\r\n");
    play_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_not_allowed),
        cmocka_unit_test(test_allowed_too_late),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_long_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
