#include "bench/load/plan/content.h"

#include <string.h>

#include "base/must.h"

static const struct content *const all[] = {&content_json, &content_half, &content_text, &content_random};

const struct content *
content_of_name(const char *name)
{
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    UNREACHABLE();
}
