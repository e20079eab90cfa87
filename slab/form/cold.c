#include "slab/form/cold.h"

#include <stdlib.h>

#include "base/clock.h"
#include "slab/mem/room.h"
#include "slab/form/choose.h"
#include "slab/form/relocate.h"

enum {
    COLD_SHARE = 224,                   /* of 256: seven eighths of the bytes are cold */
    HYSTERESIS = 1 << CUTOFF_STEP_BITS, /* steps: an octave */
    RANK_UNITS = 64,                    /* so that ranks of items that are read often differ */
    RUN_NS = 200000,                    /* packing ends after this, so that no epoch is held long */
    LEAST_VALUE = 48,                   /* bytes: of shorter values packing can save hardly anything */
    PLAIN_PART = 16,       /* nothing is evicted while more than this part of the bytes can be packed */
    RATIO_FIRST = 128,     /* of 256, until it is known */
    AGE_HOT_MAX = 1 << 24, /* stamps: twelve days */
    RATIO_SHARE = 64,      /* each packed item changes the mean by one part of so many */
};

enum {
    LARGE_PART = 8,             /* of the time may be spent on packing large values, ... */
    LARGE_HOLDS_NS = 160000000, /* ... and of so long at once, which are 20 ms */
};

/* The rows of packer->effort. */
enum { EFFORT_NONE, EFFORT_DICTIONARY, EFFORT_LARGE };

static uint64_t
add(_Atomic uint64_t *n, uint64_t more)
{
    return atomic_fetch_add_explicit(n, more, memory_order_relaxed);
}

bool
cold_init(struct store *store)
{
    struct cold *c = aligned_alloc(64, (sizeof *c + 63) & ~(size_t)63);
    store->cold = c;
    if (c == NULL)
        return false;
    memset(c, 0, sizeof *c);
    cutoff_init(&c->cut, COLD_SHARE);
    const struct store_options *o = &store->options;
    atomic_init(&c->compression, (uint8_t)o->compression);
    atomic_init(&c->ratio, RATIO_FIRST);
    atomic_init(&c->ratio_large, RATIO_FIRST);
    kind_dict_init(&c->kinds, o->limit);
    budget_init(&c->budget, o->compression_cpu, o->n_workers, clock_ns());
    return true;
}

void
cold_fini(struct store *store)
{
    struct cold *c = store->cold;
    if (c == NULL)
        return;
    for (int i = 0; i < PACKED_SLOTS; i++) {
        struct probe *probe = atomic_load_explicit(&c->probe[i], memory_order_relaxed);
        probe_free(&probe);
    }
    cutoff_fini(&c->cut);
    kind_dict_fini(&c->kinds);
    free(c);
    store->cold = NULL;
}

void
cold_make_first_cut(struct store *store)
{
    cutoff_cut(&store->cold->cut, COLD_SHARE);
}

/* Before any thread can find the dictionary. */
static void
prepare(struct store *store, uint32_t slot, struct probe *probe)
{
    struct cold *c = store->cold;
    MUST(dictionary_state(&store->dictionaries, slot) == DICTIONARY_LIVE);
    MUST(atomic_load_explicit(&c->probe[slot], memory_order_relaxed) == NULL);
    atomic_store_explicit(&c->probe[slot], probe, memory_order_release);
    (void)add(&c->probe_bytes, probe != NULL ? probe_memory(probe) : 0);
    atomic_store_explicit(
        &c->codec[slot], dictionary_at(&store->dictionaries, slot)->codec, memory_order_relaxed);
    drift_reset(&c->drift, slot);
    again_begin(&c->again, slot, atomic_load_explicit(&store->limit, memory_order_relaxed));
    rest_decide(&c->rest, false);
}

uint32_t
cold_use(struct store *store, uint32_t slot, struct probe *probe)
{
    if (slot != DICTIONARY_NONE)
        prepare(store, slot, probe);
    return atomic_exchange_explicit(&store->cold->slot, (uint8_t)slot, memory_order_acq_rel);
}

bool
cold_use_for(struct store *store, uint64_t kind, uint32_t slot, struct probe *probe, uint64_t flushed,
    uint32_t *before)
{
    prepare(store, slot, probe);
    const struct dictionary *place = dictionary_at(&store->dictionaries, slot);
    bool used = kind_dict_adopt(&store->cold->kinds, kind, slot, place, flushed, before);
    if (!used)
        cold_forget(store, slot);
    return used;
}

