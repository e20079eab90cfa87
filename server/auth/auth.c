/* auth: see auth.h. */
#include "server/auth/auth.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "server/text/address.h"
#include "server/auth/cyrus.h"
#include "server/options/options.h"
#include "server/owner.h"

enum {
    AUTH_MAGIC = 0x61757468,
    HOST_MAX = 256,
    LOGGED_MAX = 10, /* refused logins that are logged in LOGGED_S seconds */
    LOGGED_S = 10,
    NAME_LOGGED_MAX = 64, /* bytes of a name in the log */
    NAME_TEXT_MAX = 4 * NAME_LOGGED_MAX + sizeof "...",
};

/*
 * A table of users, and its number of references: one of the way that it is in
 * force for, and one of each check.
 */
struct table {
    struct users *users;
    unsigned n_refs; /* guarded by auth.lock */
};

/*
 * [l] guarded by `lock`
 */
struct auth {
    uint32_t magic;
    struct owner owner; /* the main thread */
    struct {
        char *path;          /* NULL: no client can log in this way */
        struct table *table; /* [l] */
    } way[AUTH_N_WAYS];
    _Atomic uint64_t n_hashes;  /* relaxed */
    bool cyrus;                 /* SASL without a file */
    char at_host[HOST_MAX + 1]; /* "@" and this machine's name */
    struct lock lock;
    uint32_t logged_since_s; /* [l] */
    uint32_t n_logged;       /* [l] since then */
    uint64_t n_unlogged;     /* [l] refused logins not logged since the last one that was */
};

static void
auth_must_be(const struct auth *a)
{
    MUST(a != NULL && a->magic == AUTH_MAGIC);
}

/* ---- tables ------------------------------------------------------------- */

static struct table *
table_ref(struct auth *a, enum auth_way way)
{
    MUST(way < AUTH_N_WAYS);
    lock_take(&a->lock);
    struct table *t = a->way[way].table;
    if (t != NULL)
        t->n_refs++;
    lock_give(&a->lock);
    return t;
}

static void
table_unref(struct auth *a, struct table *t)
{
    if (t == NULL)
        return;
    lock_take(&a->lock);
    MUST(t->n_refs > 0);
    bool last = --t->n_refs == 0;
    lock_give(&a->lock);
    if (!last)
        return;
    users_free(&t->users);
    free(t);
}

static struct table *
table_read(const char *path, char *why, size_t n_why)
{
    struct table *t = malloc(sizeof *t);
    if (t == NULL) {
        snprintf(why, n_why, "%s: no memory for its users", path);
        return NULL;
    }
    *t = (struct table){users_read(path, why, n_why), 1};
    if (t->users == NULL) {
        free(t);
        return NULL;
    }
    LOG(LOG_INFO, "%s: read %zu lines of users", path, users_n(t->users));
    return t;
}

/* ---- start and end ------------------------------------------------------ */

/* Finds the paths of the files; false when out of memory. */
static bool
find_paths(struct auth *a, const struct options *o)
{
    const char *pwdb = getenv("MEMCACHED_SASL_PWDB");
    const char *sasl = pwdb != NULL ? pwdb : o->auth_file;
    if (o->auth_file != NULL && (a->way[AUTH_TEXT].path = strdup(o->auth_file)) == NULL)
        return false;
    if (!o->sasl || sasl == NULL)
        return true;
    bool relative = sasl[0] != '/' && o->cwd != NULL; /* a daemon has left its start directory */
    return asprintf(&a->way[AUTH_SASL].path, "%s%s%s", relative ? o->cwd : "", relative ? "/" : "", sasl) >=
           0;
}

/*
 * Cyrus's mechanisms open databases and talk to daemons: in the sandbox the
 * first login would end the server.
 */
