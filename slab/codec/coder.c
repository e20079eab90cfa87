#include "slab/codec/coder.h"

#include <stdlib.h>
#include <string.h>

static_assert((int)N_CODECS <= (int)PACKED_PLAIN, "each codec has a slot without a dictionary");

bool
coder_init(struct coder *c)
{
    *c = (struct coder){0};
    for (int i = 0; i < N_CODECS; i++) {
        c->decoder[i] = codec_table[i]->decoder_new();
        if (c->decoder[i] == NULL) {
            coder_fini(c);
            return false;
        }
    }
    return true;
}

bool
coder_add_encoders(struct coder *c)
{
    MUST(!coder_encodes(c));
    for (int i = 0; i < N_CODECS; i++) {
        if (c->encoder[i] == NULL) /* else it is from a call that found too little memory */
            c->encoder[i] = codec_table[i]->encoder_new();
        if (c->encoder[i] == NULL)
            return false;
    }
    c->scratch = malloc(CODEC_LARGE_MAX);
    return c->scratch != NULL;
}

void
coder_fini(struct coder *c)
{
    for (int i = 0; i < N_CODECS; i++) {
        if (c->encoder[i] != NULL)
            codec_table[i]->encoder_free(c->encoder[i]);
        if (c->decoder[i] != NULL)
            codec_table[i]->decoder_free(c->decoder[i]);
    }
    if (c->scratch != NULL)
        explicit_bzero(c->scratch, CODEC_LARGE_MAX);
    free(c->scratch);
    *c = (struct coder){0};
}

size_t
coder_memory(const struct coder *c)
{
    size_t n = c->scratch != NULL ? CODEC_LARGE_MAX : 0;
    for (int i = 0; i < N_CODECS; i++) {
        n += c->encoder[i] != NULL ? codec_table[i]->encoder_memory(c->encoder[i]) : 0;
        n += c->decoder[i] != NULL ? codec_table[i]->decoder_memory(c->decoder[i]) : 0;
    }
    return n;
}

uint32_t
coder_pack(const struct coder *c, const struct dictionaries *d, uint32_t slot, const char *from, uint32_t n,
    unsigned char *to, uint32_t room)
{
    MUST(coder_encodes(c) && n <= CODEC_LARGE_MAX);
    uint32_t id = slot;
    const void *dict = NULL;
    if (slot >= PACKED_PLAIN) {
        if (dictionary_state(d, slot) != DICTIONARY_LIVE)
            return 0;
        id = dictionary_at(d, slot)->codec;
        dict = atomic_load_explicit(&d->use[slot].encode, memory_order_acquire);
    }
    MUST(id < N_CODECS);
    if (room <= PACKED_HEAD_MAX)
        return 0;
    uint32_t head = packed_write(to, slot, n);
    size_t n_bytes = codec_table[id]->compress(c->encoder[id], dict, from, n, (char *)to + head, room - head);
    if (n_bytes == 0)
        return 0;
    /* A fault of the codec's, or of the machine's, would otherwise lose the value. */
    const struct packed_value v = {slot, n, (uint32_t)n_bytes, to + head};
    bool same = coder_unpack(c, d, &v, c->scratch) && memcmp(c->scratch, from, n) == 0;
    return same ? head + (uint32_t)n_bytes : 0;
}

bool
coder_unpack(const struct coder *c, const struct dictionaries *d, const struct packed_value *v, char *to)
{
    uint32_t id = v->slot;
    const void *dict = NULL;
    if (LIKELY(id >= PACKED_PLAIN)) {
        dict = atomic_load_explicit(&d->use[v->slot].decode, memory_order_acquire);
        if (dict == NULL)
            return false;
        id = dictionary_at(d, v->slot)->codec;
    }
    return id < N_CODECS && codec_table[id]->decompress(
                                c->decoder[id], dict, (const char *)v->bytes, v->n_bytes, to, v->n_value);
}