void
cold_forget(struct store *store, uint32_t slot)
{
    struct cold *c = store->cold;
    struct probe *probe = atomic_exchange_explicit(&c->probe[slot], NULL, memory_order_acquire);
    if (probe == NULL)
        return;
    atomic_fetch_sub_explicit(&c->probe_bytes, probe_memory(probe), memory_order_relaxed);
    probe_free(&probe);
}

/* ---- judging -------------------------------------------------------------- */

static bool
may_pack_small(const struct cold *c)
{
    return cold_compression(c) != STORE_COMPRESSION_OFF &&
           atomic_load_explicit(&c->slot, memory_order_relaxed) != DICTIONARY_NONE;
}

/* They need no dictionary. */
static bool
may_pack_large(const struct store *store, uint64_t now)
{
    const struct cold *c = store->cold;
    enum store_compression compression = cold_compression(c);
    return (compression == STORE_COMPRESSION_AUTO || compression == STORE_COMPRESSION_LZ4) &&
           (!store->options.evict || now > atomic_load_explicit(&c->large_zero_ns, memory_order_relaxed));
}

static void
spend_large(struct cold *c, uint64_t ns, uint64_t now)
{
    uint64_t zero = atomic_load_explicit(&c->large_zero_ns, memory_order_relaxed);
    zero = now > LARGE_HOLDS_NS && zero < now - LARGE_HOLDS_NS ? now - LARGE_HOLDS_NS : zero;
    atomic_store_explicit(&c->large_zero_ns, zero + LARGE_PART * ns, memory_order_relaxed);
}

static bool
is_much(const struct cold *c, uint64_t bytes)
{
    return bytes > atomic_load_explicit(&c->met, memory_order_relaxed) / PLAIN_PART;
}

/* Can more than a part of the bytes that the hand met lately be packed, if those of these sizes can? */
static bool
has_much_plain(const struct cold *c, bool small, bool large)
{
    return is_much(c, (small ? atomic_load_explicit(&c->plain_met, memory_order_relaxed) : 0) +
                          (large ? atomic_load_explicit(&c->large_met, memory_order_relaxed) : 0));
}

bool
cold_may_pack(const struct store *store)
{
    uint64_t now = clock_ns();
    return (may_pack_small(store->cold) || may_pack_large(store, now)) &&
           budget_may(&store->cold->budget, now) && !rest_now(&store->cold->rest);
}

/* Without a chunk to pack into, room has to be made by evicting: at first, that for a page of such chunks. */
static bool
makes_room(const struct store *store, bool small, bool large)
{
    return !rest_now(&store->cold->rest) && has_much_plain(store->cold, small, large) &&
           !room_lacks_anywhere(&store->classes);
}

bool
cold_grows(const struct store *store)
{
    const struct cold *c = store->cold;
    uint64_t now = clock_ns();
    return store->movers != NULL && budget_may(&c->budget, now) &&
           makes_room(store, may_pack_small(c), may_pack_large(store, now));
}

/*
 * Not while the hand has to pack anew what names a retired dictionary, or to try again.  A thread that does not pack
 * always may: it takes no turn of one that does.
 */
static bool
may_rest(struct store_thread *t)
{
    struct cold *c = t->store->cold;
    if (t->packer == NULL)
        return rest_now(&c->rest);
    return atomic_load_explicit(&t->store->dictionaries.n_retired, memory_order_relaxed) == 0 &&
           !again_any(&c->again) && rest_begin(&c->rest);
}

void
cold_begin(struct store_thread *t, struct cold_pass *p)
{
    store_thread_must_be_outside(t);
    struct cold *c = t->store->cold;
    bool off = cold_compression(c) == STORE_COMPRESSION_OFF;
    *p = (struct cold_pass){.cut = cutoff_at(&c->cut)};
    p->rests = p->cut != CUTOFF_UNKNOWN && (off || may_rest(t));
    if (t->packer == NULL || off || p->rests)
        return;
    uint64_t now = clock_ns();
    bool may = p->cut != CUTOFF_UNKNOWN && budget_may(&c->budget, now);
    p->packs_small = may && may_pack_small(c);
    p->packs_large = may && may_pack_large(t->store, now);
    p->packs = p->packs_small || p->packs_large;
    p->ratio = atomic_load_explicit(&c->ratio, memory_order_relaxed);
    p->ratio_large = atomic_load_explicit(&c->ratio_large, memory_order_relaxed);
    p->grows = p->packs && makes_room(t->store, p->packs_small, p->packs_large);
    p->again = p->packs_small && again_any(&c->again) && budget_has_half(&c->budget, now);
    p->repacks = atomic_load_explicit(&t->store->dictionaries.n_retired, memory_order_relaxed) > 0;
    p->until_ns = now + RUN_NS;
}

