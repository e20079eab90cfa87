/*
 * cmd_sasl: login over the binary protocol, with SASL.
 *
 * With a file of users the only mechanism is PLAIN (RFC 4616), whose one message is in the
 * request that begins it or, if that has none, in the next one.  Without a file, Cyrus has its
 * mechanisms.  A client that begins another login is logged out until that succeeds.
 */
#include <string.h>
#include <strings.h>

#include "base/text/split.h"
#include "server/cmd/cmd_auth.h"
#include "server/cmd/cmd_login.h"
#include "server/auth/cyrus.h"
#include "server/server.h"

enum { MECHANISM_MAX = 32 };

static void
refuse(struct response *rsp)
{
    cmd_fail_as(rsp, FAILURE_FORBIDDEN, bytes_of(NULL, 0));
}

static void
answer(struct response *rsp, enum response_kind kind, struct bytes text)
{
    rsp->kind = (uint8_t)kind;
    rsp->text = text;
}

/* No client has to log in. */
static bool
is_off(const struct cmd_ctx *ctx, struct response *rsp)
{
    if (cmd_can_log_in(ctx, AUTH_SASL))
        return false;
    cmd_fail_as(rsp, FAILURE_UNKNOWN, bytes_of(NULL, 0));
    return true;
}

/* Parses authorisation name, 0, name, 0, password; the first, if any, must equal the second. */
static bool
read_plain(struct bytes message, struct bytes *name, struct bytes *password)
{
    struct bytes on_behalf_of;
    *name = *password = bytes_of(message.p, 0);
    if (!split_at(&message, '\0', &on_behalf_of) || !split_at(&message, '\0', name))
        return false;
    *password = message;
    return (on_behalf_of.n == 0 || bytes_equal(on_behalf_of, *name)) &&
           (message.n == 0 || memchr(message.p, '\0', message.n) == NULL);
}

static void
respond(struct response *rsp, enum users_answer result)
{
    switch (result) {
    case USERS_WELCOME: answer(rsp, RSP_TOKEN, BYTES("Authenticated")); return;
    case USERS_REFUSED: refuse(rsp); return;
    case USERS_NO_MEMORY: cmd_fail_as(rsp, FAILURE_NO_MEMORY, bytes_of(NULL, 0)); return;
    case USERS_UNDECIDED: break;
    }
    UNREACHABLE();
}

static void
log_in(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    MUST(!auth_is_cyrus(ctx->server->auth));
    struct auth_attempt attempt = {.way = AUTH_SASL};
    ctx->peer->login.step = false;
    if (read_plain(req->value, &attempt.name, &attempt.password)) {
        cmd_log_in(ctx, req, &attempt, respond, rsp);
    } else {
        cmd_count_refused(ctx, bytes_of(NULL, 0)); /* a field that looks like a name may be a password */
        refuse(rsp);
    }
    cmd_wipe(req->value);
}

/* ---- Cyrus's mechanisms ---- */

static void
cyrus_list(struct cmd_ctx *ctx, struct response *rsp)
{
    MUST(auth_is_cyrus(ctx->server->auth));
    struct bytes names;
    if (cyrus_mechanisms(&ctx->peer->login.cyrus, &names))
        answer(rsp, RSP_TOKEN, names);
    else
        refuse(rsp);
}

/* One step of a login.  During the step the session belongs to the login, and not to the connection. */
struct cyrus_login {
    struct cmd_login login;
    struct cyrus_session *session;
    struct bytes mechanism, message; /* point into `text`; mechanism is empty in the later steps of a login */
    struct bytes reply;              /* belongs to the session */
    enum cyrus_answer answer;
    char text[];
};

static void
cyrus_check(struct cmd_login *login)
{
    struct cyrus_login *l = (struct cyrus_login *)login;
    if (l->mechanism.n > 0)
        l->answer = cyrus_start(&l->session, l->mechanism, l->message, &l->reply);
    else
        l->answer = cyrus_step(l->session, l->message, &l->reply);
    cmd_wipe(l->message);
}

