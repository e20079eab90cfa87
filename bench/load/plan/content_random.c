/* content_random: random bytes, which nothing can compress. */
#include "bench/load/plan/content.h"
#include "bench/load/plan/content_put.h"

static void
write_random(const struct content_part *part, char *at)
{
    uint64_t state = part->seed;
    for (char *end = at + part->n; at < end; at += 8) {
        uint64_t x = content_draw(&state);
        memcpy(at, &x, 8);
    }
}

const struct content content_random = {"random", write_random};
