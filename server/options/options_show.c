/* The output of --check-config and --sample-config.  Both are valid files for --config. */
#include "server/options/options_row.h"

#include <ctype.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

enum { ORIGIN_COLUMN = 40, TEXT_WIDTH = 100 };

/* Whether config.c would read the same value without quotes: no blanks at the ends, no # after a blank. */
static bool
needs_no_quotes(const char *text)
{
    static const char blanks[] = " \t\r";
    size_t n = strlen(text);
    if (n == 0 || strchr("\"# \t\r", text[0]) != NULL || strchr(blanks, text[n - 1]) != NULL)
        return false;
    for (size_t i = 1; i < n; i++)
        if (text[i] == '#' && strchr(blanks, text[i - 1]) != NULL)
            return false;
    return true;
}

/* Returns the number of bytes, as fprintf does. */
static int
print_value(const char *text, FILE *out)
{
    return fprintf(out, needs_no_quotes(text) ? "%s" : "\"%s\"", text);
}

static void
print_origin(const struct option_row *row, const struct options *o, FILE *out)
{
    MUST(row->type == ROW_SETTING && row->id >= 0 && row->id < OPTION_N_IDS);
    uint32_t origin = o->origin[row->id];
    if (origin == 0)
        fputs("default", out);
    else if (origin == OPTION_FROM_COMMAND_LINE)
        fputs("command line", out);
    else
        fprintf(out, "%s:%u", o->config, origin);
}

static void
print_line(const struct option_row *row, const char *value, const struct options *o, FILE *out)
{
    bool none = value == NULL || (row->kind >= KIND_STRING && value[0] == '\0');
    int n = fprintf(out, "%s%s =%s", none ? "# " : "", row->name, none ? "" : " ");
    if (!none)
        n += print_value(value, out);
    fprintf(out, "%*s # ", n < ORIGIN_COLUMN ? ORIGIN_COLUMN - n : 0, "");
    print_origin(row, o, out);
    fputc('\n', out);
}

/* Each element of a list is printed on a line of its own, because each may need quotes or not. */
static void
print_setting(const struct option_row *row, const struct options *o, FILE *out)
{
    char *text = option_text(&options_table, row, option_field_of(row, o)), *rest = text;
    if (text == NULL)
        fprintf(out, "# %s: no memory to show it\n", row->name);
    else if (row->kind != KIND_LIST || text[0] == '\0')
        print_line(row, text, o, out);
    else
        while (rest != NULL)
            print_line(row, strsep(&rest, ","), o, out);
    free(text);
}

/* Only warnings: the file may be meant for another user or another machine. */
static void
check_user(const struct options *o, FILE *err)
{
    if (o->user == NULL && geteuid() == 0)
        fputs("larderd: warning: root cannot start larderd without -u (--user), the user to run as\n", err);
    if (o->user != NULL && getpwnam(o->user) == NULL)
        fprintf(err, "larderd: warning: -u (--user): there is no user %s here\n", o->user);
}

void
options_print_check(const struct options *o, FILE *out, FILE *err)
{
    check_user(o, err);
    OPTION_EACH(row, &options_table)
    {
        if (row->type == ROW_GROUP)
            fprintf(out, "%s# %s\n", row > options_table.rows ? "\n" : "", row->help);
        else if (row->type == ROW_SETTING)
            print_setting(row, o, out);
    }
}

/* ---- the sample ---- */

/* "Worker threads.  [a number from 1 to 500]", and whether a reload changes it. */
static void
print_sample_row(const struct option_row *row, FILE *out)
{
    char text[768], expected[96], def[64];
    const char *note = row->note == NULL ? "" : row->note;
    MUST(row->help != NULL && row->help[0] != '\0');
    option_expects(&options_table, row, expected, sizeof expected);
    options_default(row, def, sizeof def);
    snprintf(text, sizeof text, "%c%s.%s%s%s  [%s%s]", toupper(row->help[0]), row->help + 1,
        note[0] != '\0' ? "  (" : "", note, note[0] != '\0' ? ".)" : "", expected,
        row->use == CHANGE_LIVE ? "; live" : "");
    MUST(strlen(text) + 1 < sizeof text); /* else its end may be missing */
    fputs("\n# ", out);
    option_help_wrap(out, text, TEXT_WIDTH, "# ");
    fprintf(out, "#%s = ", row->name);
    if (def[0] != '\0')
        print_value(def, out);
    else
        fputs(row->kind == KIND_FLAG ? "no" : row->argument, out);
    fputc('\n', out);
}

void
options_print_sample(FILE *out)
{
    fputs(
        "# larderd.conf: every setting of larderd, with its default.\n"
        "#\n"
        "#     larderd --config larderd.conf\n"
        "#\n"
        "# The names are those of the long options and of the words of -o.  The command line overrides\n"
        "# these settings.  larderd --check-config prints each setting and where it comes from.  On SIGHUP\n"
        "# larderd reads the file again, and settings marked live take effect; if the file has an error, no\n"
        "# setting changes and the log has the error.  Relative paths start at the directory in which\n"
        "# larderd was started.\n",
        out);
    OPTION_EACH(row, &options_table)
    {
        if (row->type == ROW_GROUP)
            fprintf(out, "\n\n# ---- %s ----\n", row->help);
        else if (row->type == ROW_SETTING)
            print_sample_row(row, out);
    }
}
