/* cyrus: see cyrus.h. */
#include "server/auth/cyrus.h"

#include <pthread.h>
#include <sasl/sasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define APPLICATION "memcached" /* the name of the configuration: memcached's, so that existing files apply */

enum { MECHANISM_MAX = 64, REPLY_MAX = 2048 };

struct cyrus_session {
    sasl_conn_t *conn;
};

/* ---- callbacks of the library ------------------------------------------- */

static void *
mutex_new(void)
{
    pthread_mutex_t *m = malloc(sizeof *m);
    if (m != NULL)
        pthread_mutex_init(m, NULL);
    return m;
}

static int
mutex_take(void *m)
{
    return pthread_mutex_lock(m);
}

static int
mutex_give(void *m)
{
    return pthread_mutex_unlock(m);
}

static void
mutex_free(void *m)
{
    pthread_mutex_destroy(m);
    free(m);
}

/* Messages at levels above SASL_LOG_DEBUG may contain passwords: they are discarded. */
static int
on_log(void *context, int level, const char *message)
{
    (void)context;
    if (level == SASL_LOG_NONE || level > SASL_LOG_DEBUG)
        return SASL_OK;
    LOG(level == SASL_LOG_ERR    ? LOG_ERROR
        : level <= SASL_LOG_WARN ? LOG_WARN
                                 : LOG_DEBUG,
        "SASL: %s", message);
    return SASL_OK;
}

/* ---- the process -------------------------------------------------------- */

bool
cyrus_begin(char *why, size_t n_why)
{
    static const sasl_callback_t callbacks[] = {
        {SASL_CB_LOG, (int (*)(void))(void (*)(void))on_log, NULL},
        {SASL_CB_LIST_END, NULL, NULL},
    };
    sasl_set_mutex(mutex_new, mutex_take, mutex_give, mutex_free);
    int result = sasl_server_init(callbacks, APPLICATION);
    if (result == SASL_OK)
        return true;
    snprintf(why, n_why,
        "-S (--enable-sasl): cannot start Cyrus SASL (%s): expected " APPLICATION
        ".conf in /etc/sasl2 or in SASL_CONF_PATH, or a file of users in MEMCACHED_SASL_PWDB or -Y",
        sasl_errstring(result, NULL, NULL));
    return false;
}

void
cyrus_end(void)
{
    sasl_done();
}

/* ---- sessions ----------------------------------------------------------- */

static struct cyrus_session *
session_new(void)
{
    char host[256] = "";
    struct cyrus_session *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    const char *realm = host[0] == '\0' ? NULL : host;
    if (sasl_server_new(APPLICATION, NULL, realm, NULL, NULL, NULL, 0, &s->conn) != SASL_OK)
        cyrus_session_free(&s);
    return s;
}

void
cyrus_session_free(struct cyrus_session **sp)
{
    struct cyrus_session *s = *sp;
    *sp = NULL;
    if (s == NULL)
        return;
    if (s->conn != NULL)
        sasl_dispose(&s->conn);
    free(s);
}

bool
cyrus_mechanisms(struct cyrus_session **sp, struct bytes *names)
{
    const char *text = NULL;
    unsigned n = 0;
    if (*sp == NULL && (*sp = session_new()) == NULL)
        return false;
    if (sasl_listmech((*sp)->conn, NULL, "", " ", "", &text, &n, NULL) != SASL_OK || n > REPLY_MAX)
        return false;
    *names = bytes_of(text, n);
    return true;
}

static enum cyrus_answer
answer_of(int result, const char *text, unsigned n, struct bytes *reply)
{
    *reply = text == NULL ? BYTES("") : bytes_of(text, n);
    if (result == SASL_OK)
        return CYRUS_WELCOME;
    if (result == SASL_NOMEM)
        return CYRUS_NO_MEMORY;
    return result == SASL_CONTINUE && reply->n <= REPLY_MAX ? CYRUS_GOES_ON : CYRUS_REFUSED;
}

enum cyrus_answer
cyrus_start(struct cyrus_session **sp, struct bytes mechanism, struct bytes message, struct bytes *reply)
{
    char name[MECHANISM_MAX];
    const char *text = NULL;
    unsigned n = 0;
    cyrus_session_free(sp);
    *sp = session_new();
    if (*sp == NULL)
        return CYRUS_NO_MEMORY;
    snprintf(name, sizeof name, "%.*s", (int)mechanism.n, mechanism.p);
    int result = sasl_server_start(
        (*sp)->conn, name, message.n == 0 ? NULL : message.p, (unsigned)message.n, &text, &n);
    return answer_of(result, text, n, reply);
}

enum cyrus_answer
cyrus_step(struct cyrus_session *s, struct bytes message, struct bytes *reply)
{
    const char *text = NULL;
    unsigned n = 0;
    MUST(s != NULL && s->conn != NULL); /* cyrus_start has made it */
    int result = sasl_server_step(s->conn, message.n == 0 ? "" : message.p, (unsigned)message.n, &text, &n);
    return answer_of(result, text, n, reply);
}
