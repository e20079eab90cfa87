/* pending: see pending.h. */
#include "client/conn/pending.h"

#include <stdlib.h>

bool
pending_grow(struct pending_queue *q)
{
    MUST(q->count == q->n);
    size_t n = q->n > 0 ? q->n * 2 : 16;
    struct pending *ring = n <= SIZE_MAX / sizeof *ring ? malloc(n * sizeof *ring) : NULL;

    if (ring == NULL)
        return false;
    for (size_t i = 0; i < q->count; i++)
        ring[i] = *pending_at(q, i);
    free(q->ring);
    q->ring = ring;
    q->n = n;
    q->first = 0;
    pending_must_hold(q);
    return true;
}

void
pending_fini(struct pending_queue *q)
{
    free(q->ring);
    *q = (struct pending_queue){0};
}
