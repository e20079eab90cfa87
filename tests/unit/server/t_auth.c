/* auth: which files are read, reloads, and logins during a reload. */
#include "server/auth/auth.h"

#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/options/options.h"

static char dir[] = "/tmp/larder-t-auth-XXXXXX", text_path[64], sasl_path[64];

static int
make_dir(void **state)
{
    (void)state;
    if (mkdtemp(dir) == NULL)
        return 1;
    snprintf(text_path, sizeof text_path, "%s/text", dir);
    snprintf(sasl_path, sizeof sasl_path, "%s/sasl", dir);
    return 0;
}

static int
remove_dir(void **state)
{
    (void)state;
    unlink(text_path);
    unlink(sasl_path);
    return rmdir(dir);
}

static void
write_file(const char *path, const char *text)
{
    char other[80];
    snprintf(other, sizeof other, "%s.new", path);
    FILE *f = fopen(other, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(rename(other, path), 0);
}

static struct auth *
new_auth(const struct options *o)
{
    char why[512];
    struct auth *a = auth_new(o, why, sizeof why);
    if (a == NULL)
        fail_msg("%s", why);
    return a;
}

static enum users_answer
check(struct auth *a, enum auth_way way, const char *name, const char *password)
{
    enum rights rights;
    const struct auth_attempt attempt = {
        .way = way, .name = bytes_of(name, strlen(name)), .password = bytes_of(password, strlen(password))};
    return auth_check(a, &attempt, &rights);
}

static void
test_without_login(void **state)
{
    const struct options o = {0};
    (void)state;
    struct auth *a = new_auth(&o);
    assert_false(auth_has(a, AUTH_TEXT));
    assert_false(auth_has(a, AUTH_SASL));
    assert_int_equal(auth_rights_at_first(a), RIGHTS_ALL);
    assert_int_equal(check(a, AUTH_TEXT, "foo", "bar"), USERS_REFUSED);
    char why[512];
    assert_true(auth_reload(a, why, sizeof why));
    auth_free(&a);
    assert_null(a);
}

static void
test_text(void **state)
{
    const struct options o = {.auth_file = text_path};
    (void)state;
    write_file(text_path, "foo:bar\n");
    struct auth *a = new_auth(&o);
    assert_true(auth_has(a, AUTH_TEXT));
    assert_false(auth_has(a, AUTH_SASL));
    assert_int_equal(auth_rights_at_first(a), RIGHTS_BEFORE_LOGIN);
    assert_int_equal(check(a, AUTH_TEXT, "foo", "bar"), USERS_WELCOME);
    assert_int_equal(check(a, AUTH_SASL, "foo", "bar"), USERS_REFUSED);
    auth_free(&a);
}

/* With -Y and -S, SASL has its own password file, or that of -Y. */
static void
test_both(void **state)
{
    const struct options o = {.auth_file = text_path, .sasl = true};
    (void)state;
    write_file(text_path, "foo:bar\n");
    write_file(sasl_path, "me:you\n");
    struct auth *a = new_auth(&o);
    assert_int_equal(check(a, AUTH_SASL, "foo", "bar"), USERS_WELCOME);
    auth_free(&a);
    setenv("MEMCACHED_SASL_PWDB", sasl_path, 1);
    a = new_auth(&o);
    assert_int_equal(check(a, AUTH_SASL, "foo", "bar"), USERS_REFUSED);
    assert_int_equal(check(a, AUTH_SASL, "me", "you"), USERS_WELCOME);
    assert_int_equal(check(a, AUTH_TEXT, "me", "you"), USERS_REFUSED);
    assert_int_equal(check(a, AUTH_TEXT, "foo", "bar"), USERS_WELCOME);
    auth_free(&a);
    unsetenv("MEMCACHED_SASL_PWDB");
}

/* The user foo is foo@<this machine>, unless the file has a plain foo. */
static void
test_at_host(void **state)
{
    char host[256] = "", text[600];
    const struct options o = {.auth_file = text_path, .sasl = true};
    (void)state;
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    snprintf(text, sizeof text, "foo@%s:bar\nme:you\nme@%s:them\n", host, host);
    write_file(text_path, text);
    struct auth *a = new_auth(&o);
    assert_int_equal(check(a, AUTH_SASL, "foo", "bar"), USERS_WELCOME);
    assert_int_equal(check(a, AUTH_TEXT, "foo", "bar"), USERS_REFUSED);
    assert_int_equal(check(a, AUTH_SASL, "foo@elsewhere", "bar"), USERS_REFUSED);
    assert_int_equal(check(a, AUTH_SASL, "me", "you"), USERS_WELCOME);
    assert_int_equal(check(a, AUTH_SASL, "me", "them"), USERS_REFUSED);
    auth_free(&a);
}

static void
must_not_start(const struct options *o, const char *because)
{
    char why[512] = "";
    assert_null(auth_new(o, why, sizeof why));
    if (strstr(why, because) == NULL)
        fail_msg("%s", why);
}

/* Without a file, Cyrus SASL checks the passwords, if this build has it. */
static void
test_no_file(void **state)
{
    char why[512] = "";
    const struct options o = {.sasl = true};
    (void)state;
    struct auth *a = auth_new(&o, why, sizeof why);
    if (a == NULL) {
        assert_non_null(strstr(why, "MEMCACHED_SASL_PWDB"));
        return;
    }
    assert_true(auth_is_cyrus(a));
    assert_true(auth_has(a, AUTH_SASL));
    assert_false(auth_has(a, AUTH_TEXT));
    assert_int_equal(auth_rights_at_first(a), RIGHTS_BEFORE_LOGIN);
    assert_int_equal(check(a, AUTH_SASL, "foo", "bar"), USERS_REFUSED);
    assert_true(auth_reload(a, why, sizeof why));
    auth_free(&a);
}

static void
test_bad_file_at_start(void **state)
{
    (void)state;
    unlink(text_path);
    must_not_start(&(struct options){.auth_file = text_path}, "No such file");
    write_file(text_path, "foo:bar\nnonsense\n");
    must_not_start(&(struct options){.auth_file = text_path}, "/text:2: ");
}

/* An invalid or missing file changes nothing. */
static void
test_reload(void **state)
{
    char why[512];
    const struct options o = {.auth_file = text_path};
    (void)state;
    write_file(text_path, "foo:bar\n");
    struct auth *a = new_auth(&o);
    write_file(text_path, "foo:new\nnonsense\n");
    assert_false(auth_reload(a, why, sizeof why));
    assert_non_null(strstr(why, "/text:2: "));
    assert_int_equal(check(a, AUTH_TEXT, "foo", "bar"), USERS_WELCOME);
    unlink(text_path);
    assert_false(auth_reload(a, why, sizeof why));
    assert_int_equal(check(a, AUTH_TEXT, "foo", "bar"), USERS_WELCOME);
    write_file(text_path, "foo:new\n");
    assert_true(auth_reload(a, why, sizeof why));
    assert_int_equal(check(a, AUTH_TEXT, "foo", "bar"), USERS_REFUSED);
    assert_int_equal(check(a, AUTH_TEXT, "foo", "new"), USERS_WELCOME);
    auth_free(&a);
}

/* With two files, an error in one keeps both as they were. */
static void
test_reload_both(void **state)
{
    char why[512];
    const struct options o = {.auth_file = text_path, .sasl = true};
    (void)state;
    write_file(text_path, "foo:bar\n");
    write_file(sasl_path, "me:you\n");
    setenv("MEMCACHED_SASL_PWDB", sasl_path, 1);
    struct auth *a = new_auth(&o);
    unsetenv("MEMCACHED_SASL_PWDB");
    write_file(text_path, "foo:new\n");
    write_file(sasl_path, "nonsense\n");
    assert_false(auth_reload(a, why, sizeof why));
    assert_int_equal(check(a, AUTH_TEXT, "foo", "bar"), USERS_WELCOME);
    assert_int_equal(check(a, AUTH_SASL, "me", "you"), USERS_WELCOME);
    write_file(sasl_path, "me:new\n");
    assert_true(auth_reload(a, why, sizeof why));
    assert_int_equal(check(a, AUTH_TEXT, "foo", "new"), USERS_WELCOME);
    assert_int_equal(check(a, AUTH_SASL, "me", "new"), USERS_WELCOME);
    auth_free(&a);
}

static _Atomic bool enough;
static _Atomic unsigned n_rounds; /* of all threads */

/* Checks passwords that every table has, and one that no table has. */
static void *
log_in_again_and_again(void *arg)
{
    struct auth *a = arg;
    while (!atomic_load(&enough)) {
        MUST(check(a, AUTH_TEXT, "always", "there") == USERS_WELCOME);
        MUST(check(a, AUTH_TEXT, "hashed", "secret") == USERS_WELCOME);
        MUST(check(a, AUTH_TEXT, "nobody", "there") == USERS_REFUSED);
        atomic_fetch_add(&n_rounds, 1);
    }
    return NULL;
}

static void
test_reload_under_load(void **state)
{
    enum { THREADS = 4, RELOADS = 200, ROUNDS = 1000 };
    static const char *const texts[] = {
        "always:there\nhashed:$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gEeb/"
        "KeWbm5g+kBQOFr1yJbkjBxxxDOkhSmrSXFFwOg\n",
        "hashed "
        "role=read:$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gEeb/"
        "KeWbm5g+kBQOFr1yJbkjBxxxDOkhSmrSXFFwOg\n# more\nx:y\nalways role=read:there",
    };
    pthread_t thread[THREADS];
    char why[512];
    const struct options o = {.auth_file = text_path};
    (void)state;
    write_file(text_path, texts[0]);
    struct auth *a = new_auth(&o);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, log_in_again_and_again, a), 0);
    for (int i = 0; i < RELOADS || atomic_load(&n_rounds) < ROUNDS; i++) {
        write_file(text_path, texts[i % 2]);
        assert_true(auth_reload(a, why, sizeof why));
    }
    atomic_store(&enough, true);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    auth_free(&a);
}

