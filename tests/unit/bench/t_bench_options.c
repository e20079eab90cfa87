/*
 * bench options: every kind of value, refused values and the reason, the configuration file, and that
 * printed options can be read again.
 */
#include "bench/load/options/options.h"

#include <stdlib.h>

#include "bench/load/options/options_row.h"
#include "tests/unit/unit.h"

enum { WORDS = 24 };

static enum options_result
parse(struct options *o, const char *line, char *said, size_t n_said)
{
    static char copy[512];
    char *argv[WORDS] = {(char *)(uintptr_t) "larder-bench"};
    int argc = 1;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    FILE *err = fmemopen(said, n_said, "w"), *out = tmpfile();
    enum options_result r = options_parse(o, argc, argv, out, err);
    fclose(err);
    fclose(out);
    return r;
}

static struct options
good(const char *line)
{
    struct options o;
    char said[1024] = "";
    if (parse(&o, line, said, sizeof said) != OPTIONS_OK)
        fail_msg("%s: %s", line, said);
    return o;
}

static void
bad(const char *line, const char *says)
{
    struct options o;
    char said[1024] = "";
    if (parse(&o, line, said, sizeof said) != OPTIONS_WRONG)
        fail_msg("accepted %s", line);
    if (strstr(said, says) == NULL)
        fail_msg("%s: \"%s\" does not contain \"%s\"", line, said, says);
    options_fini(&o);
}

static void
values(void **state)
{
    (void)state;
    struct options o = good("");
    assert_int_equal(o.port, 11211);
    assert_int_equal(o.threads, 4);
    assert_int_equal(o.clients, 50);
    assert_int_equal(o.ratio.a, 1);
    assert_int_equal(o.ratio.b, 10);
    assert_string_equal(o.key_prefix, "memtier-");
    assert_int_equal(o.n_percentiles, 3);
    options_fini(&o);
    o = good("-P redis -s example.org -t2 -c 3 -n allkeys --ratio 3:4 --data-size-range=10-20 --expiry-range "
             "60 -R "
             "--key-pattern Z:P --open-loop 1.5 --print-percentiles 50,99.99");
    assert_int_equal(o.port, 6379);
    assert_string_equal(o.server, "example.org");
    assert_true(o.requests == OPTIONS_ALL_KEYS);
    assert_int_equal(o.ratio.b, 4);
    assert_int_equal(o.data_size_range.max, 20);
    assert_int_equal(o.expiry_range.min, 60);
    assert_int_equal(o.expiry_range.max, 60);
    assert_true(o.random_data);
    assert_int_equal(o.set_pattern, 'Z');
    assert_int_equal(o.get_pattern, 'P');
    assert_true(o.open_loop == 1.5);
    assert_true(o.percentiles[1] == 99.99);
    options_fini(&o);
    o = good("replay -q --copies 2 -P redis -a secret --connection-timeout 1 trace.csv");
    assert_string_equal(o.trace, "trace.csv");
    assert_null(o.values);
    options_fini(&o);
    o = good("replay --values half --duplicates 30 trace.csv");
    assert_string_equal(o.values, "half");
    assert_int_equal(o.duplicates, 30);
    options_fini(&o);
    o = good("--values=text --duplicates=100 --random-data=no");
    assert_string_equal(o.values, "text");
    options_fini(&o);
    o = good("--seed 5 --randomize=no"); /* the same as none */
    assert_false(o.randomize);
    options_fini(&o);
    o = good("-h 10.0.0.1 -n 10k");
    assert_string_equal(o.server, "10.0.0.1");
    assert_int_equal(o.requests, 10000);
    options_fini(&o);
}

