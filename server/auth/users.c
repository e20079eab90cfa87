/* users: checking a login; see users.h. */
#include "server/auth/users_internal.h"

#include <assert.h>
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
    users_must_be(u);
    for (size_t i = 0; i < u->n; i++)
        free(u->user[i].hash);
    if (u->user != NULL)
        OPENSSL_cleanse(u->user, u->n * sizeof *u->user);
    free(u->user);
    free(u->names);
    lock_fini(&u->lock);
    OPENSSL_cleanse(u->key, sizeof u->key);
    u->magic = 0;
    free(u);
}

uint32_t
users_rights(const struct users *u)
{
    users_must_be(u);
    uint32_t rights = 0;
    for (size_t i = 0; i < u->n; i++)
        rights |= UINT32_C(1) << u->user[i].rights;
    return rights;
}

size_t
users_n(const struct users *u)
{
    users_must_be(u);
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
    users_must_be(u);
    MUST(name.n <= USERS_NAME_MAX && password.n <= PASSWORD_MAX);
    memcpy(text, name.p, name.n);
    text[name.n] = '\0'; /* no name has a zero byte: two pairs never make the same text */
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
    MUST(from <= u->n);
    return from;
}

bool
users_has(const struct users *u, struct bytes name)
{
    users_must_be(u);
    size_t at = lower_bound(u, name);
    return at < u->n && bytes_equal(u->user[at].name, name);
}

/* The user whose lines are checked for an unknown name, so that the answer takes as long. */
static bool
decoy_of(const struct users *u, struct bytes name, struct bytes *decoy)
{
    uint8_t digest[USERS_DIGEST];
    uint64_t draw;
    static_assert(sizeof draw <= sizeof digest, "a part of the digest is drawn");
    MUST(u->n > 0);
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
    MUST(user >= u->user && user < u->user + u->n);
    MUST(user->hash != NULL); /* others have their digest from the start */
    lock_take(&u->lock);
    memcpy(user->digest, digest, USERS_DIGEST);
    user->has_digest = true;
    lock_give(&u->lock);
}

/* A name and a password that are checked against the lines of a name. */
struct attempt {
    struct bytes password;
    bool known;                   /* false: the lines are those of a decoy, and the login is refused */
    size_t from, to;              /* the lines: user[from .. to-1] */
    uint8_t digest[USERS_DIGEST]; /* of name and password */
};

/* Finds the lines to check.  false when out of memory. */
static bool
find_lines(const struct users *u, struct bytes name, struct attempt *a)
{
    struct bytes decoy;
    if (!users_digest(u, name, a->password, a->digest) || !decoy_of(u, name, &decoy))
        return false;
    a->known = users_has(u, name);
    a->from = a->to = lower_bound(u, a->known ? name : decoy);
    while (a->to < u->n && bytes_equal(u->user[a->to].name, u->user[a->from].name))
        a->to++;
    MUST(a->from < a->to && a->to <= u->n && a->to - a->from <= USERS_PASSWORDS_MAX);
    return true;
}

/* By the digests only. */
static enum users_answer
compare_digests(struct users *u, const struct attempt *a, struct users_result *result)
{
    enum users_answer answer = USERS_REFUSED;
    for (size_t i = a->from; i < a->to; i++) {
        if (digest_matches(u, &u->user[i], a->digest)) {
            result->rights = u->user[i].rights;
            return USERS_WELCOME;
        }
        if (u->user[i].hash != NULL)
            answer = USERS_UNDECIDED;
    }
    return answer;
}

static enum users_answer
compute_hash(struct users *u, struct user *user, const struct attempt *a, struct users_result *result)
{
    MUST(user->hash != NULL);
    result->n_hashes++;
    switch (password_check(user->hash, a->password)) {
    case PASSWORD_RIGHT:
        if (a->known)
            keep_digest(u, user, a->digest);
        result->rights = user->rights;
        return USERS_WELCOME;
    case PASSWORD_WRONG: return USERS_REFUSED;
    case PASSWORD_NO_MEMORY: return USERS_NO_MEMORY;
    }
    UNREACHABLE();
}

static enum users_answer
compute_hashes(struct users *u, const struct attempt *a, struct users_result *result)
{
    for (size_t i = a->from; i < a->to; i++) {
        if (u->user[i].hash == NULL)
            continue;
        enum users_answer answer = compute_hash(u, &u->user[i], a, result);
        if (answer != USERS_REFUSED)
            return answer;
    }
    return USERS_REFUSED;
}

static enum users_answer
check(struct users *u, struct bytes name, struct bytes password, bool computes, struct users_result *result)
{
    struct attempt a = {.password = password};
    users_must_be(u);
    *result = (struct users_result){.rights = RIGHTS_BEFORE_LOGIN};
    if (name.n == 0 || name.n > USERS_NAME_MAX || password.n == 0 || password.n > PASSWORD_MAX)
        return USERS_REFUSED;
    if (memchr(password.p, '\0', password.n) != NULL) /* scrypt ignores zero bytes at the end */
        return USERS_REFUSED;
    if (!find_lines(u, name, &a))
        return USERS_NO_MEMORY;
    enum users_answer answer = compare_digests(u, &a, result);
    if (answer == USERS_UNDECIDED && computes)
        answer = compute_hashes(u, &a, result);
    MUST(!computes || answer != USERS_UNDECIDED);
    OPENSSL_cleanse(a.digest, sizeof a.digest);
    return a.known || answer != USERS_WELCOME ? answer : USERS_REFUSED;
}

enum users_answer
users_check(struct users *u, struct bytes name, struct bytes password, struct users_result *result)
{
    return check(u, name, password, true, result);
}

enum users_answer
users_check_quickly(struct users *u, struct bytes name, struct bytes password, struct users_result *result)
{
    return check(u, name, password, false, result);
}
