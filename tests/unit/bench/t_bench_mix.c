/* bench mix: duplicates have the same size whenever they are stored, and the other keys still follow the distribution. */
#include "bench/load/plan/mix.h"

#include "tests/unit/unit.h"

enum { N_KEYS = 20000, SIZE_MIN = 100, SIZE_MAX_HERE = 500 };

/* A text of an option; it is not written to here. */
#define TEXT(literal) ((char *)(uintptr_t)(literal))

static struct options
options(char *size_pattern, uint64_t duplicates)
{
    struct options o = {.key_prefix = TEXT("key-"),
        .key_minimum = 1000,
        .key_maximum = 1000 + N_KEYS - 1,
        .key_zipf_exp = 1,
        .set_pattern = 'P',
        .get_pattern = 'P',
        .threads = 1,
        .clients = 1,
        .requests = OPTIONS_ALL_KEYS,
        .ratio = {1, 0},
        .values = TEXT("json"),
        .duplicates = duplicates,
        .data_size_range = {SIZE_MIN, SIZE_MAX_HERE},
        .data_size_pattern = size_pattern};
    o.origin[OPTION_data_size_range] = OPTION_FROM_COMMAND_LINE;
    return o;
}

/* Stores every key twice; compares the sizes of duplicates, and returns the mean of the sizes. */
static double
mean_size(const struct options *o)
{
    struct mix m;
    struct mix_client c;
    struct random r;
    size_t sizes[VALUES_COMMON] = {0};
    uint64_t sum = 0;
    assert_int_equal(mix_init(&m, o), MIX_OK);
    random_init(&r, 1, 0);
    mix_client_init(&m, &c, 0, 1, &r);
    for (int i = 0; i < 2 * N_KEYS; i++) {
        struct mix_request q;
        uint64_t number, common;
        mix_next(&m, &c, &q, &number);
        assert_int_equal(q.ask, ASK_SET);
        assert_in_range(q.n_value, SIZE_MIN, SIZE_MAX_HERE);
        sum += q.n_value;
        if (!values_is_duplicate(&m.values, number, &common))
            continue;
        if (sizes[common] != 0)
            assert_int_equal(q.n_value, sizes[common]);
        sizes[common] = q.n_value;
    }
    mix_fini(&m);
    return (double)sum / (2 * N_KEYS);
}

static void
sizes_of_duplicates(void **state)
{
    static const uint64_t percents[] = {0, 50, 100};
    (void)state;
    for (size_t i = 0; i < N_OF(percents); i++) {
        struct options o = options(TEXT("R"), percents[i]);
        assert_in_range(mean_size(&o), 280, 320);
        o = options(TEXT("S"), percents[i]);
        assert_in_range(mean_size(&o), 280, 320);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_of_duplicates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
