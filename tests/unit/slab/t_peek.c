/*
 * peek: a reader that has nothing but the bytes of an arena, mapped read-only at another address, finds every
 * key, reads every value, and knows the time; and no byte in the arena leads it outside of an item's page.
 */
#include <sys/mman.h>

#include "tests/unit/slab/storing.h"

#include "base/hash.h"
#include "slab/index/chain.h"
#include "slab/peek.h"

enum { N_KEYS = 20000 };

static const char *bytes; /* the reader's mapping */
static uint64_t n_bytes;

static int
open_shared(void **state)
{
    (void)state;
    struct store_options o = small_store();
    o.limit = (size_t)32 << 20;
    o.item_max = 8 << 20;
    o.backing = STORE_MEMFD;
    hash_seed = UINT64_C(0x123456789ABCDEF0);
    open_store(&o);
    n_bytes = the_store->arena.size;
    bytes = mmap(NULL, n_bytes, PROT_READ, MAP_SHARED, the_store->arena.fd, 0);
    assert_ptr_not_equal(bytes, MAP_FAILED);
    assert_ptr_not_equal(bytes, the_store->arena.base);
    return 0;
}

static int
close_shared(void **state)
{
    munmap((void *)bytes, n_bytes);
    int r = close_store(state);
    hash_seed = 0;
    return r;
}

static const struct superblock *
superblock(void)
{
    return (const struct superblock *)bytes;
}

/* ---- the reader ----------------------------------------------------------- */

static bool
find_in(const struct bucket *b, uint64_t tag, const char *key, uint32_t n, struct peek_item *p)
{
    for (int i = 0; i < BUCKET_SLOTS; i++) {
        uint64_t offset = peek_slot_match(b, i, tag);
        if (offset != 0 && peek_item(bytes, offset, p) && peek_key_equals(p, key, n))
            return true;
    }
    return false;
}

static bool
find(const char *key, uint32_t n, struct peek_item *p)
{
    uint64_t hash = hash_key_with(superblock()->hash_seed, key, n), n_buckets = peek_n_buckets(bytes);
    assert_true(n_buckets >= 2);
    const struct bucket *b = peek_bucket(bytes, peek_bucket_number(hash, n_buckets));
    for (; b != NULL; b = peek_overflow(bytes, b->head))
        if (find_in(b, peek_tag(hash), key, n, p))
            return true;
    return false;
}

static bool
find_number(uint64_t i, struct peek_item *p)
{
    const struct store_key key = key_number(i);
    return find(key.p, key.n, p);
}

static bool
reads_pattern(uint64_t i, uint32_t n)
{
    struct peek_item p;
    if (!find_number(i, &p) || p.n_stored != n)
        return false;
    char *copy = malloc(n + 1u);
    bool same = peek_copy(bytes, &p, copy) && memcmp(copy, pattern(i, n), n) == 0;
    free(copy);
    return same;
}

/* ---- what it finds -------------------------------------------------------- */

static void
test_every_key_is_found_and_no_other(void **state)
{
    (void)state;
    struct peek_item p;
    assert_true(peek_can_read(bytes, n_bytes));
    for (uint64_t i = 0; i < N_KEYS; i++)
        assert_int_equal(set_pattern(i, (uint32_t)(i % 300)), STORE_OK);
    assert_true(stats().n_overflow_buckets > 0);
    hash_seed = 0; /* the reader's process has another */
    for (uint64_t i = 0; i < N_KEYS; i++)
        if (!reads_pattern(i, (uint32_t)(i % 300)))
            fail_msg("key %llu", (unsigned long long)i);
    for (uint64_t i = N_KEYS; i < 2 * N_KEYS; i++)
        assert_false(find_number(i, &p));
    hash_seed = superblock()->hash_seed;
}

static void
test_a_value_in_many_links_is_copied_whole(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {STORE_HOLD_MIN - 1, STORE_HOLD_MIN, 50000, 1 << 20, 5 << 20};
    for (uint64_t i = 0; i < N_OF(lengths); i++) {
        assert_int_equal(set_pattern(i, lengths[i]), STORE_OK);
        assert_true(reads_pattern(i, lengths[i]));
    }
}

