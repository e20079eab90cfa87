#include "tools/cli/options.h"

#include <stdio.h>
#include <string.h>

/* ---- the rows -------------------------------------------------------------- */

static enum option_read
read_setting(const struct option_row *row, void *field, const char *text)
{
    struct options *o = (void *)((char *)field - row->at);
    if (o->n_set == OPTIONS_SET_MAX || strchr(text, '=') == NULL)
        return OPTION_MISREAD;
    o->set[o->n_set++] = text;
    return OPTION_READ;
}

static void
expect_setting(const struct option_row *row, char *text, size_t n_text)
{
    snprintf(text, n_text, "%s, at most %d of them", row->argument, OPTIONS_SET_MAX);
}

#define KIND_SETTING KIND_OWN
static const struct option_own setting = {
    .size = sizeof(uint32_t), .read = read_setting, .expects = expect_setting};

#define OPT(letter_, long_name, argument_, kind_, field, taken, help_) \
    {.type = ROW_SETTING,                                              \
        .kind = KIND_##kind_,                                          \
        .id = OPTION_##field,                                          \
        .use = TAKEN_##taken,                                          \
        .letter = (letter_),                                           \
        .name = (long_name),                                           \
        .at = offsetof(struct options, field),                         \
        .argument = (argument_),                                       \
        .help = (help_)},
static const struct option_row rows[] = {
#include "tools/cli/options.def"
};
#undef OPT

static const struct option_table table = {
    .rows = rows, .n_rows = OPTION_N_IDS, .program = "larder", .lister = "larder --help", .own = &setting};

/* ---- reading --------------------------------------------------------------- */

static bool
read_all(struct options *o, int argc, char **argv, FILE *err)
{
    struct option_source s = {.table = &table, .fields = o, .origin = o->origin, .err = err};
    struct option_line line;
    const struct option_row *row;
    const char *value;
    enum option_line_result r;
    option_line_begin(&line, &s, argc, argv);
    while ((r = option_line_next(&line, &row, &value)) != OPTION_LINE_END)
        if (r == OPTION_LINE_WRONG || !option_set(&s, row, value, false))
            return false;
    if (line.next < argc) {
        o->command = argv[line.next];
        o->word = &argv[line.next + 1];
        o->n_words = argc - line.next - 1;
    }
    return true;
}

bool
options_read(struct options *o, int argc, char **argv, char *why, size_t n_why)
{
    *o = (struct options){.timeout_ms = 1000, .interval_ms = 1000, .count = 4};
    snprintf(why, n_why, "larder: out of memory");
    FILE *err = fmemopen(why, n_why, "w");
    if (err == NULL)
        return false;
    bool ok = read_all(o, argc, argv, err);
    fclose(err);
    why[n_why - 1] = '\0';
    why[strcspn(why, "\n")] = '\0';
    return ok;
}

void
options_fini(struct options *o)
{
    option_clear_all(&table, o);
}

/* ---- help ---------------------------------------------------------------- */

const char *
options_misplaced(const struct options *o, unsigned taken)
{
    OPTION_EACH(row, &table)
    {
        if (option_given(o, (enum option_id)row->id) && (row->use & (taken | TAKEN_ALL)) == 0)
            return row->name;
    }
    return NULL;
}

void
options_print(unsigned taken)
{
    static const struct option_layout layout = {.column = 29, .equals = ' '};
    OPTION_EACH(row, &table)
    {
        if ((row->use & taken) != 0)
            option_help_row(stdout, row, NULL, &layout);
    }
}
