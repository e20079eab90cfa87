/* codec: the table; see codec.h. */
#include "slab/codec/codec.h"

const struct codec *const codec_table[N_CODECS] = {
#define CODEC(name, text) &codec_##name,
#include "slab/codec/codec.def"
#undef CODEC
};