static void
test_every_shape_is_read(void **state)
{
    (void)state;
    struct store_put how = {.mode = STORE_SET};
    for (uint64_t i = 0; i < 16; i++) {
        uint32_t n = (i & 1) ? 100000 : 100;
        struct store_spec spec = {.n_value = n,
            .client_flags = (i & 2) ? 7 : 0,
            .has_cas_new = i & 4,
            .cas_new = 99,
            .key_is_binary = i & 8};
        assert_int_equal(put_as(key_number(i), &spec, &how, pattern(i, n)), STORE_OK);
        assert_true(reads_pattern(i, n));
    }
}

static void
test_a_removed_key_is_not_found(void **state)
{
    (void)state;
    struct peek_item p;
    assert_int_equal(set("a", "1"), STORE_OK);
    assert_true(find("a", 1, &p));
    assert_int_equal(drop(key_of("a")), STORE_OK);
    assert_false(find("a", 1, &p));
}

/* ---- the superblock ------------------------------------------------------- */

static void
test_the_superblock_has_the_geometry(void **state)
{
    (void)state;
    const struct superblock *sb = superblock();
    const struct class_set *s = &the_store->classes;
    assert_int_equal(sb->features, LAYOUT_FORMS);
    assert_int_equal(sb->read_features, LAYOUT_FORMS);
    assert_int_equal(sb->hints, 0);
    assert_int_equal(sb->page_shift, the_store->arena.page_shift);
    assert_int_equal(sb->n_pages, the_store->arena.n_reserved);
    assert_int_equal(sb->n_classes, s->n);
    assert_int_equal(sb->chunk_min, sizeof(struct item) + small_store().item_min);
    assert_int_equal(sb->chunk_max, s->chunk_max);
    for (uint32_t id = 1; id <= s->n; id++)
        assert_int_equal(sb->chunk_size[id], s->geometry[id].size);
    assert_true(sb->hash_seed == hash_seed);
}

static void
test_a_beat_stores_the_present_time(void **state)
{
    (void)state;
    const struct superblock *sb = superblock();
    uint64_t boot_ns = clock_read().boot_ns, first_ns = sb->monotonic_ns;
    int64_t unix_ns = clock_read().unix_ns;
    assert_true(first_ns > 0 && first_ns <= clock_ns());
    clock_shift(100);
    assert_int_equal(sb->stamps >> CLOCK_STAMP_SHIFT, clock_now_s() - 100);
    store_tick(the_store);
    assert_int_equal(sb->stamps >> CLOCK_STAMP_SHIFT, clock_now_s());
    assert_true(sb->monotonic_ns > first_ns && sb->monotonic_ns <= clock_ns());
    assert_true(sb->boot_ns >= boot_ns && sb->boot_ns <= clock_read().boot_ns);
    assert_true(sb->unix_ns >= unix_ns && sb->unix_ns <= clock_read().unix_ns);
    assert_true(sb->zero_unix_s == clock_zero_s());
    clock_step(1000);
    store_tick(the_store);
    assert_true(sb->zero_unix_s == clock_zero_s() && sb->unix_ns >= unix_ns + INT64_C(1000000000000));
    clock_step(-1000);
}

/* All overflow buckets that are free can be found from the superblock, and all others are in chains or with a thread. */
static void
test_the_free_list_begins_in_the_superblock(void **state)
{
    (void)state;
    const struct superblock *sb = superblock();
    for (uint64_t i = 0; i < N_KEYS; i++)
        assert_int_equal(set_pattern(i, 1), STORE_OK);
    for (uint64_t i = 0; i < N_KEYS; i++)
        assert_int_equal(drop(key_number(i)), STORE_OK);
    pass_epochs();
    const struct bucket *overflow = (const struct bucket *)(bytes + sb->overflow);
    uint64_t n = 0;
    for (uint32_t number = sb->overflow_free; number != 0; number = peek_next_bucket(overflow[number].head)) {
        assert_true(number < sb->overflow_used);
        n++;
    }
    assert_true(n > 0);
    assert_int_equal(n + stats().n_overflow_buckets + 1, sb->overflow_used);
}

/* ---- what it does not believe --------------------------------------------- */

