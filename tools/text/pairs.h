/* pairs: a line of name=value words, as in dumps and in the live log. */
#ifndef TOOLS_TEXT_PAIRS_H
#define TOOLS_TEXT_PAIRS_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/must.h"

/* Takes the next word from `line`.  A word without "=" has an empty name.  False: no word is left. */
MUST_USE bool pairs_next(struct bytes *line, struct bytes *name, struct bytes *value);

/* Whether the line has no pairs: the reply before the first line, after the last, or an empty line. */
static inline bool
pairs_has_none(const char *line)
{
    return *line == '\0' || strcmp(line, "OK") == 0 || strcmp(line, "END") == 0;
}

/*
 * Decodes %XX.  `out` has room for text.n bytes; returns the number of bytes
 * written, or 0 if an escape is invalid.
 */
size_t pairs_unescape(struct bytes text, char *out);

enum { PAIRS_KEY_MAX = 1024 };

/* The decoded key, in `room`; the text itself if it cannot be decoded. */
static inline struct bytes
pairs_key(struct bytes text, char room[PAIRS_KEY_MAX])
{
    size_t n = text.n <= PAIRS_KEY_MAX ? pairs_unescape(text, room) : 0;
    return n > 0 ? bytes_of(room, n) : text;
}

#endif
