/* peer_queue: see peer_queue.h. */
#include "server/auth/peer_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* The clients that count as one address. */
struct origin {
    uint64_t kind; /* 0, 4 or 6 */
    uint8_t net[8];
};
static_assert(sizeof(struct origin) == 16, "hashed and compared as bytes, so it has no padding");
static_assert((int)PEER_QUEUE_EACH_MAX < (int)PEER_QUEUE_MAX, "one address cannot fill the queue");

/* The entries of one address, oldest first. */
struct peer_line {
    struct origin origin;
    uint32_t n;
    TAILQ_HEAD(, peer_queue_entry) entries;
    TAILQ_ENTRY(peer_line) turn;
    LIST_ENTRY(peer_line) bucket;
};

static struct origin
origin_of(const struct address_peer *peer)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}; /* ::ffff:a.b.c.d, IPv4 by an IPv6 socket */
    struct origin o = {0};
    if (!peer->is_ip)
        return o;
    bool is_mapped = peer->is_v6 && memcmp(peer->ip, mapped, sizeof mapped) == 0;
    o.kind = peer->is_v6 && !is_mapped ? 6 : 4;
    if (o.kind == 6)
        memcpy(o.net, peer->ip, 8);
    else
        memcpy(o.net, peer->ip + (is_mapped ? sizeof mapped : 0), 4);
    return o;
}

static struct peer_bucket *
bucket_of(struct peer_queue *q, const struct origin *o)
{
    return &q->buckets[hash_key((const char *)o, sizeof *o) % PEER_QUEUE_BUCKETS];
}

void
peer_queue_init(struct peer_queue *q)
{
    *q = (struct peer_queue){0};
    TAILQ_INIT(&q->turns);
    for (int i = 0; i < PEER_QUEUE_BUCKETS; i++)
        LIST_INIT(&q->buckets[i]);
}

void
peer_queue_fini(struct peer_queue *q)
{
    MUST(q->n == 0 && TAILQ_EMPTY(&q->turns));
}

/* The line of an address, made if there is none; NULL when out of memory. */
static struct peer_line *
line_of(struct peer_queue *q, const struct origin *o)
{
    struct peer_bucket *bucket = bucket_of(q, o);
    struct peer_line *line;
    LIST_FOREACH(line, bucket, bucket)
    {
        if (memcmp(&line->origin, o, sizeof *o) == 0)
            return line;
    }
    line = malloc(sizeof *line);
    if (line == NULL)
        return NULL;
    *line = (struct peer_line){.origin = *o};
    TAILQ_INIT(&line->entries);
    LIST_INSERT_HEAD(bucket, line, bucket);
    TAILQ_INSERT_TAIL(&q->turns, line, turn);
    return line;
}

static void
free_if_empty(struct peer_queue *q, struct peer_line *line)
{
    if (line->n > 0)
        return;
    MUST(TAILQ_EMPTY(&line->entries));
    TAILQ_REMOVE(&q->turns, line, turn);
    LIST_REMOVE(line, bucket);
    free(line);
}

bool
peer_queue_put(struct peer_queue *q, const struct address_peer *peer, struct peer_queue_entry *e)
{
    MUST(e->line == NULL && q->n <= PEER_QUEUE_MAX);
    const struct origin origin = origin_of(peer);
    uint32_t left = PEER_QUEUE_MAX - q->n;
    if (left == 0)
        return false;
    struct peer_line *line = line_of(q, &origin);
    if (line == NULL || line->n >= left || line->n >= PEER_QUEUE_EACH_MAX)
        return false;
    e->line = line;
    TAILQ_INSERT_TAIL(&line->entries, e, link);
    line->n++;
    q->n++;
    return true;
}

void
peer_queue_remove(struct peer_queue *q, struct peer_queue_entry *e)
{
    struct peer_line *line = e->line;
    MUST(line != NULL && line->n > 0 && line->n <= q->n);
    TAILQ_REMOVE(&line->entries, e, link);
    e->line = NULL;
    line->n--;
    q->n--;
    free_if_empty(q, line);
}

struct peer_queue_entry *
peer_queue_take(struct peer_queue *q)
{
    struct peer_line *line = TAILQ_FIRST(&q->turns);
    if (line == NULL)
        return NULL;
    struct peer_queue_entry *e = TAILQ_FIRST(&line->entries);
    MUST(e != NULL && e->line == line);
    TAILQ_REMOVE(&q->turns, line, turn);
    TAILQ_INSERT_TAIL(&q->turns, line, turn);
    peer_queue_remove(q, e);
    return e;
}

void
peer_queue_check(const struct peer_queue *q)
{
    const struct peer_line *line;
    uint32_t n = 0;
    TAILQ_FOREACH(line, &q->turns, turn)
    {
        const struct peer_queue_entry *e;
        uint32_t n_line = 0;
        TAILQ_FOREACH(e, &line->entries, link)
        {
            MUST(e->line == line);
            n_line++;
        }
        MUST(n_line > 0 && n_line == line->n);
        n += n_line;
    }
    MUST(n == q->n);
}
