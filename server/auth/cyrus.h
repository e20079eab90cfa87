/*
 * cyrus: SASL by Cyrus's library, with the mechanisms and the users that its
 * configuration has (memcached.conf, where SASL_CONF_PATH says or in /etc/sasl2).
 *
 * It is optional: a larderd that was built without it has cyrus_none.c, where
 * beginning fails with a sentence.  The library may wait for a file or for
 * another process (saslauthd) while it checks a login: cyrus_start and
 * cyrus_step are called on the checker's thread, so the other logins wait too.
 *
 * Threads: cyrus_begin before and cyrus_end after there are workers; the rest
 * on any, but a session on one at a time: during a step it is the checker's,
 * and otherwise its worker's.
 */
#ifndef SERVER_AUTH_CYRUS_H
#define SERVER_AUTH_CYRUS_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/must.h"

struct cyrus_session; /* one connection's login */

/* The whole process's.  false: `why` has a sentence. */
MUST_USE bool cyrus_begin(char *why, size_t n_why);
void cyrus_end(void);

enum cyrus_answer {
    CYRUS_WELCOME,
    CYRUS_GOES_ON, /* `reply` is for the client, and its answer for cyrus_step */
    CYRUS_REFUSED,
    CYRUS_NO_MEMORY,
};

/* The mechanisms with spaces between, until the session ends; makes it, if it is NULL.  false: none, or no memory. */
MUST_USE bool cyrus_mechanisms(struct cyrus_session **, struct bytes *names);

/* Begins a login, ending the one that was.  A reply is good until the session's next call. */
MUST_USE enum cyrus_answer cyrus_start(
    struct cyrus_session **, struct bytes mechanism, struct bytes message, struct bytes *reply);
MUST_USE enum cyrus_answer cyrus_step(struct cyrus_session *, struct bytes message, struct bytes *reply);

void cyrus_session_free(struct cyrus_session **);

#endif
