/*
 * cmd_auth: what a connection may say before it has logged in, the text
 * protocol's login, and what a role does not allow.  (SASL is cmd_sasl.c.)
 *
 * The login of the text protocol is a `set` of any key whose value is a name, a
 * space and a password.  What else is said before it is refused, by the words
 * of memcached 1.6.45; `noreply` does not silence that.
 */
#include "server/cmd_auth.h"

#include "server/conn.h"
#include "server/server.h"

/* A line that nothing silences; with its CRLF. */
static void
say(struct response *rsp, struct bytes line)
{
    rsp->kind = RSP_TEXT;
    rsp->text = line;
}

void
cmd_grant(struct cmd_ctx *ctx, enum rights rights)
{
    ctx->commands = ctx->conn->commands = rights_tables[rights];
}

enum users_answer
cmd_log_in(struct cmd_ctx *ctx, enum auth_way way, struct bytes name, struct bytes password)
{
    struct auth *auth = ctx->server->auth;
    enum rights rights = RIGHTS_BEFORE_LOGIN;
    store_leave(ctx->thread); /* it may take a while, and nobody's memory shall wait for it */
    enum users_answer answer = auth_check(auth, way, name, password, &rights);
    store_enter(ctx->thread);
    if (answer == USERS_WELCOME)
        cmd_welcome(ctx, rights);
    else
        cmd_count_refused(ctx, name);
    return answer;
}

void
cmd_welcome(struct cmd_ctx *ctx, enum rights rights)
{
    counter_inc(&ctx->counters[WORKER_N_AUTH_CMDS]);
    ctx->conn->login.n_failures = 0;
    cmd_grant(ctx, rights);
}

void
cmd_count_refused(struct cmd_ctx *ctx, struct bytes name)
{
    struct login *login = &ctx->conn->login;
    counter_inc(&ctx->counters[WORKER_N_AUTH_CMDS]);
    counter_inc(&ctx->counters[WORKER_N_AUTH_ERRORS]);
    auth_log_refused(ctx->server->auth, ctx->conn->stream.fd, name);
    if (++login->n_failures == LOGIN_FAILURES_MAX)
        ctx->close = true;
}

void
cmd_wipe(struct bytes secret)
{
    explicit_bzero(
        (char *)(uintptr_t)secret.p, secret.n); /* a request borrows it from a buffer that is ours */
}

bool
cmd_can_log_in(const struct cmd_ctx *ctx, enum auth_way way)
{
    return auth_has(ctx->server->auth, way) && !ctx->conn->datagrams;
}

bool
cmd_is_login(const struct cmd_ctx *ctx, const struct request *req)
{
    return ctx->commands == rights_tables[RIGHTS_BEFORE_LOGIN] && req->kind == CMD_SET &&
           req->dialect == DIALECT_TEXT && cmd_can_log_in(ctx, AUTH_TEXT);
}

static void
log_in_by_text(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    if (req->n_value > LOGIN_BYTES_MAX) {
        say(rsp, BYTES("CLIENT_ERROR auth token too long\r\n"));
        return;
    }
    const char *space = memchr(req->value.p, ' ', req->value.n);
    if (space == NULL) {
        cmd_wipe(req->value);
        say(rsp, BYTES("CLIENT_ERROR bad authentication token format\r\n"));
        return;
    }
    struct bytes name = bytes_of(req->value.p, (size_t)(space - req->value.p));
    struct bytes password = bytes_of(space + 1, req->value.n - name.n - 1);
    enum users_answer answer = cmd_log_in(ctx, AUTH_TEXT, name, password);
    cmd_wipe(req->value);
    switch (answer) {
    case USERS_WELCOME: say(rsp, BYTES("STORED\r\n")); return;
    case USERS_REFUSED: say(rsp, BYTES("CLIENT_ERROR authentication failure\r\n")); return;
    case USERS_NO_MEMORY: say(rsp, BYTES("SERVER_ERROR out of memory checking a password\r\n")); return;
    }
    UNREACHABLE();
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

void
cmd_forbidden(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    (void)ctx;
    (void)req;
    cmd_fail_as(rsp, FAILURE_FORBIDDEN, BYTES("CLIENT_ERROR permission denied"));
}