static bool
begin_cyrus(const struct options *o, char *why, size_t n_why)
{
    if (!o->drop_privileges)
        return cyrus_begin(why, n_why);
    snprintf(why, n_why,
        "-S with -o drop_privileges: Cyrus SASL makes system calls that are forbidden then, "
        "expected a file of users in MEMCACHED_SASL_PWDB or -Y");
    return false;
}

struct auth *
auth_new(const struct options *o, char *why, size_t n_why)
{
    struct auth *a = calloc(1, sizeof *a);
    snprintf(why, n_why, "no memory for the users");
    if (a == NULL)
        return NULL;
    a->magic = AUTH_MAGIC;
    owner_take(&a->owner);
    lock_init(&a->lock, LOCK_LEAF);
    a->at_host[0] = '@';
    if (gethostname(a->at_host + 1, HOST_MAX - 1) != 0)
        a->at_host[1] = '\0';
    bool ok = find_paths(a, o);
    if (ok && o->sasl && a->way[AUTH_SASL].path == NULL)
        ok = a->cyrus = begin_cyrus(o, why, n_why);
    if (!ok || !auth_reload(a, why, n_why))
        auth_free(&a);
    return a;
}

void
auth_free(struct auth **ap)
{
    struct auth *a = *ap;
    *ap = NULL;
    if (a == NULL)
        return;
    auth_must_be(a);
    owner_must_be_self(&a->owner);
    for (int i = 0; i < AUTH_N_WAYS; i++) {
        MUST(a->way[i].table == NULL || a->way[i].table->n_refs == 1); /* no login is being checked */
        table_unref(a, a->way[i].table);
        free(a->way[i].path);
    }
    if (a->cyrus)
        cyrus_end();
    lock_fini(&a->lock);
    a->magic = 0;
    free(a);
}

/* Reads all files before any comes into force: if one has an error, all users stay as they were. */
bool
auth_reload(struct auth *a, char *why, size_t n_why)
{
    auth_must_be(a);
    owner_must_be_self(&a->owner);
    struct table *table[AUTH_N_WAYS] = {NULL};
    bool ok = true;
    for (int way = 0; way < AUTH_N_WAYS && ok; way++)
        if (a->way[way].path != NULL)
            ok = (table[way] = table_read(a->way[way].path, why, n_why)) != NULL;
    lock_take(&a->lock);
    for (int way = 0; way < AUTH_N_WAYS && ok; way++) {
        struct table *old = a->way[way].table;
        a->way[way].table = table[way];
        table[way] = old;
    }
    lock_give(&a->lock);
    for (int way = 0; way < AUTH_N_WAYS; way++)
        table_unref(a, table[way]);
    return ok;
}

/* ---- logging in --------------------------------------------------------- */

bool
auth_has(const struct auth *a, enum auth_way way)
{
    auth_must_be(a);
    MUST(way < AUTH_N_WAYS);
    return a->way[way].path != NULL || (way == AUTH_SASL && a->cyrus);
}

bool
auth_rights_differ(struct auth *a)
{
    auth_must_be(a);
    uint32_t rights = 0;
    for (int way = 0; way < AUTH_N_WAYS; way++) {
        struct table *t = table_ref(a, way);
        rights |= t != NULL ? users_rights(t->users) : 0;
        table_unref(a, t);
    }
    return (rights & (rights - 1)) != 0;
}

bool
auth_is_cyrus(const struct auth *a)
{
    auth_must_be(a);
    return a->cyrus;
}

enum rights
auth_rights_at_first(const struct auth *a)
{
    bool somehow = auth_has(a, AUTH_TEXT) || auth_has(a, AUTH_SASL);
    return somehow ? RIGHTS_BEFORE_LOGIN : RIGHTS_ALL;
}

/* The name with "@" and this machine's name appended, in `room`; unchanged if it has an @ or is too long. */
static struct bytes
name_at_host(const struct auth *a, struct bytes name, char room[USERS_NAME_MAX])
{
    size_t n_host = strlen(a->at_host);
    if (name.n + n_host > USERS_NAME_MAX || memchr(name.p, '@', name.n) != NULL)
        return name;
    memcpy(room, name.p, name.n);
    memcpy(room + name.n, a->at_host, n_host);
    return bytes_of(room, name.n + n_host);
}

