/*
 * users: the users of one file.
 *
 * Each line is a user, except empty ones and comments, which begin with #.
 *
 *   name:password
 *   name role=<role>:password
 *
 * The first form is memcached's: the password is everything after the first colon.
 * The second is not ambiguous: a name with a space in it could never log in, because
 * the login ends the name at the first space.  A password that begins with $scrypt$ is
 * a hash (password.h).  A name may have up to USERS_PASSWORDS_MAX lines, each with its
 * own role, so that a password can be changed in two steps.
 *
 * No password stays in memory.  A plain one is kept as a keyed digest, made with a key of this
 * table.  A hash gets a digest as well when its user first logs in, so that only the first of many
 * logins is slow.  If lines of one name have the same password, a digest decides before a hash.
 *
 * For an unknown name, the lines of another user are checked, always those of the same one for
 * the same name.  So a refusal takes as long as for a known name with a wrong password.
 *
 * Threads: users_read and users_free on one, the checks on any.
 * Locks:   `lock` (LOCK_LEAF) guards the digests that are added later.
 */
#ifndef SERVER_AUTH_USERS_H
#define SERVER_AUTH_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"
#include "server/auth/role.h"

enum {
    USERS_NAME_MAX = 255,
    USERS_PASSWORDS_MAX = 4, /* of one name */
};

struct users;

/* NULL: `why` has file, line and error, and quotes nothing of the line. */
MUST_USE struct users *users_read(const char *path, char *why, size_t n_why);
void users_free(struct users **);

size_t users_n(const struct users *);        /* lines */
uint32_t users_rights(const struct users *); /* a bit, 1 << enum rights, for all that some line gives */
bool users_has(const struct users *, struct bytes name);

enum users_answer {
    USERS_WELCOME, /* the login succeeded */
    USERS_REFUSED,
    USERS_NO_MEMORY,
    USERS_UNDECIDED, /* of users_check_quickly: only a hash can decide */
};

struct users_result {
    enum rights rights; /* of an accepted user */
    uint32_t n_hashes;  /* that were computed */
};

/* Compares digests first, and computes hashes only if no digest matches: each takes milliseconds. */
MUST_USE enum users_answer users_check(
    struct users *, struct bytes name, struct bytes password, struct users_result *);

/* The same without computing a hash. */
MUST_USE enum users_answer users_check_quickly(
    struct users *, struct bytes name, struct bytes password, struct users_result *);

#endif
