/* users: password files, valid and invalid, and which logins they permit. */
#include "server/auth/password.h"
#include "server/auth/users.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Cheap scrypt hashes of "secret" and of "pw". */
#define SECRET "$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gEeb/KeWbm5g+kBQOFr1yJbkjBxxxDOkhSmrSXFFwOg"
#define PW     "$scrypt$ln=1,r=1,p=1$c2FsdHNhbHQ$jegQaq/1FMErh3woQ1rW8w"

static char path[] = "/tmp/larder-t-users-XXXXXX";

static int
make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    close(fd);
    return fd < 0;
}

static int
remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void
write_file(struct bytes text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
    assert_int_equal(fclose(f), 0);
}

static struct users *
read_users(struct bytes text)
{
    char why[512] = "";
    write_file(text);
    struct users *u = users_read(path, why, sizeof why);
    if (u == NULL)
        fail_msg("%s", why);
    return u;
}

#define READ(literal) read_users(BYTES(literal))

static struct bytes
text_of(const char *text)
{
    return bytes_of(text, strlen(text));
}

static void
must_welcome(struct users *u, const char *name, const char *password, enum rights wanted)
{
    struct users_result result = {.rights = RIGHTS_N};
    assert_int_equal(users_check(u, text_of(name), text_of(password), &result), USERS_WELCOME);
    assert_int_equal(result.rights, wanted);
}

static void
must_refuse(struct users *u, const char *name, const char *password)
{
    struct users_result result;
    assert_int_equal(users_check(u, text_of(name), text_of(password), &result), USERS_REFUSED);
}

/* memcached's format: the password is all after the first colon, and any line end is accepted. */
static void
test_plain(void **state)
{
    (void)state;
    struct users *u = READ("foo:bar\nbaaaz:quux\r\ncolons:a:b:c\nspaces: p w \nlast:one");
    assert_int_equal(users_n(u), 5);
    must_welcome(u, "foo", "bar", RIGHTS_ALL);
    must_welcome(u, "baaaz", "quux", RIGHTS_ALL);
    must_welcome(u, "colons", "a:b:c", RIGHTS_ALL);
    must_welcome(u, "spaces", " p w ", RIGHTS_ALL);
    must_welcome(u, "last", "one", RIGHTS_ALL);
    must_refuse(u, "foo", "ba");
    must_refuse(u, "foo", "barr");
    must_refuse(u, "foo", "");
    must_refuse(u, "fo", "bar");
    must_refuse(u, "fooo", "bar");
    must_refuse(u, "", "bar");
    must_refuse(u, "baaaz", "quux\r");
    must_refuse(u, "colons", "a");
    must_refuse(u, "foo:bar", "");
    must_refuse(u, "foo", "quux");
    users_free(&u);
    assert_null(u);
}

static void
test_roles(void **state)
{
    (void)state;
    struct users *u = READ("# one user for each role\n"
                           "r role=read:r\nw role=write:w\nm  role=monitor:m:m\na role=admin:a\n\n \t\n"
                           "h role=read:" SECRET "\n");
    assert_int_equal(users_n(u), 5);
    must_welcome(u, "r", "r", RIGHTS_READ);
    must_welcome(u, "w", "w", RIGHTS_WRITE);
    must_welcome(u, "m", "m:m", RIGHTS_MONITOR);
    must_welcome(u, "a", "a", RIGHTS_ALL);
    must_welcome(u, "h", "secret", RIGHTS_READ);
    users_free(&u);
}

/*
 * The first check of a password computes the scrypt hash; a correct password is then remembered, a wrong
 * one never.
 */
static void
test_hashes(void **state)
{
    (void)state;
    struct users_result result;
    struct users *u = READ("foo:" SECRET "\nbar:" PW "\nplain:secret\n");
    for (int i = 0; i < 3; i++) {
        must_refuse(u, "foo", "pw");
        must_welcome(u, "foo", "secret", RIGHTS_ALL);
        must_refuse(u, "foo", SECRET);
        assert_int_equal(users_check(u, BYTES("foo"), BYTES("secret\0"), &result), USERS_REFUSED);
        must_welcome(u, "bar", "pw", RIGHTS_ALL);
        must_refuse(u, "bar", "secret");
        must_welcome(u, "plain", "secret", RIGHTS_ALL);
        must_refuse(u, "nobody", "secret"); /* checked against another user's hash, but always refused */
        must_refuse(u, "nobody else", "pw");
    }
    users_free(&u);
}

