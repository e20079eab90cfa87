/*
 * cmd_auth: commands before the login, and the text protocol's login.  (SASL is cmd_sasl.c.)
 *
 * The login of the text protocol is a `set` of any key whose value is a name, a
 * space and a password.  All other commands before it are refused, with the words
 * of memcached 1.6.45; `noreply` does not suppress that answer.
 */
#include "server/cmd/cmd_auth.h"

#include <string.h>

#include "base/text/split.h"
#include "server/cmd/cmd_login.h"
#include "server/server.h"

/* Answers with a line that `noreply` does not suppress; `line` includes its CRLF. */
static void
say(struct response *rsp, struct bytes line)
{
    rsp->kind = RSP_TEXT;
    rsp->text = line;
}

void
cmd_grant(struct cmd_ctx *ctx, enum rights rights)
{
    inbox_must_be_self(ctx->inbox);
    cmd_peer_may(ctx->peer, ctx->server->tables, rights);
    ctx->commands = ctx->peer->commands;
}

void
cmd_welcome(struct cmd_ctx *ctx, enum rights rights)
{
    MUST(rights != RIGHTS_BEFORE_LOGIN);
    counter_inc(&ctx->counters[WORKER_N_AUTH_CMDS]);
    ctx->peer->login.n_failures = 0;
    cmd_grant(ctx, rights);
}

void
cmd_count_refused(struct cmd_ctx *ctx, struct bytes name)
{
    struct login *login = &ctx->peer->login;
    MUST(login->n_failures < LOGIN_FAILURES_MAX);
    counter_inc(&ctx->counters[WORKER_N_AUTH_CMDS]);
    counter_inc(&ctx->counters[WORKER_N_AUTH_ERRORS]);
    auth_log_refused(ctx->server->auth, ctx->peer->fd, name, NULL);
    if (++login->n_failures == LOGIN_FAILURES_MAX)
        ctx->close = true;
}

void
cmd_turn_away(struct cmd_ctx *ctx, const struct request *req, struct bytes name, struct response *rsp)
{
    counter_inc(&ctx->counters[WORKER_N_AUTH_CMDS]);
    counter_inc(&ctx->counters[WORKER_N_AUTH_ERRORS]);
    counter_inc(&ctx->counters[WORKER_N_AUTH_TURNED_AWAY]);
    auth_log_refused(ctx->server->auth, ctx->peer->fd, name, "too many are waiting");
    if (req->dialect == DIALECT_BINARY)
        cmd_fail_as(rsp, FAILURE_BUSY, bytes_of(NULL, 0));
    else
        say(rsp, BYTES("SERVER_ERROR too many logins are waiting\r\n"));
}

void
cmd_wipe(struct bytes secret)
{
    /* The request points into a buffer that belongs to us. */
    explicit_bzero((char *)(uintptr_t)secret.p, secret.n);
}

/* ---- a name and a password ---------------------------------------------- */

/* A login that needs a hash. */
struct password_login {
    struct cmd_login login;
    struct auth *auth;
    struct auth_attempt attempt; /* points into `text` */
    cmd_login_response_fn *respond;
    enum users_answer answer;
    enum rights rights;
    char text[];
};

static void
conclude(struct cmd_ctx *ctx, struct bytes name, enum users_answer answer, enum rights rights)
{
    MUST(answer != USERS_UNDECIDED);
    if (answer == USERS_WELCOME)
        cmd_welcome(ctx, rights);
    else
        cmd_count_refused(ctx, name);
}

static void
check_password(struct cmd_login *login)
{
    struct password_login *l = (struct password_login *)login;
    MUST(l->attempt.way < AUTH_N_WAYS && l->respond != NULL);
    l->answer = auth_check(l->auth, &l->attempt, &l->rights);
    cmd_wipe(l->attempt.password);
}

static void
answer_password(struct cmd_ctx *ctx, struct cmd_login *login, struct response *rsp)
{
    const struct password_login *l = (const struct password_login *)login;
    conclude(ctx, l->attempt.name, l->answer, l->rights);
    l->respond(rsp, l->answer);
}