typedef enum users_answer check_fn(
    struct users *, struct bytes name, struct bytes password, struct users_result *);

static enum users_answer
check(struct auth *a, const struct auth_attempt *attempt, check_fn *check_user, enum rights *rights)
{
    char room[USERS_NAME_MAX];
    struct users_result result;
    struct bytes name = attempt->name;
    auth_must_be(a);
    struct table *t = table_ref(a, attempt->way);
    if (t == NULL)
        return USERS_REFUSED;
    if (attempt->way == AUTH_SASL && !users_has(t->users, name))
        name = name_at_host(a, name, room);
    enum users_answer answer = check_user(t->users, name, attempt->password, &result);
    table_unref(a, t);
    explicit_bzero(room, sizeof room);
    MUST(answer != USERS_WELCOME || result.rights != RIGHTS_BEFORE_LOGIN);
    *rights = result.rights;
    if (result.n_hashes > 0)
        atomic_fetch_add_explicit(&a->n_hashes, result.n_hashes, memory_order_relaxed);
    return answer;
}

enum users_answer
auth_check(struct auth *a, const struct auth_attempt *attempt, enum rights *rights)
{
    return check(a, attempt, users_check, rights);
}

enum users_answer
auth_check_quickly(struct auth *a, const struct auth_attempt *attempt, enum rights *rights)
{
    return check(a, attempt, users_check_quickly, rights);
}

uint64_t
auth_n_hashes(const struct auth *a)
{
    auth_must_be(a);
    return atomic_load_explicit(&a->n_hashes, memory_order_relaxed);
}

/* ---- refused logins ----------------------------------------------------- */

/* Whether to log this one, and how many before it were not logged. */
static bool
may_log(struct auth *a, uint64_t *n_unlogged)
{
    uint32_t now_s = clock_now_s();
    auth_must_be(a);
    lock_take(&a->lock);
    if (now_s - a->logged_since_s >= LOGGED_S) {
        a->logged_since_s = now_s;
        a->n_logged = 0;
    }
    bool may = a->n_logged < LOGGED_MAX;
    a->n_logged += may;
    MUST(a->n_logged <= LOGGED_MAX);
    a->n_unlogged += !may;
    *n_unlogged = a->n_unlogged;
    if (may)
        a->n_unlogged = 0;
    lock_give(&a->lock);
    return may;
}

static void
escape(struct bytes name, char text[NAME_TEXT_MAX])
{
    char *p = text;
    for (size_t i = 0; i < name.n && i < NAME_LOGGED_MAX; i++) {
        unsigned char b = (unsigned char)name.p[i];
        if (b > ' ' && b < 0x7f && b != '\\' && b != '"')
            *p++ = (char)b;
        else
            p += sprintf(p, "\\x%02x", b);
    }
    MUST(p + sizeof "..." <= text + NAME_TEXT_MAX);
    strcpy(p, name.n > NAME_LOGGED_MAX ? "..." : "");
}

void
auth_log_refused(struct auth *a, int fd, struct bytes name, const char *why)
{
    char escaped[NAME_TEXT_MAX], peer[ADDRESS_TEXT_MAX];
    uint64_t n_unlogged;
    if (!may_log(a, &n_unlogged))
        return;
    escape(name, escaped);
    address_text_of_socket(fd, true, peer, sizeof peer);
    if (n_unlogged > 0)
        LOG(LOG_ERROR, "%llu more logins were refused", (unsigned long long)n_unlogged);
    LOG(LOG_ERROR, "login of \"%s\" from %s refused%s%s", escaped, peer, why == NULL ? "" : ": ",
        why == NULL ? "" : why);
}
