#include "slab/store/check_forms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slab/index/body.h"
#include "slab/form/cold.h"
#include "slab/form/value.h"

bool
check_forms_init(struct check_forms *f, struct store *store)
{
    store_must_be(store);
    memset(f, 0, sizeof *f);
    f->store = store;
    return coder_init(&f->coder);
}

void
check_forms_fini(struct check_forms *f)
{
    free(f->bodies);
    coder_fini(&f->coder);
}

/* ---- items ---------------------------------------------------------------- */

static bool
unpacks(const struct check_forms *f, const struct item *it)
{
    char *to = malloc((size_t)item_n_value(it) + CODEC_SPARE);
    bool good = to != NULL && value_unpack(f->store, &f->coder, it, to);
    free(to);
    return good;
}

static bool
slot_exists(const struct check_forms *f, uint32_t slot)
{
    if (slot < PACKED_PLAIN)
        return slot < N_CODECS;
    return dictionary_state(&f->store->dictionaries, slot) != DICTIONARY_FREE;
}

/* What is wrong with a packed item, or NULL. */
static const char *
check_packed(const struct check_forms *f, const struct item *it)
{
    struct packed_value v;
    if (!packed_read((const unsigned char *)item_value(it), item_n_stored(it), &v))
        return "is packed, and has no head";
    if (!slot_exists(f, v.slot))
        return "is packed with a dictionary that does not exist";
    return unpacks(f, it) ? NULL : "does not unpack";
}

/* A body that was met, with its referers; or a referer, with 0. */
struct check_body {
    uint64_t offset; /* of the body */
    uint64_t n;
};

/* false: out of memory. */
static bool
note_body(struct check_forms *f, const struct item *body, uint64_t n)
{
    if (f->n_bodies == f->max_bodies) {
        size_t max = f->max_bodies == 0 ? 64 : 2 * f->max_bodies;
        struct check_body *more = realloc(f->bodies, max * sizeof *more);
        if (more == NULL)
            return false;
        f->bodies = more;
        f->max_bodies = max;
    }
    f->bodies[f->n_bodies++] = (struct check_body){item_offset(f->store->arena.base, body), n};
    return true;
}

static const char *
check_referer(struct check_forms *f, const struct item *it)
{
    if (item_n_stored(it) != SHARED_BYTES || (item_flags(it) & (ITEM_CHAINED | ITEM_BODY)))
        return "is shared, and has not the shape for it";
    struct shared_value v = item_shared(it);
    struct store_key key = body_key(&v.hash);
    const struct item *body = index_find(&f->store->index, &key);
    if (body == NULL)
        return "is shared, and has no body";
    if (item_n_value(body) != v.n_value)
        return "is shared, and its body has another length";
    return note_body(f, body, 0) ? NULL : "cannot be checked: out of memory";
}

static const char *
check_body(struct check_forms *f, const struct item *it)
{
    if (it->nkey != BODY_KEY || !(item_flags(it) & ITEM_CLIENT_FLAGS) || item_exptime(it) != 0)
        return "is a body, and has not the shape for it";
    uint32_t n = atomic_load_explicit(item_referers(it), memory_order_relaxed);
    if (n == 0)
        return "is a body without referers";
    return note_body(f, it, n) ? NULL : "cannot be checked: out of memory";
}

static const char *
check_form(struct check_forms *f, const struct item *it)
{
    switch (item_flags(it) & ITEM_FORM) {
    case 0: return NULL;
    case ITEM_PACKED: return check_packed(f, it);
    case ITEM_SHARED: return check_referer(f, it);
    default: return "has an unknown form";
    }
}

bool
check_forms_meet(struct check_forms *f, const struct item *it, char *why, size_t n_why)
{
    if (LIKELY(!(item_flags(it) & (ITEM_FORM | ITEM_BODY))))
        return true;
    const char *error = check_form(f, it);
    if (error == NULL && item_is_body(it))
        error = check_body(f, it);
    if (error != NULL) {
        snprintf(why, n_why, "item %#llx %s",
            (unsigned long long)item_offset(f->store->arena.base, (struct item *)it), error);
        return false;
    }
    forms_add(&f->counts, it, 1);
    return true;
}

/* ---- bodies ------------------------------------------------------------------- */

/* A body comes before its referers. */
static int
by_body(const void *a, const void *b)
{
    const struct check_body *x = a, *y = b;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return x->n == y->n ? 0 : x->n > y->n ? -1 : 1;
}

/* Each body counts the items that refer to it. */
static bool
check_bodies(struct check_forms *f, char *why, size_t n_why)
{
    if (f->n_bodies > 0)
        qsort(f->bodies, f->n_bodies, sizeof *f->bodies, by_body);
    for (size_t i = 0, end; i < f->n_bodies; i = end) {
        const struct check_body *body = &f->bodies[i];
        for (end = i + 1; end < f->n_bodies && f->bodies[end].offset == body->offset;)
            end++;
        if (body->n == end - i - 1)
            continue;
        snprintf(why, n_why, "body %#llx counts %llu referers, but the items are %zu",
            (unsigned long long)body->offset, (unsigned long long)body->n, end - i - 1);
        return false;
    }
    return true;
}

/* ---- counts ----------------------------------------------------------------- */

