/*
 * geometry: chunk sizes that fill the page and grow by the factor, for every page size, factor and least
 * size.
 */
#include "slab/mem/geometry.h"

#include "tests/unit/unit.h"

static struct geometry g[GEOMETRY_MAX + 1];
static uint32_t n;

static void
assert_is_good(size_t page_size, double growth, size_t chunk_min)
{
    for (uint32_t id = 1; id <= n; id++) {
        size_t map = (g[id].n_chunks + 63) / 64 * 8, end = g[id].first + (size_t)g[id].n_chunks * g[id].size;
        assert_int_equal(g[id].size % 8, 0);
        assert_true(g[id].size >= chunk_min);
        assert_int_equal(g[id].first, map);
        assert_true(end <= page_size);
        /* the chunks could not be 8 bytes larger */
        assert_true(page_size - end < (size_t)g[id].n_chunks * 8);
        if (id == 1)
            continue;
        assert_true(g[id].size > g[id - 1].size);
        /*
         * The size grows by the factor at most, or by the least step: with one chunk more per page it
         * would not grow by 8 bytes.
         */
        double most = (double)g[id - 1].size * growth;
        size_t n_more = g[id].n_chunks + 1u, least = g[id - 1].size + 8;
        size_t smaller = (page_size - (n_more + 63) / 64 * 8) / n_more & ~(size_t)7;
        if (g[id].size > most && g[id].size > least && smaller >= least)
            fail_msg("from %u to %u: over %g", g[id - 1].size, g[id].size, growth);
    }
    assert_int_equal(g[n].n_chunks, 8);
}

static void
test_sizes_grow_by_the_factor_and_fill_the_page(void **state)
{
    (void)state;
    static const double growths[] = {1.08, 1.25, 2.0, 4.55, 5.6, 10.0, 16.0};
    static const size_t minima[] = {25, 32, 57, 72, 4120};
    for (size_t page_size = 64 << 10; page_size <= 1 << 20; page_size *= 2)
        for (size_t j = 0; j < N_OF(growths); j++)
            for (size_t k = 0; k < N_OF(minima); k++) {
                n = geometry_plan(g, page_size, growths[j], minima[k]);
                assert_is_good(page_size, growths[j], minima[k]);
            }
}

static void
test_a_factor_too_fine_is_made_coarser_until_the_table_holds_it(void **state)
{
    (void)state;
    static const double growths[] = {1.0001, 1.01, 1.03};
    for (size_t i = 0; i < N_OF(growths); i++) {
        n = geometry_plan(g, 1 << 20, growths[i], 32);
        assert_in_range(n, 2, GEOMETRY_MAX);
        assert_is_good(1 << 20, 1.08, 32);
    }
}

static void
test_rounding_costs_little(void **state)
{
    (void)state;
    double lost = 0;
    size_t n_sizes = 0;
    n = geometry_plan(g, 64 << 10, 1.08, 32);
    for (uint32_t size = 64, id = 1; size <= g[n].size; size += 8, n_sizes++) {
        while (g[id].size < size)
            id++;
        lost += 1 - (double)size / g[id].size;
    }
    assert_true(lost / (double)n_sizes < 0.05);
}

static void
test_where_a_chunk_begins_leads_to_its_number(void **state)
{
    (void)state;
    for (uint32_t page_size = 64 << 10; page_size <= 1 << 20; page_size *= 4) {
        n = geometry_plan(g, page_size, 1.08, 32);
        for (uint32_t id = 1; id <= n; id++)
            for (uint32_t i = 0; i < g[id].n_chunks; i++)
                assert_int_equal(geometry_chunk_at(&g[id], i * g[id].size), i);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_grow_by_the_factor_and_fill_the_page),
        cmocka_unit_test(test_a_factor_too_fine_is_made_coarser_until_the_table_holds_it),
        cmocka_unit_test(test_rounding_costs_little),
        cmocka_unit_test(test_where_a_chunk_begins_leads_to_its_number),
    };
    return cmocka_run_group_tests_name("geometry", tests, NULL, NULL);
}
