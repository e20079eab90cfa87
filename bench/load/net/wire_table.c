/* wire_table: the protocols by their names; see wire.h. */
#include "bench/load/net/wire.h"

const struct wire *
wire_table_find(const char *name)
{
    static const struct wire *const all[] = {&wire_text, &wire_meta, &wire_binary, &wire_redis};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    UNREACHABLE(); /* the words of options.def are the names in this table */
}
