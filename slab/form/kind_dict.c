#include "slab/form/kind_dict.h"

#include <string.h>

enum {
    WINDOWS_PER_LIMIT = 4, /* bytes noted before they count half */
    KNOWN = 16,            /* a part of that: fewer bytes say too little of a kind's share */
    LIGHT_PART = 400,      /* a kind with this part of the bytes, or less, loses its dictionary */
};

#define WINDOW_MIN  UINT64_C(4194304)
#define WAIT_MIN_NS UINT64_C(60000000000)
#define WAIT_MAX_NS UINT64_C(3600000000000)

static_assert((int)KIND_DICT_KINDS < (int)KINDS_MAX, "a row without a dictionary is left to replace");

void
kind_dict_init(struct kind_dict *d, uint64_t limit)
{
    memset(d, 0, sizeof *d);
    lock_init(&d->lock, LOCK_LEAF);
    kinds_init(&d->kinds, limit / WINDOWS_PER_LIMIT > WINDOW_MIN ? limit / WINDOWS_PER_LIMIT : WINDOW_MIN);
}

void
kind_dict_fini(struct kind_dict *d)
{
    lock_fini(&d->lock);
}

/* ---- keys ----------------------------------------------------------------- */

uint32_t
kind_dict_note(struct kind_dict *d, struct bytes key, uint64_t bytes)
{
    struct kind kind;
    kind_of_key(&kind, key);
    lock_take(&d->lock);
    (void)kinds_note(&d->kinds, &kind, bytes);
    uint32_t slot = kind_dict_count(d) > 0 ? kinds_slot(&d->kinds, &kind) : DICTIONARY_NONE;
    lock_give(&d->lock);
    return slot;
}

uint32_t
kind_dict_find(struct kind_dict *d, struct bytes key)
{
    struct kind kind;
    if (kind_dict_count(d) == 0)
        return DICTIONARY_NONE;
    kind_of_key(&kind, key);
    lock_take(&d->lock);
    uint32_t slot = kinds_slot(&d->kinds, &kind);
    lock_give(&d->lock);
    return slot;
}

bool
kind_dict_is_of(struct bytes key, uint64_t hash)
{
    struct kind kind;
    kind_of_key(&kind, key);
    for (unsigned level = 0; level < KIND_LEVELS; level++)
        if (kind_hash(&kind, level) == hash)
            return true;
    return false;
}

/* ---- what is due ---------------------------------------------------------- */

/* What is known of the row's kind. */
static struct kind_dict_row *
row_locked(struct kind_dict *d, unsigned i)
{
    lock_must_own(&d->lock);
    struct kind_dict_row *row = &d->row[i];
    if (row->hash != d->kinds.row[i].hash)
        *row = (struct kind_dict_row){.hash = d->kinds.row[i].hash};
    return row;
}

static bool
is_due_locked(struct kind_dict *d, unsigned i, const struct kind_dict_ask *ask)
{
    const struct kinds_row *kind = &d->kinds.row[i];
    const struct kind_dict_row *row = row_locked(d, i);
    if ((kind->bytes - kind->error) * KIND_DICT_PART < d->kinds.total || ask->now_ns < row->until_ns)
        return false;
    if (kind->slot == DICTIONARY_NONE)
        return ask->room_for_first && kind_dict_count(d) < KIND_DICT_KINDS;
    return ask->room_for_next && (row->codec != ask->codec || drift_is_worse(ask->drift, kind->slot));
}

bool
kind_dict_due(struct kind_dict *d, const struct kind_dict_ask *ask, uint64_t *kind, uint32_t *slot)
{
    uint64_t most = 0;
    lock_take(&d->lock);
    bool known = d->kinds.total >= d->kinds.window / KNOWN;
    for (unsigned i = 0; known && i < d->kinds.n; i++) {
        const struct kinds_row *row = &d->kinds.row[i];
        if (row->bytes <= most || !is_due_locked(d, i, ask))
            continue;
        most = row->bytes;
        *kind = row->hash;
        *slot = row->slot;
    }
    lock_give(&d->lock);
    return most > 0;
}

void
kind_dict_wait(struct kind_dict *d, uint64_t kind, uint64_t now_ns, bool refused)
{
    lock_take(&d->lock);
    unsigned i = kinds_at(&d->kinds, kind);
    if (i != KINDS_NONE) {
        struct kind_dict_row *row = row_locked(d, i);
        row->wait_ns = refused && row->wait_ns != 0 ? 2 * row->wait_ns : WAIT_MIN_NS;
        row->wait_ns = row->wait_ns < WAIT_MAX_NS ? row->wait_ns : WAIT_MAX_NS;
        row->until_ns = now_ns + row->wait_ns;
    }
    lock_give(&d->lock);
}

double
kind_dict_share(struct kind_dict *d, uint64_t kind)
{
    double share = 0;
    lock_take(&d->lock);
    unsigned i = kinds_at(&d->kinds, kind);
    if (i != KINDS_NONE && d->kinds.total > 0)
        share = (double)(d->kinds.row[i].bytes - d->kinds.row[i].error) / (double)d->kinds.total;
    lock_give(&d->lock);
    return share;
}

