#include "server/options_row.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define SUBOPTION(field, name, kind, least, most, def, note, help)
#define SUBOPTION_IGNORED(name, note)
#define SUBOPTION_ALIAS(name, words)
#define SUBOPTION_REFUSED(start, note)

const struct option_row option_rows[] = {
#define GROUP(title) {.kind = KIND_GROUP, .help = title},
#define OPTION(field, letter, name, kind, argument, least, most, def, help)                                  \
    {KIND_##kind, OPTION_##field, letter, name, offsetof(struct options, field), argument, least, most, def, \
        NULL, help},
#define ACTION(action, letter, name, argument, help) \
    {KIND_ACTION, ACTION_##action, letter, name, 0, argument, 0, 0, NULL, NULL, help},
#define REFUSED(letter, name, note) {KIND_REFUSED, 0, letter, name, 0, "", 0, 0, NULL, note, NULL},
#include "server/options.def"
};
const size_t n_option_rows = sizeof option_rows / sizeof *option_rows;

enum { ROWS_MAX = 64 };
static_assert(sizeof option_rows / sizeof *option_rows < ROWS_MAX, "getopt's tables have room");

/* What getopt_long wants to know, made from the rows. */
struct getopt_tables {
    char letters[2 + 3 * ROWS_MAX]; /* ':' in front: a missing argument is told apart */
    struct option names[ROWS_MAX];
};

static void
make_tables(struct getopt_tables *t)
{
    char *letter = t->letters;
    struct option *name = t->names;
    *letter++ = ':';
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->kind == KIND_GROUP)
            continue;
        int argument = option_has_value(row)       ? required_argument
                       : row->kind == KIND_REPEAT  ? optional_argument
                       : row->kind == KIND_REFUSED ? optional_argument
                                                   : no_argument;
        *letter++ = row->letter;
        if (argument == required_argument)
            *letter++ = ':';
        *name++ = (struct option){row->name, argument, NULL, row->letter};
    }
    *letter = '\0';
    *name = (struct option){NULL, 0, NULL, 0};
}

static const struct option_row *
row_of_letter(int letter)
{
    for (size_t i = 0; i < n_option_rows; i++)
        if (option_rows[i].letter == letter && letter != 0)
            return &option_rows[i];
    return NULL;
}

static bool
set_defaults_of(const struct option_row *rows, size_t n, struct options *o)
{
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        if (option_has_field(&rows[i]) && rows[i].def != NULL)
            ok &= option_set(&rows[i], o, rows[i].def);
    return ok;
}

static void
set_defaults(struct options *o)
{
    memset(o, 0, sizeof *o);
    MUST(set_defaults_of(option_rows, n_option_rows, o));
    MUST(set_defaults_of(suboption_rows, n_suboption_rows, o));
    struct store_options engine = store_defaults();
    o->growth = engine.growth;
    o->item_min = (uint32_t)engine.item_min;
}

static void
complain_of_value(const struct option_row *row, const char *value, FILE *err)
{
    char expected[96];
    option_expects(row, expected, sizeof expected);
    fprintf(err, "larderd: -%c (--%s) cannot be \"%s\": expected %s (%s)\n", row->letter, row->name, value,
        expected, row->help);
}

/* What getopt_long itself stumbled over. */
static void
complain_of_word(int c, char **argv, FILE *err)
{
    const struct option_row *row = row_of_letter(optopt);
    if (c == ':' && row != NULL)
        fprintf(err, "larderd: -%c (--%s) needs %s: %s\n", row->letter, row->name, row->argument, row->help);
    else if (row != NULL)
        fprintf(err, "larderd: --%s takes no value\n", row->name);
    else if (optopt != 0)
        fprintf(err, "larderd: unknown option -%c; larderd -h lists all\n", optopt);
    else
        fprintf(err, "larderd: unknown option %s; larderd -h lists all\n", argv[optind - 1]);
}

static enum options_result
act(enum option_action action, struct options *o, const char *value, FILE *out, FILE *err)
{
    switch (action) {
    case ACTION_HELP: options_print_help(out); return OPTIONS_SHOWN;
    case ACTION_LICENSE: options_print_license(out); return OPTIONS_SHOWN;
    case ACTION_VERSION: options_print_version(out); return OPTIONS_SHOWN;
    case ACTION_EXTENDED: return options_extended(o, value, err) ? OPTIONS_OK : OPTIONS_WRONG;
    }
    UNREACHABLE();
}

static enum options_result
take(const struct option_row *row, struct options *o, const char *value, FILE *out, FILE *err)
{
    while (isspace((unsigned char)*value))
        value++; /* "-l ' ::1'": memcached takes it */
    if (row->kind == KIND_ACTION)
        return act((enum option_action)row->id, o, value, out, err);
    if (row->kind == KIND_REFUSED) {
        fprintf(
            err, "larderd: -%c (--%s) is memcached's, not larder's: %s\n", row->letter, row->name, row->note);
        return OPTIONS_WRONG;
    }
    if (!option_set(row, o, value)) {
        complain_of_value(row, value, err);
        return OPTIONS_WRONG;
    }
    o->given |= UINT64_C(1) << row->id;
    return OPTIONS_OK;
}

/* What no option can tell by itself. */
static bool
fit_together(const struct options *o, FILE *err)
{
    if (o->item_size_max > o->memory_limit / 2) {
        fprintf(err, "larderd: -I (--max-item-size) is %zu bytes: expected at most half of -m, %zu bytes\n",
            o->item_size_max, o->memory_limit / 2);
        return false;
    }
    if (o->port == 0 && o->unix_socket == NULL) {
        fprintf(err, "larderd: -p 0 turns TCP off: expected -s <file> (--unix-socket) besides it\n");
        return false;
    }
    return true;
}

enum options_result
options_parse(struct options *o, int argc, char **argv, FILE *out, FILE *err)
{
    struct getopt_tables tables;
    make_tables(&tables);
    set_defaults(o);
    opterr = 0;
    optind = 0; /* from the beginning, also the second time */
    for (;;) {
        int c = getopt_long(argc, argv, tables.letters, tables.names, NULL);
        if (c == -1)
            break;
        if (c == '?' || c == ':') {
            complain_of_word(c, argv, err);
            return OPTIONS_WRONG;
        }
        enum options_result r = take(row_of_letter(c), o, optarg == NULL ? "" : optarg, out, err);
        if (r != OPTIONS_OK)
            return r;
    }
    if (optind < argc) {
        fprintf(err, "larderd: \"%s\" is not an option; larderd -h lists all\n", argv[optind]);
        return OPTIONS_WRONG;
    }
    return fit_together(o, err) ? OPTIONS_OK : OPTIONS_WRONG;
}

void
options_fini(struct options *o)
{
    for (size_t i = 0; i < n_option_rows; i++)
        option_clear(&option_rows[i], o);
    for (size_t i = 0; i < n_suboption_rows; i++)
        option_clear(&suboption_rows[i], o);
}

/* A large cache spends most of a lookup on walking page tables; a small one has no 2 MiB to round up to. */
#define HUGE_PAGES_FROM ((size_t)1 << 30)

struct store_options
options_for_store(const struct options *o)
{
    struct store_options s = store_defaults();
    s.limit = o->memory_limit;
    s.item_max = o->item_size_max;
    s.growth = o->growth;
    s.item_min = o->item_min;
    s.evict = !o->no_evict;
    s.huge_pages = o->huge_pages || s.limit >= HUGE_PAGES_FROM;
    s.lock_memory = o->lock_memory;
    return s;
}
