/* conn_wait: see conn_wait.h. */
#include "server/conn/conn_wait.h"

void
conn_wait_for_memory(struct conn *c)
{
    conn_must_be(c);
    MUST(!c->peer.datagrams && !c->parked && c->queue == NULL);
    struct conn_set *set = c->set;
    c->asked = store_thread_asked(set->ctx.thread);
    store_thread_retry(set->ctx.thread, (struct store_ask){0});
    counter_inc(conn_counter(c, WORKER_N_MEMORY_WAITS));
    c->starved_in = set->starved.n_freed;
    set->starved.again = true;
    struct conn_list *queue = c->asked.number == 0 ? &set->starved.for_bound : &set->starved.for_room;
    if (c != set->starved.tried || queue != &set->starved.for_bound) {
        conn_enqueue(c, queue);
    } else { /* it keeps its place */
        TAILQ_INSERT_HEAD(queue, c, queue_link);
        c->queue = queue;
    }
}
