/* The store's changes of existing items: remove, invalidate, arithmetic. */
#include "slab/index/body.h"
#include "slab/core/find.h"
#include "slab/core/locality.h"
#include "slab/form/value.h"
#include "slab/store/rewrite.h"
#include "slab/store.h"
#include "slab/store/write.h"

enum { NUMBER_DIGITS_MAX = 20, PADDING_BYTES = 16 };

static const char padding[PADDING_BYTES + 1] = "                ";

/* ---- remove ----------------------------------------------------------- */

/* Removes the item if its CAS number matches; counts nothing.  *class_id is the class of the removed item. */
static enum store_result
remove_item(
    struct store_thread *t, const struct store_key *key, bool has_cas, uint64_t cas, uint32_t *class_id)
{
    store_thread_must_be_inside(t);
    struct index_guard g;
    _Atomic uint64_t *slot;
    struct item *expired;
    enum loss why;
    store_thread_lock_bucket(t, key->hash, &g);
    struct item *it = find_live_locked(t, &g, key, &slot, &expired, &why);
    bool matches = it != NULL && (!has_cas || find_cas(it) == cas);
    if (matches)
        publish_remove_locked(t, &g, slot, it, LOSS_REMOVED);
    index_unlock(&g);
    if (expired != NULL)
        (void)find_past_expired(t, key, expired);
    if (!matches)
        return it != NULL ? STORE_EXISTS : STORE_MISSING;
    *class_id = store_thread_class_of(t, it);
    publish_settle(t, it, -1);
    return STORE_OK;
}

enum store_result
store_remove(struct store_thread *t, const struct store_key *key, bool has_cas, uint64_t cas)
{
    uint32_t class_id = CLASS_NONE;
    enum store_result r = remove_item(t, key, has_cas, cas, &class_id);
    if (r == STORE_OK)
        locality_note(t, key->hash, SHADOW_DROP, NULL);
    counter_inc(
        store_thread_counter(t, class_id, r == STORE_OK ? STORE_N_DELETE_HITS : STORE_N_DELETE_MISSES));
    return r;
}

void
store_forget(struct store_thread *t, const struct store_key *key)
{
    uint32_t class_id;
    (void)remove_item(t, key, false, 0, &class_id);
}

/* ---- invalidate ------------------------------------------------------- */

static enum store_result
decide_invalidation(
    void *arg, struct store_thread *t, const struct item *old, uint64_t cas, struct store_spec *spec)
{
    (void)t;
    const struct store_invalidate *how = arg;
    if (how->has_cas && cas != how->cas)
        return STORE_EXISTS;
    bool keeps_cas = !how->mark_stale && !how->has_cas_new;
    *spec = (struct store_spec){
        .client_flags = how->drop_value ? how->client_flags : item_client_flags(old),
        .exptime = how->exptime, /* unless settle keeps the old one */
        .n_value = how->drop_value ? 0 : item_n_value(old),
        .key_is_binary = item_flags(old) & ITEM_KEY_BINARY,
        .has_cas_new = how->has_cas_new || keeps_cas,
        .cas_new = how->has_cas_new ? how->cas_new : cas,
    };
    return STORE_OK;
}

static void
fill_invalidation(void *arg, struct store_thread *t, struct item *to, const struct item *old)
{
    const struct store_invalidate *how = arg;
    if (!how->drop_value)
        write_value_of(t, to, 0, old);
}

static void
settle_invalidation(void *arg, struct item *to, const struct item *old)
{
    const struct store_invalidate *how = arg;
    if (!how->drop_value) {
        if (!how->touch)
            rewrite_keep_expiry(to, old);
        rewrite_keep_history(to, old);
        atomic_fetch_and_explicit(&to->flags, (uint16_t)~ITEM_TOKEN_SENT, memory_order_relaxed);
    }
    if (how->mark_stale)
        item_set_status(to, ITEM_STALE);
}

/* Flags, expiry, number: readers without the lock rely on this order (slab/index/item.h). */
static void
mark_stale_locked(
    struct store_thread *t, struct item *it, uint64_t number, const struct store_invalidate *how)
{
    index_must_hold_item(t->index, it);
    item_set_status(it, ITEM_STALE);
    atomic_fetch_and_explicit(&it->flags, (uint16_t)~ITEM_TOKEN_SENT, memory_order_relaxed);
    if (how->touch) {
        atomic_store_explicit(&it->exptime, how->exptime, memory_order_release);
        publish_note_expiry(t, it);
    }
    atomic_store_explicit(&it->seq, number, memory_order_release);
}

