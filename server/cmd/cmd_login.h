/*
 * cmd_login: a login that the checker checks while its connection waits.
 *
 * It is a job of the connection (cmd.h) and a task of the checker (checker.h).  The
 * buffer with the request's line and value is reused before the answer, so the login
 * has copies of what check and answer need, in one block that is wiped before it is
 * freed.  Requests after the login run after it, with its rights.
 *
 * If the connection closes while the login is checked, the checker frees it.
 *
 * Threads: `check` on the checker's, `fini` on that or on the worker's, the rest on the worker's.
 */
#ifndef SERVER_CMD_CMD_LOGIN_H
#define SERVER_CMD_CMD_LOGIN_H

#include "server/auth/checker.h"
#include "server/cmd/cmd.h"

struct cmd_login;

struct cmd_login_ops {
    void (*check)(struct cmd_login *);
    void (*answer)(struct cmd_ctx *, struct cmd_login *, struct response *); /* called after the check */
    void (*fini)(struct cmd_login *); /* checked or not; NULL if there is nothing to free besides the block */
};

enum { CMD_LOGIN_MAGIC = 0x6c6f6769 };

/* The struct of a login begins with it. */
struct cmd_login {
    struct cmd_job job;
    uint32_t magic;
    struct checker_task task;
    const struct cmd_login_ops *ops;
    struct checker *checker;
    struct request request; /* for the reply: without key and value */
    size_t n_bytes;         /* of the whole block */
};

/* Makes a zeroed block of `n_bytes`, for the login's struct and its copies; NULL when out of memory. */
MUST_USE struct cmd_login *cmd_login_new(
    struct cmd_ctx *, const struct request *, const struct cmd_login_ops *, size_t n_bytes);

/* Leaves it in ctx->job.  false, and it is freed: too many are waiting. */
MUST_USE bool cmd_login_submit(struct cmd_ctx *, struct cmd_login *);

#endif