/* ---- dictionaries --------------------------------------------------------- */

uint32_t
kind_dict_slot(struct kind_dict *d, uint64_t kind)
{
    lock_take(&d->lock);
    unsigned i = kinds_at(&d->kinds, kind);
    uint32_t slot = i != KINDS_NONE ? d->kinds.row[i].slot : DICTIONARY_NONE;
    lock_give(&d->lock);
    return slot;
}

static void
give_locked(struct kind_dict *d, unsigned i, uint32_t slot)
{
    lock_must_own(&d->lock);
    uint32_t before = d->kinds.row[i].slot, n = kind_dict_count(d);
    if (before != DICTIONARY_NONE)
        atomic_store_explicit(&d->of_kind[before], false, memory_order_relaxed);
    if (slot != DICTIONARY_NONE)
        atomic_store_explicit(&d->of_kind[slot], true, memory_order_relaxed);
    n += (slot != DICTIONARY_NONE) - (before != DICTIONARY_NONE);
    atomic_store_explicit(&d->n, n, memory_order_relaxed);
    kinds_give(&d->kinds, i, (uint8_t)slot);
}

bool
kind_dict_adopt(struct kind_dict *d, uint64_t kind, uint32_t slot, const struct dictionary *place,
    uint64_t flushed, uint32_t *before)
{
    *before = DICTIONARY_NONE;
    lock_take(&d->lock);
    unsigned i = flushed == d->flushed ? kinds_at(&d->kinds, kind) : KINDS_NONE;
    if (i != KINDS_NONE) {
        struct kind_dict_row *row = row_locked(d, i);
        row->codec = place->codec;
        row->n = place->n;
        *before = d->kinds.row[i].slot;
        give_locked(d, i, slot);
    }
    lock_give(&d->lock);
    return i != KINDS_NONE;
}

uint32_t
kind_dict_lightest(struct kind_dict *d)
{
    uint32_t slot = DICTIONARY_NONE;
    uint64_t least;
    lock_take(&d->lock);
    least = d->kinds.total / LIGHT_PART;
    bool known = d->kinds.total >= d->kinds.window / KNOWN;
    for (unsigned i = 0; known && i < d->kinds.n; i++)
        if (d->kinds.row[i].slot != DICTIONARY_NONE && d->kinds.row[i].bytes < least) {
            least = d->kinds.row[i].bytes;
            slot = d->kinds.row[i].slot;
        }
    lock_give(&d->lock);
    return slot;
}

bool
kind_dict_end(struct kind_dict *d, uint32_t slot)
{
    bool found = false;
    lock_take(&d->lock);
    for (unsigned i = 0; i < d->kinds.n && !found; i++) {
        found = d->kinds.row[i].slot == slot;
        if (found)
            give_locked(d, i, DICTIONARY_NONE);
    }
    lock_give(&d->lock);
    return found;
}

size_t
kind_dict_flush(struct kind_dict *d, uint64_t flushed, uint8_t slots[KINDS_MAX])
{
    size_t n = 0;
    lock_take(&d->lock);
    d->flushed = flushed;
    for (unsigned i = 0; i < d->kinds.n; i++) {
        if (d->kinds.row[i].slot == DICTIONARY_NONE)
            continue;
        slots[n++] = d->kinds.row[i].slot;
        give_locked(d, i, DICTIONARY_NONE);
    }
    kinds_init(&d->kinds, d->kinds.window); /* the kinds' texts are of keys that were flushed */
    memset(d->row, 0, sizeof d->row);
    lock_give(&d->lock);
    return n;
}

/* ---- looks ---------------------------------------------------------------- */

size_t
kind_dict_list(struct kind_dict *d, struct kind_dict_kind *out, size_t most)
{
    size_t n = 0;
    lock_take(&d->lock);
    for (unsigned i = 0; i < d->kinds.n && n < most; i++) {
        const struct kinds_row *row = &d->kinds.row[i];
        if (row->slot == DICTIONARY_NONE)
            continue;
        out[n] = (struct kind_dict_kind){
            .slot = row->slot, .n = row_locked(d, i)->n, .bytes = row->bytes, .total = d->kinds.total};
        memcpy(out[n++].text, d->kinds.text[i], KINDS_TEXT_MAX);
    }
    lock_give(&d->lock);
    return n;
}

bool
kind_dict_check(struct kind_dict *d)
{
    unsigned n = 0, n_slots = 0;
    lock_take(&d->lock);
    bool good = kinds_check(&d->kinds);
    for (unsigned i = 0; i < d->kinds.n; i++) {
        uint32_t slot = d->kinds.row[i].slot;
        n += slot != DICTIONARY_NONE;
        good &= slot == DICTIONARY_NONE || kind_dict_has(d, slot);
    }
    for (uint32_t slot = 0; slot < PACKED_SLOTS; slot++)
        n_slots += kind_dict_has(d, slot);
    good &= n == kind_dict_count(d) && n == n_slots;
    lock_give(&d->lock);
    return good;
}
