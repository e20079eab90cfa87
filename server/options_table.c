/* The rows of options.def, and how to find one. */
#include "server/options_row.h"

#include <string.h>

/* A reader could not tell when text that a reload freed was gone. */
#define OPTION(field, letter, name, kind, change, ...)                                  \
    static_assert(CHANGE_##change == CHANGE_FIXED || (int)KIND_##kind < (int)KIND_TEXT, \
        #field ": text cannot be LIVE");
#define SUBOPTION(field, name, kind, change, ...) OPTION(field, 0, name, kind, change)
#include "server/options.def"

const struct option_row option_rows[] = {
#define GROUP(title) {.type = ROW_GROUP, .help = title},
#define OPTION(f, l, n, k, c, a, low, high, d, h)                                                           \
    {ROW_SETTING, KIND_##k, CHANGE_##c, OPTION_##f, false, l, n, offsetof(struct options, f), a, low, high, \
        d, NULL, h},
#define SUBOPTION(f, n, k, c, a, low, high, d, note, h)                                                    \
    {ROW_SETTING, KIND_##k, CHANGE_##c, OPTION_##f, true, 0, n, offsetof(struct options, f), a, low, high, \
        d, note, h},
#define ACTION(action, l, n, a, h) \
    {.type = ROW_ACTION, .id = ACTION_##action, .letter = l, .name = n, .argument = a, .help = h},
#define IGNORED(l, n, k, a, low, high, why) \
    {ROW_IGNORED, KIND_##k, CHANGE_FIXED, 0, false, l, n, 0, a, low, high, NULL, why, NULL},
#define SUBOPTION_IGNORED(n, k, a, low, high, why) \
    {ROW_IGNORED, KIND_##k, CHANGE_FIXED, 0, true, 0, n, 0, a, low, high, NULL, why, NULL},
#define REFUSED(l, n, why) {.type = ROW_REFUSED, .letter = l, .name = n, .argument = "", .note = why},
#define SUBOPTION_REFUSED(start, why) \
    {.type = ROW_REFUSED, .is_word = true, .name = start, .argument = "", .note = why},
#define SUBOPTION_ALIAS(n, words) \
    {.type = ROW_ALIAS, .is_word = true, .name = n, .argument = "", .note = words},
#include "server/options.def"
};
const size_t n_option_rows = sizeof option_rows / sizeof *option_rows;
static_assert(
    sizeof option_rows / sizeof *option_rows <= OPTION_ROWS_MAX, "option_source has a mark for each");

bool
option_takes_value(const struct option_row *row)
{
    switch (row->type) {
    case ROW_SETTING:
    case ROW_IGNORED: return true;
    case ROW_ACTION: return row->argument[0] != '\0';
    case ROW_GROUP:
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
option_row_of_letter(char letter)
{
    for (size_t i = 0; i < n_option_rows; i++)
        if (option_rows[i].letter == letter && letter != 0)
            return &option_rows[i];
    return NULL;
}

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
option_row_of_name(struct bytes name, bool is_word, bool *no)
{
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->type != ROW_GROUP && row->is_word == is_word && answers_to(row, name, no))
            return row;
    }
    return NULL;
}

bool
options_given(const struct options *o, enum option_id id)
{
    return o->origin[id] != 0;
}
