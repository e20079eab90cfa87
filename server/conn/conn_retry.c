/* conn_retry: see conn_retry.h. */
#include "server/conn/conn_retry.h"

#include "server/conn/conn_turn.h"

enum { TRIED_AT_ONCE = 32 };

/* false: it waits again. */
static bool
try_again(struct conn *c)
{
    conn_must_be(c);
    MUST(c->parked && c->set->starved.tried == NULL);
    struct conn_set *set = c->set;
    conn_dequeue(c);
    c->parked = false;
    if (c->out != NULL) /* it continues when its replies are sent: end_turn */
        return true;
    set->starved.tried = c;
    set->starved.again = false;
    conn_turn_take(c); /* may close it */
    set->starved.tried = NULL;
    return !set->starved.again;
}

/* Tries the connections that began to wait before the store last freed memory. */
static void
try_for_room(struct conn_set *set)
{
    conn_set_must_be_self(set);
    struct conn *c;
    for (int i = 0;
         (c = TAILQ_FIRST(&set->starved.for_room)) != NULL && c->starved_in != set->starved.n_freed; i++) {
        if (i == TRIED_AT_ONCE) {
            inbox_post(set->ctx.inbox, &set->starved.more);
            return;
        }
        (void)try_again(c);
    }
}

static void
on_more(struct inbox_note *note)
{
    try_for_room((struct conn_set *)((char *)note - offsetof(struct conn_set, starved.more)));
}

static void
on_freed(struct inbox_note *note)
{
    struct conn_set *set = (struct conn_set *)((char *)note - offsetof(struct conn_set, starved.freed));
    struct conn *c;
    conn_set_must_be_self(set);
    set->starved.n_freed++;
    while ((c = TAILQ_FIRST(&set->starved.for_bound)) != NULL && try_again(c))
        continue;
    try_for_room(set);
}

void
conn_retry_init(struct conn_set *set)
{
    TAILQ_INIT(&set->starved.for_bound);
    TAILQ_INIT(&set->starved.for_room);
    set->starved.freed.run = on_freed;
    set->starved.more.run = on_more;
}

void
conn_retry_fini(struct conn_set *set)
{
    MUST(TAILQ_EMPTY(&set->starved.for_bound) && TAILQ_EMPTY(&set->starved.for_room));
    inbox_withdraw(set->ctx.inbox, &set->starved.freed);
    inbox_withdraw(set->ctx.inbox, &set->starved.more);
}