static void
halve(_Atomic uint64_t *n)
{
    atomic_store_explicit(n, atomic_load_explicit(n, memory_order_relaxed) / 2, memory_order_relaxed);
}

/* Sums of the last bytes that the hand met, the older ones with less weight. */
static void
note_met(struct cold *c, const struct cold_pass *p, uint64_t window)
{
    if (add(&c->met, p->met) + p->met >= window) {
        halve(&c->met);
        halve(&c->plain_met);
        halve(&c->large_met);
    }
    (void)add(&c->plain_met, p->plain_met);
    (void)add(&c->large_met, p->large_met);
}

void
cold_end(struct store_thread *t, struct cold_pass *p, uint64_t window)
{
    store_thread_must_be_outside(t);
    struct cold *c = t->store->cold;
    if (p->batch.n > 0) {
        cutoff_add(&c->cut, &p->batch, window);
        note_met(c, p, window);
    }
    if (p->again)
        again_met(&c->again, p->met);
    if (p->packs && t->store->options.evict) /* else a value would be refused while others can be packed */
        rest_end(&c->rest, &(struct rest_sums){p->met, p->tried, p->freed}, window, p->packs_small);
    if (p->cpu_ns == 0)
        return;
    uint64_t cpu_ns = budget_cpu_ns() - p->cpu_ns;
    budget_spend(&c->budget, cpu_ns, clock_ns());
    (void)add(&c->counts.cpu_ns, cpu_ns);
}

/* Of a plain item. */
static bool
is_large(const struct item *it)
{
    return item_n_stored(it) > CODEC_SMALL_MAX;
}

/* Could the value be packed, and is it not yet?  Perhaps it was tried. */
static bool
is_packable(const struct item *it)
{
    return !(item_flags(it) & (ITEM_FORM | ITEM_PINNED)) && item_n_stored(it) >= LEAST_VALUE &&
           item_n_stored(it) <= CODEC_LARGE_MAX;
}

static bool
packs_size_of(const struct cold_pass *p, const struct item *it)
{
    return is_large(it) ? p->packs_large : p->packs_small;
}

static bool
is_candidate(const struct item *it)
{
    return !(item_flags(it) & ITEM_VAIN) && is_packable(it);
}

uint64_t
cold_bytes(const struct cold_pass *p, const struct item *it, uint64_t bytes)
{
    if (!p->packs || !is_candidate(it) || !packs_size_of(p, it))
        return bytes;
    return bytes * (is_large(it) ? p->ratio_large : p->ratio) / 256;
}

static unsigned
step_of(uint64_t heat, uint32_t age, bool fresh)
{
    return cutoff_step((2 * (uint64_t)age + 1) * RANK_UNITS / (1 + 2 * heat), fresh);
}

uint32_t
cold_age_hot(const struct store *store, uint32_t heat)
{
    const struct cold *c = store->cold;
    uint32_t cut = cutoff_at(&c->cut), hot = 0, cold = AGE_HOT_MAX;
    if (cold_compression(c) == STORE_COMPRESSION_OFF || cut == CUTOFF_UNKNOWN ||
        !budget_may(&c->budget, clock_ns()))
        return 0;
    while (cold - hot > 1) {
        uint32_t age = hot + (cold - hot) / 2;
        if (step_of(heat, age, false) + HYSTERESIS < cut)
            hot = age;
        else
            cold = age;
    }
    return hot;
}

static enum cold_plan
plan_for_plain(const struct cold_pass *p, const struct item *it, bool cold)
{
    if (!cold || !is_packable(it) || !packs_size_of(p, it))
        return COLD_LEAVE;
    /* A large value does not depend on dictionaries. */
    return is_candidate(it) ? COLD_PACK : p->again && !is_large(it) ? COLD_RETRY : COLD_LEAVE;
}

