/*
 * cmd_auth: the parts of a login that both protocols use.
 *
 * Threads: the connection's worker, inside its store epoch.
 */
#ifndef SERVER_CMD_CMD_AUTH_H
#define SERVER_CMD_CMD_AUTH_H

#include "server/auth/auth.h"
#include "server/cmd/cmd.h"

/* Gives the connection these rights from its next command on. */
void cmd_grant(struct cmd_ctx *, enum rights);

/* Sets the response to a login from the result of the check, which is not USERS_UNDECIDED. */
typedef void cmd_login_response_fn(struct response *, enum users_answer);

/*
 * Checks a name and a password, and grants rights, counts and logs accordingly.  If
 * that needs a hash, the checker computes it: then there is no response yet, and
 * the login is left in ctx->job, with a copy of the attempt.
 */
void cmd_log_in(struct cmd_ctx *, const struct request *, const struct auth_attempt *,
    cmd_login_response_fn *, struct response *);

/* Overwrites a name and password in the buffer that holds them. */
void cmd_wipe(struct bytes);

/* Grants a login that was checked without auth_check. */
void cmd_welcome(struct cmd_ctx *, enum rights);

/* Counts and logs a refused login, and closes the connection after too many. */
void cmd_count_refused(struct cmd_ctx *, struct bytes name);

/* Refuses a login without a check, because too many are waiting: counts and logs it. */
void cmd_turn_away(struct cmd_ctx *, const struct request *, struct bytes name, struct response *);

/* Refuses a command before the login.  As memcached does, binary closes the connection afterwards. */
cmd_fn cmd_unauthenticated;

/*
 * Whether clients can log in this way on this connection.  Not with datagrams,
 * which do not identify their client.
 */
bool cmd_can_log_in(const struct cmd_ctx *, enum auth_way);

/* Whether the request is the text protocol's login: then the connection waits for its value. */
bool cmd_is_login(const struct cmd_ctx *, const struct request *);

#endif