static void
test_another_layout_is_not_read(void **state)
{
    (void)state;
    struct superblock *sb = arena_superblock(&the_store->arena);
    assert_false(peek_can_read(bytes, n_bytes - 1));
    assert_false(peek_can_read(bytes, 8));
    sb->version++;
    assert_false(peek_can_read(bytes, n_bytes));
    sb->version--;
    sb->magic++;
    assert_false(peek_can_read(bytes, n_bytes));
    sb->magic--;
    sb->read_features |= 1u << 31;
    assert_false(peek_can_read(bytes, n_bytes));
    sb->read_features = LAYOUT_READ_FEATURES;
    sb->features |= 1u << 31;
    sb->hints = 1;
    assert_true(peek_can_read(bytes, n_bytes));
    sb->features = LAYOUT_FEATURES;
    sb->hints = LAYOUT_HINTS;
}

static void
test_an_impossible_bucket_number_is_none(void **state)
{
    (void)state;
    struct superblock *sb = arena_superblock(&the_store->arena);
    uint64_t n = sb->n_buckets;
    assert_int_equal(peek_n_buckets(bytes), n);
    sb->n_buckets = 1;
    assert_int_equal(peek_n_buckets(bytes), 0);
    sb->n_buckets = UINT64_MAX;
    assert_int_equal(peek_n_buckets(bytes), 0);
    sb->n_buckets = n;
    assert_null(peek_overflow(bytes, 0));
    assert_null(peek_overflow(bytes, UINT64_MAX));
    assert_non_null(peek_overflow(bytes, UINT64_C(1) << 32));
}

static void
test_no_length_leads_out_of_the_page(void **state)
{
    (void)state;
    const uint64_t page_size = the_store->arena.page_size, pages = superblock()->pages;
    struct peek_item p;
    assert_int_equal(set_pattern(0, 100), STORE_OK);
    assert_true(find_number(0, &p));
    struct item *it = item_at(self->base, p.offset);
    const uint32_t n = it->vlen;
    for (uint32_t flags = 0; flags < 16; flags++) {
        it->flags = (uint16_t)flags;
        for (uint32_t shift = 0; shift < 32; shift++) {
            it->vlen = UINT32_MAX >> shift;
            if (peek_item(bytes, p.offset, &p)) {
                uint64_t end = (uint64_t)(p.value - bytes) + p.n_here;
                assert_true(end <= pages + ((p.offset - pages) / page_size + 1) * page_size);
            }
        }
    }
    it->flags = 0;
    it->vlen = n;
    assert_false(peek_item(bytes, pages - 8, &p));
    assert_false(peek_item(bytes, n_bytes, &p));
    assert_false(peek_item(bytes, pages + page_size - 16, &p)); /* no space for a header */
    assert_false(peek_item(bytes, pages + 100, &p));            /* not on 8 bytes */
}

static void
test_a_broken_chain_is_not_copied(void **state)
{
    (void)state;
    const uint32_t n = 200000;
    struct peek_item p;
    char *copy = malloc(n);
    assert_int_equal(set_pattern(0, n), STORE_OK);
    assert_true(find_number(0, &p));
    struct link *link = chain_first(self->base, item_at(self->base, p.offset));
    MUST(link != NULL);
    const uint64_t mark = link->mark, next = link->next;
    const uint32_t n_link = link->n;
    link->mark = mark + 8;
    assert_false(peek_copy(bytes, &p, copy));
    link->mark = mark;
    link->next = 0;
    assert_false(peek_copy(bytes, &p, copy));
    link->next = n_bytes;
    assert_false(peek_copy(bytes, &p, copy));
    link->next = next;
    link->n = UINT32_MAX;
    assert_false(peek_copy(bytes, &p, copy));
    link->n = 0;
    assert_false(peek_copy(bytes, &p, copy));
    link->n = n_link;
    assert_true(peek_copy(bytes, &p, copy));
    free(copy);
}

int
main(void)
{
#define SHARED(test) cmocka_unit_test_setup_teardown(test, open_shared, close_shared)
    const struct CMUnitTest tests[] = {
        SHARED(test_every_key_is_found_and_no_other),
        SHARED(test_a_value_in_many_links_is_copied_whole),
        SHARED(test_every_shape_is_read),
        SHARED(test_a_removed_key_is_not_found),
        SHARED(test_the_superblock_has_the_geometry),
        SHARED(test_a_beat_stores_the_present_time),
        SHARED(test_the_free_list_begins_in_the_superblock),
        SHARED(test_another_layout_is_not_read),
        SHARED(test_an_impossible_bucket_number_is_none),
        SHARED(test_no_length_leads_out_of_the_page),
        SHARED(test_a_broken_chain_is_not_copied),
    };
    return cmocka_run_group_tests_name("peek", tests, NULL, NULL);
}
