/*
 * password: salted, slow hashes of passwords, as a file of users has them.
 *
 *   $scrypt$ln=11,r=8,p=1$<salt>$<digest>
 *
 * is scrypt (RFC 7914) with N = 2^ln; salt and digest are base64 without padding.
 * Python's passlib and the PHC string format write the same, so hashes of other
 * programs can be used unless they cost too much: other logins wait while the checker
 * computes one (checker.h).  The cost grows with N r p, which is bounded by
 * PASSWORD_COST_MAX; password_make uses a quarter of that, a few milliseconds.
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
    PASSWORD_COST_MAX = 1 << 16, /* N r p: 8 MiB and about 25 ms */
    PASSWORD_SALT_MAX = 64,
    PASSWORD_DIGEST_MAX = 64,
};

struct password_hash {
    uint32_t n, r, p;
    uint8_t n_salt, n_digest;
    uint8_t salt[PASSWORD_SALT_MAX];
    uint8_t digest[PASSWORD_DIGEST_MAX];
};

/* Whether the text begins like a hash, which no plain password may do. */
bool password_is_hash(struct bytes text);

/* false: `why` is a sentence, which does not quote the text. */
MUST_USE bool password_read_hash(struct bytes text, struct password_hash *, const char **why);

enum password_answer { PASSWORD_RIGHT, PASSWORD_WRONG, PASSWORD_NO_MEMORY };

/* Takes the same time for a wrong password as for the right one. */
MUST_USE enum password_answer password_check(const struct password_hash *, struct bytes password);

/* Makes a hash with a new salt.  false: out of memory, or no random bytes. */
MUST_USE bool password_make(struct bytes password, char text[PASSWORD_TEXT_MAX]);

#endif
