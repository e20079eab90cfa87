/* rights: which role may run which command.  Each command has a row here. */
#include "server/rights.h"

#include "tests/unit/unit.h"

#include "server/cmd/cmd.h"
#include "server/auth/role.h"

enum may { YES, NO, PART };

struct stand {
    enum may monitor, read, write;
};

/* Without a default: a command that is missing does not compile. */
static struct stand
stand_of(enum cmd_kind kind)
{
    static const struct stand everyone = {YES, YES, YES}, looks = {PART, PART, PART}, reads = {NO, YES, YES},
                              reads_or_writes = {NO, PART, YES}, writes = {NO, NO, YES},
                              admins = {NO, NO, NO};
    switch (kind) {
    case CMD_GET:
    case CMD_GETS:
    case CMD_GET_ONE:
    case CMD_META_DEBUG: return reads;
    case CMD_META_GET: return reads_or_writes;
    case CMD_GAT:
    case CMD_GATS:
    case CMD_GAT_ONE:
    case CMD_SET:
    case CMD_ADD:
    case CMD_REPLACE:
    case CMD_APPEND:
    case CMD_PREPEND:
    case CMD_CAS:
    case CMD_DELETE:
    case CMD_INCR:
    case CMD_DECR:
    case CMD_TOUCH:
    case CMD_META_SET:
    case CMD_META_DELETE:
    case CMD_META_ARITH: return writes;
    case CMD_META_NOP:
    case CMD_VERSION:
    case CMD_QUIT:
    case CMD_SASL_LIST:
    case CMD_SASL_AUTH:
    case CMD_SASL_STEP: return everyone;
    case CMD_STATS:
    case CMD_CONFIG: return looks;
    case CMD_FLUSH_ALL:
    case CMD_VERBOSITY:
    case CMD_SHUTDOWN:
    case CMD_CACHE_MEMLIMIT:
    case CMD_SLABS:
    case CMD_LRU:
    case CMD_LRU_CRAWLER:
    case CMD_REFRESH_CERTS:
    case CMD_WATCH:
    case CMD_DEBUGTIME:
    case CMD_DEBUGITEM: return admins;
    case CMD_NONE:
    case CMD_N_KINDS: break;
    }
    fail_msg("no row for command %d", kind);
    return everyone;
}

static void
must_be(enum rights rights, enum cmd_kind kind, enum may may)
{
    cmd_fn *full = rights_tables.of[RIGHTS_ALL][kind], *f = rights_tables.of[rights][kind];
    assert_non_null(f);
    enum may is = f == cmd_forbidden ? NO : f == full ? YES : PART;
    if (is != may)
        fail_msg("rights %d, %s: %d, expected %d", rights, request_word_of(kind), is, may);
}

static void
test_every_command_and_role(void **state)
{
    (void)state;
    for (enum cmd_kind kind = CMD_NONE + 1; kind < CMD_N_KINDS; kind++) {
        struct stand stand = stand_of(kind);
        must_be(RIGHTS_ALL, kind, YES);
        must_be(RIGHTS_WRITE, kind, stand.write);
        must_be(RIGHTS_READ, kind, stand.read);
        must_be(RIGHTS_MONITOR, kind, stand.monitor);
        assert_ptr_not_equal(rights_tables.of[RIGHTS_ALL][kind], cmd_forbidden);
    }
}

/* Before a login only the login commands are allowed. */
static void
test_before_login(void **state)
{
    (void)state;
    for (enum cmd_kind kind = CMD_NONE; kind < CMD_N_KINDS; kind++) {
        cmd_fn *f = rights_tables.of[RIGHTS_BEFORE_LOGIN][kind];
        if (kind == CMD_SASL_LIST || kind == CMD_SASL_AUTH || kind == CMD_SASL_STEP)
            assert_ptr_equal(f, rights_tables.of[RIGHTS_ALL][kind]);
        else
            assert_ptr_equal(f, cmd_before_login);
    }
}

/* The commands with a streamed body are exactly those that cmd_put runs. */
static void
test_bodies(void **state)
{
    (void)state;
    for (enum cmd_kind kind = CMD_NONE; kind < CMD_N_KINDS; kind++)
        assert_int_equal(
            request_body_of(kind) == REQUEST_BODY_STREAMED, rights_tables.of[RIGHTS_ALL][kind] == cmd_put);
    assert_int_equal(request_body_of(CMD_CONFIG), REQUEST_BODY_WHOLE);
    assert_int_equal(request_body_of(CMD_GET), REQUEST_BODY_NONE);
}

static void
test_roles(void **state)
{
    enum rights rights;
    (void)state;
    assert_true(role_rights(BYTES("admin"), &rights) && rights == RIGHTS_ALL);
    assert_true(role_rights(BYTES("write"), &rights) && rights == RIGHTS_WRITE);
    assert_true(role_rights(BYTES("read"), &rights) && rights == RIGHTS_READ);
    assert_true(role_rights(BYTES("monitor"), &rights) && rights == RIGHTS_MONITOR);
    assert_false(role_rights(BYTES(""), &rights));
    assert_false(role_rights(BYTES("Read"), &rights));
    assert_false(role_rights(BYTES("readwrite"), &rights));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_command_and_role),
        cmocka_unit_test(test_before_login),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
