/*
 * users: who may log in, as read from one file.
 *
 * A line is a user; empty ones and those that begin with # are comments.
 *
 *   name:password
 *   name role=<role>:password
 *
 * The first is memcached's: all behind the first colon is the password.  The
 * second cannot be taken for the first, since a name with a space in it could
 * never have logged in: the login ends the name at the first space.  Where the
 * password begins with $scrypt$ it is a hash of one (password.h).  A name may
 * have up to USERS_PASSWORDS_MAX lines, each with its own role, so that a
 * password can be changed in two steps.
 *
 * No password stays in memory.  Of a plain one there is a keyed digest, made
 * with a key of this table's own; a hash gets one as well when its user has
 * first logged in, so that only the first of many logins is slow.  Where lines of
 * one name have the same password, a digest decides before a hash.
 *
 * A name that is not there is checked as somebody else is who is, always the
 * same for the same name: so a refusal takes as long as for the right name and
 * a wrong password.
 *
 * Threads: users_read and users_free on one, the checks on any.
 * Locks:   the digests that come later are under `lock` (LOCK_LEAF).
 */
#ifndef SERVER_AUTH_USERS_H
#define SERVER_AUTH_USERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/must.h"
#include "server/auth/role.h"

enum {
    USERS_NAME_MAX = 255,
    USERS_PASSWORDS_MAX = 4, /* of one name */
};

struct users;

/* NULL: `why` says file, line and what is wrong there, and nothing of what is written there. */
MUST_USE struct users *users_read(const char *path, char *why, size_t n_why);
void users_free(struct users **);

size_t users_n(const struct users *); /* lines */
bool users_has(const struct users *, struct bytes name);

enum users_answer {
    USERS_WELCOME,
    USERS_REFUSED,
    USERS_NO_MEMORY,
    USERS_UNDECIDED, /* of users_check_quickly: a hash would tell */
};

struct users_result {
    enum rights rights; /* of a name that is welcome */
    uint32_t n_hashes;  /* that were computed */
};

/*
 * Compares digests first, and computes hashes if none of them is the password's:
 * that takes milliseconds each.
 */
MUST_USE enum users_answer users_check(
    struct users *, struct bytes name, struct bytes password, struct users_result *);

/* The same without computing a hash. */
MUST_USE enum users_answer users_check_quickly(
    struct users *, struct bytes name, struct bytes password, struct users_result *);

#endif
