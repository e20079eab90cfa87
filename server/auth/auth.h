/*
 * auth: who may log in, how, and what becomes of it.
 *
 * There are two ways: the text protocol's (-Y <file>) and the binary one's
 * (-S, SASL).  Each has a table of users, read from its file at the start and
 * again on SIGHUP; a file that is wrong leaves the old table in force.  The
 * users of SASL are those of the file that MEMCACHED_SASL_PWDB names, or of -Y
 * if there is none, or what Cyrus SASL knows if there is neither.
 *
 * Whoever has logged in stays so: a reload decides about the logins to come.
 *
 * Threads: auth_new, auth_free and auth_reload on the main thread; the rest on
 * any.
 * Locks:   which table is in force is under auth.lock (LOCK_LEAF); a password
 * is checked outside, on a table that cannot go while it is.
 */
#ifndef SERVER_AUTH_AUTH_H
#define SERVER_AUTH_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"
#include "server/auth/role.h"
#include "server/auth/users.h"

struct auth;
struct cyrus_session; /* cyrus.h */
struct options;

enum auth_way { AUTH_TEXT, AUTH_SASL, AUTH_N_WAYS };

enum {
    LOGIN_BYTES_MAX = 2048, /* of a login's name and password together */
    LOGIN_FAILURES_MAX = 8, /* of one connection, which then ends */
};

/* What a connection remembers of its logging in.  All zero is the beginning. */
struct login {
    uint8_t n_failures;
    bool step; /* SASL: PLAIN has begun, and its one message is to come */
    struct cyrus_session *cyrus;
};

/* NULL if a file of users cannot be had: `why` says it. */
MUST_USE struct auth *auth_new(const struct options *, char *why, size_t n_why);
void auth_free(struct auth **);

/* Reads the files again.  false: `why` says which is wrong, and all stay in force as they were. */
MUST_USE bool auth_reload(struct auth *, char *why, size_t n_why);

/* Whether anybody can log in this way. */
bool auth_has(const struct auth *, enum auth_way);

/* Whether it is Cyrus who knows the users of SASL. */
bool auth_is_cyrus(const struct auth *);

/* What a connection may do that has not logged in. */
enum rights auth_rights_at_first(const struct auth *);

struct auth_attempt {
    enum auth_way way;
    struct bytes name, password;
};

/*
 * As users_check, and users_check_quickly, in the table that is in force; `rights` are those of a name that is
 * welcome.  In SASL a name is also looked for with @ and this machine's name behind it, as memcached does.
 */
MUST_USE enum users_answer auth_check(struct auth *, const struct auth_attempt *, enum rights *);
MUST_USE enum users_answer auth_check_quickly(struct auth *, const struct auth_attempt *, enum rights *);

/* Hashes that were computed since the start. */
uint64_t auth_n_hashes(const struct auth *);

/*
 * Logs a login that was refused, on the socket `fd`; not every one, when there are many.
 * `why` is NULL where name and password are.
 */
void auth_log_refused(struct auth *, int fd, struct bytes name, const char *why);

#endif
