#include "bench/options_row.h"

#include <string.h>

enum { HELP_AT = 34, HELP_END = 110 }; /* the columns where an option's sentence begins and ends */

/* Prints the words of `text` from column HELP_AT on; `at` is the current column. */
static void
print_wrapped(FILE *out, const char *text, size_t at)
{
    if (at + 1 > HELP_AT) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", (int)(HELP_AT - at), "");
    at = HELP_AT;
    while (*text != '\0') {
        size_t n = strcspn(text, " ");
        if (at > HELP_AT && at + 1 + n > HELP_END) {
            fprintf(out, "\n%*s", HELP_AT, "");
            at = HELP_AT;
        } else if (at > HELP_AT) {
            fputc(' ', out);
            at++;
        }
        fwrite(text, 1, n, out);
        at += n;
        text += n + (text[n] == ' ');
    }
    fputc('\n', out);
}

static void
print_row(FILE *out, const struct option_row *row)
{
    char left[96], help[512];
    int n = row->letter != 0 ? snprintf(left, sizeof left, "  -%c, --%s", row->letter, row->name)
                             : snprintf(left, sizeof left, "      --%s", row->name);
    const char *argument = row->kind == KIND_WORD ? "WORD" : row->argument;
    if (*argument != '\0')
        n += snprintf(left + n, sizeof left - (size_t)n, "=%s", argument);
    int h = snprintf(help, sizeof help, "%s", row->help);
    if (row->kind == KIND_WORD)
        h += snprintf(help + h, sizeof help - (size_t)h, ": %s", row->argument);
    if (row->def != NULL)
        snprintf(help + h, sizeof help - (size_t)h, " (default: %s)", row->def);
    fputs(left, out);
    print_wrapped(out, help, (size_t)n);
}

void
options_print_help(FILE *out)
{
    fputs("Usage: larder-bench [options]\n"
          "       larder-bench replay [options] [FILE]\n"
          "Loads a memcached, larder, Redis or Valkey server and measures how it answers.\n",
        out);
    for (size_t i = 0; i < n_option_rows; i++) {
        if (option_rows[i].group != NULL)
            fprintf(out, "\n%s:\n", option_rows[i].group);
        else if (!option_rows[i].is_alias)
            print_row(out, &option_rows[i]);
    }
    fputs("\n  -v, --version                   print larder's version\n"
          "      --help                      print this\n",
        out);
}