static enum cold_plan
plan_for_packed(const struct store_thread *t, const struct cold_pass *p, const struct item *it)
{
    if (!p->repacks && !p->again)
        return COLD_LEAVE;
    struct packed_value v = item_packed(it);
    uint32_t slot = v.slot;
    if (p->repacks && slot >= PACKED_PLAIN &&
        dictionary_state(&t->store->dictionaries, slot) == DICTIONARY_RETIRED)
        return COLD_REPACK;
    const struct kind_dict *kinds = &t->store->cold->kinds;
    bool may_improve =
        v.n_value <= CODEC_SMALL_MAX && kind_dict_count(kinds) > 0 && !kind_dict_has(kinds, slot);
    return p->again && may_improve ? COLD_IMPROVE : COLD_LEAVE;
}

enum cold_plan
cold_judge(struct store_thread *t, struct cold_pass *p, const struct item *it, uint64_t bytes, uint32_t age,
    bool fresh)
{
    uint8_t heat = atomic_load_explicit(&it->heat, memory_order_relaxed);
    unsigned step = step_of(heat, age, fresh);
    /* An item that was not read in a whole round of the hand is cold, however young it is. */
    bool read = heat > 0;
    bool candidate = is_candidate(it), cold = !fresh && (!read || step >= p->cut);
    cutoff_meet(&p->batch, step, bytes, false);
    p->met += bytes;
    if (candidate && cold)
        *(is_large(it) ? &p->large_met : &p->plain_met) += bytes;
    if (!p->packs)
        return COLD_LEAVE;
    if ((item_flags(it) & ITEM_FORM) != ITEM_PACKED)
        return plan_for_plain(p, it, cold);
    if (read && step + HYSTERESIS < p->cut)
        return COLD_UNPACK;
    return plan_for_packed(t, p, it);
}

/* ---- packing -------------------------------------------------------------- */

/* A moving mean. */
static void
note_ratio(_Atomic uint32_t *ratio, uint64_t plain, uint64_t saved)
{
    uint32_t mean = atomic_load_explicit(ratio, memory_order_relaxed);
    uint32_t now = (uint32_t)((plain - saved) * 256 / plain);
    /* Rounded away from the mean, so that it can reach what it is a mean of. */
    int32_t step = ((int32_t)now - (int32_t)mean) / RATIO_SHARE;
    step = step != 0 ? step : now > mean ? 1 : now < mean ? -1 : 0;
    atomic_store_explicit(ratio, (uint32_t)((int32_t)mean + step), memory_order_relaxed);
}

static enum codec_id
codec_alone(const struct cold *c)
{
    return cold_compression(c) == STORE_COMPRESSION_LZ4 ? CODEC_lz4 : CODEC_zstd;
}

/* A value of `n_value` bytes took `n`; 0: it did not fit them. */
static void
note_size(struct cold *c, uint32_t slot, uint32_t n, uint32_t n_value)
{
    if (slot >= PACKED_PLAIN)
        drift_note_size(&c->drift, slot, n != 0 ? n : n_value, n_value);
}

static struct effort *
effort_of(const struct store_thread *t, uint32_t slot, bool large)
{
    return &t->packer->effort[large ? EFFORT_LARGE : slot >= PACKED_PLAIN ? EFFORT_DICTIONARY : EFFORT_NONE];
}

