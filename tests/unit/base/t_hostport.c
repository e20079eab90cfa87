/* hostport: hosts, addresses in brackets and without, and ports are told apart; what is written can be read again. */
#include "base/text/hostport.h"

#include "tests/unit/unit.h"

static struct bytes
text_of(const char *text)
{
    return bytes_of(text, strlen(text));
}

static void
must_split(const char *text, unsigned n_fields, const char *want_host, const char *want_rest)
{
    struct bytes host, rest;
    if (!hostport_split(text_of(text), n_fields, &host, &rest))
        fail_msg("\"%s\" is refused", text);
    if (!bytes_equal(host, text_of(want_host)) || !bytes_equal(rest, text_of(want_rest)))
        fail_msg("\"%s\" is \"%.*s\" and \"%.*s\"", text, (int)host.n, host.p, (int)rest.n, rest.p);
}

static void
must_not_split(const char *text)
{
    struct bytes host, rest;
    assert_false(hostport_split(text_of(text), 1, &host, &rest));
}

static void
test_hosts(void **state)
{
    (void)state;
    must_split("host", 1, "host", "");
    must_split("host:1", 1, "host", ":1");
    must_split("host:", 1, "host", ":");
    must_split(":1", 1, "", ":1");
    must_split("", 1, "", "");
    must_split("host:1:2", 2, "host", ":1:2");
}

static void
test_addresses(void **state)
{
    (void)state;
    must_split("[::1]:5", 1, "::1", ":5");
    must_split("[::1]:5:6", 2, "::1", ":5:6");
    must_split("[::1]", 1, "::1", "");
    must_split("[]:5", 1, "", ":5");
    must_split("::1", 1, "::1", "");
    must_split("fe80::1:2", 2, "fe80::1:2", "");
    must_split("a:b:c", 1, "a:b:c", "");
    must_not_split("[::1");
    must_not_split("[");
    must_not_split("[::1]5");
}

static void
test_ports(void **state)
{
    (void)state;
    uint16_t port = 0;
    static const char *const wrong[] = {
        "", "0", "65536", "4294967297", "18446744073709551617", "-1", "+1", " 1", "1 ", "0x1", "x"};
    assert_true(hostport_port(BYTES("1"), &port));
    assert_int_equal(port, 1);
    assert_true(hostport_port(BYTES("65535"), &port));
    assert_int_equal(port, 65535);
    for (size_t i = 0; i < N_OF(wrong); i++)
        assert_false(hostport_port(text_of(wrong[i]), &port));
}

static void
test_as_text(void **state)
{
    (void)state;
    char text[16];
    assert_int_equal(hostport_text(text, sizeof text, BYTES("host"), 1), 6);
    assert_string_equal(text, "host:1");
    assert_int_equal(hostport_text(text, sizeof text, BYTES("::1"), 65535), 11);
    assert_string_equal(text, "[::1]:65535");
    assert_int_equal(hostport_text(text, 4, BYTES("host"), 1), 6);
    assert_string_equal(text, "hos");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_as_text),
    };
    return cmocka_run_group_tests_name("hostport", tests, NULL, NULL);
}
