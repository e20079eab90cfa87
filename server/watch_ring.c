/* watch_ring: see watch_ring.h. */
#include "server/watch_ring.h"

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

/* Copies into the ring from byte `at` on, round its end. */
static void
copy_in(struct watch_ring *r, uint64_t at, const void *p, size_t n)
{
    size_t to = (size_t)(at % r->size), first = n < r->size - to ? n : r->size - to;
    memcpy(r->bytes + to, p, first);
    if (first < n)
        memcpy(r->bytes, (const char *)p + first, n - first);
}

static void
copy_out(const struct watch_ring *r, uint64_t at, void *p, size_t n)
{
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
    uint64_t put = atomic_load_explicit(&r->put, memory_order_relaxed); /* our own */
    uint64_t taken = atomic_load_explicit(&r->taken, memory_order_acquire);
    if (sizeof e + e.n_text > r->size - (size_t)(put - taken)) {
        counter_inc(&r->n_dropped);
        return false;
    }
    copy_in(r, put, &e, sizeof e);
    if (e.n_text > 0)
        copy_in(r, put + sizeof e, text.p, e.n_text);
    atomic_store_explicit(&r->put, put + sizeof e + e.n_text, memory_order_seq_cst);
    counter_inc(&r->n_written);
    return true;
}

bool
watch_ring_take(struct watch_ring *r, struct watch_event *event, char text[WATCH_TEXT_MAX])
{
    uint64_t taken = atomic_load_explicit(&r->taken, memory_order_relaxed); /* our own */
    if (taken == atomic_load_explicit(&r->put, memory_order_acquire))
        return false;
    copy_out(r, taken, event, sizeof *event);
    MUST(event->n_text <= WATCH_TEXT_MAX);
    copy_out(r, taken + sizeof *event, text, event->n_text);
    atomic_store_explicit(&r->taken, taken + sizeof *event + event->n_text, memory_order_release);
    return true;
}

size_t
watch_ring_used(struct watch_ring *r)
{
    uint64_t taken = atomic_load_explicit(&r->taken, memory_order_relaxed);
    return (size_t)(atomic_load_explicit(&r->put, memory_order_seq_cst) - taken);
}
