/*
 * wipe: a secret is stored and freed in every way that there is, and then searched for in the whole arena.  Without the
 * option the same search finds it.
 *
 * The search reads the arena's file, and so its pages without a class, too.
 */
#include "slab/mem/wipe.h"

#include "slab/form/relocate.h"
#include "slab/mem/guard.h"
#include "slab/reclaim/evacuate.h"
#include "slab/reclaim/evict.h"

#include "tests/unit/slab/storing.h"

/* A value is the needle again and again; it is also a number, and fits a CAS number. */
static const char needle[] = "73054129";
enum { N_NEEDLE = sizeof needle - 1, SMALL = 296, HELD = 5000, CHAINED = 60000, ARENA_MAX = 64 << 20 };
static_assert(N_NEEDLE == sizeof(uint64_t), "a CAS number");

static const uint32_t lengths[] = {N_NEEDLE, SMALL, HELD, CHAINED};

static void
open_wiping(bool wipes)
{
    struct store_options o = small_store();
    o.limit = (size_t)4 << 20;
    o.item_max = o.limit / 2;
    o.backing = STORE_MEMFD;
    o.wipe_on_free = wipes;
    open_store(&o);
}

static int
open_that_wipes(void **state)
{
    (void)state;
    open_wiping(true);
    return 0;
}

static uint64_t
found_in(const char *p, size_t n)
{
    uint64_t n_found = 0;
    const char *end = p + n;
    while ((p = memmem(p, (size_t)(end - p), needle, N_NEEDLE)) != NULL) {
        n_found++;
        p++;
    }
    return n_found;
}

/* Needles in the whole arena; what was never written is a hole in its file. */
static uint64_t
found(void)
{
    static char *copy;
    int fd = the_store->arena.fd;
    uint64_t n_found = 0;
    if (copy == NULL)
        copy = malloc(ARENA_MAX);
    assert_non_null(copy);
    for (off_t at = 0, end; (at = lseek(fd, at, SEEK_DATA)) >= 0; at = end) {
        end = lseek(fd, at, SEEK_HOLE);
        assert_true(end > at && end - at <= ARENA_MAX);
        assert_int_equal(pread(fd, copy, (size_t)(end - at), at), end - at);
        n_found += found_in(copy, (size_t)(end - at));
    }
    return n_found;
}

static const char *
secret(uint32_t n)
{
    static char text[2 * CHAINED];
    assert_true(n <= sizeof text);
    for (uint32_t i = 0; i < n; i++)
        text[i] = needle[i % N_NEEDLE];
    return text;
}

static void
set_secret_until(const char *key, uint32_t n, uint32_t exptime)
{
    assert_int_equal(put_until(key_of(key), secret(n), n, STORE_SET, exptime), STORE_OK);
    assert_true(found() > 0);
}

static void
set_secret(const char *key, uint32_t n)
{
    set_secret_until(key, n, 0);
}

/* ---- ways to free an item ---------------------------------------------- */

static void
delete_it(uint32_t n)
{
    set_secret("k", n);
    assert_int_equal(drop(key_of("k")), STORE_OK);
}

static void
delete_its_key(uint32_t n)
{
    char key[64];
    snprintf(key, sizeof key, "user:%s", needle);
    assert_int_equal(put_until(key_of(key), pattern(1, n), n, STORE_SET, 0), STORE_OK);
    assert_int_equal(found(), 1);
    assert_int_equal(drop(key_of(key)), STORE_OK);
}

static void
delete_its_cas_number(uint32_t n)
{
    struct store_spec spec = {.n_value = n, .has_cas_new = true};
    struct store_put how = {.mode = STORE_SET};
    memcpy(&spec.cas_new, needle, N_NEEDLE);
    assert_int_equal(put_as(key_of("k"), &spec, &how, pattern(1, n)), STORE_OK);
    assert_int_equal(found(), 1);
    assert_int_equal(drop(key_of("k")), STORE_OK);
}

