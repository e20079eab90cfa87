#include "tools/text/shown.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/text/utf8.h"

enum { LINE_ROOM = 1024, ESCAPED = 4 };
static_assert(ESCAPED == sizeof "\\x00" - 1, "a byte escaped");

/* The character at `p` if it may be written, else its first byte escaped in `room`. */
static struct bytes
next_shown(const char *p, size_t n, bool lines, char room[ESCAPED + 1], size_t *n_taken)
{
    uint32_t code;
    size_t len = utf8_character(p, n, &code);
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    MUST(len <= n);
    *n_taken = len;
    if (len > 0 && (!control || code == '\t' || (lines && code == '\n')))
        return bytes_of(p, len);
    *n_taken = 1;
    snprintf(room, ESCAPED + 1, "\\x%02x", (unsigned char)p[0]);
    return bytes_of(room, ESCAPED);
}

static void
put(FILE *f, struct bytes text, bool lines)
{
    char room[ESCAPED + 1];
    size_t plain = 0; /* the bytes from here on may be written, and are not written yet */
    for (size_t i = 0, n; i < text.n; i += n) {
        struct bytes b = next_shown(text.p + i, text.n - i, lines, room, &n);
        if (b.p != room)
            continue;
        fwrite(text.p + plain, 1, i - plain, f);
        fwrite(b.p, 1, b.n, f);
        plain = i + n;
    }
    MUST(plain <= text.n);
    fwrite(text.p + plain, 1, text.n - plain, f);
}

void
shown_put(FILE *f, struct bytes text)
{
    put(f, text, true);
}

void
shown_line(FILE *f, const char *format, ...)
{
    char room[LINE_ROOM], *text = room;
    va_list ap, again;
    va_start(ap, format);
    va_copy(again, ap);
    int n = vsnprintf(room, sizeof room, format, ap);
    va_end(ap);
    if (n >= (int)sizeof room && (text = malloc((size_t)n + 1)) != NULL)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    if (text == NULL) { /* out of memory: writes the beginning */
        text = room;
        n = (int)sizeof room - 1;
    }
    flockfile(f);
    put(f, bytes_of(text, n < 0 ? 0 : (size_t)n), false);
    putc('\n', f);
    funlockfile(f);
    if (text != room)
        free(text);
}

const char *
shown_text(const char *text, char *room, size_t n_room)
{
    char one[ESCAPED + 1];
    size_t at = 0, n_text = strlen(text);
    for (size_t i = 0, n; i < n_text; i += n) {
        struct bytes b = next_shown(text + i, n_text - i, false, one, &n);
        if (b.n >= n_room - at)
            break;
        memcpy(room + at, b.p, b.n);
        at += b.n;
    }
    MUST(at < n_room);
    room[at] = '\0';
    return room;
}
