/* options: the settings that a command line results in, and the errors for an invalid one. */
#include "server/options/options.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

/* The result of one command line, with both streams as text. */
struct parsed {
    struct options o;
    enum options_result result;
    char *out, *err;
};

static struct parsed
parse(const char *line)
{
    struct parsed p = {0};
    char text[512], *word[32] = {(char *)"larderd"}, *rest;
    int n = 1;
    snprintf(text, sizeof text, "%s", line);
    for (char *w = strtok_r(text, " ", &rest); w != NULL && n < 31; w = strtok_r(NULL, " ", &rest))
        word[n++] = w;
    size_t n_out, n_err;
    FILE *out = open_memstream(&p.out, &n_out), *err = open_memstream(&p.err, &n_err);
    p.result = options_parse(&p.o, n, word, out, err);
    fclose(out);
    fclose(err);
    return p;
}

static void
drop(struct parsed *p)
{
    options_fini(&p->o);
    free(p->out);
    free(p->err);
}

static struct parsed
parse_ok(const char *line)
{
    struct parsed p = parse(line);
    if (p.result != OPTIONS_OK)
        fail_msg("\"%s\": %s", line, p.err);
    return p;
}

/* The error must contain every word of `needles`, which are separated by bars. */
static void
must_complain(const char *line, const char *needles)
{
    struct parsed p = parse(line);
    char text[256], *rest;
    assert_int_equal(p.result, OPTIONS_INVALID);
    snprintf(text, sizeof text, "%s", needles);
    for (char *w = strtok_r(text, "|", &rest); w != NULL; w = strtok_r(NULL, "|", &rest))
        if (strstr(p.err, w) == NULL)
            fail_msg("\"%s\" said \"%s\", without \"%s\"", line, p.err, w);
    assert_string_equal(p.out, "");
    drop(&p);
}

static void
test_defaults(void **state)
{
    (void)state;
    struct parsed p = parse_ok("");
    assert_int_equal(p.o.port, 11211);
    assert_int_equal(p.o.memory_limit, 64 << 20);
    assert_int_equal(p.o.item_size_max, 1 << 20);
    assert_int_equal(p.o.conn_limit, 1024);
    assert_int_equal(p.o.threads, 4);
    assert_int_equal(p.o.unix_mask, 0700);
    assert_null(p.o.listen);
    assert_true(p.o.maxconns_fast && p.o.lru_crawler && p.o.lru_maintainer && p.o.slab_reassign);
    for (int i = 0; i < OPTION_N_IDS; i++)
        assert_false(options_given(&p.o, (enum option_id)i));
    assert_string_equal(p.err, "");
    drop(&p);
}

/* The engine's defaults and the command line's are the same. */
static void
test_engine(void **state)
{
    (void)state;
    struct parsed p = parse_ok("");
    struct store_options mine = options_for_store(&p.o), engine = store_defaults();
    assert_int_equal(mine.limit, engine.limit);
    assert_int_equal(mine.item_max, engine.item_max);
    assert_int_equal(mine.item_min, engine.item_min);
    assert_true(mine.growth == engine.growth);
    assert_true(mine.evict == engine.evict);
    assert_int_equal(mine.shadow, engine.shadow);
    assert_true(mine.numa == engine.numa);
    assert_int_equal(mine.pin_pct, engine.pin_pct);
    drop(&p);

    p = parse_ok("-M -L -k -m 100 -I 2m -f 1.25 -n 48");
    mine = options_for_store(&p.o);
    assert_false(mine.evict);
    assert_true(mine.huge_pages && mine.lock_memory);
    assert_int_equal(mine.limit, 100 << 20);
    assert_int_equal(mine.item_max, 2 << 20);
    assert_int_equal(mine.item_min, 48);
    assert_true(mine.growth == 1.25);
    drop(&p);
}

static void
test_every_way_of_writing(void **state)
{
    (void)state;
    static const char *const lines[] = {"-p 1234 -m 128 -v -v", "-p1234 -m128 -vv",
        "--port=1234 --memory-limit=128 -vv", "--port 1234 --memory-limit 128 --verbose --verbose",
        "-vvp 1234 -m 128"};
    for (size_t i = 0; i < N_OF(lines); i++) {
        struct parsed p = parse_ok(lines[i]);
        assert_int_equal(p.o.port, 1234);
        assert_int_equal(p.o.memory_limit, 128 << 20);
        assert_int_equal(p.o.verbosity, 2);
        assert_true(options_given(&p.o, OPTION_port) && !options_given(&p.o, OPTION_conn_limit));
        drop(&p);
    }
}