/*
 * Marking an item stale with an engine's number changes no field that readers copy, so it is
 * done in place.  STORE_NOT_STORED: the item has a client's number, and must be rewritten.
 */
static enum store_result
mark_in_place(struct store_thread *t, const struct store_key *key, const struct store_invalidate *how)
{
    struct index_guard g;
    _Atomic uint64_t *slot;
    struct item *expired;
    enum loss why;
    enum store_result r = STORE_OK;
    store_thread_lock_bucket(t, key->hash, &g);
    uint64_t number = store_thread_next_seq(t); /* drawn before the lookup: see publish_instead_locked */
    struct item *it = find_live_locked(t, &g, key, &slot, &expired, &why);
    if (it == NULL) {
        r = STORE_MISSING;
    } else if (how->has_cas && find_cas(it) != how->cas) {
        r = STORE_EXISTS;
    } else if (item_flags(it) & ITEM_OWN_CAS) {
        r = STORE_NOT_STORED;
    } else {
        number = store_thread_seq_above(t, number, item_seq(it));
        mark_stale_locked(t, it, number, how);
    }
    index_unlock(&g);
    return r;
}

enum store_result
store_invalidate(struct store_thread *t, const struct store_key *key, const struct store_invalidate *how)
{
    static const struct rewrite rewrite = {decide_invalidation, fill_invalidation, settle_invalidation};
    struct rewritten new;
    enum store_result r = STORE_NOT_STORED;
    if (!how->drop_value && !how->has_cas_new)
        r = mark_in_place(t, key, how);
    if (r == STORE_NOT_STORED)
        r = rewrite_item(t, key, &rewrite, (void *)how, &new);
    if (r == STORE_MISSING || r == STORE_EXISTS)
        counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_DELETE_MISSES));
    if (r == STORE_OK && !how->mark_stale)
        counter_inc(store_thread_counter(t, CLASS_NONE, STORE_N_DELETE_HITS));
    return r;
}

/* ---- arithmetic ------------------------------------------------------- */

struct arith {
    const struct store_arith *how;
    uint64_t number;
    uint32_t exptime;  /* the old item's, when it was replaced */
    uint32_t class_id; /* of the old item; CLASS_NONE while there is none */
};

static bool
is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/*
 * Parses a number like strtoull, within the value: leading space, sign, digits, then the end, space,
 * or a zero byte.  memcached reads a C string, and C programs may store the zero with it.
 */
static bool
parse_number(const char *p, uint32_t n, uint64_t *number)
{
    const char *end = p + n;
    while (p < end && is_space(*p))
        p++;
    bool minus = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    const char *digits = p;
    uint64_t v = 0;
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *number = minus ? -v : v;
    /* "-1" would wrap to a number too large to be meant. */
    return p > digits && (p == end || is_space(*p) || *p == '\0') && !(minus && (int64_t)*number < 0);
}

static uint32_t
format_number(char *dst, uint64_t v)
{
    char digits[NUMBER_DIGITS_MAX];
    uint32_t n = 0;
    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    for (uint32_t i = 0; i < n; i++)
        dst[i] = digits[n - 1 - i];
    return n;
}

static uint32_t
count_digits(uint64_t v)
{
    uint32_t n = 1;
    while (v >= 10) {
        v /= 10;
        n++;
    }
    return n;
}

/* Not inlined: it takes much of the stack. */
static __attribute__((noinline)) bool
number_of_packed(const struct store_thread *t, const struct item *it, uint64_t *number)
{
    char plain[VALUE_ROOM_MAX];
    value_copy(t, it, plain);
    return parse_number(plain, item_n_value(it), number);
}

/* STORE_NOT_NUMBER; or STORE_NOT_STORED: the item has been unlinked since it was found. */
static enum store_result
number_of(const struct store_thread *t, const struct item *it, uint64_t *number)
{
    bool good;
    it = body_holder(t->index, it);
    if (UNLIKELY(it == NULL))
        return STORE_NOT_STORED;
    if (UNLIKELY(item_flags(it) & ITEM_FORM))
        good = number_of_packed(t, it, number);
    else /* For a chained value too: every number ends in the first chunk. */
        good = parse_number(item_value(it), item_value_here(it, t->store->classes.chunk_max), number);
    return good ? STORE_OK : STORE_NOT_NUMBER;
}

