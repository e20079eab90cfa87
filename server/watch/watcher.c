/* watcher: see watcher.h. */
#include "server/watch/watcher.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/watch/watch_format.h"

enum { SKIPPED_MAX = 40, LISTEN_BYTES = 4096, LISTEN_CALLS = 64 };
static_assert(SKIPPED_MAX >= sizeof "skipped=18446744073709551615\n", "the line with the largest number");

struct watcher *
watcher_new(uint32_t streams, size_t size)
{
    static const char ok[] = "OK\r\n";
    size_t least = WATCH_LINE_MAX + SKIPPED_MAX;
    size = size < least ? least : size;
    struct watcher *w = malloc(sizeof *w + size);
    if (w == NULL)
        return NULL;
    *w = (struct watcher){.magic = WATCHER_MAGIC, .streams = streams, .size = size, .end = sizeof ok - 1};
    memcpy(w->buffer, ok, w->end);
    return w;
}

void
watcher_free(struct watcher **wp)
{
    struct watcher *w = *wp;
    *wp = NULL;
    if (w == NULL)
        return;
    watcher_must_hold(w);
    if (w->stream.ops != NULL)
        stream_close(&w->stream);
    w->magic = 0;
    free(w);
}

bool
watcher_send(struct watcher *w)
{
    watcher_must_hold(w);
    while (watcher_has_lines(w)) {
        ssize_t n = stream_send(&w->stream, w->buffer + w->start, w->end - w->start);
        if (n < 0) {
            w->blocked = true;
            return n == -EAGAIN || n == -ENOBUFS || n == -ENOMEM;
        }
        w->start += (size_t)n;
    }
    w->start = w->end = 0;
    w->blocked = false;
    return true;
}

/* Makes room after `end`; moves the unsent bytes to the front if that helps. */
static bool
make_room(struct watcher *w, size_t n)
{
    if (n > w->size - w->end && n <= w->size - (w->end - w->start)) {
        memmove(w->buffer, w->buffer + w->start, w->end - w->start);
        w->end -= w->start;
        w->start = 0;
    }
    return n <= w->size - w->end;
}

bool
watcher_offer(struct watcher *w, const char *line, size_t n)
{
    watcher_must_hold(w);
    MUST(n > 0 && n <= WATCH_LINE_MAX);
    size_t n_all = n + (w->n_skipped > 0 ? SKIPPED_MAX : 0);
    /* The next send notices a broken socket; its lines are skipped until then. */
    bool room = make_room(w, n_all) || (!w->blocked && watcher_send(w) && make_room(w, n_all));
    if (!room) {
        w->n_skipped++;
        return false;
    }
    if (w->n_skipped > 0)
        w->end += (size_t)snprintf(
            w->buffer + w->end, SKIPPED_MAX, "skipped=%llu\n", (unsigned long long)w->n_skipped);
    w->n_skipped = 0;
    MUST(n <= w->size - w->end);
    memcpy(w->buffer + w->end, line, n);
    w->end += n;
    return true;
}

bool
watcher_listen(struct watcher *w, bool *normally)
{
    char forgotten[LISTEN_BYTES];
    ssize_t n;
    int calls = 0;
    watcher_must_hold(w);
    do
        n = stream_recv(&w->stream, forgotten, sizeof forgotten);
    while (n > 0 && w->stream.pending && ++calls < LISTEN_CALLS);
    *normally = n == 0;
    return n > 0 || n == -EAGAIN;
}
