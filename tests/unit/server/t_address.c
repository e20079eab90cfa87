/* address: every form of a listening address on the command line, and an address as text in messages. */
#include "server/text/address.h"

#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

static void
must_parse(const char *text, int port, const char *host, int expected_port)
{
    struct address a = {.port = port, .traits.protocol = PROTOCOL_TEXT};
    char why[256];
    if (!address_parse(bytes_of(text, strlen(text)), &a, why, sizeof why))
        fail_msg("%s", why);
    assert_string_equal(a.host, host);
    assert_int_equal(a.port, expected_port);
    assert_int_equal(a.traits.protocol, PROTOCOL_TEXT);
    assert_string_equal(a.traits.tag, "");
}

static void
must_have(const char *text, enum protocol protocol, const char *tag, const char *host)
{
    struct address a = {.port = 99};
    char why[256];
    if (!address_parse(bytes_of(text, strlen(text)), &a, why, sizeof why))
        fail_msg("%s", why);
    assert_int_equal(a.traits.protocol, protocol);
    assert_string_equal(a.traits.tag, tag);
    assert_string_equal(a.host, host);
}

/* The error must contain all of `text`, and `what`. */
static void
must_not_parse(const char *text, const char *what)
{
    struct address a = {.port = 11211};
    char why[256];
    assert_false(address_parse(bytes_of(text, strlen(text)), &a, why, sizeof why));
    assert_non_null(strstr(why, text));
    assert_non_null(strstr(why, what));
}

static void
test_parse(void **state)
{
    (void)state;
    must_parse("127.0.0.1", 11211, "127.0.0.1", 11211);
    must_parse("127.0.0.1:99", 11211, "127.0.0.1", 99);
    must_parse("localhost", 1, "localhost", 1);
    must_parse("::1", 11211, "::1", 11211);
    must_parse("[::1]", 11211, "::1", 11211);
    must_parse("[::1]:99", 11211, "::1", 99);
    must_parse("*", 11211, "", 11211);
    must_parse("*:99", 11211, "", 99);
    must_parse("host", -1, "host", 0);
}

static void
test_malformed(void **state)
{
    (void)state;
    must_not_parse("", "host:port");
    must_not_parse(":99", "host:port");
    must_not_parse("host:", "65535");
    must_not_parse("host:x", "65535");
    must_not_parse("host:0", "65535");
    must_not_parse("host:65536", "65535");
    must_not_parse("[::1", "host:port");
    must_not_parse("[::1]x", "host:port");
    must_not_parse("[]:99", "host:port");
}

static void
test_prefixes(void **state)
{
    (void)state;
    must_have("proto[ascii]:127.0.0.1:11211", PROTOCOL_TEXT, "", "127.0.0.1");
    must_have("proto[binary]:*", PROTOCOL_BINARY, "", "");
    must_have("proto[negotiating]:[::1]:7", PROTOCOL_AUTO, "", "::1");
    must_have("tag[services]:h", PROTOCOL_AUTO, "services", "h");
    must_have("tag_b_:::1", PROTOCOL_AUTO, "b", "::1");
    must_have("proto[ascii]:tag_tools_:127.0.0.1:11212", PROTOCOL_TEXT, "tools", "127.0.0.1");
    must_have("tag[a]:proto[binary]:h", PROTOCOL_BINARY, "a", "h");
    must_have("protocol.example:1", PROTOCOL_AUTO, "", "protocol.example");
    must_have("tagged", PROTOCOL_AUTO, "", "tagged");
}

/* With -Z an address without a TLS trait gets TLS. */
static void
must_be_tls(const char *text, enum address_tls tls, const char *host)
{
    struct address a = {.port = 99, .traits.tls = ADDRESS_TLS};
    char why[256];
    if (!address_parse(bytes_of(text, strlen(text)), &a, why, sizeof why))
        fail_msg("%s", why);
    assert_int_equal(a.traits.tls, tls);
    assert_string_equal(a.host, host);
}

