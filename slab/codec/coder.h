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
    char *scratch; /* CODEC_SMALL_MAX bytes, to compare with; with the encoders */
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
 * Packs `n` bytes, at most CODEC_SMALL_MAX, as slab/layout.h says, into at most `room` bytes at `to`.
 * `slot`: of a live dictionary, or below PACKED_PLAIN a codec's number.  Returns how many bytes were
 * written.  0: they do not fit, or do not unpack to the same bytes, or the dictionary is no longer live.
 */
uint32_t coder_pack(const struct coder *, const struct dictionaries *, uint32_t slot, const char *from,
    uint32_t n, unsigned char *to, uint32_t room);

/* Unpacks all v->n_value bytes to `to`; false: the bytes are damaged, and `to` has any bytes. */
MUST_USE bool coder_unpack(
    const struct coder *, const struct dictionaries *, const struct packed_value *, char *to);

#endif
