/* What -h, -V and -i print; the help is made from the rows, so it cannot lie. */
#include <string.h>

#include "server/options_row.h"
#include "server/server.h"

enum { HELP_COLUMN = 34, HELP_WIDTH = 110 };

/* A default that a reader would want to know; the engine's own ones come from the engine. */
static void
default_of(const struct option_row *row, char *text, size_t n_text)
{
    struct store_options engine = store_defaults();
    if (row->id == OPTION_growth && row->kind == KIND_FACTOR)
        snprintf(text, n_text, " (default: %.2f)", engine.growth);
    else if (row->id == OPTION_item_min && row->kind == KIND_NUMBER)
        snprintf(text, n_text, " (default: %zu)", engine.item_min);
    else if (row->def != NULL && row->kind != KIND_REPEAT)
        snprintf(text, n_text, " (default: %s)", row->def);
    else
        text[0] = '\0';
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

static void
print_row(FILE *out, const struct option_row *row)
{
    char left[64], right[512], def[64] = "";
    const char *equals = row->argument[0] != '\0' ? "=" : "";
    if (option_has_field(row))
        default_of(row, def, sizeof def);
    snprintf(right, sizeof right, "%s%s", row->help, def);
    if (row->letter != 0)
        snprintf(left, sizeof left, "  -%c, --%s%s%s", row->letter, row->name, equals, row->argument);
    else if (row->kind == KIND_SWITCH)
        snprintf(left, sizeof left, "     [no_]%s", row->name);
    else
        snprintf(left, sizeof left, "     %s=%s", row->name, row->argument);
    int n = fprintf(out, "%s", left);
    if (n >= HELP_COLUMN - 1) {
        fputs("\n", out);
        n = 0;
    }
    print_wrapped(out, n, right);
}

void
options_print_help(FILE *out)
{
    fputs("usage: larderd [option]...\n\nA memcached-compatible cache server.\n", out);
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->kind == KIND_GROUP)
            fprintf(out, "\n%s:\n", row->help);
        else if (row->kind != KIND_REFUSED)
            print_row(out, row);
    }
    for (size_t i = 0; i < n_suboption_rows; i++)
        if (option_has_field(&suboption_rows[i]))
            print_row(out, &suboption_rows[i]);
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