static void
refusals(void **state)
{
    (void)state;
    bad("--nonsense", "--nonsense");
    bad("-Q", "-Q");
    bad("-p", "-p (--port) needs PORT");
    bad("stray", "stray");
    bad("-p 0", "--port");
    bad("-p 70000", "--port");
    bad("-p 1x", "--port");
    bad("-n -1", "--requests");
    bad("-n 99999999999999999999", "--requests");
    bad("--ratio 1", "--ratio");
    bad("--ratio 0:0", "sends no requests");
    bad("--data-size-range 20-10", "--data-size-range");
    bad("-d 600m", "--data-size");
    bad("-P memcached", "memcache_text");
    bad("--key-pattern X:R", "--key-pattern");
    bad("--key-pattern R", "--key-pattern");
    bad("--open-loop 0", "--open-loop");
    bad("--open-loop nan", "--open-loop");
    bad("--print-percentiles 0", "--print-percentiles");
    bad("--print-percentiles 50,", "--print-percentiles");
    bad("--key-minimum 5 --key-maximum 4", "--key-minimum");
    bad("--test-time 1 -n 5", "exclude");
    bad("--open-loop 5 --rate-limiting 5", "exclude");
    bad("-d 5 --data-size-list 1:1", "exclude");
    bad("--wait-ratio 1:1", "redis");
    bad("--cert x", "--tls");
    bad("--tls --cert x", "--key");
    bad("-t 0", "from 1 to 1024");
    bad("--rate-limiting 0", "from 1");
    bad("--key-zipf-exp 6", "over 0 and up to 5");
    bad("--arrivals constant", "--open-loop");
    bad("--max-reconnect-attempts 5", "--reconnect-on-error");
    bad("-P redis --num-slaves 1", "--wait-ratio");
    bad("--key-zipf-exp 1", "Z in --key-pattern");
    bad("--key-pattern Z:R --key-median 1", "G in --key-pattern");
    bad("--seed 1 --randomize", "exclude");
    bad("-R --values json", "exclude");
    bad("--values prose", "json");
    bad("--duplicates 101", "from 0 to 100");
    bad("--tls=no --sni x", "--tls");
    bad("-a nobody", "USER:PASSWORD");
    bad("--copies 2", "replay");
    bad("replay --ratio 1:1", "--ratio");
    bad("replay --csv-out-file x", "--csv-out-file");
    bad("replay -c 5", "--clients");
    bad("--config-file /nonexistent", "/nonexistent");
}

static const char *
file_with_bytes(struct bytes text)
{
    static char path[] = "/tmp/larder-bench-XXXXXX";
    strcpy(path + sizeof path - 7, "XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text.p, text.n), text.n);
    close(fd);
    return path;
}

static const char *
file_with(const char *text)
{
    return file_with_bytes(bytes_of(text, strlen(text)));
}

static void
files(void **state)
{
    char line[128];
    (void)state;
    const char *path =
        file_with("# a load\nthreads = 7\nratio=2:3\n\nrandom-data\ntls = no\n  clients 9 # few\r\n");
    snprintf(line, sizeof line, "-t 1 --config-file %s", path);
    struct options o = good(line);
    assert_int_equal(o.threads, 1); /* the command line overrides the file */
    assert_int_equal(o.ratio.a, 2);
    assert_int_equal(o.clients, 9);
    assert_true(o.random_data);
    assert_false(o.tls);
    options_fini(&o);
    unlink(path);
    path = file_with("threads = 7\nthreds = 3\n");
    snprintf(line, sizeof line, "--config-file %s", path);
    bad(line, ":2:");
    unlink(path);
    path = file_with("threads = 7\nkey-pattern = X:R\n");
    snprintf(line, sizeof line, "--config-file %s", path);
    bad(line, ":2: key-pattern");
    unlink(path);
    path = file_with_bytes(BYTES("threads = 7\n\0threads = none\n"));
    snprintf(line, sizeof line, "--config-file %s", path);
    bad(line, "zero byte");
    unlink(path);
}

/* --show-config prints a file that --config-file reads. */
static void
printed_and_read(void **state)
{
    char text[16384] = "", line[128], again[16384] = "";
    (void)state;
    struct options o = good("-t 3 --ratio 5:6 --data-size-range 1-9 --key-pattern Z:R --key-zipf-exp 0.7 "
                            "--test-time 5 --verify -a me:secret");
    FILE *f = fmemopen(text, sizeof text, "w");
    options_print(&o, f);
    fclose(f);
    assert_non_null(strstr(text, "\nratio = 5:6\n"));
    assert_non_null(strstr(text, "\n# clients = 50\n")); /* a default is printed as a comment */
    assert_null(strstr(text, "secret"));
    const char *path = file_with(text);
    snprintf(line, sizeof line, "--config-file %s", path);
    options_fini(&o);
    o = good(line);
    o.origin[OPTION_config_file] = 0;
    f = fmemopen(again, sizeof again, "w");
    options_print(&o, f);
    fclose(f);
    options_fini(&o);
    unlink(path);
    assert_string_equal(strstr(again, "# quiet"), strstr(text, "# quiet"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(refusals),
        cmocka_unit_test(files),
        cmocka_unit_test(printed_and_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
