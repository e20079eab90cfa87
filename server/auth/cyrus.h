/*
 * cyrus: SASL by Cyrus's library, with the mechanisms and the users of its
 * configuration (memcached.conf in SASL_CONF_PATH or in /etc/sasl2).
 *
 * It is optional: a larderd built without it has cyrus_none.c, where cyrus_begin
 * fails with a sentence.  The library may wait for a file or for another process
 * (saslauthd) while it checks a login, so cyrus_start and cyrus_step are called on
 * the checker's thread, and the other logins wait too.
 *
 * Threads: cyrus_begin before the workers start, and cyrus_end after they have ended; the rest
 * on any, but on one session by one thread at a time: the checker during a step,
 * its worker otherwise.
 */
#ifndef SERVER_AUTH_CYRUS_H
#define SERVER_AUTH_CYRUS_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/must.h"

struct cyrus_session; /* one connection's login */

/* Starts the library for the process.  false: `why` has a sentence. */
MUST_USE bool cyrus_begin(char *why, size_t n_why);
void cyrus_end(void);

enum cyrus_answer {
    CYRUS_WELCOME, /* the login succeeded */
    CYRUS_GOES_ON, /* the client gets `reply`, and its answer is for cyrus_step */
    CYRUS_REFUSED,
    CYRUS_NO_MEMORY,
};

/*
 * The mechanisms, separated by spaces, valid until the session ends.  Makes the
 * session if it is NULL.  false: there are none, or out of memory.
 */
MUST_USE bool cyrus_mechanisms(struct cyrus_session **, struct bytes *names);

/* Begins a login, and ends an earlier one.  A reply is valid until the next call with the session. */
MUST_USE enum cyrus_answer cyrus_start(
    struct cyrus_session **, struct bytes mechanism, struct bytes message, struct bytes *reply);
MUST_USE enum cyrus_answer cyrus_step(struct cyrus_session *, struct bytes message, struct bytes *reply);

void cyrus_session_free(struct cyrus_session **);

#endif