static void
overwrite(uint32_t n)
{
    set_secret("k", n);
    assert_int_equal(set("k", "short"), STORE_OK);
}

static void
let_it_expire(uint32_t n)
{
    set_secret_until("k", n, clock_now_s() + 1);
    clock_shift(2);
    maintain_all(self);
    assert_int_equal(stats().n_items, 0);
}

static void
read_it_expired(uint32_t n)
{
    set_secret_until("k", n, clock_now_s() + 1);
    clock_shift(2);
    assert_null(get("k"));
    assert_int_equal(stats().n_items, 0);
}

static void
get_and_touch(uint32_t n)
{
    struct store_key key = key_of("k");
    struct store_view view;
    set_secret("k", n);
    store_enter(self);
    assert_int_equal(store_get_and_touch(self, &key, clock_now_s() + 1, &view), STORE_OK);
    store_leave(self);
    clock_shift(2);
    maintain_all(self);
    assert_int_equal(stats().n_items, 0);
}

static void
flush_all(uint32_t n)
{
    set_secret("k", n);
    flush(0);
    clock_shift(2);
    maintain_all(self);
    assert_int_equal(stats().n_items, 0);
}

static void
evict(uint32_t n)
{
    set_secret("k", n);
    fill(0, 20, 300);
    for (int rounds = 0; peek(key_of("k")) != NULL && rounds < 1000; rounds++) {
        clock_shift(10);
        (void)evict_some(self, 0);
    }
    assert_null(get("k"));
    assert_true(counted(STORE_N_EVICTED) > 0);
}

static void
extend_by(uint32_t n, enum store_mode mode)
{
    set_secret("k", n);
    assert_int_equal(put_until(key_of("k"), secret(n), n, mode, 0), STORE_OK);
    assert_int_equal(last_stored.n_value, 2 * n);
    assert_int_equal(set("k", "short"), STORE_OK);
}

static void
append(uint32_t n)
{
    extend_by(n, STORE_APPEND);
}

static void
prepend(uint32_t n)
{
    extend_by(n, STORE_PREPEND);
}

static void
append_what_is_not_stored(uint32_t n)
{
    assert_int_equal(put_until(key_of("k"), secret(n), n, STORE_APPEND, 0), STORE_NOT_STORED);
}

/* Its links were marked for the sweep when it was refused. */
static void
add_what_is_there(uint32_t n)
{
    assert_int_equal(set("k", "short"), STORE_OK);
    assert_int_equal(put_until(key_of("k"), secret(n), n, STORE_ADD, 0), STORE_NOT_STORED);
}

static void
cancel(uint32_t n)
{
    struct store_spec spec = {.n_value = n};
    struct store_key key = key_of("k");
    struct store_slot slot;
    store_enter(self);
    assert_int_equal(store_reserve(self, &key, &spec, &slot), STORE_OK);
    store_slot_fill(self, &slot, 0, secret(n), n);
    assert_true(found() > 0);
    store_cancel(self, &slot);
    store_leave(self);
}

static void
abort_an_upload(uint32_t n)
{
    struct store_spec spec = {.n_value = 2 * n};
    struct store_key key = key_of("k");
    struct store_partial p;
    store_enter(self);
    assert_int_equal(store_partial_announce(self, &key, &spec, &p), STORE_OK);
    assert_int_equal(store_partial_begin(self, &key, &spec, &p), STORE_OK);
    if (p.n_backed < n)
        assert_int_equal(store_partial_extend(self, &p, n), STORE_OK);
    store_slot_fill(self, &p.slot, 0, secret(n), n);
    assert_true(found() > 0);
    store_partial_end(self, &p);
    store_leave(self);
}

