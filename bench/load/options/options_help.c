#include "bench/load/options/options_row.h"

static const struct option_layout layout = {.column = 34, .room = 76, .equals = '=', .names_words = true};

void
options_print_help(FILE *out)
{
    fputs("Usage: larder-bench [options]\n"
          "       larder-bench replay [options] [FILE]\n"
          "Loads a memcached, larder, Redis or Valkey server and measures how it answers.\n",
        out);
    OPTION_EACH(row, &options_table)
    {
        if (row->type == ROW_GROUP)
            fprintf(out, "\n%s%s", row->help, row->help[0] == '\0' ? "" : ":\n");
        else if (row->type == ROW_SETTING || row->type == ROW_ACTION)
            option_help_row(out, row, NULL, &layout);
    }
}
