/* config: what the lines of a file set, the errors for invalid ones, and what --check-config prints. */
#include "server/options/config.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "server/options/options_row.h"

/* Parses a command line, then a file called f.conf. */
struct read {
    struct options o;
    bool ok;
    char *err;
};

static struct read
read_over(const char *arguments, struct bytes file)
{
    struct read r = {0};
    size_t n_err;
    int n = 1;
    char text[256], *word[16] = {(char *)"larderd"}, *rest;
    FILE *err = open_memstream(&r.err, &n_err);
    snprintf(text, sizeof text, "%s", arguments);
    for (char *w = strtok_r(text, " ", &rest); w != NULL && n < 15; w = strtok_r(NULL, " ", &rest))
        word[n++] = w;
    assert_int_equal(options_parse(&r.o, n, word, err, err), OPTIONS_OK);
    r.ok = config_parse(&r.o, "f.conf", file, err);
    fclose(err);
    return r;
}

static struct read
read_ok(const char *arguments, const char *file)
{
    struct read r = read_over(arguments, bytes_of(file, strlen(file)));
    if (!r.ok)
        fail_msg("\"%s\": %s", file, r.err);
    return r;
}

static void
drop(struct read *r)
{
    options_fini(&r->o);
    free(r->err);
}

static void
must_complain(const char *file, const char *needle)
{
    struct read r = read_over("", bytes_of(file, strlen(file)));
    assert_false(r.ok);
    if (strstr(r.err, needle) == NULL)
        fail_msg("\"%s\" said \"%s\", without \"%s\"", file, r.err, needle);
    drop(&r);
}

static void
test_ways_of_writing(void **state)
{
    (void)state;
    static const char *const files[] = {"port = 1234\ndaemon\n", "port=1234\ndaemon=yes",
        "  port\t1234  \r\ndaemon = yes\r\n", "# a comment\n\n port 1234 # another\ndaemon # yes\n",
        "port = \"1234\"   # x\ndaemon = \"yes\"", "port = 1\nport = 1234\ndaemon = no\ndaemon\n"};
    for (size_t i = 0; i < N_OF(files); i++) {
        struct read r = read_ok("", files[i]);
        assert_int_equal(r.o.port, 1234);
        assert_true(r.o.daemonize);
        assert_true(options_given(&r.o, OPTION_port) && !options_given(&r.o, OPTION_threads));
        assert_string_equal(r.err, "");
        drop(&r);
    }
}

static void
test_values(void **state)
{
    (void)state;
    struct read r = read_ok("", "memory-limit = 1g\nmax-item-size = 2m\ndelimiter = \"#\"\nunix-mask = 755\n"
                                "unix-socket = /tmp/a b#c\nverbose = 2\nno_maxconns_fast\nidle_timeout = 9\n"
                                "slab_automove\nslab_automove_ratio 0.5\nlru_crawler = no\n");
    assert_int_equal(r.o.memory_limit, 1 << 30);
    assert_int_equal(r.o.item_size_max, 2 << 20);
    assert_int_equal(r.o.prefix_delimiter, '#');
    assert_int_equal(r.o.unix_mask, 0755);
    assert_string_equal(r.o.unix_socket, "/tmp/a b#c");
    assert_int_equal(r.o.verbosity, 2);
    assert_false(r.o.maxconns_fast);
    assert_int_equal(r.o.idle_timeout_s, 9);
    assert_int_equal(r.o.automove, 1);
    assert_true(r.o.automove_ratio == 0.5);
    assert_false(r.o.lru_crawler);
    drop(&r);
}

static void
test_lists_add_up(void **state)
{
    (void)state;
    struct read r = read_ok("", "listen = a, b;c\nlisten = d\nlisten = b\n");
    assert_string_equal(r.o.listen, "a,b,c,d");
    drop(&r);
}

/* The command line overrides the file, which is checked nevertheless. */
static void
test_command_line_wins(void **state)
{
    (void)state;
    struct read r = read_ok("-p 1 -l x -v -o no_maxconns_fast --daemon=no -m 100",
        "port = 2\nlisten = y\nverbose = 3\nmaxconns_fast\ndaemon\nthreads = 7\n");
    assert_int_equal(r.o.port, 1);
    assert_string_equal(r.o.listen, "x");
    assert_int_equal(r.o.verbosity, 1);
    assert_false(r.o.maxconns_fast || r.o.daemonize);
    assert_int_equal(r.o.threads, 7);
    assert_int_equal(r.o.origin[OPTION_port], OPTION_FROM_COMMAND_LINE);
    assert_int_equal(r.o.origin[OPTION_threads], 6);
    assert_int_equal(r.o.origin[OPTION_conn_limit], 0);
    drop(&r);

    r = read_over("-p 1", BYTES("port = x\n"));
    assert_false(r.ok);
    assert_non_null(strstr(r.err, "f.conf:1: port cannot be \"x\""));
    drop(&r);
}