static void
increment(uint32_t n)
{
    struct store_key key = key_of("k");
    struct store_arith how = {.delta = 1};
    struct store_number number = {0};
    set_secret("k", N_NEEDLE);
    (void)n;
    store_enter(self);
    assert_int_equal(store_arith(self, &key, &how, &number), STORE_OK);
    store_leave(self);
    assert_int_equal(number.number, strtoull(needle, NULL, 10) + 1);
}

static void
invalidate(uint32_t n)
{
    struct store_key key = key_of("k");
    struct store_invalidate how = {.mark_stale = true, .drop_value = true};
    set_secret("k", n);
    store_enter(self);
    assert_int_equal(store_invalidate(self, &key, &how), STORE_OK);
    store_leave(self);
    assert_string_equal(get("k"), "");
}

static void
end_the_thread(uint32_t n)
{
    set_secret("k", n);
    assert_int_equal(drop(key_of("k")), STORE_OK);
    store_thread_free(&self);
    self = store_thread_new(the_store);
    assert_non_null(self);
}

static void
leave_it_to_another_thread(uint32_t n)
{
    struct store_thread *other = store_thread_new(the_store);
    set_secret("k", n);
    assert_int_equal(drop(key_of("k")), STORE_OK);
    store_settle(other);
    store_thread_free(&other);
}

#define WAY(function)       \
    {                       \
#function, function \
    }
static const struct way {
    const char *name;
    void (*free)(uint32_t n);
} ways[] = {
    WAY(delete_it),
    WAY(delete_its_key),
    WAY(delete_its_cas_number),
    WAY(overwrite),
    WAY(let_it_expire),
    WAY(read_it_expired),
    WAY(get_and_touch),
    WAY(flush_all),
    WAY(evict),
    WAY(append),
    WAY(prepend),
    WAY(append_what_is_not_stored),
    WAY(add_what_is_there),
    WAY(cancel),
    WAY(abort_an_upload),
    WAY(increment),
    WAY(invalidate),
    WAY(end_the_thread),
    WAY(leave_it_to_another_thread),
};

static void
try_all_ways(bool wipes)
{
    for (size_t i = 0; i < N_OF(ways); i++)
        for (size_t k = 0; k < N_OF(lengths); k++) {
            open_wiping(wipes);
            ways[i].free(lengths[k]);
            store_settle(self);
            if ((found() == 0) != wipes)
                fail_msg("%s, %u bytes: %llu needles", ways[i].name, lengths[k], (unsigned long long)found());
            assert_int_equal(close_store(NULL), 0);
        }
}

static void
test_no_byte_of_a_freed_item_is_left(void **state)
{
    (void)state;
    try_all_ways(true);
}

static void
test_without_the_option_the_bytes_are_left(void **state)
{
    (void)state;
    try_all_ways(false);
}

/* ---- pages, senders, readers ------------------------------------------- */

enum { N_MOVED = 800, KEPT_OF = 5 };

static void
set_number(uint64_t i, uint32_t n)
{
    assert_int_equal(put_until(key_number(i), secret(n), n, STORE_SET, 0), STORE_OK);
}

/* Of the items that have moved, only the new copy is left; their pages have no class. */
static void
empty_pages(bool wipes)
{
    uint64_t n_each = SMALL / N_NEEDLE, n_pages = 0, n;
    open_wiping(wipes);
    for (uint64_t i = 0; i < N_MOVED; i++)
        set_number(i, SMALL);
    set_number(N_MOVED, CHAINED);
    for (uint64_t i = 0; i < N_MOVED; i++)
        if (i % KEPT_OF != 0)
            assert_int_equal(drop(key_number(i)), STORE_OK);
    store_settle(self);
    while ((n = evacuate_sparse(self, 0, CLASS_NONE)) > 0)
        n_pages += n;
    assert_true(n_pages > 1 && counted(STORE_N_RELOCATED) > 0);
    assert_int_equal(counted(STORE_N_EVICTED), 0);
    assert_int_equal(drop(key_number(N_MOVED)), STORE_OK);
    store_settle(self);
    assert_int_equal(found() == N_MOVED / KEPT_OF * n_each, wipes);
    assert_true(found() >= N_MOVED / KEPT_OF * n_each);
    assert_int_equal(close_store(NULL), 0);
}

