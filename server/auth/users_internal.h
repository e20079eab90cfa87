/* users_internal: a user, which users_read.c makes and users.c checks. */
#ifndef SERVER_AUTH_USERS_INTERNAL_H
#define SERVER_AUTH_USERS_INTERNAL_H

#include <stdbool.h>

#include "base/lock.h"
#include "server/auth/password.h"
#include "server/auth/users.h"

enum { USERS_MAGIC = 0x75736572, USERS_DIGEST = 32 /* bytes of HMAC-SHA256 */ };

struct user {
    struct bytes name; /* in users.names */
    enum rights rights;
    bool has_digest;              /* [l] */
    uint8_t digest[USERS_DIGEST]; /* [l] of name and password, if has_digest */
    struct password_hash *hash;   /* NULL: the digest decides, and exists from the start */
};

/*
 *   user[0 .. n-1] are sorted by name
 * [l] guarded by `lock`
 */
struct users {
    uint32_t magic;
    uint8_t key[USERS_DIGEST]; /* of the digests; random */
    struct lock lock;
    char *names;
    size_t n;
    struct user *user;
};

static inline void
users_must_be(const struct users *u)
{
    MUST(u != NULL && u->magic == USERS_MAGIC);
}

/* The order of names: by length, then by their bytes. */
int users_compare(struct bytes a, struct bytes b);

/* Of name and password, or with `password.p` NULL of the name only.  false when out of memory. */
MUST_USE bool users_digest(
    const struct users *, struct bytes name, struct bytes password, uint8_t digest[USERS_DIGEST]);

#endif
