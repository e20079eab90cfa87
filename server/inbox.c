/* inbox: see inbox.h. */
#include "server/inbox.h"

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
    inbox_must_be_self(b);
    MUST(b->mail.n_accepted == 0);
    free(b->mail.accepted);
    lock_fini(&b->lock);
    if (b->event_fd >= 0)
        close(b->event_fd);
}

static void
ring(struct inbox *b)
{
    uint64_t one = 1;
    ssize_t n = write(b->event_fd, &one, sizeof(one));
    (void)n; /* EAGAIN: the counter is full, so it is readable already */
}

static bool
make_room_locked(struct inbox *b)
{
    lock_must_own(&b->lock);
    if (b->mail.n_accepted < b->size)
        return true;
    size_t size = b->size == 0 ? QUEUE_FIRST : b->size * 2;
    struct accepted *accepted = realloc(b->mail.accepted, size * sizeof(*accepted));
    if (accepted == NULL)
        return false;
    b->mail.accepted = accepted;
    b->size = size;
    return true;
}

bool
inbox_accept(struct inbox *b, struct accepted accepted)
{
    MUST(accepted.fd >= 0);
    lock_take(&b->lock);
    bool given = make_room_locked(b);
    if (given)
        b->mail.accepted[b->mail.n_accepted++] = accepted;
    lock_give(&b->lock);
    if (given)
        ring(b);
    return given;
}

void
inbox_ask(struct inbox *b, enum inbox_ask ask)
{
    lock_take(&b->lock);
    b->mail.asked |= (uint32_t)ask;
    lock_give(&b->lock);
    ring(b);
}

void
inbox_post(struct inbox *b, struct inbox_note *note)
{
    MUST(note->run != NULL);
    lock_take(&b->lock);
    bool posted = note->posted;
    if (!posted) {
        note->posted = true;
        TAILQ_INSERT_TAIL(&b->notes, note, link);
    }
    lock_give(&b->lock);
    if (!posted)
        ring(b);
}

void
inbox_withdraw(struct inbox *b, struct inbox_note *note)
{
    inbox_must_be_self(b);
    lock_take(&b->lock);
    if (note->posted)
        TAILQ_REMOVE(&b->notes, note, link);
    note->posted = false;
    lock_give(&b->lock);
}

struct inbox_mail
inbox_take(struct inbox *b)
{
    inbox_must_be_self(b);
    lock_take(&b->lock);
    struct inbox_mail mail = b->mail;
    b->mail = (struct inbox_mail){0};
    b->size = 0;
    lock_give(&b->lock);
    return mail;
}

static struct inbox_note *
take_note(struct inbox *b)
{
    lock_take(&b->lock);
    struct inbox_note *note = TAILQ_FIRST(&b->notes);
    MUST(note != NULL && note->posted);
    TAILQ_REMOVE(&b->notes, note, link);
    note->posted = false;
    lock_give(&b->lock);
    return note;
}

/*
 * Takes one note at a time, because running one may withdraw another.  `end` follows
 * the notes that were posted before the call.
 */
void
inbox_run(struct inbox *b)
{
    inbox_must_be_self(b);
    struct inbox_note *note, end = {.posted = true};
    lock_take(&b->lock);
    TAILQ_INSERT_TAIL(&b->notes, &end, link);
    lock_give(&b->lock);
    while ((note = take_note(b)) != &end)
        note->run(note);
}