static void
test_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        size_t size;
    } cases[] = {{"-I 1024", 1024}, {"-I 1k", 1024}, {"-I 512K", 512 << 10}, {"-m 256 -I 32m", 32 << 20},
        {"-m 2048 -I 1024m", 1 << 30}, {"-m 4g -I 1024m", 1 << 30}, {"-m 65m -I 32m", 32 << 20},
        {"-I 2097152", 2 << 20}};
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct parsed p = parse_ok(cases[i].line);
        assert_int_equal(p.o.item_size_max, cases[i].size);
        drop(&p);
    }
}

static void
test_listen_is_a_list(void **state)
{
    (void)state;
    struct parsed p = parse_ok("-l 127.0.0.1,[::1]:99 -l 127.0.0.1 -l host:1;127.0.0.1");
    assert_string_equal(p.o.listen, "127.0.0.1,[::1]:99,host:1");
    drop(&p);
}

/* The values of --policy are the engine's policies, in the engine's order. */
static void
test_policies_are_the_engines(void **state)
{
    (void)state;
    struct parsed p = parse_ok("");
    assert_int_equal(options_for_store(&p.o).policy, STORE_POLICY_adaptive);
    drop(&p);
    for (uint32_t i = 0; i < STORE_N_POLICIES; i++) {
        char line[64];
        snprintf(line, sizeof line, "--policy=%s", store_policy_name((enum store_policy)i));
        p = parse_ok(line);
        assert_int_equal(p.o.policy, i);
        assert_int_equal(options_for_store(&p.o).policy, i);
        drop(&p);
    }
    must_complain("--policy=fifo", "--policy|expected one of adaptive");
    must_complain("--policy=l", "--policy");
    must_complain("--policy=adaptiveX", "--policy");
}

/* memcached ignores words that are not options. */
static void
test_words_that_are_no_options(void **state)
{
    (void)state;
    struct parsed p = parse_ok("start -p 1234");
    assert_int_equal(p.o.port, 1234);
    assert_non_null(strstr(p.err, "warning: \"start\" is not an option"));
    drop(&p);
}

static void
test_wrong_values(void **state)
{
    (void)state;
    must_complain("-Q", "-Q");
    must_complain("--no-such", "--no-such");
    must_complain("-p", "-p|--port|<num>");
    must_complain("-p x", "--port|\"x\"|from -1 to 65535");
    must_complain("-p 65536", "--port|65535");
    must_complain("-m 0", "--memory-limit|from 1");
    must_complain("-m 64k", "--memory-limit|64k");
    must_complain("-m 99999999999999999999", "--memory-limit");
    must_complain("-m 2000000g", "--memory-limit");
    must_complain("-N 0", "--napi-ids|from 1");
    must_complain("--config", "--config|<file>");
    must_complain("--check-config=1", "--check-config|no value");
    must_complain("-I 1000", "--max-item-size|1k");
    must_complain("-I 2000m -m 9000", "--max-item-size|1024m");
    must_complain("-I 33m", "half of -m");
    must_complain("-m 1", "half of -m");
    must_complain("-f 1", "--slab-growth-factor|over 1");
    must_complain("-f nan", "--slab-growth-factor");
    must_complain("-a 888", "--unix-mask|octal");
    must_complain("-D ab", "one character");
    must_complain("-c 0", "--conn-limit");
    must_complain("-t 0", "--threads");
    must_complain("-U 65536", "UDP|65535");
    must_complain("-B udp", "auto|ascii|binary");
    must_complain("--daemon=1", "--daemon|yes or no");
}

static void
test_cluster(void **state)
{
    static const char *const wrong[] = {
        "a:0", "a:65536", "a:x", ":1", "[::1", "[::1]1", "a|b", "a|b|", "|b|1", "a|b|1|2"};
    (void)state;
    struct parsed p = parse_ok("--cluster=a,b:1,[::1]:2,::1,c|10.0.0.1|3,d||4 -o cluster_set");
    assert_string_equal(p.o.cluster, "a,b:1,[::1]:2,::1,c|10.0.0.1|3,d||4");
    assert_true(p.o.cluster_set);
    drop(&p);
    for (size_t i = 0; i < N_OF(wrong); i++) {
        char line[64];
        snprintf(line, sizeof line, "--cluster=%s", wrong[i]);
        must_complain(line, "--cluster|host:port");
    }
}