static void
test_old_copies_of_moved_items_are_wiped(void **state)
{
    (void)state;
    empty_pages(false);
    empty_pages(true);
}

static void
test_a_chain_that_moves_is_wiped_where_it_was(void **state)
{
    (void)state;
    set_number(0, CHAINED);
    uint64_t before = found();
    store_enter(self);
    assert_int_equal(relocate(self, peek_inside(key_number(0)), key_number(0).hash, 0), RELOCATE_DONE);
    store_leave(self);
    store_settle(self);
    assert_int_equal(found(), before);
    assert_int_equal(drop(key_number(0)), STORE_OK);
    store_settle(self);
    assert_int_equal(found(), 0);
}

static void
test_the_last_sender_wipes(void **state)
{
    (void)state;
    static const uint32_t held[] = {HELD, CHAINED};
    for (size_t i = 0; i < N_OF(held); i++) {
        set_secret("k", held[i]);
        uint64_t before = found();
        const struct item *it = hold(key_of("k"));
        assert_ptr_equal(hold(key_of("k")), it);
        assert_int_equal(drop(key_of("k")), STORE_OK);
        store_settle(self);
        assert_int_equal(found(), before);
        assert_memory_equal(read_out(self, it, held[i]), secret(held[i]), held[i]);
        release(it);
        assert_int_equal(found(), before);
        release(it);
        assert_int_equal(found(), 0);
    }
}

/* A longer value has taken over the links, of which a sender of the old value sends only a part. */
static void
test_a_sender_of_a_chain_that_was_taken_over_wipes_the_old_head(void **state)
{
    (void)state;
    set_secret("k", CHAINED);
    uint64_t n_all = found();
    const struct item *it = hold(key_of("k"));
    assert_int_equal(put("k", "more", STORE_APPEND), STORE_OK);
    store_settle(self);
    assert_true(found() >= n_all);
    release(it);
    assert_int_equal(drop(key_of("k")), STORE_OK);
    store_settle(self);
    assert_int_equal(found(), 0);
}

static void
test_a_reader_finds_the_bytes_until_it_leaves(void **state)
{
    (void)state;
    struct store_thread *reader = store_thread_new(the_store);
    set_secret("k", CHAINED);
    uint64_t before = found();
    store_enter(reader);
    assert_int_equal(drop(key_of("k")), STORE_OK);
    store_settle(self);
    assert_int_equal(found(), before);
    store_leave(reader);
    store_settle(self);
    assert_int_equal(found(), 0);
    store_thread_free(&reader);
}

static void
test_pages_that_return_to_the_kernel_were_wiped(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < N_MOVED; i++)
        set_number(i, SMALL);
    for (uint64_t i = 0; i < N_MOVED; i++)
        assert_int_equal(drop(key_number(i)), STORE_OK);
    store_settle(self);
    assert_int_equal(found(), 0);
    while (evacuate_empty(self, 0, CLASS_NONE))
        continue;
    assert_true(class_take_unit(&the_store->classes));
    arena_budget_give(&the_store->arena);
    assert_int_equal(found(), 0);
}

/* ---- how ---------------------------------------------------------------- */

static uint32_t
n_in_limbo(void)
{
    return self->limbo.tail - self->limbo.head;
}

