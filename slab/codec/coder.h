/*
 * coder: a thread's own state of all codecs, and values packed and unpacked with it.
 *
 * Each thread of the store unpacks; only movers pack, so only they have encoders.
 *
 * Threads: a coder belongs to one thread.
 */
#ifndef SLAB_CODEC_CODER_H
#define SLAB_CODEC_CODER_H

#include "slab/codec/dictionary.h"

struct coder {
    void *encoder[N_CODECS], *decoder[N_CODECS];
    char *scratch; /* CODEC_LARGE_MAX bytes, to compare with; with the encoders */
};

/* false: out of memory, and nothing is held. */
MUST_USE bool coder_init(struct coder *);
/* Adds the encoders.  false: out of memory; the next call adds those that are missing. */
MUST_USE bool coder_add_encoders(struct coder *);
void coder_fini(struct coder *);

static inline bool
coder_encodes(const struct coder *c)
{
    return c->scratch != NULL;
}

/* Bytes of memory that it takes. */
size_t coder_memory(const struct coder *);

/*
 * Packs `n` bytes, at most CODEC_LARGE_MAX, as slab/layout.h says, into at most `room` bytes at `to`.
 * `slot`: of a live dictionary, or below PACKED_PLAIN a codec's number.  Returns how many bytes were
 * written.  0: they do not fit, or are too many for the codec, or do not unpack to the same bytes, or the
 * dictionary is no longer live.
 */
uint32_t coder_pack(const struct coder *, const struct dictionaries *, uint32_t slot, const char *from,
    uint32_t n, unsigned char *to, uint32_t room);

/* Unpacks all v->n_value bytes to `to`; false: the bytes are damaged, and `to` has any bytes. */
MUST_USE bool coder_unpack(
    const struct coder *, const struct dictionaries *, const struct packed_value *, char *to);

/*
 * May the codec's bytes be unpacked when they are the last of n_value + CODEC_SPARE bytes at `to`?  They must
 * be fewer than n_value.  This is how a value that is stored in several chunks is unpacked: its pieces are
 * copied to the end of the room that the value is to have, so no other memory is needed.
 */
static inline bool
coder_unpacks_in_place(uint32_t slot)
{
    return slot == CODEC_lz4;
}

#endif
