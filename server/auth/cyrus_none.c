/* cyrus_none: a larderd that was built without Cyrus SASL; see cyrus.h. */
#include "server/auth/cyrus.h"

#include <stdio.h>

bool
cyrus_begin(char *why, size_t n_why)
{
    snprintf(why, n_why,
        "-S (--enable-sasl) needs users: expected a file of them in the environment's MEMCACHED_SASL_PWDB, "
        "or -Y <file> (this larderd was built without Cyrus SASL)");
    return false;
}

void
cyrus_end(void)
{
}

/* Never called: cyrus_begin has failed. */

bool
cyrus_mechanisms(struct cyrus_session **s, struct bytes *names)
{
    (void)s;
    (void)names;
    UNREACHABLE();
}

enum cyrus_answer
cyrus_start(struct cyrus_session **s, struct bytes mechanism, struct bytes message, struct bytes *reply)
{
    (void)s;
    (void)mechanism;
    (void)message;
    (void)reply;
    UNREACHABLE();
}

enum cyrus_answer
cyrus_step(struct cyrus_session *s, struct bytes message, struct bytes *reply)
{
    (void)s;
    (void)message;
    (void)reply;
    UNREACHABLE();
}

void
cyrus_session_free(struct cyrus_session **s)
{
    MUST(*s == NULL);
}
