#include "slab/codec/glance.h"

#include <lz4.h>
#include <string.h>

enum { ROOM = GLANCE_BYTES - GLANCE_BYTES / 16 };

bool
glance_promises(struct bytes value)
{
    char pieces[GLANCE_BYTES], to[ROOM];
    MUST(value.n >= GLANCE_BYTES);
    size_t step = (value.n - GLANCE_PIECE) / (GLANCE_PIECES - 1);
    for (size_t i = 0; i < GLANCE_PIECES; i++)
        memcpy(pieces + i * GLANCE_PIECE, value.p + i * step, GLANCE_PIECE);
    return LZ4_compress_default(pieces, to, GLANCE_BYTES, ROOM) > 0;
}
