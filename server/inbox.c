/* inbox: see inbox.h. */
#include "server/inbox.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { QUEUE_FIRST = 16 };

bool
inbox_init(struct inbox *b)
{
    *b = (struct inbox){.event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    TAILQ_INIT(&b->notes);
    lock_init(&b->lock, LOCK_INBOX);
    return b->event_fd >= 0;
}

void
inbox_fini(struct inbox *b)
{
    MUST(b->n == 0);
    free(b->queue);
    lock_fini(&b->lock);
    if (b->event_fd >= 0)
        close(b->event_fd);
}

void
inbox_ring(struct inbox *b)
{
    uint64_t one = 1;
    ssize_t n = write(b->event_fd, &one, sizeof(one));
    (void)n; /* EAGAIN: the counter is full, so it is readable already */
}

static bool
make_room_locked(struct inbox *b)
{
    lock_must_own(&b->lock);
    if (b->n < b->size)
        return true;
    size_t size = b->size == 0 ? QUEUE_FIRST : b->size * 2;
    struct arrival *queue = realloc(b->queue, size * sizeof(*queue));
    if (queue == NULL)
        return false;
    b->queue = queue;
    b->size = size;
    return true;
}

bool
inbox_give(struct inbox *b, struct arrival arrival)
{
    lock_take(&b->lock);
    bool given = make_room_locked(b);
    if (given)
        b->queue[b->n++] = arrival;
    lock_give(&b->lock);
    if (given)
        inbox_ring(b);
    return given;
}

void
inbox_post(struct inbox *b, struct inbox_note *note)
{
    lock_take(&b->lock);
    bool posted = note->posted;
    if (!posted) {
        note->posted = true;
        TAILQ_INSERT_TAIL(&b->notes, note, link);
    }
    lock_give(&b->lock);
    if (!posted)
        inbox_ring(b);
}

void
inbox_withdraw(struct inbox *b, struct inbox_note *note)
{
    lock_take(&b->lock);
    if (note->posted)
        TAILQ_REMOVE(&b->notes, note, link);
    note->posted = false;
    lock_give(&b->lock);
}

struct arrival *
inbox_take(struct inbox *b, size_t *n)
{
    lock_take(&b->lock);
    struct arrival *queue = b->queue;
    *n = b->n;
    b->queue = NULL;
    b->n = b->size = 0;
    lock_give(&b->lock);
    return queue;
}

static struct inbox_note *
take_note(struct inbox *b)
{
    lock_take(&b->lock);
    struct inbox_note *note = TAILQ_FIRST(&b->notes);
    if (note != NULL) {
        TAILQ_REMOVE(&b->notes, note, link);
        note->posted = false;
    }
    lock_give(&b->lock);
    return note;
}

/* One at a time: running one may withdraw another. */
void
inbox_run(struct inbox *b)
{
    struct inbox_note *note;
    while ((note = take_note(b)) != NULL)
        note->run(note);
}
