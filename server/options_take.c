/* One setting, from the command line or a line of a file: read, remembered where from, or complained of. */
#include "server/options_row.h"

void
option_blame(const struct option_source *s, const struct option_row *row)
{
    if (s->file != NULL)
        fprintf(s->err, "larderd: %s:%u: %s", s->file, s->line, row->name);
    else if (row->is_word)
        fprintf(s->err, "larderd: -o %s", row->name);
    else if (row->letter != 0)
        fprintf(s->err, "larderd: -%c (--%s)", row->letter, row->name);
    else
        fprintf(s->err, "larderd: --%s", row->name);
}

static const char *
explained(const struct option_row *row)
{
    return row->help != NULL ? row->help : row->note;
}

static bool
complain(const struct option_source *s, const struct option_row *row, const char *value, enum option_read why)
{
    char expected[96];
    option_expects(row, expected, sizeof expected);
    option_blame(s, row);
    if (why == OPTION_NO_MEMORY)
        fputs(": no memory\n", s->err);
    else if (value == NULL)
        fprintf(s->err, " needs a value: expected %s (%s)\n", expected, explained(row));
    else
        fprintf(s->err, " cannot be \"%s\": expected %s (%s)\n", value, expected, explained(row));
    return false;
}

/* Once for each source, however often it is written. */
static void
warn(struct option_source *s, const struct option_row *row)
{
    uint8_t *warned = &s->warned[row - option_rows];
    if (*warned != 0)
        return;
    *warned = 1;
    option_blame(s, row);
    fprintf(s->err, ": warning: %s\n", row->note);
}

/* A value for whoever wrote none; NULL if there must be one. */
static const char *
implied(const struct option_row *row, bool no)
{
    if (row->kind == KIND_FLAG || row->kind == KIND_SWITCH)
        return no ? "no" : "yes";
    if (row->kind == KIND_REPEAT)
        return "1";
    return option_needs_value(row) ? NULL : row->def;
}

static bool
read_and_drop(const struct option_source *s, const struct option_row *row, const char *text)
{
    union {
        bool b;
        uint32_t u;
        size_t z;
        double d;
        char *p;
    } scratch = {.p = NULL};
    enum option_read r = option_read(row, &scratch, text, s->o->cwd);
    option_clear(row, &scratch);
    return r == OPTION_READ ? true : complain(s, row, text, r);
}

/* Whether the field is now something else than the default: only then the row's note is news. */
static bool
differs_from_default(const struct option_row *row, const struct options *o)
{
    struct options d;
    if (row->def == NULL)
        return true;
    memset(&d, 0, sizeof d);
    enum option_read r = option_read(row, option_field(row, &d), row->def, NULL);
    bool differs = r != OPTION_READ || !option_equal(row, option_field(row, &d), option_field_of(row, o));
    option_clear(row, option_field(row, &d));
    return differs;
}

static bool
set(struct option_source *s, const struct option_row *row, const char *text, bool counted)
{
    struct options *o = s->o;
    void *field = option_field(row, o);
    uint32_t *origin = &o->origin[row->id];
    if (counted && *origin == OPTION_FROM_COMMAND_LINE) { /* -v -v */
        *(uint32_t *)field += *(uint32_t *)field < (uint32_t)row->most;
        return true;
    }
    if (row->kind == KIND_LIST && *origin == 0)
        option_clear(row, field); /* a default is not added to */
    enum option_read r = option_read(row, field, text, o->cwd);
    if (r != OPTION_READ)
        return complain(s, row, text, r);
    *origin = s->file == NULL ? OPTION_FROM_COMMAND_LINE : s->line;
    if (row->note != NULL && differs_from_default(row, o))
        warn(s, row);
    return true;
}

bool
option_take(struct option_source *s, const struct option_row *row, const char *value, bool no)
{
    const char *text = value == NULL ? implied(row, no) : value;
    if (text == NULL)
        return complain(s, row, NULL, OPTION_MISREAD);
    if (no && value != NULL) {
        option_blame(s, row);
        fprintf(s->err, ": no_%s takes no value\n", row->name);
        return false;
    }
    if (row->type == ROW_IGNORED) {
        warn(s, row);
        return read_and_drop(s, row, text);
    }
    bool overridden = s->file != NULL && s->o->origin[row->id] == OPTION_FROM_COMMAND_LINE;
    if (overridden) /* wrong is wrong all the same */
        return read_and_drop(s, row, text);
    return set(s, row, text, row->kind == KIND_REPEAT && value == NULL && s->file == NULL);
}
