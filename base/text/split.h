/*
 * split: splits a run of bytes at a character.
 *
 * `rest` is the part that is not split yet.  Each call returns a part from its
 * start and moves `rest` past that part and the separator.  Nothing is copied:
 * parts point into the caller's bytes.
 */
#ifndef BASE_TEXT_SPLIT_H
#define BASE_TEXT_SPLIT_H

#include "base/bytes.h"
#include "base/must.h"

/* Removes and returns the first `n` bytes of `rest`. */
static inline struct bytes
split_front(struct bytes *rest, size_t n)
{
    struct bytes part = bytes_of(rest->p, n);
    CHECKED_MUST(n <= rest->n);
    if (n > 0) /* adding even 0 to a null pointer is undefined */
        *rest = bytes_of(rest->p + n, rest->n - n);
    return part;
}

/*
 * Removes the bytes before the first `separator`, and the separator.  Without
 * one: removes all, and returns false.
 */
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

/* Removes a line; returns it without its LF or CRLF.  The last line may lack them. */
static inline struct bytes
split_line(struct bytes *rest)
{
    struct bytes line = split_off(rest, '\n');
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

#endif
