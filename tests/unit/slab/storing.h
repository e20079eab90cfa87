/*
 * storing: a store without a mover thread, and one-line operations on it.
 *
 * The test's thread is the only one, so only the test changes the store.  A
 * pattern is a value that follows from a number and a length, so that any
 * misplaced byte is detected.  Every store is checked before it is closed.
 */
#ifndef TESTS_UNIT_SLAB_STORING_H
#define TESTS_UNIT_SLAB_STORING_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "slab/core/find.h"
#include "slab/reclaim/maintain.h"
#include "slab/reclaim/mover.h"
#include "slab/core/publish.h"
#include "slab/form/value.h"
#include "slab/store.h"
#include "slab/store/write.h"

#include "tests/unit/unit.h"

static struct store *the_store;
static struct store_thread *self;

/* The smallest store: 16 pages of 64 KiB, one of which holds the index. */
static inline struct store_options
small_store(void)
{
    struct store_options o = store_defaults();
    o.limit = STORE_LIMIT_MIN;
    o.item_max = o.limit / 2;
    o.background = false;
    return o;
}

static inline void
assert_sound_at(int line)
{
    char why[256] = "";
    if (!store_check(the_store, why, sizeof why))
        fail_msg("line %d: %s", line, why);
}

#define assert_sound() assert_sound_at(__LINE__)

static inline void
open_store(const struct store_options *o)
{
    char why[256] = "";
    the_store = store_new(o, why, sizeof why);
    if (the_store == NULL)
        fail_msg("%s", why);
    self = store_thread_new(the_store);
    assert_non_null(self);
}

static inline int
open_small(void **state)
{
    (void)state;
    struct store_options o = small_store();
    open_store(&o);
    return 0;
}

/* A store that is large enough for tests that must not evict. */
static inline int
open_large(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.limit = (size_t)32 << 20;
    open_store(&o);
    return 0;
}

static inline int
open_small_no_evict(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.evict = false;
    open_store(&o);
    return 0;
}

static inline int
close_store(void **state)
{
    (void)state;
    if (the_store == NULL)
        return 0;
    if (self != NULL &&
        epoch_inside(self->epoch, self->record)) /* a test that failed may have been inside an epoch */
        store_leave(self);
    assert_sound();
    store_thread_free(&self);
    assert_sound();
    store_free(&the_store);
    return 0;
}

/* ---- keys and values -------------------------------------------------- */

/* The key points to `name`. */
static inline struct store_key
key_of(const char *name)
{
    return store_key(bytes_of(name, strlen(name)));
}

/* Valid until the eighth call after this one. */
static inline struct store_key
key_number(uint64_t i)
{
    static char names[8][32];
    static unsigned turn;
    char *name = names[turn++ % N_OF(names)];
    snprintf(name, sizeof names[0], "key:%llu", (unsigned long long)i);
    return key_of(name);
}

/* Valid until the next call. */
static inline const char *
pattern(uint64_t i, uint32_t n)
{
    static char *buffer;
    static size_t n_buffer;
    if (n >= n_buffer) {
        free(buffer);
        n_buffer = n + 1u;
        buffer = malloc(n_buffer);
        assert_non_null(buffer);
    }
    uint64_t x = (i + 1) * UINT64_C(0x9E3779B97F4A7C15) ^ n;
    for (uint32_t at = 0; at < n; at++) {
        if (at % 8 == 0)
            x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
        buffer[at] = (char)(x >> at % 8 * 8);
    }
    return buffer;
}

/* ---- operations ------------------------------------------------------- */

/* The result of the last write. */
static struct store_stored last_stored;

/*
 * Reserves, fills and commits.  Functions whose names contain `inside` require that the thread has entered
 * the store.
 */
