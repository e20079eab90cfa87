/*
 * stderr: text is written whole or not at all, and a reader that does not read delays only the first
 * write.
 */
#include "base/stderr.h"

#include "tests/unit/unit.h"

#include <fcntl.h>

static int reader, writer;

static int
open_pipe(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    reader = fd[0];
    writer = fd[1];
    return 0;
}

static int
close_pipe(void **state)
{
    (void)state;
    close(reader);
    close(writer);
    return 0;
}

/* Fills the pipe until not one more byte fits. */
static void
fill(int fd)
{
    static char much[STDERR_ATOMIC_MAX];
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (write(fd, much, sizeof much) > 0)
        ;
    fcntl(fd, F_SETFL, 0); /* a plain write would block now */
}

static void
drain(int fd)
{
    static char much[1 << 20];
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (read(fd, much, sizeof much) > 0)
        ;
    fcntl(fd, F_SETFL, 0);
}

/* Runs `f` with the pipe as standard error, then restores cmocka's own. */
static void
as_stderr(int fd, void (*f)(void))
{
    int before = dup(STDERR_FILENO);
    assert_true(dup2(fd, STDERR_FILENO) >= 0);
    f();
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    close(before);
}

static bool written[4];

static void
write_to_full(void)
{
    written[0] = stderr_write("first", 5); /* waits for the reader */
    for (int i = 0; i < 1000; i++)         /* do not wait, or this would take a quarter of an hour */
        written[1] |= stderr_write("more", 4);
    drain(reader);
    written[2] = stderr_write("there is room", 13);
}

static void
test_full(void **state)
{
    (void)state;
    char text[64];
    fill(writer);
    as_stderr(writer, write_to_full);
    assert_false(written[0]);
    assert_false(written[1]);
    assert_true(written[2]);
    assert_int_equal(read(reader, text, sizeof text), 13);
    assert_memory_equal(text, "there is room", 13);
}

static void
write_once(void)
{
    written[3] = stderr_write("x", 1);
}

static void
write_to_none(void)
{
    close(STDERR_FILENO);
    write_once();
}

static void
test_none(void **state)
{
    (void)state;
    as_stderr(writer, write_to_none);
    assert_false(written[3]);
    close(reader);
    signal(SIGPIPE, SIG_IGN);
    as_stderr(writer, write_once);
    assert_false(written[3]);
    reader = dup(writer); /* close_pipe closes it again */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_full, open_pipe, close_pipe),
        cmocka_unit_test_setup_teardown(test_none, open_pipe, close_pipe),
    };
    return cmocka_run_group_tests_name("stderr", tests, NULL, NULL);
}
