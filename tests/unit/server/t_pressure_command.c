/* pressure_command: the command's environment, one child at a time, and how it ends. */
#include "server/pressure/pressure_command.h"

#include "tests/unit/server/host_files.h"

#include <event2/event.h>

static struct event_base *base;
static struct pressure_command *command;

static int
make(void **state)
{
    base = event_base_new();
    return base == NULL || host_files_make(state) != 0;
}

static int
unmake(void **state)
{
    pressure_command_free(&command);
    event_base_free(base);
    return host_files_remove(state);
}

static void
begin(const char *line, uint32_t longest_s)
{
    command = pressure_command_new(base, line, longest_s);
    assert_non_null(command);
}

static void
tell(const char *level, const char *was)
{
    struct pressure_news news = {level, was, 11, 22, 33};
    pressure_command_tell(command, &news);
}

/* Waits until a child has ended.  The loop has had the signal's event since `begin`, so no end is missed. */
static void
await_child(void)
{
    struct timeval longest = {.tv_sec = 20};
    event_base_loopexit(base, &longest);
    assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
}

static const char *
said(const char *name)
{
    static char text[512];
    char path[128];
    snprintf(path, sizeof path, "%s/%s", around, name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static void
sets_the_environment(void **state)
{
    (void)state;
    assert_int_equal(setenv("AROUND", around, 1), 0);
    assert_int_equal(setenv("LARDER_PRESSURE", "to be overridden", 1), 0);
    signal(SIGPIPE, SIG_IGN);
    begin("cat; echo \"$LARDER_PRESSURE $LARDER_PRESSURE_WAS $LARDER_USED $LARDER_LIMIT $LARDER_MEMORY "
          "$LARDER_PID $(sed -n 's/^SigIgn:.*\\(.\\)...$/\\1/p' /proc/self/status)\" >$AROUND/said",
        60);
    tell("warning", "normal");
    await_child();
    char expected[128];
    snprintf(expected, sizeof expected, "warning normal 11 22 33 %ld 0\n", (long)getpid());
    assert_string_equal(said("said"), expected);
    struct pressure_command_stats s = pressure_command_stats(command);
    assert_true(s.n_run == 1 && s.n_failed == 0 && s.n_killed == 0);
}

/*
 * While the first command runs, later changes are merged: the second run gets the last level, and the
 * first run's as the one before.
 */
static void
one_at_a_time(void **state)
{
    (void)state;
    assert_int_equal(setenv("AROUND", around, 1), 0);
    char fifo[128];
    snprintf(fifo, sizeof fifo, "%s/go", around);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    begin("read x <$AROUND/go; echo $LARDER_PRESSURE $LARDER_PRESSURE_WAS >>$AROUND/said", 60);
    tell("warning", "normal");
    tell("critical", "warning");
    tell("emergency", "critical");
    assert_int_equal(pressure_command_stats(command).n_run, 1);
    for (int i = 0; i < 2; i++) {
        host_files_write("/go", "\n");
        await_child();
    }
    assert_string_equal(said("said"), "warning normal\nemergency warning\n");
    assert_int_equal(pressure_command_stats(command).n_run, 2);
}

static void
counts_a_command_that_fails(void **state)
{
    (void)state;
    begin("exit 3", 60);
    tell("warning", "normal");
    await_child();
    assert_int_equal(pressure_command_stats(command).n_failed, 1);
}

/* It is killed with all processes that it has started. */
static void
kills_a_command_that_hangs(void **state)
{
    (void)state;
    begin("sleep 1000 | sleep 1000", 0);
    tell("warning", "normal");
    pressure_command_tick(command);
    pressure_command_tick(command); /* does not kill it a second time */
    await_child();
    struct pressure_command_stats s = pressure_command_stats(command);
    assert_true(s.n_killed == 1 && s.n_failed == 1);
    tell("normal", "warning");
    assert_int_equal(pressure_command_stats(command).n_run, 2);
    pressure_command_tick(command);
    await_child();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sets_the_environment),
        TEST(one_at_a_time),
        TEST(counts_a_command_that_fails),
        TEST(kills_a_command_that_hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
