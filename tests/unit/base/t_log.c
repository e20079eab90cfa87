/*
 * log: which lines each -v lets through, the format of a line, the truncation of a long line before its line
 * end; and that no line waits for the reader of standard error.
 */
#include "base/log.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/stderr.h"

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
    log_set_verbosity(99); /* the value is kept as given, and every level is written */
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

/* ---- with the log thread ---- */

static void
say_by_thread(void)
{
    for (int i = 0; i < 3; i++) { /* it can be started again after log_stop */
        assert_int_equal(log_start(), 0);
        LOG(LOG_ERROR, "one %d", i);
        LOG(LOG_ERROR, "two %d", i);
        log_stop();
        LOG(LOG_ERROR, "three %d", i);
    }
    log_stop();
}

static void
test_thread(void **state)
{
    (void)state;
#define SAYS(i) "larderd: error: one " i "\nlarderd: error: two " i "\nlarderd: error: three " i "\n"
    assert_string_equal(said_by(say_by_thread), SAYS("0") SAYS("1") SAYS("2"));
}

enum { N_THREADS = 4, N_EACH = 5000 };

static void *
say_many(void *arg)
{
    for (int i = 0; i < N_EACH; i++)
        LOG(LOG_ERROR, "%c%06d", *(char *)arg, i);
    return NULL;
}

static void
say_in_threads(void)
{
    char name[N_THREADS] = {'a', 'b', 'c', 'd'};
    pthread_t t[N_THREADS];
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&t[i], NULL, say_many, &name[i]), 0);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(t[i], NULL);
}

/* Reads from `fd` up to the end of a line that contains `last`. */
static char *
read_past(int fd, const char *last)
{
    size_t n = 0, size = 8 << 20;
    char *all = calloc(1, size);
    assert_non_null(all);
    for (char *found = NULL; found == NULL || strchr(found, '\n') == NULL; found = strstr(all, last)) {
        ssize_t got = read(fd, all + n, size - 1 - n);
        assert_true(got > 0);
        n += (size_t)got;
    }
    return all;
}

/*
 * Every line was written whole or counted as dropped, and each thread's lines are in order.  The numbers in
 * the warnings about dropped lines add up to the counter.
 */
static void
check_all(const char *all, uint64_t n_lines)
{
    static const char dropped[] = "larderd: warning: ";
    unsigned long long n_said = 0, n_dropped = 0;
    int next[N_THREADS] = {0};
    for (const char *p = all, *end; (end = strchr(p, '\n')) != NULL; p = end + 1) {
        char thread;
        int i, n = 0;
        if (strncmp(p, dropped, sizeof dropped - 1) == 0) {
            n_dropped += strtoull(p + sizeof dropped - 1, NULL, 10);
            continue;
        }
        n_said++;
        if (strncmp(p, "larderd: error: last\n", 21) == 0)
            continue;
        assert_int_equal(sscanf(p, "larderd: error: %c%06d%n", &thread, &i, &n), 2);
        assert_ptr_equal(p + n, end);
        assert_in_range(i, next[thread - 'a'], N_EACH);
        next[thread - 'a'] = i + 1;
    }
    assert_int_equal(n_dropped, log_lines_dropped());
    assert_int_equal(n_said + n_dropped, n_lines);
}

/* Writes thousands of lines while the reader reads nothing, then reads all of them. */
static void
write_unread(int reader, int writer)
{
    uint64_t n_lines = N_THREADS * N_EACH;
    assert_true(dup2(writer, STDERR_FILENO) >= 0);
    close(writer);
    log_set_verbosity(0);
    assert_int_equal(log_start(), 0);
    say_in_threads(); /* does not wait for the reader */
    assert_true(log_lines_dropped() > 0);
    char *all = read_past(reader, " log lines were dropped");
    uint64_t before;
    do { /* the buffer that holds the warning is written now or soon; then the next line fits */
        before = log_lines_dropped();
        LOG(LOG_ERROR, "last");
        n_lines++;
    } while (log_lines_dropped() != before);
    char *rest = read_past(reader, "error: last");
    char *both = malloc(strlen(all) + strlen(rest) + 1);
    assert_non_null(both);
    stpcpy(stpcpy(both, all), rest);
    check_all(both, n_lines);
    free(all);
    free(rest);
    free(both);
    log_stop();
}

static void
in_child(void (*f)(int reader, int writer), int reader, int writer)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        f(reader, writer);
        _exit(0);
    }
    close(reader);
    close(writer);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void
test_unread(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    in_child(write_unread, fd[0], fd[1]);
    assert_int_equal(pipe2(fd, O_NONBLOCK), 0); /* another process made it non-blocking; our reader waits */
    assert_int_equal(fcntl(fd[0], F_SETFL, 0), 0);
    in_child(write_unread, fd[0], fd[1]);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0); /* like the journal's */
    in_child(write_unread, fd[0], fd[1]);
}

static void
end_unread(int reader, int writer)
{
    (void)reader;
    assert_true(dup2(writer, STDERR_FILENO) >= 0);
    log_set_verbosity(0);
    assert_int_equal(log_start(), 0);
    say_in_threads();
    uint64_t before = log_lines_dropped();
    log_stop(); /* does not wait for the reader */
    LOG(LOG_ERROR, "nor is this waited for");
    assert_int_equal(log_lines_dropped(), before + 1);
    assert_false(stderr_write("or this\n", 8));
}

/* log_stop returns although the reader reads nothing. */
static void
test_end_unread(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    in_child(end_unread, fd[0], fd[1]);
}

static void
break_promise(void)
{
    assert_int_equal(log_start(), 0);
    LOG(LOG_ERROR, "what led to it");
    MUST(1 + 1 == 3);
}

static void
test_abort(void **state)
{
    (void)state;
    unit_must_die(break_promise, "larderd: error: what led to it\nlarder: assertion failed: 1 + 1 == 3\n");
}

static void
break_promise_unread(int reader, int writer)
{
    (void)reader;
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    assert_true(dup2(writer, STDERR_FILENO) >= 0);
    log_set_verbosity(0);
    assert_int_equal(log_start(), 0);
    say_in_threads();
    signal(SIGABRT, _exit); /* exits with SIGABRT's number as its status */
    MUST(1 + 1 == 3);
}

static void
test_abort_unread(void **state)
{
    (void)state;
    int fd[2], status;
    assert_int_equal(pipe(fd), 0);
    pid_t pid = fork();
    if (pid == 0)
        break_promise_unread(fd[0], fd[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), SIGABRT);
    close(fd[0]);
    close(fd[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_unwritable),
        cmocka_unit_test(test_thread),
        cmocka_unit_test(test_unread),
        cmocka_unit_test(test_end_unread),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_abort_unread),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