static enum store_result
decide_arith(void *arg, struct store_thread *t, const struct item *old, uint64_t cas, struct store_spec *spec)
{
    struct arith *a = arg;
    uint32_t n_old = item_n_value(old);
    uint64_t v;
    a->class_id = store_thread_class_of(t, old);
    /* A value that cannot be a number is an error whatever its CAS: memcached tests in this order. */
    if (n_old == 0)
        return STORE_NOT_NUMBER;
    if (a->how->has_cas && a->how->cas != 0 && cas != a->how->cas)
        return STORE_EXISTS;
    enum store_result r = number_of(t, old, &v);
    if (r != STORE_OK)
        return r;
    uint64_t delta = a->how->delta;
    a->number = !a->how->decr ? v + delta : delta > v ? 0 : v - delta;
    uint32_t n = count_digits(a->number);
    *spec = (struct store_spec){
        .client_flags = item_client_flags(old),
        .exptime = a->how->exptime,       /* with touch; else settle keeps the old one */
        .n_value = n > n_old ? n : n_old, /* a number that gets shorter is padded, as memcached does */
        .key_is_binary = item_flags(old) & ITEM_KEY_BINARY,
        .has_cas_new = a->how->has_cas_new,
        .cas_new = a->how->cas_new,
    };
    return STORE_OK;
}

static void
fill_arith(void *arg, struct store_thread *t, struct item *to, const struct item *old)
{
    (void)old;
    const struct arith *a = arg;
    char digits[NUMBER_DIGITS_MAX];
    uint32_t n = format_number(digits, a->number), n_value = item_n_value(to);
    write_value(t, to, 0, digits, n);
    for (uint32_t at = n; at < n_value; at += PADDING_BYTES)
        write_value(t, to, at, padding, n_value - at < PADDING_BYTES ? n_value - at : PADDING_BYTES);
}

static void
settle_arith(void *arg, struct item *to, const struct item *old)
{
    struct arith *a = arg;
    a->exptime = item_exptime(old);
    if (!a->how->touch)
        rewrite_keep_expiry(to, old);
    /* For memcached a number that has more digits is a new item: not read yet, not stale. */
    if (item_n_value(to) == item_n_value(old))
        rewrite_keep_history(to, old);
}

static enum store_result
arith_vivify(struct store_thread *t, const struct store_key *key, const struct store_arith *how,
    struct store_number *out)
{
    char digits[NUMBER_DIGITS_MAX];
    uint32_t n = format_number(digits, how->initial);
    struct store_spec spec = {
        .exptime = how->vivify_exptime,
        .n_value = n,
        .key_is_binary = how->key_is_binary,
        .has_cas_new = how->has_cas_new,
        .cas_new = how->cas_new,
    };
    struct item *it;
    enum store_result r = write_new_item(t, key, &spec, &it);
    if (r != STORE_OK)
        return r;
    write_value(t, it, 0, digits, n);
    struct store_slot slot = {.offset = item_offset(t->base, it), .n_value = n};
    struct store_put put = {.mode = STORE_ADD};
    struct store_stored stored;
    r = store_commit(t, key, &slot, &put, &stored);
    if (r == STORE_BUSY)
        store_cancel(t, &slot);
    if (r == STORE_OK)
        *out =
            (struct store_number){how->initial, stored.cas, how->vivify_exptime, how->vivify_exptime, true};
    return r;
}

static void
count_arith(struct store_thread *t, bool decr, uint32_t class_id, enum store_result r)
{
    if (r == STORE_OK && class_id != CLASS_NONE)
        counter_inc(store_thread_counter(t, class_id, decr ? STORE_N_DECR_HITS : STORE_N_INCR_HITS));
    if (r == STORE_MISSING)
        counter_inc(store_thread_counter(t, CLASS_NONE, decr ? STORE_N_DECR_MISSES : STORE_N_INCR_MISSES));
}

enum store_result
store_arith(struct store_thread *t, const struct store_key *key, const struct store_arith *how,
    struct store_number *out)
{
    static const struct rewrite rewrite = {decide_arith, fill_arith, settle_arith};
    enum store_result r;
    struct arith a;
    do {
        struct rewritten new;
        a = (struct arith){.how = how};
        r = rewrite_item(t, key, &rewrite, &a, &new);
        if (r == STORE_OK)
            *out = (struct store_number){a.number, new.cas, a.exptime, new.exptime, false};
        else if (r == STORE_MISSING && how->vivify)
            r = arith_vivify(t, key, how, out); /* NOT_STORED: another thread has stored it, use that item */
    } while (r == STORE_NOT_STORED);            /* or it was replaced while it was read */
    count_arith(t, how->decr, a.class_id, r);
    return r;
}