static struct password_login *
password_login_new(struct cmd_ctx *ctx, const struct request *req, const struct auth_attempt *attempt)
{
    static const struct cmd_login_ops ops = {check_password, answer_password, NULL};
    size_t n_name = attempt->name.n, n_password = attempt->password.n;
    struct password_login *l =
        (struct password_login *)cmd_login_new(ctx, req, &ops, sizeof *l + n_name + n_password);
    if (l == NULL)
        return NULL;
    l->auth = ctx->server->auth;
    l->attempt.way = attempt->way;
    l->attempt.name = bytes_of(memcpy(l->text, attempt->name.p, n_name), n_name);
    l->attempt.password = bytes_of(memcpy(l->text + n_name, attempt->password.p, n_password), n_password);
    return l;
}

void
cmd_log_in(struct cmd_ctx *ctx, const struct request *req, const struct auth_attempt *attempt,
    cmd_login_response_fn *respond, struct response *rsp)
{
    MUST(ctx->job == NULL && !ctx->peer->datagrams);
    enum rights rights = RIGHTS_BEFORE_LOGIN;
    /*
     * Outside the epoch: the last check that uses an old table of users frees it,
     * and the store must not wait for that.
     */
    store_leave(ctx->thread);
    enum users_answer answer = auth_check_quickly(ctx->server->auth, attempt, &rights);
    store_enter(ctx->thread);
    struct password_login *l = NULL;
    if (answer == USERS_UNDECIDED) {
        l = password_login_new(ctx, req, attempt);
        if (l == NULL)
            answer = USERS_NO_MEMORY;
    }
    if (l == NULL) {
        conclude(ctx, attempt->name, answer, rights);
        respond(rsp, answer);
        return;
    }
    l->respond = respond;
    if (!cmd_login_submit(ctx, &l->login))
        cmd_turn_away(ctx, req, attempt->name, rsp);
}

/* ---- the text protocol -------------------------------------------------- */

bool
cmd_can_log_in(const struct cmd_ctx *ctx, enum auth_way way)
{
    return auth_has(ctx->server->auth, way) && !ctx->peer->datagrams;
}

bool
cmd_is_login(const struct cmd_ctx *ctx, const struct request *req)
{
    return ctx->peer->rights == RIGHTS_BEFORE_LOGIN && req->kind == CMD_SET && req->dialect == DIALECT_TEXT &&
           cmd_can_log_in(ctx, AUTH_TEXT);
}

static void
respond_by_text(struct response *rsp, enum users_answer answer)
{
    switch (answer) {
    case USERS_WELCOME: say(rsp, BYTES("STORED\r\n")); return;
    case USERS_REFUSED: say(rsp, BYTES("CLIENT_ERROR authentication failure\r\n")); return;
    case USERS_NO_MEMORY: say(rsp, BYTES("SERVER_ERROR out of memory checking a password\r\n")); return;
    case USERS_UNDECIDED: break;
    }
    UNREACHABLE();
}

static void
log_in_by_text(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    MUST(cmd_is_login(ctx, req));
    if (req->n_value > LOGIN_BYTES_MAX) {
        say(rsp, BYTES("CLIENT_ERROR auth token too long\r\n"));
        /* as in memcached, the next bytes are lines, even if all of them have arrived as a value */
        ctx->rest = req->value;
        ctx->goes_on = req->value.p != NULL;
        return;
    }
    struct bytes name, password = req->value;
    if (!split_at(&password, ' ', &name)) {
        cmd_wipe(req->value);
        say(rsp, BYTES("CLIENT_ERROR bad authentication token format\r\n"));
        return;
    }
    const struct auth_attempt attempt = {.way = AUTH_TEXT, .name = name, .password = password};
    cmd_log_in(ctx, req, &attempt, respond_by_text, rsp);
    cmd_wipe(req->value);
}

void
cmd_unauthenticated(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    if (req->dialect != DIALECT_BINARY) {
        say(rsp, BYTES("CLIENT_ERROR unauthenticated\r\n"));
        return;
    }
    cmd_fail_as(rsp, FAILURE_FORBIDDEN, bytes_of(NULL, 0));
    ctx->close = true;
}

void
cmd_before_login(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    if (cmd_is_login(ctx, req))
        log_in_by_text(ctx, req, rsp);
    else if (req->kind == CMD_QUIT && req->dialect != DIALECT_BINARY)
        cmd_quit(ctx, req, rsp);
    else if (req->kind == CMD_VERSION && req->dialect == DIALECT_BINARY)
        cmd_version(ctx, req, rsp);
    else
        cmd_unauthenticated(ctx, req, rsp);
}
