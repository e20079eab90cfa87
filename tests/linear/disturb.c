#include "tests/linear/disturb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/must.h"
#include "tests/linear/peer.h"

enum { LONG_KEYS = 6, LONG_MOST = 600000, FILL_BATCH = 20, NAP_US = 300, LINE_BYTES = 256 };

static char filler[LONG_MOST];

static uint64_t
next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x >> 8;
}

/* Mostly as small as the items of the rounds, so that they share pages with these; some are large. */
static size_t
some_length(uint64_t r)
{
    switch (r % 16) {
    case 0: return (r >> 4) % 30000;
    case 1:
    case 2: return (r >> 4) % 3000;
    default: return (r >> 4) % 60;
    }
}

static void
forget_answers(struct peer *p)
{
    peer_consume(p, peer_ask(p) + 4);
}

static void *
fill(void *arg)
{
    struct disturb *d = arg;
    struct peer p;
    uint64_t x = d->seed * 7919 + 1;
    peer_connect(&p, d->address);
    while (!atomic_load_explicit(&d->stop, memory_order_relaxed)) {
        for (int i = 0; i < FILL_BATCH; i++) {
            uint64_t r = next_random(&x), key = next_random(&x) % d->n_keys;
            size_t n = some_length(r);
            if (r >> 40 & 1) {
                peer_queue_text(&p, "set fill%u 0 0 %zu noreply\r\n", (unsigned)key, n);
                peer_queue(&p, filler, n);
                peer_queue(&p, "\r\n", 2);
            } else if (r >> 41 & 1) {
                peer_queue_text(&p, "delete fill%u noreply\r\n", (unsigned)key);
            } else {
                peer_queue_text(&p, "get fill%u\r\n", (unsigned)key);
            }
        }
        forget_answers(&p);
    }
    peer_close(&p);
    return NULL;
}

/* Appends until the value is long enough, then sets it again. */
static void *
lengthen(void *arg)
{
    struct disturb *d = arg;
    struct peer p;
    size_t length[LONG_KEYS] = {0};
    uint64_t x = d->seed * 104729 + 1;
    peer_connect(&p, d->address);
    while (!atomic_load_explicit(&d->stop, memory_order_relaxed)) {
        uint64_t r = next_random(&x);
        unsigned key = (unsigned)(r % LONG_KEYS);
        size_t n = (r >> 8) % 8 == 0 ? 100000 + (r >> 16) % 100000 : (r >> 16) % 5000;
        bool anew = length[key] == 0 || length[key] + n > LONG_MOST;
        length[key] = anew ? n : length[key] + n;
        peer_queue_text(&p, "%s long%u 0 0 %zu noreply\r\n", anew ? "set" : "append", key, n);
        peer_queue(&p, filler, n);
        peer_queue_text(&p, "\r\ntouch long%u %u\r\n", key, 100 + (unsigned)(r >> 32) % 100);
        if ((r >> 12) % 4 == 0)
            peer_queue_text(&p, "get long%u\r\n", key);
        forget_answers(&p);
    }
    peer_close(&p);
    return NULL;
}

/* The class of an item; 0 if the item does not exist. */
static int
class_of(struct peer *p, const char *key)
{
    char answer[LINE_BYTES];
    peer_queue_text(p, "me %s\r\n", key);
    size_t n = peer_ask(p);
    snprintf(answer, sizeof answer, "%.*s", (int)n, p->in);
    peer_consume(p, n + 4);
    const char *word = strstr(answer, " cls=");
    return word == NULL ? 0 : atoi(word + 5);
}

static bool
ask_ok(struct peer *p, const char *command)
{
    peer_queue_text(p, "%s\r\n", command);
    size_t n = peer_ask(p);
    bool ok = n >= 2 && memcmp(p->in, "OK", 2) == 0;
    peer_consume(p, n + 4);
    return ok;
}

static void
operate_once(struct disturb *d, struct peer *p, uint64_t r)
{
    char command[LINE_BYTES], key[32];
    switch (r % 32) {
    case 0:
        snprintf(command, sizeof command, "cache_memlimit %u",
            r >> 8 & 1 ? d->limit_mib : d->limit_mib - (unsigned)(r >> 9) % (d->limit_mib / 4));
        atomic_fetch_add_explicit(&d->n_resized, ask_ok(p, command), memory_order_relaxed);
        return;
    case 1:
        snprintf(command, sizeof command, "slabs automove %u", (unsigned)(r >> 8) % 3);
        (void)ask_ok(p, command);
        return;
    case 2: (void)ask_ok(p, "lru_crawler crawl all"); return;
    default: {
        snprintf(key, sizeof key, "hot%u-%u", (unsigned)(r >> 8) % d->n_players, (unsigned)(r >> 16) % 3);
        int from = (r >> 24) % 8 != 0 ? class_of(p, key) : -1;
        snprintf(
            command, sizeof command, "slabs reassign %d %u", from == 0 ? -1 : from, (unsigned)(r >> 32) % 40);
        atomic_fetch_add_explicit(&d->n_moves, ask_ok(p, command), memory_order_relaxed);
        return;
    }
    }
}

static void *
operate(void *arg)
{
    struct disturb *d = arg;
    struct peer p;
    uint64_t x = d->seed * 1299709 + 1;
    peer_connect(&p, d->address);
    while (!atomic_load_explicit(&d->stop, memory_order_relaxed)) {
        operate_once(d, &p, next_random(&x));
        nanosleep(&(struct timespec){0, NAP_US * 1000L}, NULL);
    }
    peer_close(&p);
    return NULL;
}

void
disturb_begin(struct disturb *d)
{
    static void *(*const what[])(void *) = {fill, lengthen, operate};
    memset(filler, 'f', sizeof filler);
    for (int i = 0; i < 3; i++)
        MUST(pthread_create(&d->thread[i], NULL, what[i], d) == 0);
}

void
disturb_end(struct disturb *d)
{
    atomic_store(&d->stop, true);
    for (int i = 0; i < 3; i++)
        pthread_join(d->thread[i], NULL);
}
