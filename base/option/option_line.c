/* option_line: reads argv with getopt_long, whose tables are made from the rows. */
#include "base/option/option.h"

#include <getopt.h>

enum { LONG_ONLY = 256 }; /* getopt's number for a row without a letter: this plus its index */

struct getopt_tables {
    char letters[2 + 2 * OPTION_ROWS_MAX]; /* begins with ':': reports a missing value separately */
    struct option names[OPTION_ROWS_MAX + 1];
};

/* The row that has the value of a synonym. */
static const struct option_row *
meant(const struct option_table *t, const struct option_row *row)
{
    return row->type == ROW_SYNONYM ? option_row_of_id(t, row->id) : row;
}

/* getopt's constant for whether the row has a value. */
static int
has_argument(const struct option_row *row)
{
    bool must = row->type == ROW_ACTION ? option_takes_value(row) : option_needs_value(row);
    bool may = option_takes_value(row) || row->type == ROW_REFUSED;
    return must ? required_argument : may ? optional_argument : no_argument;
}

static void
make_tables(const struct option_table *t, struct getopt_tables *out)
{
    char *letter = out->letters;
    struct option *name = out->names;
    MUST(t->n_rows <= OPTION_ROWS_MAX);
    *letter++ = ':';
    OPTION_EACH(row, t)
    {
        if (row->type == ROW_GROUP || row->is_word)
            continue;
        int argument = has_argument(meant(t, row));
        int number = row->letter != 0 ? row->letter : LONG_ONLY + (int)(row - t->rows);
        *name++ = (struct option){row->name, argument, NULL, number};
        if (row->letter == 0)
            continue;
        *letter++ = row->letter;
        if (argument == required_argument)
            *letter++ = ':';
    }
    MUST(letter < out->letters + sizeof out->letters && name <= out->names + OPTION_ROWS_MAX);
    *letter = '\0';
    *name = (struct option){NULL, 0, NULL, 0};
}

static const struct option_row *
row_of_number(const struct option_table *t, int number)
{
    MUST(number < LONG_ONLY + (int)t->n_rows);
    return number >= LONG_ONLY ? meant(t, &t->rows[number - LONG_ONLY])
                               : option_row_of_letter(t, (char)number);
}

/* Reports the word that getopt_long does not accept. */
static void
complain_of_word(const struct option_line *l, bool is_missing)
{
    const struct option_source *s = l->source;
    const struct option_table *t = s->table;
    const struct option_row *row = optopt == 0 ? NULL : row_of_number(t, optopt);
    if (row != NULL) {
        option_blame(s, row);
        if (is_missing)
            fprintf(s->err, " needs %s: %s\n", row->argument, row->help != NULL ? row->help : row->note);
        else
            fputs(" takes no value\n", s->err);
    } else if (optopt != 0) {
        fprintf(s->err, "%s: unknown option -%c; %s lists all\n", t->program, optopt, t->lister);
    } else {
        fprintf(s->err, "%s: unknown option %s; %s lists all\n", t->program, l->argv[optind - 1], t->lister);
    }
}

void
option_line_begin(struct option_line *l, struct option_source *source, int argc, char **argv)
{
    *l = (struct option_line){.source = source, .argc = argc, .argv = argv};
    opterr = 0;
    optind = 0; /* start from the first argument, also in a later call */
}

enum option_line_result
option_line_next(struct option_line *l, const struct option_row **row, const char **value)
{
    struct getopt_tables tables;
    MUST(l->source != NULL); /* option_line_begin */
    make_tables(l->source->table, &tables);
    int c = getopt_long(l->argc, l->argv, tables.letters, tables.names, NULL);
    l->next = optind;
    if (c == -1)
        return OPTION_LINE_END;
    if (c == '?' || c == ':') {
        complain_of_word(l, c == ':');
        return OPTION_LINE_WRONG;
    }
    *row = row_of_number(l->source->table, c);
    *value = optarg;
    return OPTION_LINE_ROW;
}
