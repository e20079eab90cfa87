/* options_table: the rows of options.def, and the kind COUNT. */
#include "bench/load/options/options_row.h"

/* ---- a number of requests -------------------------------------------------- */

/* A copy of the row with the kind SCALED. */
static struct option_row
as_number(const struct option_row *row)
{
    struct option_row number = *row;
    number.kind = KIND_SCALED;
    return number;
}

static enum option_read
read_count(const struct option_row *row, void *field, const char *text)
{
    const struct option_row number = as_number(row);
    if (strcmp(text, "allkeys") != 0)
        return option_read(&options_table, &number, field, text, NULL);
    *(uint64_t *)field = OPTIONS_ALL_KEYS;
    return OPTION_READ;
}

static void
print_count(const struct option_row *row, const void *field, FILE *out)
{
    const struct option_row number = as_number(row);
    if (*(const uint64_t *)field == OPTIONS_ALL_KEYS)
        fputs("allkeys", out);
    else
        option_print(&options_table, &number, field, out);
}

static void
expect_count(const struct option_row *row, char *text, size_t n_text)
{
    snprintf(text, n_text, "a number from %.0f, or allkeys", row->least);
}

static const struct option_own count = {
    .size = sizeof(uint64_t), .read = read_count, .print = print_count, .expects = expect_count};

/* ---- the rows -------------------------------------------------------------- */

#define GROUP(title) {.type = ROW_GROUP, .help = (title)},
#define OPTION(field, letter_, name_, kind_, argument_, least_, most_, def_, help_) \
    {.type = ROW_SETTING,                                                           \
        .kind = KIND_##kind_,                                                       \
        .id = OPTION_##field,                                                       \
        .letter = (letter_),                                                        \
        .name = (name_),                                                            \
        .at = offsetof(struct options, field),                                      \
        .argument = (argument_),                                                    \
        .least = (least_),                                                          \
        .most = (double)(most_),                                                    \
        .def = (def_),                                                              \
        .help = (help_)},
#define ALIAS(letter_, name_, field) \
    {.type = ROW_SYNONYM, .letter = (letter_), .name = (name_), .id = OPTION_##field},
#define ACTION(action, letter_, name_, help_) \
    {.type = ROW_ACTION,                      \
        .id = ACTION_##action,                \
        .letter = (letter_),                  \
        .name = (name_),                      \
        .argument = "",                       \
        .help = (help_)},

static const struct option_row rows[] = {
#include "bench/load/options/options.def"
};

const struct option_table options_table = {.rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .program = "larder-bench",
    .lister = "larder-bench --help",
    .own = &count};