static void
test_tls_prefixes(void **state)
{
    (void)state;
    struct address_traits t = {.tls = ADDRESS_TLS};
    char why[256];
    must_be_tls("127.0.0.1:11211", ADDRESS_TLS, "127.0.0.1");
    must_be_tls("notls:127.0.0.1:11211", ADDRESS_PLAIN, "127.0.0.1");
    must_be_tls("btls:[::1]:7", ADDRESS_TLS_ANY, "::1");
    must_be_tls("mtls:::1", ADDRESS_TLS_MUTUAL, "::1");
    must_be_tls("mtls:proto[ascii]:tag[a]:*", ADDRESS_TLS_MUTUAL, "");
    must_be_tls("tag[a]:btls:h", ADDRESS_TLS_ANY, "h");
    must_be_tls("notlsatall.example:1", ADDRESS_TLS, "notlsatall.example");
    must_be_tls("mtls-1", ADDRESS_TLS, "mtls-1");
    assert_true(address_parse_traits(BYTES("mtls"), &t, why, sizeof why));
    assert_int_equal(t.tls, ADDRESS_TLS_MUTUAL);
    must_not_parse("notls:h", "-Z");
    must_not_parse("mtls:h", "-Z");
}

static void
test_wrong_prefixes(void **state)
{
    (void)state;
    must_not_parse("proto[text]:h", "expected ascii, binary");
    must_not_parse("proto[]:h", "expected ascii, binary");
    must_not_parse("proto[proxy]:h", "not a proxy");
    must_not_parse("proto[ascii:h", "expected the prefix to end");
    must_not_parse("proto[ascii]h", "colon");
    must_not_parse("proto[ascii]:proto[ascii]:h", "twice");
    must_not_parse("tag[a]:tag_b_:h", "twice");
    must_not_parse("tag[]:h", "1 to 8");
    must_not_parse("tag[123456789]:h", "1 to 8");
    must_not_parse("tag_a b_:h", "1 to 8");
    must_not_parse("tag_a:h", "expected the prefix to end");
    must_not_parse("proto[ascii]:", "host:port");
    must_not_parse("proto[ascii]", "host:port");
}

static void
test_traits_alone(void **state)
{
    (void)state;
    struct address_traits t = {.protocol = PROTOCOL_AUTO};
    char why[256];
    assert_true(address_parse_traits(BYTES("larderd.socket"), &t, why, sizeof why));
    assert_true(address_parse_traits(BYTES(""), &t, why, sizeof why));
    assert_int_equal(t.protocol, PROTOCOL_AUTO);
    assert_string_equal(t.tag, "");
    assert_true(address_parse_traits(BYTES("proto[binary]:tag[x]"), &t, why, sizeof why));
    assert_int_equal(t.protocol, PROTOCOL_BINARY);
    assert_string_equal(t.tag, "x");
    assert_false(address_parse_traits(BYTES("proto[ascii]:tag[123456789]"), &t, why, sizeof why));
    assert_false(address_parse_traits(BYTES("tag[y]:more"), &t, why, sizeof why));
    assert_non_null(strstr(why, "nothing after"));
    assert_int_equal(address_protocol("auto"), PROTOCOL_AUTO);
    assert_int_equal(address_protocol("ascii"), PROTOCOL_TEXT);
    assert_int_equal(address_protocol("binary"), PROTOCOL_BINARY);
}

static void
test_text(void **state)
{
    (void)state;
    struct sockaddr_storage sa;
    char text[ADDRESS_TEXT_MAX];

    memset(&sa, 0, sizeof sa);
    *(struct sockaddr_in *)&sa = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(99), .sin_addr.s_addr = htonl(0x7f000001)};
    address_text(&sa, sizeof(struct sockaddr_in), false, text, sizeof text);
    assert_string_equal(text, "tcp:127.0.0.1:99");

    memset(&sa, 0, sizeof sa);
    *(struct sockaddr_in6 *)&sa = (struct sockaddr_in6){
        .sin6_family = AF_INET6, .sin6_port = htons(99), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    address_text(&sa, sizeof(struct sockaddr_in6), true, text, sizeof text);
    assert_string_equal(text, "udp6:[::1]:99");

    memset(&sa, 0, sizeof sa);
    *(struct sockaddr_un *)&sa = (struct sockaddr_un){.sun_family = AF_UNIX, .sun_path = "/run/x.sock"};
    address_text(&sa, sizeof(struct sockaddr_un), false, text, sizeof text);
    assert_string_equal(text, "unix:/run/x.sock");
    address_text(&sa, sizeof sa.ss_family, false, text, sizeof text);
    assert_string_equal(text, "unix:<AF 1>");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_tls_prefixes),
        cmocka_unit_test(test_wrong_prefixes),
        cmocka_unit_test(test_traits_alone),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
