/* cmd_login: see cmd_login.h. */
#include "server/cmd/cmd_login.h"

#include <stdlib.h>
#include <string.h>

#include "server/server.h"

static void
login_must_be(const struct cmd_login *l)
{
    MUST(l->magic == CMD_LOGIN_MAGIC);
}

static void
destroy(struct cmd_login *l)
{
    login_must_be(l);
    if (l->ops->fini != NULL)
        l->ops->fini(l);
    explicit_bzero(l, l->n_bytes);
    free(l);
}

/* ---- on the checker's thread -------------------------------------------- */

static struct cmd_login *
login_of(struct checker_task *task)
{
    return (struct cmd_login *)((char *)task - offsetof(struct cmd_login, task));
}

static void
run_task(struct checker_task *task)
{
    struct cmd_login *l = login_of(task);
    login_must_be(l);
    l->ops->check(l);
}

static void
free_task(struct checker_task *task)
{
    destroy(login_of(task));
}

/* ---- on the worker's thread ------------------------------------------- */

static enum cmd_step
step(struct cmd_ctx *ctx, struct cmd_job *job)
{
    struct cmd_login *l = (struct cmd_login *)job;
    struct response rsp;
    login_must_be(l);
    if (!checker_is_done(l->checker, &l->task))
        return CMD_STEP_WAITS;
    cmd_begin_response(&rsp);
    l->ops->answer(ctx, l, &rsp);
    cmd_reply(ctx, &l->request, &rsp);
    return CMD_STEP_DONE;
}

static void
free_job(struct cmd_job *job)
{
    struct cmd_login *l = (struct cmd_login *)job;
    login_must_be(l);
    if (checker_drop(l->checker, &l->task))
        destroy(l);
}

struct cmd_login *
cmd_login_new(struct cmd_ctx *ctx, const struct request *req, const struct cmd_login_ops *ops, size_t n_bytes)
{
    MUST(n_bytes >= sizeof(struct cmd_login) && ops->check != NULL && ops->answer != NULL);
    static const struct cmd_job_ops job_ops = {step, free_job};
    struct cmd_login *l = calloc(1, n_bytes);
    if (l == NULL)
        return NULL;
    l->magic = CMD_LOGIN_MAGIC;
    l->job.ops = &job_ops;
    l->task = (struct checker_task){
        .run = run_task, .free = free_task, .inbox = ctx->inbox, .note = &ctx->peer->wake};
    l->ops = ops;
    l->checker = ctx->server->checker;
    l->request = *req;
    l->request.key = l->request.args = l->request.meta = l->request.value = bytes_of(NULL, 0);
    l->n_bytes = n_bytes;
    return l;
}

bool
cmd_login_submit(struct cmd_ctx *ctx, struct cmd_login *l)
{
    login_must_be(l);
    MUST(ctx->job == NULL && !ctx->goes_on);
    if (!checker_submit(l->checker, &ctx->peer->address, &l->task)) {
        destroy(l);
        return false;
    }
    counter_inc(&ctx->counters[WORKER_N_REQUESTS]); /* the turn counts only the requests that it finishes */
    ctx->job = &l->job;
    ctx->goes_on = true;
    return true;
}
