/* log: what -v lets through, what a line looks like, and that a long one is cut and still ends. */
#include "base/log.h"

#include "tests/unit/unit.h"

#include <stdio.h>

static char said[8192];

static const char *
said_by(void (*f)(void))
{
    assert_int_equal(unit_in_child(f, said, sizeof said), 0);
    return said;
}

static void
say_all_levels(void)
{
    LOG(LOG_ERROR, "e%d", 0);
    LOG(LOG_WARN, "w%d", 1);
    LOG(LOG_INFO, "i%d", 2);
    LOG(LOG_DEBUG, "d%d", 3);
    LOG(LOG_TRACE, "t%d", 4);
}

static void
test_levels(void **state)
{
    (void)state;
#define DEBUG_SAYS "larderd: error: e0\nlarderd: warning: w1\nlarderd: info: i2\nlarderd: debug: d3\n"
    static const char *const wanted[] = {
        "larderd: error: e0\n",
        "larderd: error: e0\nlarderd: warning: w1\nlarderd: info: i2\n",
        DEBUG_SAYS,
        DEBUG_SAYS "larderd: trace: t4\n",
    };
    for (int v = 0; v < (int)N_OF(wanted); v++) {
        log_set_verbosity(v);
        assert_int_equal(log_verbosity(), v);
        assert_string_equal(said_by(say_all_levels), wanted[v]);
    }
    log_set_verbosity(99); /* remembered as given, and everything is written */
    assert_int_equal(log_verbosity(), 99);
    assert_string_equal(said_by(say_all_levels), wanted[3]);
    log_set_verbosity(-1);
    assert_int_equal(log_verbosity(), 0);
    assert_string_equal(said_by(say_all_levels), wanted[0]);
}

static size_t n_message;

static void
say_long(void)
{
    static char message[4096];
    memset(message, 'x', n_message);
    message[n_message] = '\0';
    LOG(LOG_ERROR, "%s", message);
    LOG(LOG_ERROR, "next");
}

static void
test_cut(void **state)
{
    (void)state;
    static const char prefix[] = "larderd: error: ", next[] = "larderd: error: next\n";
    enum { LINE_MAX_BYTES = 1023 }; /* with the line end */
    size_t fits = LINE_MAX_BYTES - 1 - (sizeof prefix - 1);
    const size_t lengths[] = {0, 1, fits - 1, fits, fits + 1, fits + 2, 2000, 4000};
    for (size_t i = 0; i < N_OF(lengths); i++) {
        n_message = lengths[i];
        said_by(say_long);
        size_t n = n_message < fits ? n_message : fits;
        const char *p = said;
        assert_memory_equal(p, prefix, sizeof prefix - 1);
        p += sizeof prefix - 1;
        assert_int_equal(strspn(p, "x"), n);
        assert_int_equal(p[n], '\n');
        assert_string_equal(p + n + 1, next);
    }
}

static void
say_to_nobody(void)
{
    close(STDERR_FILENO);
    LOG(LOG_ERROR, "lost");
}

static void
test_unwritable(void **state)
{
    (void)state;
    assert_string_equal(said_by(say_to_nobody), "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_unwritable),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
