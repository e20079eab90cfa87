#include "server/watch/prefix.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/lock.h"
#include "proto/request.h"

enum { PREFIX_MAGIC = 0x70726678, SLOTS = 2 * PREFIX_MAX };
static_assert((SLOTS & (SLOTS - 1)) == 0, "a slot is a hash's low bits");

struct counts {
    uint64_t gets, hits, sets, deletes;
};

struct prefix {
    struct counts counts;
    uint8_t n;
    char name[REQUEST_KEY_MAX];
};
static_assert(REQUEST_KEY_MAX <= UINT8_MAX, "prefix.n");

/*
 * slot[] is an open-addressed table of 1 + index into prefix[]; 0 is empty. prefix[0..n)
 * are the prefixes in the order of their first use, each in exactly one slot.  Both are
 * guarded by `lock`.  Parts that were never touched use no memory.
 */
struct prefix_stats {
    uint32_t magic;
    struct lock lock;
    char delimiter;
    unsigned n;
    uint16_t slot[SLOTS];
    struct prefix prefix[PREFIX_MAX];
};
static_assert(PREFIX_MAX < UINT16_MAX, "prefix_stats.slot");

static void
prefix_must_be(const struct prefix_stats *s)
{
    MUST(s != NULL && s->magic == PREFIX_MAGIC);
}

struct prefix_stats *
prefix_new(char delimiter)
{
    struct prefix_stats *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->magic = PREFIX_MAGIC;
    lock_init(&s->lock, LOCK_LEAF);
    s->delimiter = delimiter;
    return s;
}

void
prefix_free(struct prefix_stats **sp)
{
    struct prefix_stats *s = *sp;
    *sp = NULL;
    if (s == NULL)
        return;
    prefix_must_be(s);
    lock_fini(&s->lock);
    s->magic = 0;
    free(s);
}

/* The prefix's entry, made if it is new; NULL when the table is full. */
static struct prefix *
find_locked(struct prefix_stats *s, struct bytes name)
{
    lock_must_own(&s->lock);
    CHECKED_MUST(name.n <= REQUEST_KEY_MAX && s->n <= PREFIX_MAX);
    size_t i = hash_key(name.p, name.n) % SLOTS;
    for (; s->slot[i] != 0; i = (i + 1) % SLOTS) {
        struct prefix *p = &s->prefix[s->slot[i] - 1];
        if (bytes_equal(bytes_of(p->name, p->n), name))
            return p;
    }
    if (s->n == PREFIX_MAX)
        return NULL;
    struct prefix *p = &s->prefix[s->n++];
    *p = (struct prefix){.n = (uint8_t)name.n};
    memcpy(p->name, name.p, name.n);
    s->slot[i] = (uint16_t)s->n;
    return p;
}

static void
record(struct prefix_stats *s, struct bytes key, struct counts more)
{
    prefix_must_be(s);
    const char *end = memchr(key.p, s->delimiter, key.n);
    if (end == NULL || key.n > REQUEST_KEY_MAX)
        return;
    lock_take(&s->lock);
    struct prefix *p = find_locked(s, bytes_of(key.p, (size_t)(end - key.p)));
    if (p != NULL) {
        p->counts.gets += more.gets;
        p->counts.hits += more.hits;
        p->counts.sets += more.sets;
        p->counts.deletes += more.deletes;
    }
    lock_give(&s->lock);
}

void
prefix_record_get(struct prefix_stats *s, struct bytes key, bool hit)
{
    record(s, key, (struct counts){.gets = 1, .hits = hit});
}

void
prefix_record_set(struct prefix_stats *s, struct bytes key)
{
    record(s, key, (struct counts){.sets = 1});
}

void
prefix_record_delete(struct prefix_stats *s, struct bytes key)
{
    record(s, key, (struct counts){.deletes = 1});
}

void
prefix_clear(struct prefix_stats *s)
{
    prefix_must_be(s);
    lock_take(&s->lock);
    memset(s->slot, 0, sizeof s->slot);
    s->n = 0;
    lock_give(&s->lock);
}

void
prefix_dump(struct prefix_stats *s, struct text *out)
{
    prefix_must_be(s);
    lock_take(&s->lock);
    for (unsigned i = 0; i < s->n; i++) {
        const struct prefix *p = &s->prefix[i];
        text_printf(out, "PREFIX %.*s get %" PRIu64 " hit %" PRIu64 " set %" PRIu64 " del %" PRIu64 "\r\n",
            (int)p->n, p->name, p->counts.gets, p->counts.hits, p->counts.sets, p->counts.deletes);
    }
    text_add(out, "END\r\n", 5);
    lock_give(&s->lock);
}
