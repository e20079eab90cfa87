/*
 * role: what a client that has logged in may do, and the names that files of users have for it.
 *
 * The commands of each are a table in rights.c.
 *
 * Threads: any.
 */
#ifndef SERVER_AUTH_ROLE_H
#define SERVER_AUTH_ROLE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/must.h"

enum rights {
    RIGHTS_ALL, /* role admin, a user without a role, and every client where no login is needed */
    RIGHTS_WRITE,
    RIGHTS_READ,
    RIGHTS_MONITOR,
    RIGHTS_BEFORE_LOGIN,
    RIGHTS_N
};

/* The rights of a role, by its name; false if there is no such role. */
MUST_USE bool role_rights(struct bytes name, enum rights *);

#endif