static void
test_tls(void **state)
{
    (void)state;
    struct parsed p = parse(
        "-Z -o ssl_chain_cert=/c.pem,ssl_verify_mode=2,ssl_ca_cert=/r,ssl_wbuf_size=64,ssl_session_cache");
    assert_int_equal(p.result, OPTIONS_OK);
    assert_true(p.o.tls && p.o.ssl_session_cache && !p.o.ssl_kernel_tls);
    assert_string_equal(p.o.ssl_chain_cert, "/c.pem");
    assert_null(p.o.ssl_key);
    assert_int_equal(p.o.ssl_verify_mode, 2);
    assert_int_equal(p.o.ssl_wbuf_size, 65536);
    assert_int_equal(p.o.ssl_min_version, 2);
    assert_int_equal(p.o.ssl_handshake_timeout_s, 10);
    assert_string_equal(p.err, "");
    drop(&p);
    must_complain("-Z", "--enable-ssl|ssl_chain_cert");
    must_complain("-Z -o ssl_chain_cert=/c.pem -p 0 -s /s", "--enable-ssl|TCP");
    must_complain("-o ssl_verify_mode=4", "ssl_verify_mode|from 0 to 3");
    must_complain("-o ssl_min_version=tlsv1.2", "ssl_min_version|from 0 to 3");
    must_complain("-o ssl_keyformat=3", "ssl_keyformat|from 1 to 2");
    must_complain("-o ssl_handshake_timeout=0", "ssl_handshake_timeout|from 1");
}

static void
test_certificates_of_clients_need_a_root(void **state)
{
    (void)state;
    must_complain("-Z -o ssl_chain_cert=/c.pem,ssl_verify_mode=2", "ssl_verify_mode is 2|ssl_ca_cert=<file>");
    must_complain("-Z -o ssl_chain_cert=/c.pem,ssl_verify_mode=3", "ssl_verify_mode is 3|ssl_ca_cert=<file>");
    struct parsed warned = parse("-Z -o ssl_chain_cert=/c.pem -l a,tag[t]:mtls:b:1");
    assert_int_equal(warned.result, OPTIONS_OK);
    assert_non_null(strstr(warned.err, "warning: -l has mtls"));
    drop(&warned);
    static const char *const good[] = {"-Z -o ssl_chain_cert=/c.pem,ssl_verify_mode=1",
        "-o ssl_verify_mode=2", "-Z -o ssl_chain_cert=/c.pem,ssl_verify_mode=3,ssl_ca_cert=/r -l a,mtls:b",
        "-Z -o ssl_chain_cert=/c.pem -l a,mtls.example,btls:b"};
    for (size_t i = 0; i < N_OF(good); i++) {
        struct parsed p = parse_ok(good[i]);
        drop(&p);
    }
}

static void
test_datagrams_are_not_served_beside_tls_unless_asked_for(void **state)
{
    (void)state;
    static const char *const lists[] = {"", " -l a", " -l a,btls:b", " -l notls.example", " -l [::1]:1,b:2"};
    char line[128];
    for (size_t i = 0; i < N_OF(lists); i++) {
        snprintf(line, sizeof line, "-Z -o ssl_chain_cert=/c.pem -U 1%s", lists[i]);
        must_complain(line, "--udp-port|is 1|notls:<address>");
    }
    must_complain("-Z -o ssl_chain_cert=/c.pem -U -1", "--udp-port|is -1|notls:<address>");
    static const char *const good[] = {"-U 1 -l a", "-Z -o ssl_chain_cert=/c.pem -U 1 -l notls:a",
        "-Z -o ssl_chain_cert=/c.pem -U 1 -l a,proto[ascii]:notls:[::1]:2,mtls:b -o ssl_ca_cert=/r",
        "-Z -o ssl_chain_cert=/c.pem -U 0", "-Z -o ssl_chain_cert=/c.pem -l a"};
    for (size_t i = 0; i < N_OF(good); i++) {
        struct parsed p = parse_ok(good[i]);
        drop(&p);
    }
}

static void
test_refused(void **state)
{
    (void)state;
    must_complain("--memory-file=x", "--memory-file");
    must_complain("-o ext_path=/x:1G", "ext_path");
    must_complain("-o proxy_config=x", "proxy_config");
}