/* A user may have several passwords, so that one can be changed in two steps. */
static void
test_two_passwords(void **state)
{
    (void)state;
    struct users *u = READ("foo:old\nbar:x\nfoo role=read:" SECRET "\nfoo:older\n");
    must_welcome(u, "foo", "old", RIGHTS_ALL);
    must_welcome(u, "foo", "secret", RIGHTS_READ);
    must_welcome(u, "foo", "older", RIGHTS_ALL);
    must_refuse(u, "foo", "x");
    must_refuse(u, "bar", "old");
    users_free(&u);
}

static void
must_say(struct users *u, const char *name, const char *password, enum users_answer quickly,
    enum users_answer wholly, uint32_t n_hashes)
{
    struct users_result result;
    assert_int_equal(users_check_quickly(u, text_of(name), text_of(password), &result), quickly);
    assert_int_equal(result.n_hashes, 0);
    assert_int_equal(users_check(u, text_of(name), text_of(password), &result), wholly);
    assert_int_equal(result.n_hashes, n_hashes);
}

/*
 * users_check_quickly decides what needs no hash.  A name that does not exist costs as many hashes as one
 * that does.
 */
static void
test_check_quickly(void **state)
{
    (void)state;
    struct users *u = READ("foo:" SECRET "\nfoo role=read:pw\nfoo role=write:" PW "\n");
    must_say(u, "foo", "wrong", USERS_UNDECIDED, USERS_REFUSED, 2);
    must_say(u, "nobody", "wrong", USERS_UNDECIDED, USERS_REFUSED, 2);
    must_say(u, "nobody", "secret", USERS_UNDECIDED, USERS_REFUSED, 1);
    must_say(u, "foo", "secret", USERS_UNDECIDED, USERS_WELCOME, 1);
    must_say(u, "foo", "secret", USERS_WELCOME, USERS_WELCOME, 0);
    must_say(u, "foo", "pw", USERS_WELCOME, USERS_WELCOME, 0);
    /* the remembered digest is compared before the hash of the same password is computed */
    must_welcome(u, "foo", "pw", RIGHTS_READ);
    must_say(u, "nobody", "pw", USERS_UNDECIDED, USERS_REFUSED, 2);
    must_say(u, "", "wrong", USERS_REFUSED, USERS_REFUSED, 0);
    must_say(u, "foo", "", USERS_REFUSED, USERS_REFUSED, 0);
    users_free(&u);
    u = READ("foo:bar\n");
    must_say(u, "foo", "wrong", USERS_REFUSED, USERS_REFUSED, 0);
    must_say(u, "nobody", "wrong", USERS_REFUSED, USERS_REFUSED, 0);
    users_free(&u);
}

static void
must_not_read(struct bytes text, const char *because)
{
    char why[512] = "";
    write_file(text);
    struct users *u = users_read(path, why, sizeof why);
    if (u != NULL)
        fail_msg("accepted: %.*s", (int)text.n, text.p);
    assert_int_equal(strncmp(why, path, strlen(path)), 0);
    if (strstr(why, because) == NULL)
        fail_msg("expected %s in %s", because, why);
    if (strstr(why, "hush") != NULL)
        fail_msg("the error contains a password: %s", why);
}

static void
test_mistakes(void **state)
{
    char long_name[400], long_password[PASSWORD_MAX + 16];
    (void)state;
    must_not_read(BYTES(""), "expected at least one user");
    must_not_read(BYTES("\n# nobody:hush\n"), "expected at least one user");
    must_not_read(BYTES("a:hush\nhush\n"), ":2: expected name:password");
    must_not_read(BYTES("a:hush\n\n:hush\n"), ":3: expected a name");
    must_not_read(BYTES("a:\n"), ":1: there is no password");
    must_not_read(BYTES("hush role=reader:hush\n"), ":1: expected one of the roles");
    must_not_read(BYTES("hush role=:hush\n"), ":1: expected one of the roles");
    must_not_read(BYTES("hush rule=read:hush\n"), ":1: expected name:password, or name role=");
    must_not_read(BYTES("hush role=read more:hush\n"), ":1: expected name:password, or name role=");
    must_not_read(BYTES(" hush:hush\n"), ":1: a space");
    must_not_read(BYTES("hush :hush\n"), ":1: a space");
    must_not_read(BYTES("hush:hu\0sh\n"), ":1: a zero byte");
    must_not_read(BYTES("hush:$scrypt$hush\n"), ":1: the hash's parameters");
    must_not_read(BYTES("a:b\na:c\na:d\na:e\na:f\n"), "more than 4 lines for one user");
    memset(long_name, 'n', sizeof long_name);
    memcpy(long_name + USERS_NAME_MAX + 1, ":hush\n", 6);
    must_not_read(bytes_of(long_name, USERS_NAME_MAX + 7), ":1: expected a name of 1 to 255");
    memset(long_password, 'p', sizeof long_password);
    memcpy(long_password, "a:", 2);
    must_not_read(bytes_of(long_password, 2 + PASSWORD_MAX + 1), ":1: the password is longer");
}

