/*
 * meta_parse: the requests that mg, ms, md, ma, me and mn lines result in, and which of several mistakes
 * is reported.
 */
#include "tests/unit/proto/parsing.h"

#define BAD         "CLIENT_ERROR bad command line format"
#define BAD_TOKEN   "CLIENT_ERROR bad token in command line format"
#define DUPLICATE   "CLIENT_ERROR duplicate flag"
#define UNKNOWN     "CLIENT_ERROR invalid flag"
#define BAD_KEY     "CLIENT_ERROR error decoding key"
#define TOO_MANY    "CLIENT_ERROR options flags are too long"
#define BAD_MA      "CLIENT_ERROR invalid or duplicate flag"
#define LONG_OPAQUE "CLIENT_ERROR opaque token too long"

#define X31         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void
plain_get(void **state)
{
    (void)state;
    assert_int_equal(PARSE("mg key v\r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_META_GET);
    assert_int_equal(req.dialect, DIALECT_META);
    assert_bytes(req.key, "key");
    assert_true(req.flags == META_FLAG('v'));
    assert_false(req.quiet);
    assert_false(req.has_body);
    assert_int_equal(PARSE("mg key\n"), PARSE_DONE);
    assert_true(req.flags == 0);
    assert_refused("mg\r\n", BAD);
    assert_refused("mg  \r\n", BAD);
}

static void
arguments(void **state)
{
    (void)state;
    assert_int_equal(
        PARSE("mg k  T30 N-1 R2147483647 E18446744073709551615 C9 F4294967295 D3 J4 q\r\n"), PARSE_DONE);
    assert_int_equal(req.exptime, 30);
    assert_int_equal(req.vivify_exptime, -1);
    assert_int_equal(req.recache_exptime, INT32_MAX);
    assert_true(req.cas_new == UINT64_MAX);
    assert_true(req.cas == 9);
    assert_int_equal(req.client_flags, UINT32_MAX);
    assert_true(req.delta == 3);
    assert_true(req.initial == 4);
    assert_true(req.quiet);
}

static void
defaults(void **state)
{
    (void)state;
    assert_int_equal(PARSE("ma k\r\n"), PARSE_DONE);
    assert_int_equal(req.exptime, 0);
    assert_int_equal(req.vivify_exptime, 0);
    assert_int_equal(req.recache_exptime, 0);
    assert_int_equal(req.client_flags, 0);
    assert_true(req.cas == 0);
    assert_true(req.cas_new == 0);
    assert_true(req.delta == 1);
    assert_true(req.initial == 0);
}

/* All flags of the protocol, in the two lines that they fit into. */
static void
every_flag(void **state)
{
    (void)state;
    assert_int_equal(PARSE("mg Zm9v b c f h k l q s t u v x I Pproxy Lpath O\r\n"), PARSE_DONE);
    assert_int_equal(PARSE("mg k C1 D1 E1 F1 J1 M N1 O R1 T1 I P L\r\n"), PARSE_DONE);
    uint64_t want = 0;
    for (const char *p = "CDEFJMNORTIPL"; *p != '\0'; p++)
        want |= META_FLAG(*p);
    assert_true(req.flags == want);
}

static void
flags_as_written(void **state)
{
    (void)state;
    assert_int_equal(PARSE("mg key t  Oab k\r\n"), PARSE_DONE);
    assert_bytes(request_word(&req.meta), "t");
    assert_bytes(request_word(&req.meta), "Oab");
    assert_bytes(request_word(&req.meta), "k");
    assert_int_equal(request_word(&req.meta).n, 0);
}

static void
binary_keys(void **state)
{
    (void)state;
    assert_int_equal(PARSE("mg Zm9vYg== v b\r\n"), PARSE_DONE);
    assert_true(req.key_is_binary);
    assert_bytes(req.key, "foob");
    assert_ptr_equal(req.key.p, req.key_room);
    assert_refused("mg Zm9vY v b\r\n", BAD_KEY);
    assert_refused("mg Zm-v b v\r\n", BAD_KEY);
    assert_int_equal(PARSE("mg Zm9vYg== v\r\n"), PARSE_DONE);
    assert_false(req.key_is_binary);
    assert_bytes(req.key, "Zm9vYg==");
}

/* ---- mistakes ----------------------------------------------------------- */

static void
mistakes(void **state)
{
    (void)state;
    assert_refused("mg k v v\r\n", DUPLICATE);
    assert_refused("mg k T1 T2\r\n", DUPLICATE);
    assert_refused("mg k a\r\n", UNKNOWN);
    assert_refused("mg k 1\r\n", UNKNOWN);
    assert_refused("mg k [\r\n", UNKNOWN);
    assert_refused("mg k T\r\n", BAD_TOKEN);
    assert_refused("mg k T1x\r\n", BAD_TOKEN);
    assert_refused("mg k N99999999999\r\n", BAD_TOKEN);
    assert_refused("mg k R\r\n", BAD_TOKEN);
    assert_refused("mg k C-1\r\n", BAD_TOKEN);
    assert_refused("mg k E\r\n", BAD_TOKEN);
    assert_refused("mg k F4294967296\r\n", BAD);
    assert_refused("mg k J\r\n", "CLIENT_ERROR invalid numeric initial value");
    assert_refused("mg k D-\r\n", "CLIENT_ERROR invalid numeric delta value");
    assert_refused("mg k O" X31 "x\r\n", LONG_OPAQUE);
    assert_int_equal(PARSE("mg k O" X31 "\r\n"), PARSE_DONE);
}

static void
the_last_mistake_is_named(void **state)
{
    (void)state;
    assert_refused("mg k T D\r\n", "CLIENT_ERROR invalid numeric delta value");
    assert_refused("mg k D T v\r\n", BAD_TOKEN);
    assert_refused("mg k T b\r\n", BAD_KEY);
    assert_refused("mg k b T\r\n", BAD_TOKEN);
    assert_refused("mg k T F\r\n", BAD_TOKEN);
    assert_refused("mg k F v\r\n", BAD);
    assert_refused("mg k T a D\r\n", UNKNOWN);
    assert_refused("mg k T v v a\r\n", DUPLICATE);
    assert_refused("mg k T O" X31 "x\r\n", BAD_TOKEN);
}

/* No flag begins with such a byte, and this error precedes all others. */
static void
bytes_that_begin_no_flag(void **state)
{
    (void)state;
    assert_refused("mg k !\r\n", BAD);
    assert_refused("mg k @v\r\n", BAD);
    assert_refused("mg k {\r\n", BAD);
    assert_refused("mg k \t\r\n", BAD);
    assert_refused("mg k v\xffx \xff\r\n", BAD);
    assert_refused("mg k v v a T {\r\n", BAD);
    assert_refused("ma k v v {\r\n", BAD);
    assert_refused("ms k 2 v v {\r\n", BAD); /* so the length is not trusted either: no body is discarded */
}

static void
long_keys(void **state)
{
    (void)state;
    assert_int_equal(parse(text_with_run("mg ", 'x', 250, " v\r\n")), PARSE_DONE);
    assert_refused_at(text_with_run("mg ", 'x', 251, " v v T q\r\n"), 0, 0, BYTES(BAD), __LINE__);
    assert_refused_at(text_with_run("md ", 'x', 251, "\r\n"), 0, 0, BYTES(BAD), __LINE__);
    assert_refused_at(text_with_run("ms ", 'x', 251, " 2 T0 q\r\n"), 0, 4, BYTES(BAD), __LINE__);
    assert_refused_at(text_with_run("ma ", 'x', 251, "\r\n"), 0, 0, BYTES(BAD_MA), __LINE__);
    assert_refused_at(text_with_run("me ", 'x', 251, "\r\n"), 0, 0, BYTES(BAD), __LINE__);
    assert_int_equal(parse(text_with_run("mg ", 'A', 248, " b\r\n")), PARSE_DONE);
    assert_int_equal(req.key.n, 186);
}

static void
too_many_flags(void **state)
{
    (void)state;
    assert_int_equal(PARSE("mg k b\r\n"), PARSE_BAD);
    assert_int_equal(PARSE("mg k c f h k l s t u v x q I P L O M N1 T1\r\n"), PARSE_DONE);
    assert_refused("mg k c f h k l s t u v x q I P L O M N1 T1 R1\r\n", TOO_MANY);
    assert_refused("mg k v v v v v v v v v v v v v v v v v v v\r\n", TOO_MANY);
    assert_refused("ma k v v v v v v v v v v v v v v v v v v v\r\n", BAD_MA);
    assert_refused_body("ms k 2 c f h k l s t u v x q I P L O M N1 T1\r\n", 4, TOO_MANY);
    /* after the 23rd word not even such a byte is looked at */
    assert_refused("mg k v v v v v v v v v v v v v v v v v v v v v {\r\n", TOO_MANY);
    assert_refused("mg k v v v v v v v v v v v v v v v v v v v v {\r\n", BAD);
}

static void
q_hides_no_mistake(void **state)
{
    (void)state;
    assert_refused("mg k q T\r\n", BAD_TOKEN);
    assert_refused("md k q O" X31 "x\r\n", LONG_OPAQUE);
    assert_refused_body("ms k 2 q MX\r\n", 4, "CLIENT_ERROR invalid mode for ms M token");
    assert_refused("ma k q MX\r\n", "CLIENT_ERROR invalid mode for ma M token");
}

/* ---- ms ----------------------------------------------------------------- */

static void
set(void **state)
{
    (void)state;
    assert_int_equal(PARSE("ms key 2 F5 T9 I c\r\nab\r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_META_SET);
    assert_int_equal(req.mode, PUT_SET);
    assert_true(req.has_body);
    assert_bytes(req.key, "key");
    assert_bytes(req.value, "ab");
    assert_int_equal(req.client_flags, 5);
    assert_int_equal(req.exptime, 9);
    assert_bytes(request_word(&req.meta), "F5");
    assert_refused("ms\r\n", BAD);
    assert_refused("ms key\r\n", BAD);
    assert_refused("ms key S2 T0\r\n", BAD);
    assert_refused("ms key -1\r\n", BAD);
    assert_refused("ms key 2147483646\r\n", BAD);
}

static void
set_modes(void **state)
{
    static const struct {
        struct bytes text;
        enum put_mode mode;
    } cases[] = {
        {BYTES("ms k 0 MS\r\n\r\n"), PUT_SET},
        {BYTES("ms k 0 ME\r\n\r\n"), PUT_ADD},
        {BYTES("ms k 0 MR\r\n\r\n"), PUT_REPLACE},
        {BYTES("ms k 0 MA\r\n\r\n"), PUT_APPEND},
        {BYTES("ms k 0 MP\r\n\r\n"), PUT_PREPEND},
        {BYTES("ms k 0 MPREPEND\r\n\r\n"), PUT_PREPEND},
        {BYTES("ms k 0 C1\r\n\r\n"), PUT_CAS},
        {BYTES("ms k 0 C1 MS\r\n\r\n"), PUT_CAS},
        {BYTES("ms k 0 MR C1\r\n\r\n"), PUT_CAS},
        {BYTES("ms k 0 ME C1\r\n\r\n"), PUT_ADD},
        {BYTES("ms k 0 C1 MA\r\n\r\n"), PUT_APPEND},
    };
    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        assert_int_equal(parse(cases[i].text), PARSE_DONE);
        assert_int_equal(req.mode, cases[i].mode);
    }
    assert_int_equal(PARSE("ms k 0 MA N30 T60\r\n\r\n"), PARSE_DONE);
    assert_int_equal(req.exptime, 30);
    assert_int_equal(PARSE("ms k 0 MS N30 T60\r\n\r\n"), PARSE_DONE);
    assert_int_equal(req.exptime, 60);
}

static void
set_refused_with_its_body(void **state)
{
    (void)state;
    assert_refused_body("ms k 2 T\r\n", 4, BAD_TOKEN);
    assert_refused_body("ms k 2 T0 T0\r\n", 4, DUPLICATE);
    assert_refused_body("ms k 2 M\r\n", 4, "CLIENT_ERROR invalid mode for ms M token");
    assert_refused_body("ms k 2 Ms O" X31 "x\r\n", 4, "CLIENT_ERROR invalid mode for ms M token");
    assert_refused_body("ms k 2 O" X31 "x\r\n", 4, LONG_OPAQUE);
    assert_refused_body("ms k 2 b\r\n", 4, BAD_KEY);
}

/* ---- ma, md, me, mn ----------------------------------------------------- */

static void
arith(void **state)
{
    (void)state;
    assert_int_equal(PARSE("ma k MD D5\r\n"), PARSE_DONE);
    assert_true(req.arith_decr);
    assert_true(req.delta == 5);
    assert_int_equal(PARSE("ma k M-\r\n"), PARSE_DONE);
    assert_true(req.arith_decr);
    assert_int_equal(PARSE("ma k MI\r\n"), PARSE_DONE);
    assert_false(req.arith_decr);
    assert_int_equal(PARSE("ma k M+\r\n"), PARSE_DONE);
    assert_false(req.arith_decr);
    assert_refused("ma k M\r\n", "CLIENT_ERROR invalid mode for ma M token");
    assert_refused("ma k MX O" X31 "x\r\n", "CLIENT_ERROR invalid mode for ma M token");
    assert_refused("ma k O" X31 "x\r\n", LONG_OPAQUE);
    assert_refused("ma k D\r\n", BAD_MA);
    assert_refused("ma k a\r\n", BAD_MA);
    assert_refused("ma k v v\r\n", BAD_MA);
    assert_refused("ma k b\r\n", BAD_MA);
    assert_refused("ma\r\n", BAD);
}

static void
delete_and_debug(void **state)
{
    (void)state;
    assert_int_equal(PARSE("md k q I T30 MX\r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_META_DELETE);
    assert_true(req.quiet);
    assert_int_equal(req.exptime, 30);
    assert_int_equal(PARSE("me Zm9v b\r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_META_DEBUG);
    assert_true(req.key_is_binary);
    assert_bytes(req.key, "foo");
    /* me accepts b and ignores everything else */
    assert_int_equal(PARSE("me Zm9v q v v T z bb 1 2 3 4 5 6 7 8 9 10 11 12 b\r\n"), PARSE_DONE);
    assert_true(req.key_is_binary);
    assert_false(req.quiet);
    assert_int_equal(PARSE("me Zm9v\r\n"), PARSE_DONE);
    assert_bytes(req.key, "Zm9v");
    assert_refused("me k b\r\n", BAD);
    assert_refused("me k {\r\n", BAD);
    assert_refused("me\r\n", BAD);
}

static void
nop(void **state)
{
    (void)state;
    assert_int_equal(PARSE("mn\r\n"), PARSE_DONE);
    assert_int_equal(req.kind, CMD_META_NOP);
    assert_int_equal(req.dialect, DIALECT_META);
    assert_int_equal(PARSE("mn what ever noreply\r\n"), PARSE_DONE);
    assert_false(req.quiet);
}

static void
cuts(void **state)
{
    static const struct bytes lines[] = {BYTES("mg k\r\n"), BYTES("mg Zm9v b k Oab T30\n"),
        BYTES("md k q\r\n"), BYTES("ma k N0 J5 D7 MD t\r\n"), BYTES("me k\r\n"), BYTES("mn\r\n"),
        BYTES("mn\n")};
    (void)state;
    for (size_t i = 0; i < N_OF(lines); i++)
        assert_every_cut(lines[i], lines[i].n);
    assert_every_cut(BYTES("ms k 5 T0 c\r\nhello\r\n"), 13);
    assert_every_cut(BYTES("ms Zm9v 0 b\n\r\n"), 12);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_get),
        cmocka_unit_test(arguments),
        cmocka_unit_test(defaults),
        cmocka_unit_test(every_flag),
        cmocka_unit_test(flags_as_written),
        cmocka_unit_test(binary_keys),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(the_last_mistake_is_named),
        cmocka_unit_test(bytes_that_begin_no_flag),
        cmocka_unit_test(long_keys),
        cmocka_unit_test(too_many_flags),
        cmocka_unit_test(q_hides_no_mistake),
        cmocka_unit_test(set),
        cmocka_unit_test(set_modes),
        cmocka_unit_test(set_refused_with_its_body),
        cmocka_unit_test(arith),
        cmocka_unit_test(delete_and_debug),
        cmocka_unit_test(nop),
        cmocka_unit_test(cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
