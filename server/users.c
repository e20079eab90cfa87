/* users: checking a login; see users.h. */
#include "server/users_internal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

void
users_free(struct users **up)
{
    struct users *u = *up;
    *up = NULL;
    if (u == NULL)
        return;
    for (size_t i = 0; i < u->n; i++)
        free(u->user[i].hash);
    if (u->user != NULL)
        OPENSSL_cleanse(u->user, u->n * sizeof *u->user);
    free(u->user);
    free(u->names);
    lock_fini(&u->lock);
    OPENSSL_cleanse(u->key, sizeof u->key);
    free(u);
}

size_t
users_n(const struct users *u)
{
    return u->n;
}

int
users_compare(struct bytes a, struct bytes b)
{
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return memcmp(a.p, b.p, a.n);
}

bool
users_digest(const struct users *u, struct bytes name, struct bytes password, uint8_t digest[USERS_DIGEST])
{
    unsigned char text[USERS_NAME_MAX + 1 + PASSWORD_MAX];
    MUST(name.n <= USERS_NAME_MAX && password.n <= PASSWORD_MAX);
    memcpy(text, name.p, name.n);
    text[name.n] = '\0'; /* no name has one: two pairs are never one text */
    size_t n = name.n + 1;
    if (password.n > 0)
        memcpy(text + n, password.p, password.n);
    bool ok = HMAC(EVP_sha256(), u->key, sizeof u->key, text, n + password.n, digest, NULL) != NULL;
    OPENSSL_cleanse(text, sizeof text);
    return ok;
}

/* The first user whose name is not before `name`. */
static size_t
lower_bound(const struct users *u, struct bytes name)
{
    size_t from = 0, to = u->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (users_compare(u->user[middle].name, name) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

bool
users_has(const struct users *u, struct bytes name)
{
    size_t at = lower_bound(u, name);
    return at < u->n && bytes_equal(u->user[at].name, name);
}

/* In whose place a name is checked that is not there. */
static bool
decoy_of(const struct users *u, struct bytes name, struct bytes *decoy)
{
    uint8_t digest[USERS_DIGEST];
    uint64_t draw;
    if (!users_digest(u, name, bytes_of(NULL, 0), digest))
        return false;
    memcpy(&draw, digest, sizeof draw);
    *decoy = u->user[draw % u->n].name;
    return true;
}

static bool
digest_matches(struct users *u, const struct user *user, const uint8_t digest[USERS_DIGEST])
{
    lock_take(&u->lock);
    bool same = CRYPTO_memcmp(user->digest, digest, USERS_DIGEST) == 0 && user->has_digest;
    lock_give(&u->lock);
    return same;
}

static void
keep_digest(struct users *u, struct user *user, const uint8_t digest[USERS_DIGEST])
{
    lock_take(&u->lock);
    memcpy(user->digest, digest, USERS_DIGEST);
    user->has_digest = true;
    lock_give(&u->lock);
}

/* What somebody says who he is. */
struct attempt {
    struct bytes password;
    bool known; /* else it is a decoy's lines that are checked, and nothing comes of it */
    uint8_t digest[USERS_DIGEST];
};

static enum users_answer
check_one(struct users *u, struct user *user, const struct attempt *a)
{
    if (digest_matches(u, user, a->digest))
        return USERS_WELCOME;
    if (user->hash == NULL)
        return USERS_REFUSED;
    switch (password_check(user->hash, a->password)) {
    case PASSWORD_RIGHT:
        if (a->known)
            keep_digest(u, user, a->digest);
        return USERS_WELCOME;
    case PASSWORD_WRONG: return USERS_REFUSED;
    case PASSWORD_NO_MEMORY: return USERS_NO_MEMORY;
    }
    UNREACHABLE();
}

/* All lines of the name that the one at `at` has. */
static enum users_answer
check_lines(struct users *u, size_t at, const struct attempt *a, enum rights *rights)
{
    const struct bytes name = u->user[at].name;
    for (; at < u->n && bytes_equal(u->user[at].name, name); at++) {
        enum users_answer answer = check_one(u, &u->user[at], a);
        if (answer != USERS_REFUSED) {
            *rights = u->user[at].rights;
            return answer;
        }
    }
    return USERS_REFUSED;
}

enum users_answer
users_check(struct users *u, struct bytes name, struct bytes password, enum rights *rights)
{
    struct bytes decoy;
    struct attempt a = {.password = password};
    if (name.n == 0 || name.n > USERS_NAME_MAX || password.n == 0 || password.n > PASSWORD_MAX)
        return USERS_REFUSED;
    if (memchr(password.p, '\0', password.n) != NULL) /* scrypt does not see those at the end */
        return USERS_REFUSED;
    if (!users_digest(u, name, password, a.digest) || !decoy_of(u, name, &decoy))
        return USERS_NO_MEMORY;
    a.known = users_has(u, name);
    size_t at = lower_bound(u, a.known ? name : decoy);
    enum users_answer answer = check_lines(u, at, &a, rights);
    OPENSSL_cleanse(a.digest, sizeof a.digest);
    return a.known || answer == USERS_NO_MEMORY ? answer : USERS_REFUSED;
}
