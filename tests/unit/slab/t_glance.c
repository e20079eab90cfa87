/* glance: text promises, random bytes do not, and neither does a value that is random almost everywhere. */
#include "slab/codec/glance.h"

#include "tests/unit/slab/values.h"
#include "tests/unit/unit.h"

enum { MOST = 64 << 10 };

static char value[MOST];

static void
test_what_repeats_itself_promises(void **state)
{
    (void)state;
    for (size_t n = GLANCE_BYTES; n <= MOST; n += 1111) {
        value_make(VALUE_JSON, value, n, n);
        assert_true(glance_promises(bytes_of(value, n)));
        memset(value, 'x', n);
        assert_true(glance_promises(bytes_of(value, n)));
    }
}

static void
test_random_bytes_do_not(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (size_t n = GLANCE_BYTES; n <= MOST; n += 1111) {
        for (size_t i = 0; i < n; i++)
            value[i] = (char)value_random(&seed);
        assert_false(glance_promises(bytes_of(value, n)));
    }
}

/* All four pieces are looked at: it suffices that one of them repeats itself. */
static void
test_each_piece_counts(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (size_t piece = 0; piece < GLANCE_PIECES; piece++) {
        for (size_t i = 0; i < MOST; i++)
            value[i] = (char)value_random(&seed);
        assert_false(glance_promises(bytes_of(value, MOST)));
        memset(value + piece * ((MOST - GLANCE_PIECE) / (GLANCE_PIECES - 1)), ' ', GLANCE_PIECE);
        assert_true(glance_promises(bytes_of(value, MOST)));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_repeats_itself_promises),
        cmocka_unit_test(test_random_bytes_do_not),
        cmocka_unit_test(test_each_piece_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
