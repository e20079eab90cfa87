/* option_help: rows of --help, made from the table, so that help and options agree. */
#include "base/option/option.h"

enum { COLUMN_MAX = 60 };

void
option_help_wrap(FILE *out, const char *text, size_t room, const char *begin)
{
    for (const char *p = text; *p != '\0';) {
        size_t n = strlen(p);
        if (room != 0 && n > room) {
            n = room;
            while (n > 0 && p[n] != ' ')
                n--;
            n = n == 0 ? room : n; /* a word longer than the line */
        }
        fprintf(out, "%s%.*s\n", p == text ? "" : begin, (int)n, p);
        p += n;
        p += *p == ' ';
    }
}

/* Prints the left column: "  -p, --port=<num>" or "     idle_timeout=<seconds>". */
static int
print_name(FILE *out, const struct option_row *row, const struct option_layout *l)
{
    const char *a = row->argument == NULL ? "" : row->argument;
    if (row->is_word && row->kind == KIND_SWITCH)
        return fprintf(out, "     [no_]%s", row->name);
    int n = row->is_word       ? fprintf(out, "     %s", row->name)
            : row->letter != 0 ? fprintf(out, "  -%c, --%s", row->letter, row->name)
                               : fprintf(out, "      --%s", row->name);
    if (l->names_words && row->kind == KIND_WORD)
        a = "WORD";
    if (a[0] == '[')
        return n + fprintf(out, "[%c%s", l->equals, a + 1);
    return a[0] == '\0' ? n : n + fprintf(out, "%c%s", l->equals, a);
}

void
option_help_row(FILE *out, const struct option_row *row, const char *def, const struct option_layout *l)
{
    char right[640];
    bool words = l->names_words && row->kind == KIND_WORD;
    MUST(row->help != NULL);
    def = def == NULL ? row->def : def;
    bool tells = def != NULL && def[0] != '\0' && row->kind != KIND_REPEAT;
    snprintf(right, sizeof right, "%s%s%s%s%s%s", row->help, words ? ": " : "", words ? row->argument : "",
        tells ? " (default: " : "", tells ? def : "", tells ? ")" : "");
    MUST(l->column <= COLUMN_MAX);
    int n = print_name(out, row, l);
    if (n >= l->column && l->room != 0) {
        fputc('\n', out);
        n = 0;
    }
    fprintf(out, "%*s", n < l->column ? l->column - n : 1, "");
    char blanks[COLUMN_MAX + 1];
    snprintf(blanks, sizeof blanks, "%*s", l->column, "");
    option_help_wrap(out, right, l->room, blanks);
}
