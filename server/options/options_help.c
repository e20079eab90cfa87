/* The output of -h, -V and -i.  The help is generated from the rows, so it matches them. */
#include <string.h>

#include "server/options/options_row.h"
#include "server/server.h"

static const struct option_layout layout = {.column = 34, .room = 76, .equals = '='};

void
options_default(const struct option_row *row, char *text, size_t n_text)
{
    struct store_options engine = store_defaults();
    MUST(n_text > 0);
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

static void
print_row(FILE *out, const struct option_row *row)
{
    char def[64];
    options_default(row, def, sizeof def);
    option_help_row(out, row, def, &layout);
}

/* memcached's words that have no effect here. */
static void
print_ignored(FILE *out)
{
    char names[1024] = "";
    OPTION_EACH(row, &options_table)
    {
        size_t n = strlen(names);
        if (row->type == ROW_IGNORED && row->is_word)
            snprintf(names + n, sizeof names - n, "%s%s", n > 0 ? ", " : "", row->name);
    }
    MUST(strlen(names) + 1 < sizeof names); /* else some may be missing */
    fprintf(out, "\nOptions of memcached without effect; larderd starts with a warning that says what it "
                 "does instead:\n");
    fprintf(out, "%*s", layout.column, "");
    option_help_wrap(out, names, layout.room, "                                  ");
}

void
options_print_help(FILE *out)
{
    fputs("usage: larderd [option]...\n\nA memcached-compatible cache server.\n", out);
    OPTION_EACH(row, &options_table)
    {
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
