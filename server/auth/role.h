/*
 * role: the rights of a client that has logged in, and the names of roles in files of users.
 *
 * rights.c has the table of commands for each.
 *
 * Threads: any.
 */
#ifndef SERVER_AUTH_ROLE_H
#define SERVER_AUTH_ROLE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/must.h"

enum rights {
    RIGHTS_ALL, /* role admin, a user without a role, and every client if no login is needed */
    RIGHTS_WRITE,
    RIGHTS_READ,
    RIGHTS_MONITOR,
    RIGHTS_BEFORE_LOGIN,
    RIGHTS_N
};

/* The rights of a role, by its name; false if there is no such role. */
MUST_USE bool role_rights(struct bytes name, enum rights *);

#endif
