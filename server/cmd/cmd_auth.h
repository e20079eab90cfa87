/*
 * cmd_auth: logging in, as the commands of both protocols have it in common.
 *
 * Threads: the connection's worker, inside its store epoch.
 */
#ifndef SERVER_CMD_CMD_AUTH_H
#define SERVER_CMD_CMD_AUTH_H

#include "server/auth/auth.h"
#include "server/cmd/cmd.h"

/* The connection may do this from its next command on. */
void cmd_grant(struct cmd_ctx *, enum rights);

/* The response to a login, by what the check said: not USERS_UNDECIDED. */
typedef void cmd_login_response_fn(struct response *, enum users_answer);

/*
 * Checks a name and a password, and grants, counts and logs what comes of it.
 * If that takes a hash, the checker does it: then there is no response yet, and
 * the login is left in ctx->job, with a copy of the attempt.
 */
void cmd_log_in(struct cmd_ctx *, const struct request *, const struct auth_attempt *,
    cmd_login_response_fn *, struct response *);

/* Overwrites a name and password in the buffer that they were read into. */
void cmd_wipe(struct bytes);

/* One that went well elsewhere than in auth_check. */
void cmd_welcome(struct cmd_ctx *, enum rights);

/* A login that was refused: counted, logged, and the last one if there have been too many. */
void cmd_count_refused(struct cmd_ctx *, struct bytes name);

/* A login that was refused unchecked, because too many are waiting: counted and logged. */
void cmd_turn_away(struct cmd_ctx *, const struct request *, struct bytes name, struct response *);

/* What is refused before a login.  Binary hangs up behind it, as memcached does. */
cmd_fn cmd_unauthenticated;

/* Whether somebody can log in so on this connection.  Not with datagrams: whose would the next one be? */
bool cmd_can_log_in(const struct cmd_ctx *, enum auth_way);

/* Whether the request is the text protocol's login: then its value is waited for. */
bool cmd_is_login(const struct cmd_ctx *, const struct request *);

#endif
