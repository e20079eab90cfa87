/* What -h, -V and -i print; the help is made from the rows, so it cannot lie. */
#include <string.h>

#include "server/options_row.h"
#include "server/server.h"

enum { HELP_COLUMN = 34, HELP_WIDTH = 110 };

void
option_default(const struct option_row *row, char *text, size_t n_text)
{
    struct store_options engine = store_defaults();
    text[0] = '\0';
    if (row->type != ROW_SETTING)
        return;
    if (row->id == OPTION_growth)
        snprintf(text, n_text, "%.2f", engine.growth);
    else if (row->id == OPTION_item_min)
        snprintf(text, n_text, "%zu", engine.item_min);
    else if (row->def != NULL)
        snprintf(text, n_text, "%s", row->def);
}

/* `text` from the help's column on, broken between words. */
static void
print_wrapped(FILE *out, int column, const char *text)
{
    for (const char *p = text; *p != '\0';) {
        size_t n = strlen(p), room = HELP_WIDTH - HELP_COLUMN;
        if (n > room) {
            n = room;
            while (n > 0 && p[n] != ' ')
                n--;
        }
        fprintf(out, "%*s%.*s\n", column < HELP_COLUMN ? HELP_COLUMN - column : 0, "", (int)n, p);
        column = 0;
        p += n;
        p += *p == ' ';
    }
}

/* What stands on the left: "  -p, --port=<num>" or "     idle_timeout=<seconds>". */
static int
print_name(FILE *out, const struct option_row *row)
{
    const char *a = row->argument, *equals = a[0] != '\0' && a[0] != '[' ? "=" : "";
    if (row->is_word && row->kind == KIND_SWITCH)
        return fprintf(out, "     [no_]%s", row->name);
    int n = row->is_word       ? fprintf(out, "     %s", row->name)
            : row->letter != 0 ? fprintf(out, "  -%c, --%s", row->letter, row->name)
                               : fprintf(out, "      --%s", row->name);
    return n + (a[0] == '[' ? fprintf(out, "[=%s", a + 1) : fprintf(out, "%s%s", equals, a));
}

static void
print_row(FILE *out, const struct option_row *row)
{
    char right[512], def[64];
    option_default(row, def, sizeof def);
    bool tell = def[0] != '\0' && row->kind != KIND_REPEAT;
    snprintf(right, sizeof right, "%s%s%s%s", row->help, tell ? " (default: " : "", tell ? def : "",
        tell ? ")" : "");
    int n = print_name(out, row);
    if (n >= HELP_COLUMN - 1) {
        fputs("\n", out);
        n = 0;
    }
    print_wrapped(out, n, right);
}

/* memcached's words that change nothing here. */
static void
print_ignored(FILE *out)
{
    char names[1024] = "";
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];
        size_t n = strlen(names);
        if (row->type == ROW_IGNORED && row->is_word)
            snprintf(names + n, sizeof names - n, "%s%s", n > 0 ? ", " : "", row->name);
    }
    fprintf(out, "\nmemcached's, taken with a warning that says what larder does instead:\n");
    print_wrapped(out, 0, names);
}

void
options_print_help(FILE *out)
{
    fputs("usage: larderd [option]...\n\nA memcached-compatible cache server.\n", out);
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->type == ROW_GROUP)
            fprintf(out, "\n%s:\n", row->help);
        else if (row->type == ROW_SETTING || row->type == ROW_ACTION)
            print_row(out, row);
    }
    print_ignored(out);
    fputs("\nman larderd explains more.\n", out);
}

void
options_print_version(FILE *out)
{
    fputs("larderd " SERVER_VERSION " (memcached " SERVER_PROTOCOL_VERSION " protocol)\n", out);
}

void
options_print_license(FILE *out)
{
    fputs("larder " SERVER_VERSION "\n\n", out);
    fputs("BSD 3-Clause License\n"
          "\n"
          "Copyright (c) 2026, The larder authors\n"
          "\n"
          "Redistribution and use in source and binary forms, with or without\n"
          "modification, are permitted provided that the following conditions are met:\n"
          "\n"
          "1. Redistributions of source code must retain the above copyright notice, this\n"
          "   list of conditions and the following disclaimer.\n"
          "\n"
          "2. Redistributions in binary form must reproduce the above copyright notice,\n"
          "   this list of conditions and the following disclaimer in the documentation\n"
          "   and/or other materials provided with the distribution.\n"
          "\n"
          "3. Neither the name of the copyright holder nor the names of its\n"
          "   contributors may be used to endorse or promote products derived from\n"
          "   this software without specific prior written permission.\n"
          "\n"
          "THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS \"AS IS\"\n"
          "AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE\n"
          "IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE\n"
          "DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE\n"
          "FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL\n"
          "DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR\n"
          "SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER\n"
          "CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,\n"
          "OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE\n"
          "OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.\n",
        out);
}
