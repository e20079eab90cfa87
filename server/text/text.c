#include "server/text/text.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_ROOM_FIRST = 4096 };

void
text_fini(struct text *t)
{
    free(t->p);
    *t = (struct text){0};
}

void
text_clear(struct text *t, size_t keep)
{
    text_must_hold(t);
    if (t->room > keep)
        text_fini(t);
    t->n = 0;
    t->failed = false;
}

/* Makes room for `n` more bytes; false, and sets `failed`, when out of memory. */
static bool
make_room(struct text *t, size_t n)
{
    if (t->room - t->n >= n)
        return true;
    size_t room = t->room == 0 ? TEXT_ROOM_FIRST : t->room;
    while (room - t->n < n)
        room *= 2;
    char *p = realloc(t->p, room);
    if (p == NULL) {
        t->failed = true;
        return false;
    }
    t->p = p;
    t->room = room;
    CHECKED_MUST(room - t->n >= n);
    return true;
}

void
text_add(struct text *t, const void *p, size_t n)
{
    text_must_hold(t);
    CHECKED_MUST(p != NULL || n == 0);
    if (n == 0 || !make_room(t, n))
        return;
    memcpy(t->p + t->n, p, n);
    t->n += n;
}

void
text_vprintf(struct text *t, const char *format, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, format, ap);
    MUST(n >= 0);
    if (make_room(t, (size_t)n + 1)) { /* vsnprintf adds a zero, which `n` does not count */
        vsnprintf(t->p + t->n, (size_t)n + 1, format, again);
        t->n += (size_t)n;
    }
    text_must_hold(t);
    va_end(again);
}

void
text_printf(struct text *t, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    text_vprintf(t, format, ap);
    va_end(ap);
}
