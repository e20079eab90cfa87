#include "slab/form/pack.h"

#include <stdlib.h>
#include <string.h>

#include "slab/form/relocate.h"

bool
pack_join(struct store_thread *t)
{
    MUST(t->packer == NULL);
    size_t before = coder_memory(&t->coder);
    bool encodes = coder_encodes(&t->coder) || coder_add_encoders(&t->coder);
    store_thread_count_bytes(t, (int64_t)(coder_memory(&t->coder) - before));
    if (!encodes || (t->packer = malloc(sizeof *t->packer)) == NULL)
        return false;
    store_thread_count_bytes(t, sizeof *t->packer);
    effort_init(&t->packer->effort[0]);
    effort_init(&t->packer->effort[1]);
    effort_init(&t->packer->effort[2]);
    return true;
}

void
pack_part(struct store_thread *t)
{
    if (t->packer == NULL)
        return;
    explicit_bzero(t->packer, sizeof *t->packer);
    store_thread_count_bytes(t, -(int64_t)sizeof *t->packer);
    free(t->packer);
    t->packer = NULL;
}

/* The chunk bytes that a value of `n` packed bytes saves; 0: it does not pay. */
static uint64_t
saving(const struct store_thread *t, const struct item *it, uint32_t n)
{
    uint64_t plain = relocate_memory(&t->store->classes, it, 0, item_n_value(it));
    uint64_t packed = relocate_memory(&t->store->classes, it, ITEM_PACKED, n);
    return codec_gain(plain, packed);
}

static enum pack_result
result_of(enum relocate_result r)
{
    switch (r) {
    case RELOCATE_DONE: return PACK_DONE;
    case RELOCATE_GONE: return PACK_GONE;
    case RELOCATE_NO_CHUNK: return PACK_NO_CHUNK;
    }
    UNREACHABLE();
}

/* The value as clients see it: in its place, or, if it is packed or a chain, in the packer's memory. */
static const char *
plain_of(const struct store_thread *t, const struct item *it)
{
    if (!(item_flags(it) & (ITEM_FORM | ITEM_CHAINED)))
        return item_value(it);
    value_copy(t, it, t->packer->plain);
    return t->packer->plain;
}

/* A chain is unpacked in place, and so must be able to be, and shorter than the value: slab/form/value.h. */
static bool
may_lie_as(const struct store_thread *t, const struct item *it, uint32_t slot, uint32_t n)
{
    const struct class_set *s = &t->store->classes;
    return relocate_memory(s, it, ITEM_PACKED, n) <= s->chunk_max ||
           (coder_unpacks_in_place(slot) && n <= item_n_value(it));
}

/* Gives the item the form on its node. */
static enum pack_result
publish_as(struct store_thread *t, struct item *it, uint64_t hash, const struct relocate_value *value)
{
    return result_of(relocate_as(t, it, hash, store_thread_node_of(t, it), value));
}

/* What was packed is in the packer's memory. */
static enum pack_result
publish_packed(struct store_thread *t, struct item *it, uint64_t hash, uint32_t slot, uint32_t n)
{
    if (!may_lie_as(t, it, slot, n))
        return PACK_VAIN;
    const struct relocate_value value = {ITEM_PACKED, t->packer->packed, n};
    return publish_as(t, it, hash, &value);
}

/* Packs the value to the packer's memory, into at most `room` bytes; returns how many it took, 0: it does not fit. */
static uint32_t
pack_value(struct store_thread *t, const struct item *it, uint32_t slot, uint32_t room)
{
    store_thread_must_be_inside(t);
    MUST(t->packer != NULL && pack_may(it));
    struct packer *p = t->packer;
    p->n_packed = coder_pack(
        &t->coder, &t->store->dictionaries, slot, plain_of(t, it), item_n_value(it), p->packed, room);
    return p->n_packed;
}

enum pack_result
pack_item(struct store_thread *t, struct item *it, uint64_t hash, uint32_t slot, uint64_t *saved)
{
    uint32_t n = pack_value(t, it, slot, item_n_value(it));
    *saved = n == 0 ? 0 : saving(t, it, n);
    if (*saved == 0)
        return PACK_VAIN;
    return publish_packed(t, it, hash, slot, n);
}

enum pack_result
pack_smaller(struct store_thread *t, struct item *it, uint64_t hash, uint32_t slot, uint64_t *saved)
{
    MUST((item_flags(it) & ITEM_FORM) == ITEM_PACKED);
    uint32_t now = item_n_stored(it), n = pack_value(t, it, slot, now);
    const struct class_set *s = &t->store->classes;
    uint64_t held = relocate_memory(s, it, ITEM_PACKED, now);
    *saved = n == 0 ? 0 : held - relocate_memory(s, it, ITEM_PACKED, n);
    return *saved == 0 ? PACK_VAIN : publish_packed(t, it, hash, slot, n);
}

enum pack_result
pack_anyway(struct store_thread *t, struct item *it, uint64_t hash, uint32_t slot)
{
    uint32_t n = pack_value(t, it, slot, sizeof t->packer->packed);
    return n == 0 ? PACK_VAIN : publish_packed(t, it, hash, slot, n);
}

enum pack_result
pack_undo(struct store_thread *t, struct item *it, uint64_t hash)
{
    store_thread_must_be_inside(t);
    MUST(t->packer != NULL && (item_flags(it) & ITEM_FORM) == ITEM_PACKED);
    const struct relocate_value value = {0, plain_of(t, it), item_n_value(it)};
    return publish_as(t, it, hash, &value);
}