/* Hashes are counted over all tables, and auth_check_quickly computes none. */
static void
test_hashes(void **state)
{
    static const struct auth_attempt right = {AUTH_TEXT, {"hashed", 6}, {"secret", 6}},
                                     wrong = {AUTH_TEXT, {"hashed", 6}, {"secreT", 6}};
    char why[512];
    enum rights rights = RIGHTS_N;
    const struct options o = {.auth_file = text_path};
    (void)state;
    write_file(text_path, "hashed role=read:$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gEeb/"
                          "KeWbm5g+kBQOFr1yJbkjBxxxDOkhSmrSXFFwOg\n");
    struct auth *a = new_auth(&o);
    for (uint64_t i = 0; i < 2; i++) {
        assert_int_equal(auth_check_quickly(a, &right, &rights), USERS_UNDECIDED);
        assert_int_equal(auth_check_quickly(a, &wrong, &rights), USERS_UNDECIDED);
        assert_int_equal(auth_n_hashes(a), 2 * i);
        assert_int_equal(auth_check(a, &right, &rights), USERS_WELCOME);
        assert_int_equal(rights, RIGHTS_READ);
        assert_int_equal(auth_check(a, &wrong, &rights), USERS_REFUSED);
        assert_int_equal(auth_n_hashes(a), 2 * i + 2);
        assert_int_equal(auth_check_quickly(a, &right, &rights), USERS_WELCOME);
        assert_int_equal(auth_check_quickly(a, &wrong, &rights), USERS_UNDECIDED);
        assert_true(auth_reload(a, why, sizeof why)); /* the new table has not verified any password yet */
    }
    auth_free(&a);
}