static uint64_t
pack(struct store_thread *t, struct cold_pass *p, struct item *it, uint64_t hash)
{
    struct cold *c = t->store->cold;
    uint32_t slot = choose_slot(t, it, codec_alone(c)), n_value = item_n_stored(it);
    bool large = is_large(it);
    if (slot == CHOOSE_LATER)
        return 0;
    if (slot == CHOOSE_NOTHING) {
        (void)add(&c->counts.n_unpromising, 1);
        p->tried += item_size(it);
        item_set_status(it, ITEM_VAIN);
        return 0;
    }
    if (room_lacks(&t->store->classes, store_thread_node_of(t, it)))
        return 0; /* it would be compressed in vain */
    struct effort *effort = effort_of(t, slot, large);
    if (!effort_try(effort)) {
        (void)add(&c->counts.n_skipped, 1);
        return 0;
    }
    uint64_t saved = 0, plain = relocate_memory(&t->store->classes, it, 0, item_n_stored(it));
    enum pack_result r = pack_item(t, it, hash, slot, &saved);
    (void)add(&c->counts.n_tries, 1);
    if (r == PACK_VAIN && slot >= PACKED_PLAIN &&
        dictionary_state(&t->store->dictionaries, slot) != DICTIONARY_LIVE)
        return 0; /* it was retired during this run */
    p->tried += r == PACK_DONE || r == PACK_VAIN ? plain : 0;
    p->freed += saved;
    effort_paid(effort, r != PACK_VAIN);
    note_size(c, slot, t->packer->n_packed, n_value);
    switch (r) {
    case PACK_DONE:
        (void)add(&c->counts.n_packed, 1);
        (void)add(&c->counts.saved_bytes, saved);
        note_ratio(large ? &c->ratio_large : &c->ratio, plain, saved);
        return saved;
    case PACK_VAIN:
        (void)add(&c->counts.n_vain, 1);
        item_set_status(it, ITEM_VAIN);
        return 0;
    case PACK_NO_CHUNK: (void)add(&c->counts.n_no_chunk, 1); return 0;
    case PACK_GONE: return 0;
    }
    UNREACHABLE();
}

/* The same for a large value, if there is time for it. */
static uint64_t
pack_large(struct store_thread *t, struct cold_pass *p, struct item *it, uint64_t hash)
{
    uint64_t begin_ns = clock_ns();
    if (!may_pack_large(t->store, begin_ns))
        return 0;
    uint64_t saved = pack(t, p, it, hash), end_ns = clock_ns();
    spend_large(t->store->cold, end_ns - begin_ns, end_ns);
    return saved;
}

/* Ends the item's reference to a retired dictionary. */
static uint64_t
repack(struct store_thread *t, struct item *it, uint64_t hash)
{
    uint64_t saved;
    uint32_t slots[] = {choose_of_kind(t, it), choose_shared(t)};
    enum pack_result r = PACK_VAIN;
    for (int i = 0; i < 2 && r == PACK_VAIN; i++)
        if (slots[i] != DICTIONARY_NONE)
            r = pack_item(t, it, hash, slots[i], &saved);
    if (r == PACK_VAIN)
        r = pack_undo(t, it, hash);
    if (r == PACK_DONE)
        (void)add(&t->store->cold->counts.n_repacked, 1);
    return 0;
}

/* Packs it with its kind's dictionary, if that is new and better by a size class. */
static uint64_t
improve(struct store_thread *t, struct item *it, uint64_t hash)
{
    struct cold *c = t->store->cold;
    uint64_t saved = 0;
    uint32_t slot = choose_of_kind(t, it);
    int node = store_thread_node_of(t, it);
    if (slot == DICTIONARY_NONE || !again_is(&c->again, slot) || room_lacks(&t->store->classes, node) ||
        pack_smaller(t, it, hash, slot, &saved) != PACK_DONE)
        return 0;
    (void)add(&c->counts.n_improved, 1);
    (void)add(&c->counts.saved_bytes, saved);
    return saved;
}

static uint64_t
unpack(struct store_thread *t, struct item *it, uint64_t hash)
{
    if (pack_undo(t, it, hash) == PACK_DONE)
        (void)add(&t->store->cold->counts.n_unpacked, 1);
    return 0;
}

bool
cold_is_over(const struct cold_pass *p)
{
    return clock_ns() >= p->until_ns;
}

uint64_t
cold_carry_out(
    struct store_thread *t, struct cold_pass *p, struct item *it, uint64_t hash, enum cold_plan plan)
{
    store_thread_must_be_inside(t);
    MUST(p->packs);
    if (p->cpu_ns == 0)
        p->cpu_ns = budget_cpu_ns();
    switch (plan) {
    case COLD_LEAVE: return 0;
    case COLD_PACK: return is_large(it) ? pack_large(t, p, it, hash) : pack(t, p, it, hash);
    case COLD_RETRY: return choose_is_new(t, it) ? pack(t, p, it, hash) : 0;
    case COLD_REPACK: return repack(t, it, hash);
    case COLD_IMPROVE: return improve(t, it, hash);
    case COLD_UNPACK: return unpack(t, it, hash);
    }
    UNREACHABLE();
}
