/* the client's modules that need no server: lists of servers, options, buffers, the queue, the back-off. */
#include "client/conn/buffer.h"
#include "client/conn/config.h"
#include "client/conn/health.h"
#include "client/larder.h"
#include "client/conn/pending.h"
#include "client/conn/target.h"

#include "tests/unit/unit.h"

static void
assert_target(const char *text, const char *host, unsigned port, unsigned weight, const char *label)
{
    struct target t;
    const char *p = text;

    if (target_next(&p, &t) != LARDER_OK)
        fail_msg("\"%s\" is refused", text);
    assert_string_equal(t.host, host);
    assert_int_equal(t.port, port);
    assert_int_equal(t.weight, weight);
    assert_string_equal(t.label, label);
    assert_int_equal(target_next(&p, &t), LARDER_MISS);
}

static void
targets(void **state)
{
    (void)state;
    assert_target("host", "host", 11211, 1, "host:11211");
    assert_target(" ,host:1,", "host", 1, 1, "host:1");
    assert_target("host:65535:7", "host", 65535, 7, "host:65535");
    assert_target("[::1]:5:2", "::1", 5, 2, "[::1]:5");
    assert_target("[::1]", "::1", 11211, 1, "[::1]:11211");
    assert_target("fe80::1:2", "fe80::1:2", 11211, 1, "[fe80::1:2]:11211");
    assert_target("/run/socket", "/run/socket", 0, 1, "/run/socket");
    assert_target("unix:/run/socket:3", "/run/socket", 0, 3, "/run/socket");
    assert_target("10.0.0.1:1=name", "10.0.0.1", 1, 1, "10.0.0.1:1");
    static const char *const bad[] = {"host:", "host:0", "host:65536", "host:x", "host:1:0", "host:1:", ":1",
        "[::1", "[::1]x", "host=", "=x", "[]:1", "/s:x"};
    for (size_t i = 0; i < N_OF(bad); i++) {
        struct target t;
        const char *p = bad[i];
        if (target_next(&p, &t) != LARDER_BAD_ARGUMENT)
            fail_msg("\"%s\" is accepted", bad[i]);
    }
}

static void
options(void **state)
{
    (void)state;
    struct larder *l = larder_new();
    assert_non_null(l);
    static const char *const good[][2] = {{"protocol", "text"}, {"protocol", "binary"}, {"timeout_ms", "1"},
        {"failover", "on"}, {"ring", "jump"}, {"hash_tag", "{}"}, {"hash_tag", ""}, {"tls_ca", "anything"}};
    for (size_t i = 0; i < N_OF(good); i++)
        assert_int_equal(larder_option(l, good[i][0], good[i][1]), LARDER_OK);
    static const char *const bad[][2] = {{"protocol", "telnet"}, {"timeout_ms", "0"}, {"timeout_ms", "-1"},
        {"timeout_ms", "3600001"}, {"failover", "yes"}, {"ring", "no such"}, {"hash_tag", "{"},
        {"nothing", "1"}};
    for (size_t i = 0; i < N_OF(bad); i++)
        assert_int_equal(larder_option(l, bad[i][0], bad[i][1]), LARDER_BAD_ARGUMENT);
    struct larder_item item;
    assert_int_equal(larder_get(l, "k", 1, &item), LARDER_NO_SERVERS);
    assert_int_equal(larder_servers(l, "a b,c"), LARDER_OK);
    assert_int_equal(larder_n_servers(l), 3);
    assert_int_equal(larder_servers(l, "a b:x"), LARDER_BAD_ARGUMENT);
    assert_int_equal(larder_n_servers(l), 3);
    struct larder *copy = larder_clone(l);
    assert_non_null(copy);
    assert_int_equal(larder_n_servers(copy), 3);
    assert_string_equal(larder_server_name(copy, 1), "b:11211");
    larder_free(copy);
    larder_free(l);
}

static void
codes(void **state)
{
    (void)state;
    for (int code = LARDER_OK; code <= LARDER_BAD_VALUE; code++)
        if (code <= LARDER_NOT_STORED || code >= LARDER_TIMEOUT)
            assert_string_not_equal(larder_strerror(code), "unknown error");
    assert_string_equal(larder_strerror(-1), "unknown error");
}

/* A view into the buffer stays valid, no matter how much is read after it. */
static void
views_stay(void **state)
{
    (void)state;
    struct buffer_in b = {0};
    const char *views[200];
    for (size_t i = 0; i < N_OF(views); i++) {
        size_t room;
        char *dst = buffer_in_room(&b, 3000, &room);
        assert_non_null(dst);
        assert_true(room >= 3000);
        memset(dst, (int)i, 3000);
        b.end += 3000;
        views[i] = b.bytes + b.begin;
        b.begin += 2999; /* one byte is carried over */
    }
    for (size_t i = 1; i < N_OF(views); i++) /* each begins within the bytes before it */
        assert_int_equal((unsigned char)views[i][2998], i);
    buffer_in_release(&b);
    buffer_in_fini(&b);
}

static void
bytes_to_send(void **state)
{
    (void)state;
    struct buffer_out b = {0};
    size_t written = 0, read = 0;
    for (int i = 0; i < 20000; i++) {
        char *dst = buffer_out_room(&b, 100);
        assert_non_null(dst);
        for (int k = 0; k < i % 97; k++)
            dst[k] = (char)written++;
        b.end += (size_t)(i % 97);
        size_t n = buffer_out_left(&b) * (size_t)(i % 3) / 2;
        for (size_t k = 0; k < n; k++)
            assert_int_equal((char)read++, b.p[b.begin + k]);
        buffer_out_sent(&b, n);
    }
    assert_int_equal(buffer_out_left(&b), written - read);
    buffer_out_fini(&b);
}

static void
queue(void **state)
{
    (void)state;
    struct pending_queue q = {0};
    uint32_t in = 0, out = 0;
    for (int i = 0; i < 5000; i++) {
        for (int k = 0; k < i % 7; k++) {
            assert_true(pending_room(&q));
            pending_push(&q, (struct pending){.opaque = in++});
        }
        for (int k = 0; k < i % 6 && q.count > 0; k++)
            assert_int_equal(pending_pop(&q).opaque, out++);
    }
    assert_int_equal(q.count, in - out);
    while (q.count > 0)
        assert_int_equal(pending_pop(&q).opaque, out++);
    pending_fini(&q);
}

static void
back_off(void **state)
{
    (void)state;
    struct config config;
    struct health h = {0};
    const uint64_t s = UINT64_C(1000000000);

    config_init(&config);
    assert_int_equal(config_set(&config, "retry_max_ms", "3000"), LARDER_OK);
    health_failed(&h, &config, 0);
    assert_true(health_may_try(&h, 0));
    health_failed(&h, &config, 0);
    assert_false(health_may_try(&h, s - 1));
    assert_true(health_may_try(&h, s));
    health_failed(&h, &config, s);
    assert_false(health_may_try(&h, 3 * s - 1));
    health_failed(&h, &config, 3 * s);
    assert_false(health_may_try(&h, 6 * s - 1));
    assert_true(health_may_try(&h, 6 * s));
    health_worked(&h);
    health_failed(&h, &config, 6 * s);
    assert_true(health_may_try(&h, 6 * s));
    config_fini(&config);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets),
        cmocka_unit_test(options),
        cmocka_unit_test(codes),
        cmocka_unit_test(views_stay),
        cmocka_unit_test(bytes_to_send),
        cmocka_unit_test(queue),
        cmocka_unit_test(back_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