static inline enum store_result
put_inside(
    struct store_key key, const struct store_spec *spec, const struct store_put *how, const char *value)
{
    struct store_slot slot;
    memset(&last_stored, 0xA5, sizeof last_stored);
    enum store_result r = store_reserve(self, &key, spec, &slot);
    if (r == STORE_OK) {
        store_slot_fill(self, &slot, 0, value, spec->n_value);
        r = store_commit(self, &key, &slot, how, &last_stored);
    }
    assert_int_equal(slot.offset, 0);
    return r;
}

static inline enum store_result
put_as(struct store_key key, const struct store_spec *spec, const struct store_put *how, const char *value)
{
    store_enter(self);
    enum store_result r = put_inside(key, spec, how, value);
    store_leave(self);
    return r;
}

static inline enum store_result
set_inside(struct store_key key, const char *value)
{
    struct store_spec spec = {.n_value = (uint32_t)strlen(value)};
    struct store_put how = {.mode = STORE_SET};
    return put_inside(key, &spec, &how, value);
}

static inline enum store_result
put_until(struct store_key key, const char *value, uint32_t n, enum store_mode mode, uint32_t exptime)
{
    struct store_spec spec = {.exptime = exptime, .n_value = n};
    struct store_put how = {.mode = mode};
    return put_as(key, &spec, &how, value);
}

static inline enum store_result
put(const char *name, const char *value, enum store_mode mode)
{
    return put_until(key_of(name), value, (uint32_t)strlen(value), mode, 0);
}

static inline enum store_result
set(const char *name, const char *value)
{
    return put(name, value, STORE_SET);
}

static inline enum store_result
set_pattern_until(uint64_t i, uint32_t n, uint32_t exptime)
{
    return put_until(key_number(i), pattern(i, n), n, STORE_SET, exptime);
}

static inline enum store_result
set_pattern(uint64_t i, uint32_t n)
{
    return set_pattern_until(i, n, 0);
}

/* Copies a value, a plain one span by span; valid until the next call. */
static inline const char *
read_out(const struct store_thread *t, const struct item *it, uint32_t n_value)
{
    static char *buffer;
    struct iovec spans[3];
    uint32_t at = 0, n = 0;
    free(buffer);
    buffer = malloc((size_t)n_value + CODEC_SPARE);
    assert_non_null(buffer);
    if (item_flags(it) & ITEM_FORM) {
        value_copy(t, it, buffer);
        n = n_value;
        at = item_n_stored(it);
    }
    for (size_t n_spans;
         at < item_n_stored(it) && (n_spans = store_value_spans(t, it, &at, spans, N_OF(spans))) > 0;) {
        for (size_t i = 0; i < n_spans; i++) {
            assert_true(n + spans[i].iov_len <= n_value);
            memcpy(buffer + n, spans[i].iov_base, spans[i].iov_len);
            n += (uint32_t)spans[i].iov_len;
        }
        assert_int_equal(at, n);
    }
    assert_int_equal(n, n_value);
    buffer[n] = '\0';
    return buffer;
}

static inline const char *
get_key(struct store_key key)
{
    struct store_view v;
    const char *value = NULL;
    store_enter(self);
    enum store_result r = store_get(self, &key, &v);
    assert_true(r == STORE_OK || r == STORE_MISSING);
    assert_true((v.item != NULL) == (r == STORE_OK));
    if (r == STORE_OK) {
        value = read_out(self, v.item, v.n_value);
        assert_true(v.value == NULL || memcmp(v.value, value, v.n_value) == 0);
    }
    store_leave(self);
    return value;
}

/* A value as a string, NULL on a miss; valid until the next read. */
static inline const char *
get(const char *name)
{
    return get_key(key_of(name));
}

/* False on a miss; a hit must have the pattern, byte for byte. */
static inline bool
has_pattern(uint64_t i, uint32_t n)
{
    const char *value = get_key(key_number(i));
    if (value != NULL)
        assert_memory_equal(value, pattern(i, n), n);
    return value != NULL;
}

static inline enum store_result
drop(struct store_key key)
{
    store_enter(self);
    enum store_result r = store_remove(self, &key, false, 0);
    store_leave(self);
    return r;
}

