/*
 * conn_wait: connections that wait for memory of the store; see conn.h.
 *
 * A request that finds no room is not refused as long as there may be some: its
 * connection is parked, and tried again when the store says that something was
 * freed.  There are two lists.  Values that met the bound of all partial ones go
 * on one by one: what is given back is mostly enough for one of them.  All others
 * are tried, some at a time so that other clients get their turns.
 *
 *   starved  <=>  parked, and on one of the lists, by yielded_link
 */
#include "server/conn.h"

#include "server/inbox.h"
#include "server/server.h"

enum { TRIED_AT_ONCE = 32 };

static struct conn_list *
list_of(struct conn *c)
{
    return c->asked.number == 0 ? &c->set->starved.for_bound : &c->set->starved.for_room;
}

void
conn_starve(struct conn *c)
{
    struct conn_set *set = c->set;
    c->asked = store_thread_asked(set->ctx.thread);
    store_thread_retry(set->ctx.thread, (struct store_ask){0});
    counter_inc(conn_counter(c, WORKER_N_MEMORY_WAITS));
    c->starved = true;
    c->starved_in = set->starved.n_freed;
    set->starved.again = true;
    if (c == set->starved.tried && c->asked.number == 0)
        TAILQ_INSERT_HEAD(list_of(c), c, yielded_link); /* it keeps its place */
    else
        TAILQ_INSERT_TAIL(list_of(c), c, yielded_link);
}

void
conn_forget_starved(struct conn *c)
{
    if (!c->starved)
        return;
    TAILQ_REMOVE(list_of(c), c, yielded_link);
    c->starved = false;
}

/* false: it waits again. */
static bool
try_again(struct conn *c)
{
    struct conn_set *set = c->set;
    conn_forget_starved(c);
    c->parked = false;
    if (c->out != NULL) /* it goes on when its replies have left: end_turn */
        return true;
    set->starved.tried = c;
    set->starved.again = false;
    conn_continue(c); /* may close it */
    set->starved.tried = NULL;
    return !set->starved.again;
}

/* Whatever has waited since before the store freed something last. */
static void
try_for_room(struct conn_set *set)
{
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
    set->starved.n_freed++;
    while ((c = TAILQ_FIRST(&set->starved.for_bound)) != NULL && try_again(c))
        continue;
    try_for_room(set);
}

void
conn_waits_init(struct conn_set *set)
{
    TAILQ_INIT(&set->starved.for_bound);
    TAILQ_INIT(&set->starved.for_room);
    set->starved.freed.run = on_freed;
    set->starved.more.run = on_more;
}

void
conn_waits_fini(struct conn_set *set)
{
    MUST(TAILQ_EMPTY(&set->starved.for_bound) && TAILQ_EMPTY(&set->starved.for_room));
    inbox_withdraw(set->ctx.inbox, &set->starved.freed);
    inbox_withdraw(set->ctx.inbox, &set->starved.more);
}
