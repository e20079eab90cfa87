/* watch_format: see watch_format.h. */
#include "server/watch/watch_format.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text/uri.h"
#include "server/watch/watch.h"

struct row {
    uint32_t stream;
    const char *line;
};

static const struct row rows[WATCH_N_KINDS] = {
#define WATCH_EVENT(name, stream, line) [WATCH_##name] = {WATCH_##stream, line},
#include "server/watch/watch_events.def"
#undef WATCH_EVENT
};

uint32_t
watch_format_stream(enum watch_kind kind)
{
    MUST(kind < WATCH_N_KINDS);
    return rows[kind].stream;
}

/* Writes at least `least` digits. */
static char *
put_number(char *p, uint64_t v, int least)
{
    char text[20];
    int n = 0;
    for (; v > 0 || n < least; v /= 10)
        text[n++] = (char)('0' + v % 10);
    while (n > 0)
        *p++ = text[--n];
    return p;
}

static char *
put_signed(char *p, int64_t v)
{
    if (v < 0)
        *p++ = '-';
    return put_number(p, v < 0 ? -(uint64_t)v : (uint64_t)v, 1);
}

static char *
put_word(char *p, const char *word)
{
    return stpcpy(p, word);
}

/* Writes the field of `letter`; watch_events.def lists them. */
static char *
put_field(char *p, char letter, const struct watch_event *e, const char *text)
{
    switch (letter) {
    case 'k': return uri_encode(p, bytes_of(text, e->n_text));
    case 't': return (char *)mempcpy(p, text, e->n_text);
    case 'w': return put_word(p, e->word[0]);
    case 'x': return put_word(p, e->word[1]);
    case 'f': return put_signed(p, e->fd);
    case 'l': return put_signed(p, e->ttl_s);
    case 'T': return put_number(p, (uint32_t)e->ttl_s, 1);
    case 'a': return put_number(p, e->idle_s, 1);
    case 'c': return put_number(p, e->class_number, 1);
    case 's': return put_number(p, e->from_number, 1);
    case 'n': return put_number(p, e->n_value, 1);
    case 'p': return put_number(p, e->port, 1);
    }
    UNREACHABLE();
}

size_t
watch_format(const struct watch_event *e, const char *text, char line[WATCH_LINE_MAX])
{
    static_assert(
        (int)WATCH_LINE_MAX > (int)URI_ENCODED_MAX(WATCH_TEXT_MAX), "a text of which each byte is encoded");
    MUST(e->kind < WATCH_N_KINDS && e->n_text <= WATCH_TEXT_MAX);
    char *p = put_word(line, "ts=");
    p = put_number(p, e->at_us / 1000000, 1);
    *p++ = '.';
    p = put_number(p, e->at_us % 1000000, 6);
    p = put_word(p, " gid=");
    p = put_number(p, e->gid, 1);
    *p++ = ' ';
    for (const char *f = rows[e->kind].line; *f != '\0'; f++) {
        if (*f == '%')
            p = put_field(p, *++f, e, text);
        else
            *p++ = *f;
    }
    *p++ = '\n';
    MUST(p <= line + WATCH_LINE_MAX);
    return (size_t)(p - line);
}