/* The item itself, also if it is expired or flushed; does not count as an access. */
static inline struct item *
peek_inside(struct store_key key)
{
    return index_find(self->index, &key);
}

static inline struct item *
peek(struct store_key key)
{
    store_enter(self);
    struct item *it = peek_inside(key);
    store_leave(self);
    return it;
}

/* Holds the item with that key, as if its value was being sent; does not count as an access. */
static inline struct item *
hold(struct store_key key)
{
    store_enter(self);
    struct item *it = peek_inside(key);
    assert_non_null(it);
    store_hold(self, it);
    store_leave(self);
    return it;
}

static inline void
release(const struct item *it)
{
    store_enter(self);
    store_release(self, it);
    store_leave(self);
}

/* Advances the epoch until unlinked chunks are free. */
static inline void
pass_epochs(void)
{
    for (int i = 0; i < 4; i++) {
        (void)epoch_try_advance(self->epoch);
        store_enter(self);
        store_thread_harvest(self, UINT32_MAX);
        store_leave(self);
    }
    assert_int_equal(self->limbo.head, self->limbo.tail);
}

static inline void
flush(uint32_t at)
{
    store_enter(self);
    store_flush(self, at);
    store_leave(self);
}

/* ---- figures ---------------------------------------------------------- */

static inline struct store_stats
stats(void)
{
    struct store_stats s;
    store_stats(the_store, &s);
    return s;
}

static inline uint64_t
counted(enum store_counter which)
{
    return stats().n[which];
}

static inline uint64_t
offset_of(const struct item *it)
{
    return item_offset(self->base, it);
}

static inline struct page *
page_of(const struct item *it)
{
    return arena_page(&the_store->arena, arena_page_of(&the_store->arena, offset_of(it)));
}

/*
 * Polls for up to a minute, because the mover may wait for a CPU.  The condition may be false again
 * afterwards.
 */
static inline bool
comes_true(bool (*is_so)(void))
{
    const struct timespec nap = {0, 1000000};
    uint64_t until = clock_ns() + UINT64_C(60000000000);
    bool so;
    while (!(so = is_so()) && clock_ns() < until)
        nanosleep(&nap, NULL);
    return so;
}

/* ---- many items --------------------------------------------------------- */

/* Sets the patterns from..to-1, all of one length; every write must succeed. */
static inline void
fill(uint64_t from, uint64_t to, uint32_t n)
{
    for (uint64_t i = from; i < to; i++) {
        enum store_result r = set_pattern(i, n);
        if (r != STORE_OK)
            fail_msg("item %llu of %u bytes: %d", (unsigned long long)(i - from), n, r);
    }
}

/* The id of the class that holds pattern i. */
static inline uint32_t
class_id_of(uint64_t i)
{
    return store_thread_class_of(self, peek(key_number(i)));
}

static inline uint32_t
pages_in(uint32_t id)
{
    return class_pages(class_at(&the_store->classes, 0, id));
}

/*
 * Items stored = items present + items lost, by cause + items replaced (n_replaced, which the test knows).
 * A mover thread is paused, because an item that it moves is missing in one counter for a moment.
 */
static inline void
assert_every_loss_is_counted(uint64_t n_replaced)
{
    mover_pause(the_store);
    struct store_stats s = stats();
    mover_resume(the_store);
    assert_int_equal(s.n[STORE_N_LINKED], s.n_items + s.n[STORE_N_EVICTED] + s.n[STORE_N_EXPIRED] +
                                              s.n[STORE_N_FLUSHED] + s.n[STORE_N_DELETE_HITS] + n_replaced);
}

static inline uint64_t
count_there(uint64_t from, uint64_t to, uint32_t n)
{
    uint64_t there = 0;
    for (uint64_t i = from; i < to; i++)
        there += has_pattern(i, n);
    return there;
}

#endif
