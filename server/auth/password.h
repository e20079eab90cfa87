/*
 * password: salted, slow hashes of passwords, as a file of users has them.
 *
 *   $scrypt$ln=11,r=8,p=1$<salt>$<digest>
 *
 * is scrypt (RFC 7914) with N = 2^ln; salt and digest are base64 without
 * padding.  Python's passlib and the PHC string format write the same, so a
 * hash from elsewhere can be used as it is, if it does not cost too much: other
 * logins wait while the checker computes it (checker.h).  Its cost grows with
 * N r p, which is bounded by PASSWORD_COST_MAX; password_make stays at a quarter
 * of that, a few milliseconds.
 *
 * Threads: any; no state.
 */
#ifndef SERVER_AUTH_PASSWORD_H
#define SERVER_AUTH_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/must.h"

enum {
    PASSWORD_MAX = 1024,         /* bytes of a password */
    PASSWORD_TEXT_MAX = 256,     /* of a hash as text, NUL included */
    PASSWORD_COST_MAX = 1 << 16, /* N r p: 8 MiB and some 25 ms */
    PASSWORD_SALT_MAX = 64,
    PASSWORD_DIGEST_MAX = 64,
};

struct password_hash {
    uint32_t n, r, p;
    uint8_t n_salt, n_digest;
    uint8_t salt[PASSWORD_SALT_MAX];
    uint8_t digest[PASSWORD_DIGEST_MAX];
};

/* Whether the text means to be a hash: a plain password does not begin like one. */
bool password_is_hash(struct bytes text);

/* false: `why` is a sentence, which does not quote the text. */
MUST_USE bool password_read_hash(struct bytes text, struct password_hash *, const char **why);

enum password_answer { PASSWORD_RIGHT, PASSWORD_WRONG, PASSWORD_NO_MEMORY };

/* Takes as long for a wrong password as for the right one. */
MUST_USE enum password_answer password_check(const struct password_hash *, struct bytes password);

/* A hash with a new salt.  false: no memory, or no random bytes. */
MUST_USE bool password_make(struct bytes password, char text[PASSWORD_TEXT_MAX]);

#endif