static void
test_extended(void **state)
{
    (void)state;
    struct parsed p =
        parse_ok("-o no_maxconns_fast,idle_timeout=30 -o track_sizes,slab_reassign,slab_automove");
    assert_false(p.o.maxconns_fast);
    assert_int_equal(p.o.idle_timeout_s, 30);
    assert_true(p.o.track_sizes);
    assert_int_equal(p.o.automove, 1);
    assert_string_equal(p.err, ""); /* the defaults cause no warning */
    drop(&p);
    must_complain("-o nonsense", "nonsense");
    must_complain("-o no_idle_timeout", "no_idle_timeout");
    must_complain("-o idle_timeout=x", "idle_timeout|a number");
    must_complain("-o slab_automove=3", "from 0 to 2");
    must_complain("-o maxconns_fast=1", "maxconns_fast|yes or no");
    must_complain("-o no_maxconns_fast=yes", "no_maxconns_fast");
    must_complain("-o idle_timeout", "idle_timeout|needs a value|seconds");
    must_complain("-o hashpower", "hashpower|needs a value");
    must_complain("-o hashpower=99", "hashpower|\"99\"|from 12 to 32");
    must_complain("-o hash_algorithm=md5", "hash_algorithm|jenkins|murmur3|xxh3");
    must_complain("-o hot_lru_pct=80", "hot_lru_pct|from 1 to 79");
}

static void
test_warnings(void **state)
{
    (void)state;
    struct parsed p = parse_ok("-o no_lru_crawler,slab_chunk_max=1,hashpower=20");
    assert_false(p.o.lru_crawler);
    assert_non_null(strstr(p.err, "-o lru_crawler: warning: "));
    assert_non_null(strstr(p.err, "-o slab_chunk_max: warning: "));
    assert_non_null(strstr(p.err, "-o hashpower: warning: "));
    drop(&p);

    p = parse_ok("-p 0");
    assert_non_null(strstr(p.err, "warning: -p 0"));
    drop(&p);
    p = parse_ok("-p 0 -s /s");
    assert_string_equal(p.err, "");
    drop(&p);

    p = parse_ok("-o no_modern");
    assert_false(p.o.maxconns_fast || p.o.slab_reassign || p.o.lru_crawler || p.o.lru_maintainer);
    assert_int_equal(p.o.automove, 0);
    drop(&p);
}

/*
 * All options of memcached 1.6.45: each is accepted, accepted with a warning that names it, or refused
 * with an error that names it.
 */
static void
test_all_of_memcached(void **state)
{
    (void)state;
    static const char *const taken[] = {"-p 1", "--port=1", "-U 0", "--udp-port=0", "-s /s",
        "--unix-socket=/s", "-a 700", "--unix-mask=0700", "-A", "--enable-shutdown", "-l ::1",
        "--listen=127.0.0.1:5", "-d", "--daemon", "-r", "--enable-coredumps", "-u nobody", "--user=nobody",
        "-m 64", "--memory-limit=64", "-M", "--disable-evictions", "-c 1024", "--conn-limit=1024", "-k",
        "--lock-memory", "-v", "-vv", "-vvv", "--verbose", "--verbose=2", "-P /p", "--pidfile=/p", "-f 1.25",
        "--slab-growth-factor=1.25", "-n 48", "--slab-min-size=48", "-L", "--enable-largepages",
        "-D :", "-t 4", "--threads=4", "-R 20", "--max-reqs-per-event=20", "-C", "--disable-cas", "-b 1024",
        "--listen-backlog=1024", "-B auto", "--protocol=ascii", "-I 1m", "--max-item-size=1m", "-F",
        "--disable-flush-all", "-X", "--disable-dumping", "-W", "--disable-watch", "-o modern",
        "--extended=modern", "-o maxconns_fast,no_maxconns_fast", "-o idle_timeout=0", "-o track_sizes",
        "-o slab_reassign,slab_automove,slab_automove=1",
        "-o no_slab_reassign,no_slab_automove,slab_automove=2",
        "-o slab_automove_ratio=0.8,slab_automove_window=10", "-o lru_crawler,lru_maintainer"};
    static const char *const warned[] = {"hashpower=16", "no_hashexpand", "hash_algorithm=jenkins",
        "hash_algorithm=murmur3", "hash_algorithm=xxh3", "tail_repair_time=10", "slab_sizes=100-200-300",
        "slab_chunk_max=512", "no_chunked_items", "inline_ascii_resp", "no_inline_ascii_resp",
        "resp_obj_mem_limit=10", "read_buf_mem_limit=10", "no_lru_crawler", "lru_crawler_sleep=100",
        "lru_crawler_tocrawl=0", "no_lru_maintainer", "hot_lru_pct=20", "warm_lru_pct=40",
        "hot_max_factor=0.2", "warm_max_factor=2.0", "temporary_ttl=61", "slab_automove_freeratio=0.01",
        "no_modern"};
    static const char *const refused[] = {"ext_path=/x:1G", "ext_page_size=64", "ext_wbuf_size=4",
        "ext_threads=1", "ext_io_depth=1", "ext_item_size=512", "ext_item_age=9", "ext_low_ttl=0",
        "ext_recache_rate=2000", "ext_compact_under=1", "ext_drop_under=1", "ext_max_sleep=1",
        "ext_max_frag=0.8", "ext_drop_unread", "proxy_config=x", "proxy_arg=x", "proxy_uring",
        "proxy_memprofile"};
    for (size_t i = 0; i < N_OF(taken); i++) {
        struct parsed p = parse_ok(taken[i]);
        assert_string_equal(p.err, "");
        drop(&p);
    }
    for (size_t i = 0; i < N_OF(warned); i++) {
        char line[64];
        snprintf(line, sizeof line, "-o %s", warned[i]);
        struct parsed p = parse_ok(line);
        if (strstr(p.err, ": warning: ") == NULL)
            fail_msg("%s: no warning, but \"%s\"", line, p.err);
        drop(&p);
    }
    for (size_t i = 0; i < N_OF(refused); i++) {
        char line[64], name[64];
        snprintf(line, sizeof line, "-o %s", refused[i]);
        snprintf(name, sizeof name, "-o %.*s|larder", (int)strcspn(refused[i], "="), refused[i]);
        must_complain(line, name);
    }
    struct parsed p = parse_ok("-N 4");
    assert_non_null(strstr(p.err, "-N (--napi-ids): warning: "));
    drop(&p);
}

