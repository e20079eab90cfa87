/*
 * text: a byte string that grows as it is written.
 *
 * Functions that append do not return an error: when memory runs out, the text remembers it,
 * and the writer calls text_ok once at the end.  All zero is the empty text.
 */
#ifndef SERVER_TEXT_TEXT_H
#define SERVER_TEXT_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/must.h"

struct text {
    char *p;
    size_t n, room;
    bool failed; /* a part of it is missing: out of memory */
};

static inline void
text_must_hold(const struct text *t)
{
    CHECKED_MUST(t->n <= t->room);
    CHECKED_MUST((t->p != NULL) == (t->room > 0));
    (void)t;
}

void text_fini(struct text *);

/* Empties it, and frees its memory if that is more than `keep` bytes. */
void text_clear(struct text *, size_t keep);

void text_add(struct text *, const void *p, size_t n);
void text_printf(struct text *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *, const char *format, va_list) __attribute__((format(printf, 2, 0)));

static inline bool
text_ok(const struct text *t)
{
    return !t->failed;
}

/* The bytes written so far; valid until the next write. */
static inline struct bytes
text_bytes(const struct text *t)
{
    text_must_hold(t);
    return bytes_of(t->p, t->n);
}

#endif
