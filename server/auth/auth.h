/*
 * auth: checks logins against the tables of users in force.
 *
 * There are two ways to log in: that of the text protocol (-Y <file>) and that of the
 * binary one (-S, SASL).  Each has a table of users, which is read from its file at the
 * start and again on SIGHUP; if the file has an error, the old table stays in force.
 * The users of SASL are those of the file that MEMCACHED_SASL_PWDB names, or of -Y if
 * that is not set, or those of Cyrus SASL if neither is given.
 *
 * A client that has logged in stays logged in: a reload affects only later logins.
 *
 * Threads: auth_new, auth_free and auth_reload on the main thread; the rest on any.
 * Locks:   auth.lock (LOCK_LEAF) guards which table is in force; a password is checked
 *          without it, on a table that is not freed during the check.
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
    LOGIN_BYTES_MAX = 2048, /* bytes of a login's name and password together */
    LOGIN_FAILURES_MAX = 8, /* of one connection, which is then closed */
};

/* The state of a connection's login.  All zero at first. */
struct login {
    uint8_t n_failures;
    bool step; /* SASL: a login has begun, and its next message follows */
    struct cyrus_session *cyrus;
};

/* NULL if a file of users cannot be read or has an error: `why` is the reason. */
MUST_USE struct auth *auth_new(const struct options *, char *why, size_t n_why);
void auth_free(struct auth **);

/* Reads the files again.  false: `why` has the error, and all tables stay as they were. */
MUST_USE bool auth_reload(struct auth *, char *why, size_t n_why);

/* Whether clients can log in this way. */
bool auth_has(const struct auth *, enum auth_way);

/* Whether some users have other rights than others. */
bool auth_rights_differ(struct auth *);

/* Whether Cyrus has the users of SASL. */
bool auth_is_cyrus(const struct auth *);

/* The rights of a connection before its login. */
enum rights auth_rights_at_first(const struct auth *);

struct auth_attempt {
    enum auth_way way;
    struct bytes name, password;
};

/*
 * As users_check and users_check_quickly, in the table that is in force;
 * `rights` are those of an accepted user.  As in memcached, SASL also looks for
 * the name with @ and this machine's name appended.
 */
MUST_USE enum users_answer auth_check(struct auth *, const struct auth_attempt *, enum rights *);
MUST_USE enum users_answer auth_check_quickly(struct auth *, const struct auth_attempt *, enum rights *);

/* The number of hashes computed since the start. */
uint64_t auth_n_hashes(const struct auth *);

/*
 * Logs a refused login on the socket `fd`, unless too many are logged at this
 * time.  `why` is NULL if name or password were wrong.
 */
void auth_log_refused(struct auth *, int fd, struct bytes name, const char *why);

#endif