static bool
same(const counter *counted, const counter *met, const char *what, uint32_t slot, char *why, size_t n_why)
{
    if (counter_read(counted) == counter_read(met))
        return true;
    snprintf(why, n_why, "forms: %llu %s (slot %u) are counted, but the items have %llu",
        (unsigned long long)counter_read(counted), what, slot, (unsigned long long)counter_read(met));
    return false;
}

static bool
check_counts(struct check_forms *f, char *why, size_t n_why)
{
    struct form_counts n;
    forms_sum(f->store, &n);
    for (uint32_t slot = 0; slot < PACKED_SLOTS; slot++)
        if (!same(&n.referers[slot], &f->counts.referers[slot], "referers", slot, why, n_why))
            return false;
    return same(&n.n_packed, &f->counts.n_packed, "packed items", 0, why, n_why) &&
           same(&n.stored_bytes, &f->counts.stored_bytes, "stored bytes", 0, why, n_why) &&
           same(&n.value_bytes, &f->counts.value_bytes, "value bytes", 0, why, n_why) &&
           same(&n.n_shared, &f->counts.n_shared, "shared items", 0, why, n_why) &&
           same(&n.shared_bytes, &f->counts.shared_bytes, "shared bytes", 0, why, n_why) &&
           same(&n.n_bodies, &f->counts.n_bodies, "bodies", 0, why, n_why) &&
           same(&n.body_bytes, &f->counts.body_bytes, "bytes of bodies", 0, why, n_why);
}

/* ---- dictionaries ------------------------------------------------------------- */

struct sums {
    uint64_t bytes, prepared;
    uint32_t n_live, n_retired;
};

/* Adds one slot to the sums; returns what is wrong with it, or NULL. */
static const char *
check_slot_locked(struct dictionaries *d, uint32_t slot, struct sums *sums)
{
    lock_must_own(&d->lock);
    const struct dictionary *place = dictionary_at(d, slot);
    const void *encode = atomic_load_explicit(&d->use[slot].encode, memory_order_relaxed);
    const void *decode = atomic_load_explicit(&d->use[slot].decode, memory_order_relaxed);
    /* The place itself: another process that maps the arena knows no more. */
    enum dictionary_state state =
        (enum dictionary_state)atomic_load_explicit(&place->state, memory_order_relaxed);
    if (state == DICTIONARY_FREE)
        return encode == NULL && decode == NULL ? NULL : "is free, but prepared";
    if (state > DICTIONARY_RETIRED || place->codec >= N_CODECS || place->n == 0 || place->n > DICTIONARY_MAX)
        return "is damaged";
    if (encode == NULL || decode == NULL)
        return "is not prepared";
    const struct codec *codec = codec_table[place->codec];
    sums->bytes += place->n;
    sums->prepared += codec->encode_memory(encode) + codec->decode_memory(decode);
    sums->n_live += state == DICTIONARY_LIVE;
    sums->n_retired += state == DICTIONARY_RETIRED;
    return NULL;
}

/* Only live dictionaries are packed with, and a probe belongs to a dictionary. */
static const char *
check_use_locked(const struct store *store, uint32_t slot)
{
    const struct cold *c = store->cold;
    const struct dictionaries *d = &store->dictionaries;
    lock_must_own(&d->lock);
    bool used =
        atomic_load_explicit(&c->slot, memory_order_relaxed) == slot || kind_dict_has(&c->kinds, slot);
    bool probed = atomic_load_explicit(&c->probe[slot], memory_order_relaxed) != NULL;
    if (used && dictionary_state(d, slot) != DICTIONARY_LIVE)
        return "is in use, but not live";
    return probed && dictionary_state(d, slot) == DICTIONARY_FREE ? "is free, but has a probe" : NULL;
}

static const char *
check_sums_locked(const struct dictionaries *d, const struct sums *sums)
{
    lock_must_own(&d->lock);
    if (sums->bytes != atomic_load_explicit(&d->bytes, memory_order_relaxed) ||
        sums->prepared != atomic_load_explicit(&d->prepared, memory_order_relaxed))
        return "the bytes of dictionaries do not add up";
    if (sums->n_live != atomic_load_explicit(&d->n_live, memory_order_relaxed) ||
        sums->n_retired != atomic_load_explicit(&d->n_retired, memory_order_relaxed))
        return "the states of dictionaries do not add up";
    return NULL;
}

/* Under the lock, because the training thread may adopt one now. */
static bool
check_dictionaries(struct check_forms *f, char *why, size_t n_why)
{
    struct dictionaries *d = &f->store->dictionaries;
    struct sums sums = {0};
    const char *error = NULL;
    uint32_t slot = PACKED_PLAIN;
    lock_take(&d->lock);
    for (; slot < PACKED_SLOTS && error == NULL; slot++) {
        error = check_slot_locked(d, slot, &sums);
        error = error == NULL ? check_use_locked(f->store, slot) : error;
    }
    if (error != NULL)
        snprintf(why, n_why, "dictionary %u %s", slot - 1, error);
    else if ((error = check_sums_locked(d, &sums)) != NULL)
        snprintf(why, n_why, "%s", error);
    lock_give(&d->lock);
    return error == NULL;
}

bool
check_forms_agree(struct check_forms *f, char *why, size_t n_why)
{
    store_must_be(f->store);
    if (!kind_dict_check(&f->store->cold->kinds)) {
        snprintf(why, n_why, "the kinds' dictionaries are not those of the table");
        return false;
    }
    return check_counts(f, why, n_why) && check_bodies(f, why, n_why) && check_dictionaries(f, why, n_why);
}
