/* larder's options and configuration file, and its progress bar. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/cli/config.h"
#include "tools/cli/options.h"
#include "tools/text/progress.h"

enum { WORDS_MAX = 16 };

static char why[256];

static bool
read_words(struct options *o, const char *line)
{
    static char room[512];
    static char *argv[WORDS_MAX + 1];
    int argc = 0;
    snprintf(room, sizeof room, "larder %s", line);
    for (char *rest, *w = strtok_r(room, " ", &rest); w != NULL && argc < WORDS_MAX;
         w = strtok_r(NULL, " ", &rest))
        argv[argc++] = w;
    argv[argc] = NULL;
    why[0] = '\0';
    return options_read(o, argc, argv, why, sizeof why);
}

static void
options_may_follow_operands(void **state)
{
    (void)state;
    struct options o;
    assert_true(
        read_words(&o, "-s a,b set -T -1 k --flags=16 --json v -o ring=dalli -oprotocol=text --cas 5"));
    assert_string_equal(o.servers, "a,b");
    assert_string_equal(o.command, "set");
    assert_int_equal(o.n_words, 2);
    assert_string_equal(o.word[1], "v");
    assert_true(o.ttl_s == -1 && o.flags == 16 && o.cas == 5 && o.json && !o.quiet);
    assert_int_equal(o.n_set, 2);
    assert_string_equal(o.set[1], "protocol=text");
    assert_true(option_given(&o, OPTION_cas) && !option_given(&o, OPTION_initial));
    assert_string_equal(options_misplaced(&o, TAKEN_STORES | TAKEN_FLAGS), "cas");
    assert_null(options_misplaced(&o, TAKEN_STORES | TAKEN_FLAGS | TAKEN_CHECKS));
    options_fini(&o);
    assert_true(read_words(&o, "set -- k -v"));
    assert_int_equal(o.n_words, 2);
    options_fini(&o);
    assert_true(read_words(&o, ""));
    assert_null(o.command);
    options_fini(&o);
}

static void
invalid_options_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } rows[] = {
        {"get --nonsense", "--nonsense"},
        {"get --servers", "--servers"},
        {"set --ttl soon", "soon"},
        {"set --ttl 5x", "5x"},
        {"set --ttl 9223372036854775808", "9223372036854775808"},
        {"set --flags -1", "-1"},
        {"set --cas 18446744073709551616", "18446744073709551616"},
        {"get -t 1h", "1h"},
        {"get -t -1", "-1"},
        {"get -t 1e13", "1e13"},
        {"get -t nan", "nan"},
        {"get -o ring", "ring"},
    };
    struct options o;
    for (size_t i = 0; i < N_OF(rows); i++) {
        assert_false(read_words(&o, rows[i].line));
        if (strstr(why, rows[i].says) == NULL)
            fail_msg("%s: %s", rows[i].line, why);
        options_fini(&o);
    }
}

static char heard[512];

static bool
hear(void *arg, const char *name, const char *value, char *reason, size_t n_reason)
{
    (void)arg;
    size_t n = strlen(heard);
    snprintf(heard + n, sizeof heard - n, "[%s|%s]", name, value);
    if (strcmp(name, "bad") == 0)
        snprintf(reason, n_reason, "it is bad");
    return strcmp(name, "bad") != 0;
}

static bool
read_file(const char *text)
{
    char room[512];
    snprintf(room, sizeof room, "%s", text);
    FILE *f = fmemopen(room, strlen(room) + 1, "r");
    assert_non_null(f);
    heard[0] = why[0] = '\0';
    bool good = config_read(f, "file", hear, NULL, why, sizeof why);
    fclose(f);
    return good;
}

static void
settings_are_read_from_a_file(void **state)
{
    (void)state;
    assert_true(read_file("# a comment\n\n servers = a, b \r\nring=x=y\n  # another\nlast =\n"));
    assert_string_equal(heard, "[servers|a, b][ring|x=y][last|]");
    assert_false(read_file("a = 1\nbad = 2\nc = 3\n"));
    assert_string_equal(heard, "[a|1][bad|2]");
    assert_string_equal(why, "file:2: it is bad");
    assert_false(read_file("a = 1\nnothing\n"));
    assert_string_equal(why, "file:2: expected name = value");
}

static void
progress_bar_length(void **state)
{
    (void)state;
    char line[160];
    struct progress p = {.total = 200, .done = 100, .items = 50, .began_s = 10};
    progress_write(&p, 20, line, sizeof line);
    assert_string_equal(line, "[###############               ]  50 %  50 items  5/s");
    p.done = 1000; /* more bytes than expected */
    progress_write(&p, 20, line, sizeof line);
    assert_string_equal(line, "[##############################] 100 %  50 items  5/s");
    p.total = 0;
    progress_write(&p, 10, line, sizeof line);
    assert_string_equal(line, "50 items  0/s");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_may_follow_operands),
        cmocka_unit_test(invalid_options_are_named),
        cmocka_unit_test(settings_are_read_from_a_file),
        cmocka_unit_test(progress_bar_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