static void
test_invalid_lines(void **state)
{
    (void)state;
    must_complain("port = 1\n\nprot = 2\n", "f.conf:3: there is no setting \"prot\"");
    must_complain("port = x\n", "f.conf:1: port cannot be \"x\": expected a number from -1 to 65535");
    must_complain("port\n", "f.conf:1: port needs a value");
    must_complain("port =\n", "f.conf:1: expected a value after the =");
    must_complain("port = # 1\n", "f.conf:1: expected a value after the =");
    must_complain("= 1\n", "f.conf:1: there is no setting \"\"");
    must_complain("unix-socket = \"a\n", "f.conf:1: the quotes are not closed");
    must_complain("unix-socket = \"a\" b\n", "f.conf:1: expected nothing after");
    must_complain("unix-socket = a\"b\"\n", "f.conf:1: expected the quotes around the whole value");
    must_complain("unix-socket = \"\"\n", "f.conf:1: unix-socket cannot be \"\"");
    must_complain("daemon = maybe\n", "expected yes or no");
    must_complain("no_maxconns_fast = yes\n", "no_maxconns_fast takes no value");
    must_complain("modern = yes\n", "takes no value");
    must_complain("help\n", "help is for the command line only");
    must_complain("config = x\n", "config is for the command line only");
    must_complain("extended = idle_timeout=3\n", "extended is for the command line only");
    must_complain("ext_path = /x:1G\n", "ext_path is memcached's, not larder's");
    must_complain("-p 1\n", "f.conf:1: there is no setting \"-p\"");
    must_complain(
        "hashpower = 99\n", "f.conf:1: hashpower cannot be \"99\": expected a number from 12 to 32");
    struct read r = read_over("", BYTES("port = 1\nuser = a\0b\n"));
    assert_false(r.ok);
    assert_non_null(strstr(r.err, "f.conf:2: found a zero byte"));
    drop(&r);
}

static void
test_warnings_once(void **state)
{
    (void)state;
    struct read r = read_ok("", "hashpower = 20\nhashpower = 21\nno_lru_crawler\nlru_maintainer\n");
    assert_non_null(strstr(r.err, "f.conf:1: hashpower: warning: "));
    assert_null(strstr(r.err, "f.conf:2: "));
    assert_non_null(strstr(r.err, "f.conf:3: lru_crawler: warning: "));
    assert_null(strstr(r.err, "lru_maintainer"));
    drop(&r);
}

/* A folder, a missing file, a file that is too large: each is an error, and none blocks. */
static void
test_files(void **state)
{
    (void)state;
    static const char *const paths[] = {"/", "/dev/zero", "/nonexistent/larderd.conf", ""};
    for (size_t i = 0; i < N_OF(paths); i++) {
        struct options o;
        char *text = NULL, *words[] = {(char *)"larderd", (char *)"--config", (char *)paths[i], NULL};
        size_t n;
        FILE *err = open_memstream(&text, &n);
        assert_int_equal(options_parse(&o, 3, words, err, err), OPTIONS_INVALID);
        fclose(err);
        assert_non_null(strstr(text, "--config"));
        assert_non_null(strstr(text, paths[i]));
        options_fini(&o);
        free(text);
    }
}

/* Settings printed as a file are read back the same, whatever their values. */
static void
test_printed_and_read(void **state)
{
    (void)state;
    static const char *const sockets[] = {"/a", "a b", "a # b", "#", " a ", "a#", "=", "= =", "a\t"};
    for (size_t i = 0; i < N_OF(sockets); i++) {
        char file[64], *text = NULL;
        size_t n;
        snprintf(file, sizeof file, "unix-socket = \"%s\"\n", sockets[i]);
        struct read r = read_ok("-f 1.0731 -m 77 -I 1025 -a 77", file);
        FILE *out = open_memstream(&text, &n), *err = fopen("/dev/null", "w");
        options_print_check(&r.o, out, err);
        fclose(out);
        fclose(err);
        struct read again = read_ok("", text);
        assert_string_equal(again.o.unix_socket, r.o.unix_socket);
        assert_true(again.o.growth == r.o.growth);
        assert_int_equal(again.o.memory_limit, r.o.memory_limit);
        assert_int_equal(again.o.item_size_max, 1025);
        assert_int_equal(again.o.unix_mask, 077);
        drop(&again);
        drop(&r);
        free(text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways_of_writing),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_lists_add_up),
        cmocka_unit_test(test_command_line_wins),
        cmocka_unit_test(test_invalid_lines),
        cmocka_unit_test(test_warnings_once),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_printed_and_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
