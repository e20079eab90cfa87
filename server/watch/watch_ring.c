/* watch_ring: see watch_ring.h. */
#include "server/watch/watch_ring.h"

#include <stdlib.h>
#include <string.h>

bool
watch_ring_init(struct watch_ring *r, size_t size)
{
    size_t least = sizeof(struct watch_event) + WATCH_TEXT_MAX;
    *r = (struct watch_ring){.size = size < least ? least : size};
    r->bytes = malloc(r->size);
    return r->bytes != NULL;
}

void
watch_ring_fini(struct watch_ring *r)
{
    free(r->bytes);
    r->bytes = NULL;
}

/* Copies into the ring from byte `at` on, wrapping at its end. */
static void
copy_in(struct watch_ring *r, uint64_t at, const void *p, size_t n)
{
    CHECKED_MUST(n <= r->size);
    size_t to = (size_t)(at % r->size), first = n < r->size - to ? n : r->size - to;
    memcpy(r->bytes + to, p, first);
    if (first < n)
        memcpy(r->bytes, (const char *)p + first, n - first);
}

static void
copy_out(const struct watch_ring *r, uint64_t at, void *p, size_t n)
{
    CHECKED_MUST(n <= r->size);
    size_t from = (size_t)(at % r->size), first = n < r->size - from ? n : r->size - from;
    memcpy(p, r->bytes + from, first);
    if (first < n)
        memcpy((char *)p + first, r->bytes, n - first);
}

bool
watch_ring_put(struct watch_ring *r, const struct watch_event *event, struct bytes text)
{
    struct watch_event e = *event;
    e.n_text = (uint16_t)(text.n < WATCH_TEXT_MAX ? text.n : WATCH_TEXT_MAX);
    if (sizeof e + e.n_text > ring_free(&r->ring, r->size)) {
        counter_inc(&r->n_dropped);
        return false;
    }
    uint64_t put = ring_put_at(&r->ring);
    copy_in(r, put, &e, sizeof e);
    if (e.n_text > 0)
        copy_in(r, put + sizeof e, text.p, e.n_text);
    ring_publish_in_order(&r->ring, sizeof e + e.n_text);
    counter_inc(&r->n_written);
    return true;
}

bool
watch_ring_take(struct watch_ring *r, struct watch_event *event, char text[WATCH_TEXT_MAX])
{
    uint64_t taken = ring_taken_at(&r->ring);
    if (ring_filled(&r->ring) == 0)
        return false;
    copy_out(r, taken, event, sizeof *event);
    MUST(event->n_text <= WATCH_TEXT_MAX);
    copy_out(r, taken + sizeof *event, text, event->n_text);
    ring_release(&r->ring, sizeof *event + event->n_text);
    return true;
}

size_t
watch_ring_used(struct watch_ring *r)
{
    return ring_length(&r->ring);
}