/* A refused name is escaped, so that it cannot imitate a log line, and the rate of these lines is limited. */
static struct auth *logging;

static void
log_refused(void)
{
    char name[100];
    memset(name, 'n', sizeof name);
    memcpy(name, "a\n\"\\\xff b", 7);
    for (int i = 0; i < 100; i++)
        auth_log_refused(logging, -1, bytes_of(name, sizeof name), i == 0 ? NULL : "too many");
}

static void
test_log_of_refusals(void **state)
{
    static char said[64 << 10];
    const struct options o = {0};
    (void)state;
    logging = new_auth(&o);
    assert_int_equal(unit_in_child(log_refused, said, sizeof said), 0);
    assert_non_null(strstr(said, " refused: too many\n"));
    assert_non_null(strstr(said, "login of \"a\\x0a\\x22\\x5c\\xff\\x20bnn"));
    size_t n_lines = 0;
    for (const char *p = said; (p = strchr(p, '\n')) != NULL; p++)
        n_lines++;
    assert_in_range(n_lines, 10, 21);
    auth_free(&logging);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_login),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_both),
        cmocka_unit_test(test_at_host),
        cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_bad_file_at_start),
        cmocka_unit_test(test_reload),
        cmocka_unit_test(test_reload_both),
        cmocka_unit_test(test_reload_under_load),
        cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_log_of_refusals),
    };
    unsetenv("MEMCACHED_SASL_PWDB");
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
