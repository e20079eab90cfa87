/*
 * split: takes a run of bytes apart at a character.
 *
 * `rest` is what has not been taken yet.  Each call returns a part from its
 * front and moves `rest` past that part and the separator.  Nothing is copied:
 * parts point into the bytes that were given.
 */
#ifndef BASE_TEXT_SPLIT_H
#define BASE_TEXT_SPLIT_H

#include "base/bytes.h"
#include "base/must.h"

/* Takes the first `n` bytes of `rest`. */
static inline struct bytes
split_front(struct bytes *rest, size_t n)
{
    struct bytes part = bytes_of(rest->p, n);
    CHECKED_MUST(n <= rest->n);
    if (n > 0) /* nothing may be added to a null pointer, not even 0 */
        *rest = bytes_of(rest->p + n, rest->n - n);
    return part;
}

/* Takes what stands before the first `separator`, and drops the separator.  Without one: takes all, and returns false. */
static inline bool
split_at(struct bytes *rest, char separator, struct bytes *part)
{
    const char *at = rest->n == 0 ? NULL : (const char *)memchr(rest->p, separator, rest->n);
    *part = split_front(rest, at == NULL ? rest->n : (size_t)(at - rest->p));
    if (at != NULL)
        (void)split_front(rest, 1);
    return at != NULL;
}

/* The same for a caller that does not need to know whether there was a separator. */
static inline struct bytes
split_off(struct bytes *rest, char separator)
{
    struct bytes part;
    (void)split_at(rest, separator, &part);
    return part;
}

/* Takes a line, without its LF or CRLF; the last line may have none. */
static inline struct bytes
split_line(struct bytes *rest)
{
    struct bytes line = split_off(rest, '\n');
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

#endif
