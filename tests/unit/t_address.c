/* address: every way to write where to listen, and how an address is written for people. */
#include "server/address.h"

#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

static void
must_parse(const char *text, int port, const char *host, int expected_port)
{
    struct address a;
    char why[256];
    if (!address_parse(bytes_of(text, strlen(text)), port, &a, why, sizeof why))
        fail_msg("%s", why);
    assert_string_equal(a.host, host);
    assert_int_equal(a.port, expected_port);
}

static void
must_not_parse(const char *text)
{
    struct address a;
    char why[256];
    assert_false(address_parse(bytes_of(text, strlen(text)), 11211, &a, why, sizeof why));
    assert_non_null(strstr(why, text));
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
test_wrong(void **state)
{
    (void)state;
    must_not_parse("");
    must_not_parse(":99");
    must_not_parse("host:");
    must_not_parse("host:x");
    must_not_parse("host:0");
    must_not_parse("host:65536");
    must_not_parse("[::1");
    must_not_parse("[::1]x");
    must_not_parse("[]:99");
    must_not_parse("notls:127.0.0.1");
    must_not_parse("proto[ascii]:127.0.0.1");
    must_not_parse("tag_x_:127.0.0.1");
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
    address_text(&sa, sizeof(struct sockaddr_in), text, sizeof text);
    assert_string_equal(text, "tcp:127.0.0.1:99");

    memset(&sa, 0, sizeof sa);
    *(struct sockaddr_in6 *)&sa = (struct sockaddr_in6){
        .sin6_family = AF_INET6, .sin6_port = htons(99), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    address_text(&sa, sizeof(struct sockaddr_in6), text, sizeof text);
    assert_string_equal(text, "tcp6:[::1]:99");

    memset(&sa, 0, sizeof sa);
    *(struct sockaddr_un *)&sa = (struct sockaddr_un){.sun_family = AF_UNIX, .sun_path = "/run/x.sock"};
    address_text(&sa, sizeof(struct sockaddr_un), text, sizeof text);
    assert_string_equal(text, "unix:/run/x.sock");
    address_text(&sa, sizeof sa.ss_family, text, sizeof text);
    assert_string_equal(text, "unix:<AF 1>");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
