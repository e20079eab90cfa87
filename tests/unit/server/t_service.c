/* service: the names of passed sockets, and calls that are our mistake. */
#include "server/process/service.h"

#include "tests/unit/unit.h"

static struct service s = {.magic = SERVICE_MAGIC, .notify_fd = -1, .n_sockets = 4};

static void
must_be_named(int i, const char *name)
{
    struct bytes found;
    assert_int_equal(service_socket(&s, i, &found), 3 + i);
    assert_int_equal(found.n, strlen(name));
    assert_memory_equal(found.p, name, found.n);
}

/* There may be no names, fewer of them than sockets, more of them, and empty ones. */
static void
test_names(void **state)
{
    static char few[] = "a::b", many[] = "a:b:c:d:e";
    static const char *const names[][4] = {{"", "", "", ""}, {"a", "", "b", ""}, {"a", "b", "c", "d"}};
    char *const variables[] = {NULL, few, many};
    (void)state;
    for (size_t v = 0; v < N_OF(variables); v++) {
        s.names = variables[v];
        for (int i = 0; i < s.n_sockets; i++)
            must_be_named(i, names[v][i]);
    }
    s.names = NULL;
}

static void
ask_no_service(void)
{
    struct bytes name;
    (void)service_socket(NULL, 0, &name);
}

static void
ask_one_too_many(void)
{
    struct bytes name;
    (void)service_socket(&s, s.n_sockets, &name);
}

static void
test_mistakes(void **state)
{
    (void)state;
    unit_must_die(ask_no_service, "s != NULL");
    unit_must_die(ask_one_too_many, "i < s->n_sockets");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
