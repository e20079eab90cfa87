/*
 * option_set: sets one setting from the command line or a line of a file,
 * records its origin, or reports an error.
 */
#include "base/option/option.h"

void
option_blame(const struct option_source *s, const struct option_row *row)
{
    const char *program = s->table->program;
    MUST(row->name != NULL && s->err != NULL);
    if (s->file != NULL)
        fprintf(s->err, "%s: %s:%u: %s", program, s->file, s->line, row->name);
    else if (row->is_word)
        fprintf(s->err, "%s: -o %s", program, row->name);
    else if (row->letter != 0)
        fprintf(s->err, "%s: -%c (--%s)", program, row->letter, row->name);
    else
        fprintf(s->err, "%s: --%s", program, row->name);
}

void
option_complain(const struct option_source *s, const struct option_row *row, const char *value)
{
    char expected[96];
    const char *why = row->help != NULL ? row->help : row->note;
    option_expects(s->table, row, expected, sizeof expected);
    option_blame(s, row);
    if (value == NULL)
        fprintf(s->err, " needs a value: expected %s (%s)\n", expected, why);
    else
        fprintf(s->err, " cannot be \"%s\": expected %s (%s)\n", value, expected, why);
}

/* Reports the result of reading `value`, unless it is a success. */
static bool
settle(const struct option_source *s, const struct option_row *row, const char *value, enum option_read r)
{
    if (r == OPTION_NO_MEMORY) {
        option_blame(s, row);
        fputs(": no memory\n", s->err);
    } else if (r == OPTION_MISREAD) {
        option_complain(s, row, value);
    }
    return r == OPTION_READ;
}

/* Prints the note once per source, however often the option is written. */
static void
warn(struct option_source *s, const struct option_row *row)
{
    size_t number = (size_t)(row - s->table->rows);
    MUST(number < OPTION_ROWS_MAX);
    if (s->warned[number] != 0)
        return;
    s->warned[number] = 1;
    option_blame(s, row);
    fprintf(s->err, ": warning: %s\n", row->note);
}

/* The value of an option written without one; NULL if it must have one. */
static const char *
implied(const struct option_row *row, bool no)
{
    if (row->kind == KIND_FLAG || row->kind == KIND_SWITCH)
        return no ? "no" : "yes";
    if (row->kind == KIND_REPEAT)
        return "1";
    return option_needs_value(row) ? NULL : row->def;
}

/* Large enough for the field of any row. */
union scratch {
    bool b;
    uint64_t u;
    double d;
    struct option_range range;
    struct option_ratio ratio;
    char *p;
};

static bool
read_and_drop(const struct option_source *s, const struct option_row *row, const char *text)
{
    union scratch scratch;
    memset(&scratch, 0, sizeof scratch);
    MUST(option_size(s->table, row) <= sizeof scratch);
    enum option_read r = option_read(s->table, row, &scratch, text, s->cwd);
    option_clear(s->table, row, &scratch);
    return settle(s, row, text, r);
}

/* True if the field differs from the default: only then the row's note is of interest. */
static bool
differs_from_default(const struct option_source *s, const struct option_row *row)
{
    union scratch scratch;
    if (row->def == NULL)
        return true;
    memset(&scratch, 0, sizeof scratch);
    MUST(option_size(s->table, row) <= sizeof scratch);
    enum option_read r = option_read(s->table, row, &scratch, row->def, NULL);
    bool differs =
        r != OPTION_READ || !option_equal(s->table, row, &scratch, option_field_of(row, s->fields));
    option_clear(s->table, row, &scratch);
    return differs;
}

static bool
set(struct option_source *s, const struct option_row *row, const char *text, bool counted)
{
    void *field = option_field(row, s->fields);
    MUST(!counted || row->kind == KIND_REPEAT);
    uint32_t *origin = &s->origin[row->id];
    if (counted && *origin == OPTION_FROM_COMMAND_LINE) { /* -v -v */
        *(uint32_t *)field += *(uint32_t *)field < (uint32_t)row->most;
        return true;
    }
    if (row->kind == KIND_LIST && *origin == 0)
        option_clear(s->table, row, field); /* the first entry replaces the default list */
    if (!settle(s, row, text, option_read(s->table, row, field, text, s->cwd)))
        return false;
    *origin = s->file == NULL ? OPTION_FROM_COMMAND_LINE : s->line;
    if (row->note != NULL && differs_from_default(s, row))
        warn(s, row);
    return true;
}

bool
option_set(struct option_source *s, const struct option_row *row, const char *value, bool no)
{
    MUST(row->type == ROW_SETTING || row->type == ROW_IGNORED);
    const char *text = value == NULL ? implied(row, no) : value;
    if (text == NULL) {
        option_complain(s, row, NULL);
        return false;
    }
    if (no && value != NULL) {
        option_blame(s, row);
        fprintf(s->err, ": no_%s takes no value\n", row->name);
        return false;
    }
    if (row->type == ROW_IGNORED) {
        warn(s, row);
        return read_and_drop(s, row, text);
    }
    bool overridden = s->file != NULL && s->origin[row->id] == OPTION_FROM_COMMAND_LINE;
    if (overridden) /* an invalid value is an error even so */
        return read_and_drop(s, row, text);
    return set(s, row, text, row->kind == KIND_REPEAT && value == NULL && s->file == NULL);
}