static void
cyrus_conclude(struct cmd_ctx *ctx, struct cmd_login *login, struct response *rsp)
{
    struct cyrus_login *l = (struct cyrus_login *)login;
    switch (l->answer) {
    case CYRUS_GOES_ON:
        ctx->peer->login.step = true;
        MUST(ctx->peer->login.cyrus == NULL && l->session != NULL);
        ctx->peer->login.cyrus = l->session;
        l->session = NULL;
        answer(rsp, RSP_TOKEN_WANTED, l->reply);
        return;
    case CYRUS_WELCOME:
        cmd_welcome(ctx, RIGHTS_ALL);
        answer(rsp, RSP_TOKEN, BYTES("Authenticated"));
        return;
    case CYRUS_REFUSED: refuse(rsp); break;
    case CYRUS_NO_MEMORY: cmd_fail_as(rsp, FAILURE_NO_MEMORY, bytes_of(NULL, 0)); break;
    }
    cmd_count_refused(ctx, bytes_of(NULL, 0)); /* Cyrus does not report the name */
}

static void
cyrus_fini(struct cmd_login *login)
{
    struct cyrus_login *l = (struct cyrus_login *)login;
    if (l->session != NULL)
        cyrus_session_free(&l->session);
}

/* An empty field may have no address either. */
static struct bytes
copy_bytes(char *dst, struct bytes b)
{
    if (b.n > 0)
        memcpy(dst, b.p, b.n);
    return bytes_of(dst, b.n);
}

/*
 * Begins a login, or continues one if `mechanism` is empty.  The checker runs
 * the step, because the library may wait for other processes.
 */
static void
cyrus_log_in(struct cmd_ctx *ctx, const struct request *req, struct bytes mechanism, struct response *rsp)
{
    MUST(ctx->job == NULL && mechanism.n <= MECHANISM_MAX);
    static const struct cmd_login_ops ops = {cyrus_check, cyrus_conclude, cyrus_fini};
    struct login *login = &ctx->peer->login;
    struct bytes message = bytes_of(req->value.p, req->n_value);
    struct cyrus_login *l =
        (struct cyrus_login *)cmd_login_new(ctx, req, &ops, sizeof *l + mechanism.n + message.n);
    login->step = false;
    if (l == NULL) {
        cmd_count_refused(ctx, bytes_of(NULL, 0));
        cmd_fail_as(rsp, FAILURE_NO_MEMORY, bytes_of(NULL, 0));
    } else {
        l->mechanism = copy_bytes(l->text, mechanism);
        l->message = copy_bytes(l->text + mechanism.n, message);
        l->session = login->cyrus;
        login->cyrus = NULL;
        if (!cmd_login_submit(ctx, &l->login))
            cmd_turn_away(ctx, req, bytes_of(NULL, 0), rsp);
    }
    cmd_wipe(message);
}

/* ---- the commands ---- */

void
cmd_sasl_list(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    (void)req;
    if (is_off(ctx, rsp))
        return;
    if (auth_is_cyrus(ctx->server->auth))
        cyrus_list(ctx, rsp);
    else
        answer(rsp, RSP_TOKEN, BYTES("PLAIN"));
}

void
cmd_sasl_auth(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    if (is_off(ctx, rsp))
        return;
    if (req->key.n > MECHANISM_MAX) {
        cmd_fail(rsp, bytes_of(NULL, 0));
        return;
    }
    cmd_grant(ctx, RIGHTS_BEFORE_LOGIN);
    ctx->peer->login.step = false;
    if (auth_is_cyrus(ctx->server->auth)) {
        cyrus_log_in(ctx, req, req->key, rsp);
        return;
    }
    if (req->key.n != 5 || strncasecmp(req->key.p, "PLAIN", 5) != 0) {
        cmd_count_refused(ctx, bytes_of(req->key.p, 0));
        refuse(rsp);
    } else if (req->n_value == 0) {
        ctx->peer->login.step = true;
        answer(rsp, RSP_TOKEN_WANTED, BYTES(""));
    } else {
        log_in(ctx, req, rsp);
    }
}

void
cmd_sasl_step(struct cmd_ctx *ctx, const struct request *req, struct response *rsp)
{
    if (is_off(ctx, rsp))
        return;
    if (ctx->peer->login.step) {
        if (auth_is_cyrus(ctx->server->auth))
            cyrus_log_in(ctx, req, bytes_of(NULL, 0), rsp);
        else
            log_in(ctx, req, rsp);
        return;
    }
    cmd_count_refused(ctx, bytes_of(req->key.p, 0));
    refuse(rsp);
}