static void
test_long(void **state)
{
    char text[USERS_NAME_MAX + 1 + PASSWORD_MAX];
    struct users_result result;
    (void)state;
    memset(text, 'n', USERS_NAME_MAX);
    text[USERS_NAME_MAX] = ':';
    memset(text + USERS_NAME_MAX + 1, 'p', PASSWORD_MAX);
    struct users *u = read_users(bytes_of(text, sizeof text));
    struct bytes name = bytes_of(text, USERS_NAME_MAX),
                 password = bytes_of(name.p + name.n + 1, PASSWORD_MAX);
    assert_int_equal(users_check(u, name, password, &result), USERS_WELCOME);
    password.n--;
    assert_int_equal(users_check(u, name, password, &result), USERS_REFUSED);
    char *longer = calloc(1, PASSWORD_MAX + 1);
    assert_int_equal(users_check(u, name, bytes_of(longer, PASSWORD_MAX + 1), &result), USERS_REFUSED);
    assert_int_equal(users_check(u, bytes_of(longer, USERS_NAME_MAX + 1), password, &result), USERS_REFUSED);
    free(longer);
    users_free(&u);
}

static void
test_not_a_file(void **state)
{
    char why[512];
    (void)state;
    assert_null(users_read("/nonexistent/users", why, sizeof why));
    assert_non_null(strstr(why, "No such file"));
    assert_null(users_read("/tmp", why, sizeof why));
    assert_non_null(strstr(why, "not a regular file"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_null(users_read(path, why, sizeof why)); /* without waiting for a writer */
    assert_non_null(strstr(why, "not a regular file"));
}

enum { MANY = 10000 };

static void
test_many(void **state)
{
    char *text = malloc(MANY * 32), *p = text, name[16], password[16];
    (void)state;
    for (int i = 0; i < MANY; i++)
        p += sprintf(p, "user%d%s:pass%d\n", i, i % 2 ? " role=read" : "", i);
    struct users *u = read_users(bytes_of(text, (size_t)(p - text)));
    free(text);
    assert_int_equal(users_n(u), MANY);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "user%d", i);
        snprintf(password, sizeof password, "pass%d", i);
        must_welcome(u, name, password, i % 2 ? RIGHTS_READ : RIGHTS_ALL);
        snprintf(password, sizeof password, "pass%d", i + 1);
        must_refuse(u, name, password);
        snprintf(name, sizeof name, "usr%d", i);
        must_refuse(u, name, password);
    }
    users_free(&u);
}

/* Any content results in a table or an error, without a read out of bounds, which the sanitizers check. */
static void
test_random_content(void **state)
{
    static const char *const pieces[] = {"a", "user", ":", ":", "\n", "\n", "\r\n", " ", " role=read",
        "role=", "$scrypt$", "ln=4,r=8,p=1$", "MDEyMzQ1Njc4OWFiY2RlZg$", "#", "\t", "\xff", SECRET, "="};
    char text[2048], why[512];
    struct users_result result;
    unsigned seed = 1, n_good = 0;
    (void)state;
    for (int round = 0; round < 1000; round++) {
        size_t n = 0;
        for (unsigned left = (unsigned)rand_r(&seed) % 12; left > 0; left--) {
            const char *piece = pieces[(unsigned)rand_r(&seed) % N_OF(pieces)];
            memcpy(text + n, piece, strlen(piece));
            n += strlen(piece);
        }
        if (n > 0 && round % 8 == 0)
            text[(unsigned)rand_r(&seed) % n] = (char)rand_r(&seed);
        write_file(bytes_of(text, n));
        struct users *u = users_read(path, why, sizeof why);
        if (u == NULL)
            continue;
        n_good++;
        assert_int_equal(users_check(u, BYTES("nobody there"), BYTES("x"), &result), USERS_REFUSED);
        users_free(&u);
    }
    assert_in_range(n_good, 10, 900);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_two_passwords),
        cmocka_unit_test(test_check_quickly),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_random_content),
        cmocka_unit_test(test_not_a_file),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