/* Between steps the thread's clients are served. */
static void
test_a_thread_wipes_about_a_mebibyte_at_once(void **state)
{
    (void)state;
    enum { N = 40 };
    for (uint64_t i = 0; i < N; i++)
        set_number(i, CHAINED);
    store_enter(self);
    for (uint64_t i = 0; i < N; i++) {
        struct store_key key = key_number(i);
        assert_int_equal(store_remove(self, &key, false, 0), STORE_OK);
    }
    store_leave(self);
    uint32_t before = n_in_limbo();
    uint64_t wiped = self->n_wiped;
    assert_true(before >= N);
    for (int i = 0; i < EPOCH_GRACE; i++)
        (void)epoch_try_advance(self->epoch);
    store_enter(self);
    store_leave(self);
    assert_in_range(self->n_wiped - wiped, 1 << 20, (1 << 20) + 2 * CHAINED);
    assert_in_range(n_in_limbo(), 1, before - 1);
    store_thread_raid_all(the_store, false); /* a thread that needs the memory gets all of it */
    assert_int_equal(n_in_limbo(), 0);
    assert_int_equal(found(), 0);
}

static void
test_a_chunk_is_wiped_after_its_first_word(void **state)
{
    (void)state;
    _Alignas(8) char chunk[64];
    memset(chunk, 'x', sizeof chunk);
    memset(chunk, 0, 8);
    assert_false(wipe_check(chunk, 0, 56));
    wipe_chunk(chunk, 0, 56);
    assert_true(wipe_check(chunk, 0, 56));
    assert_memory_equal(chunk + 56, "xxxxxxxx", 8);
    for (size_t i = 0; i < 56; i++) {
        chunk[i] = 1;
        assert_false(wipe_check(chunk, 0, 56));
        chunk[i] = 0;
    }
    wipe_bytes(chunk, sizeof chunk);
    assert_true(wipe_check(chunk, 0, 64));
}

static void
test_a_free_chunk_that_is_not_wiped_is_detected(void **state)
{
    (void)state;
    char why[256] = "";
    set_secret("k", SMALL);
    struct item *it = peek(key_of("k"));
    struct class *c = class_of_chunk(&the_store->classes, offset_of(it));
    assert_int_equal(drop(key_of("k")), STORE_OK);
    for (int in_map = 0; in_map < 2; in_map++) {
        pass_epochs();
        if (in_map)
            store_settle(self);
        guard_lift_chunk(&the_store->arena, offset_of(it), c->geometry->size);
        it->body[0] = 1;
        assert_false(store_check(the_store, why, sizeof why));
        assert_non_null(strstr(why, "has bytes of an item"));
        it->body[0] = 0;
        guard_chunk(&the_store->arena, offset_of(it), c->geometry->size);
        assert_sound();
    }
}

#ifdef LARDER_CHECKS
static void
wipe_an_item(void)
{
    _Alignas(8) char chunk[64] = "x";
    wipe_chunk(chunk, 0, sizeof chunk);
}

static void
test_an_item_in_use_is_not_wiped(void **state)
{
    (void)state;
    unit_must_die(wipe_an_item, "CHUNK_FREE");
}
#endif

int
main(void)
{
#define WIPING(test) cmocka_unit_test_setup_teardown(test, open_that_wipes, close_store)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_no_byte_of_a_freed_item_is_left, close_store),
        cmocka_unit_test_teardown(test_without_the_option_the_bytes_are_left, close_store),
        cmocka_unit_test_teardown(test_old_copies_of_moved_items_are_wiped, close_store),
        WIPING(test_a_chain_that_moves_is_wiped_where_it_was),
        WIPING(test_the_last_sender_wipes),
        WIPING(test_a_sender_of_a_chain_that_was_taken_over_wipes_the_old_head),
        WIPING(test_a_reader_finds_the_bytes_until_it_leaves),
        WIPING(test_pages_that_return_to_the_kernel_were_wiped),
        WIPING(test_a_thread_wipes_about_a_mebibyte_at_once),
        cmocka_unit_test(test_a_chunk_is_wiped_after_its_first_word),
        WIPING(test_a_free_chunk_that_is_not_wiped_is_detected),
#ifdef LARDER_CHECKS
        cmocka_unit_test(test_an_item_in_use_is_not_wiped),
#endif
    };
    return cmocka_run_group_tests_name("wipe", tests, NULL, NULL);
}
