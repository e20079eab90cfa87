/*
 * pairs: a line of name=value words, as dumps and the live log have them.
 */
#ifndef TOOLS_TEXT_PAIRS_H
#define TOOLS_TEXT_PAIRS_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/must.h"

/* Takes the next word off `line`.  A word without "=" has an empty name.  False: there is none. */
MUST_USE bool pairs_next(struct bytes *line, struct bytes *name, struct bytes *value);

/* Whether it has no pairs: what a server says before the first line, behind the last, or nothing. */
static inline bool
pairs_has_none(const char *line)
{
    return *line == '\0' || strcmp(line, "OK") == 0 || strcmp(line, "END") == 0;
}

/* Undoes %XX.  `out` has room for text.n bytes; returns how many were written, or 0 if it is none such. */
size_t pairs_unescape(struct bytes text, char *out);

enum { PAIRS_KEY_MAX = 1024 };

/* A key without its escapes, in `room`; as it is, if it is no such text. */
static inline struct bytes
pairs_key(struct bytes text, char room[PAIRS_KEY_MAX])
{
    size_t n = text.n <= PAIRS_KEY_MAX ? pairs_unescape(text, room) : 0;
    return n > 0 ? bytes_of(room, n) : text;
}

#endif
