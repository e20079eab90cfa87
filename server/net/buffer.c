/* buffer: see buffer.h. */
#include "server/net/buffer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct buffer_link {
    struct buffer_link *next;
};
static_assert(sizeof(struct buffer_link) <= 1 << BUFFER_MIN_LOG2, "the smallest buffer holds a link");
static_assert((int)BUFFER_POOLED_LOG2 >= (int)BUFFER_MIN_LOG2, "some buffers are kept");

static void
counter_subtract(counter *c, uint64_t n)
{
    counter_add(c, ~n + 1); /* negative, modulo 2^64 */
}

/* The logarithm of the smallest power of two that is at least `n`. */
static unsigned
log2_for(size_t n)
{
    unsigned log2 = BUFFER_MIN_LOG2;
    while (((size_t)1 << log2) < n)
        log2++;
    return log2;
}

void
buffer_pool_init(struct buffer_pool *pool, counter *lent)
{
    MUST(lent != NULL);
    memset(pool, 0, sizeof(*pool));
    pool->lent = lent;
}

void
buffer_pool_fini(struct buffer_pool *pool)
{
    for (unsigned log2 = BUFFER_MIN_LOG2; log2 <= BUFFER_POOLED_LOG2; log2++) {
        struct buffer_link *link = pool->kept[log2 - BUFFER_MIN_LOG2];
        while (link != NULL) {
            struct buffer_link *next = link->next;
            free(link);
            counter_subtract(&pool->n_buffers, 1);
            counter_subtract(&pool->bytes, (size_t)1 << log2);
            link = next;
        }
    }
    MUST(counter_read(&pool->n_buffers) == 0 && counter_read(&pool->bytes) == 0);
}

/* A kept buffer of this size, or NULL. */
static char *
take_kept(struct buffer_pool *pool, unsigned log2)
{
    CHECKED_MUST(log2 >= BUFFER_MIN_LOG2);
    if (log2 > BUFFER_POOLED_LOG2)
        return NULL;
    struct buffer_link **head = &pool->kept[log2 - BUFFER_MIN_LOG2];
    struct buffer_link *link = *head;
    if (link == NULL)
        return NULL;
    *head = link->next;
    counter_subtract(&pool->bytes_kept, (size_t)1 << log2);
    return (char *)link;
}

bool
buffer_take(struct buffer_pool *pool, struct buffer *b, size_t n)
{
    CHECKED_MUST(pool->lent != NULL);
    *b = (struct buffer){0};
    if (n > BUFFER_SIZE_MAX)
        return false;
    unsigned log2 = log2_for(n);
    char *p = take_kept(pool, log2);
    if (p == NULL) {
        p = malloc((size_t)1 << log2);
        if (p == NULL)
            return false;
        counter_inc(&pool->n_mallocs);
        counter_inc(&pool->n_buffers);
        counter_add(&pool->bytes, (size_t)1 << log2);
    }
    b->p = p;
    b->size = 1u << log2;
    counter_add(pool->lent, b->size);
    return true;
}

void
buffer_give_held(struct buffer_pool *pool, struct buffer *b)
{
    buffer_must_hold(b);
    CHECKED_MUST(b->size >= 1u << BUFFER_MIN_LOG2 && counter_read(pool->lent) >= b->size);
    unsigned log2 = log2_for(b->size);
    counter_subtract(pool->lent, b->size);
    if (log2 <= BUFFER_POOLED_LOG2 && counter_read(&pool->bytes_kept) + b->size <= BUFFER_KEPT_MAX) {
        struct buffer_link *link = (struct buffer_link *)b->p;
        link->next = pool->kept[log2 - BUFFER_MIN_LOG2];
        pool->kept[log2 - BUFFER_MIN_LOG2] = link;
        counter_add(&pool->bytes_kept, b->size);
    } else {
        free(b->p);
        counter_subtract(&pool->n_buffers, 1);
        counter_subtract(&pool->bytes, b->size);
    }
    *b = (struct buffer){0};
}

bool
buffer_make_room(struct buffer_pool *pool, struct buffer *b)
{
    buffer_must_hold(b);
    if (b->size - b->end >= b->size / 2)
        return true;
    struct buffer to = *b;
    if (buffer_n(b) > b->size / 2 && !buffer_take(pool, &to, (size_t)b->size * 2))
        return false;
    MUST(to.size - buffer_n(b) >= to.size / 2);
    memmove(to.p, b->p + b->start, buffer_n(b));
    to.start = 0;
    to.end = buffer_n(b);
    if (to.p != b->p)
        buffer_give(pool, b);
    *b = to;
    return true;
}