static void
must_speak(const char *line, const char *protocol)
{
    struct parsed p = parse_ok(line);
    assert_string_equal(p.o.protocol, protocol);
    drop(&p);
}

/* The login determines the protocol: -S needs binary, -Y needs ascii, both need auto. */
static void
test_logins(void **state)
{
    (void)state;
    must_speak("", "auto");
    must_speak("-S", "binary");
    must_speak("-S -B binary", "binary");
    must_speak("-Y /f", "ascii");
    must_speak("-Y /f -B ascii", "ascii");
    must_speak("-S -Y /f", "auto");
    must_speak("-S -Y /f -B auto", "auto");
    must_complain("-S -B auto", "--protocol|is auto: with -S expected binary");
    must_complain("-S -B binary -B ascii", "is ascii: with -S expected binary");
    must_complain("-Y /f -B binary", "is binary: with -Y expected ascii");
    must_complain("-Y /f -B auto", "is auto: with -Y expected ascii");
    must_complain("-S -Y /f -B binary", "with -S and -Y expected auto");
    struct parsed p = parse_ok("-Y users");
    assert_true(p.o.auth_file[0] == '/');
    assert_false(options_given(&p.o, OPTION_protocol));
    drop(&p);
}

/* memcached's tests search the help text for words to learn what a server supports. */
static void
test_help(void **state)
{
    (void)state;
    static const char *const cannot[] = {"ext_path", "proxy_config", "no_drop_privileges"};
    struct parsed p = parse("-h");
    assert_int_equal(p.result, OPTIONS_SHOWN);
    assert_non_null(strstr(p.out, "-s, --unix-socket=<file>"));
    assert_non_null(strstr(p.out, "(default: 11211)"));
    assert_non_null(strstr(p.out, "sasl"));
    assert_non_null(strstr(p.out, "enable-ssl"));
    assert_null(strstr(p.out, " \n"));
    for (size_t i = 0; i < N_OF(cannot); i++)
        assert_null(strstr(p.out, cannot[i]));
    drop(&p);
}

static void
test_version_and_license(void **state)
{
    (void)state;
    struct parsed p = parse("-V");
    assert_int_equal(p.result, OPTIONS_SHOWN);
    assert_string_equal(p.out, "larderd " SERVER_VERSION " (memcached 1.6.45 protocol)\n");
    drop(&p);
    p = parse("--license");
    assert_int_equal(p.result, OPTIONS_SHOWN);
    assert_non_null(strstr(p.out, "Redistribution and use"));
    drop(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_engine),
        cmocka_unit_test(test_every_way_of_writing),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_listen_is_a_list),
        cmocka_unit_test(test_policies_are_the_engines),
        cmocka_unit_test(test_words_that_are_no_options),
        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_cluster),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_certificates_of_clients_need_a_root),
        cmocka_unit_test(test_datagrams_are_not_served_beside_tls_unless_asked_for),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_extended),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_all_of_memcached),
        cmocka_unit_test(test_logins),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_version_and_license),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
