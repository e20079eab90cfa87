#include "base/option/option.h"

bool
option_takes_value(const struct option_row *row)
{
    switch (row->type) {
    case ROW_SETTING:
    case ROW_IGNORED: return true;
    case ROW_ACTION: return row->argument != NULL && row->argument[0] != '\0';
    case ROW_GROUP:
    case ROW_SYNONYM:
    case ROW_REFUSED:
    case ROW_ALIAS: return false;
    }
    UNREACHABLE();
}

bool
option_needs_value(const struct option_row *row)
{
    bool says_yes = row->kind == KIND_FLAG || row->kind == KIND_SWITCH || row->kind == KIND_REPEAT;
    return option_takes_value(row) && !says_yes && row->argument[0] != '[';
}

const struct option_row *
option_row_of_letter(const struct option_table *t, char letter)
{
    OPTION_EACH(row, t)
    {
        if (row->letter == letter && letter != 0)
            return row->type == ROW_SYNONYM ? option_row_of_id(t, row->id) : row;
    }
    return NULL;
}

const struct option_row *
option_row_of_id(const struct option_table *t, int id)
{
    OPTION_EACH(row, t)
    {
        if (row->type == ROW_SETTING && row->id == id)
            return row;
    }
    return NULL;
}

/* A refused word also matches every name that begins with it. */
static bool
answers_to(const struct option_row *row, struct bytes name, bool *no)
{
    struct bytes mine = bytes_of(row->name, strlen(row->name));
    *no = false;
    if (row->type == ROW_REFUSED && row->is_word)
        return bytes_begin_with(name, mine);
    if (bytes_equal(name, mine))
        return true;
    *no = row->kind == KIND_SWITCH && bytes_begin_with(name, BYTES("no_")) &&
          bytes_equal(bytes_of(name.p + 3, name.n - 3), mine);
    return *no;
}

const struct option_row *
option_row_of_name(const struct option_table *t, struct bytes name, bool is_word, bool *no)
{
    OPTION_EACH(row, t)
    {
        if (row->type != ROW_GROUP && row->is_word == is_word && answers_to(row, name, no))
            return row->type == ROW_SYNONYM ? option_row_of_id(t, row->id) : row;
    }
    return NULL;
}
