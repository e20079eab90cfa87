#include "base/option/option.h"

#include <stdlib.h>

bool
option_fields_set_defaults(const struct option_table *t, void *fields)
{
    OPTION_EACH(row, t)
    {
        if (row->type != ROW_SETTING || row->def == NULL)
            continue;
        enum option_read r = option_read(t, row, option_field(row, fields), row->def, NULL);
        MUST(r != OPTION_MISREAD);
        if (r == OPTION_NO_MEMORY)
            return false;
    }
    return true;
}

/* Copies NULL as NULL; false when out of memory. */
static bool
copy_text(char **to, const char *from)
{
    *to = from == NULL ? NULL : strdup(from);
    return *to != NULL || from == NULL;
}

bool
option_copy_texts(const struct option_table *t, void *to, const void *from)
{
    bool ok = true;
    OPTION_EACH(row, t)
    {
        if (row->type == ROW_SETTING && row->kind >= KIND_STRING)
            ok &= copy_text(option_field(row, to), *(char *const *)option_field_of(row, from));
    }
    return ok;
}

void
option_clear_all(const struct option_table *t, void *fields)
{
    OPTION_EACH(row, t)
    {
        if (row->type == ROW_SETTING)
            option_clear(t, row, option_field(row, fields));
    }
}
