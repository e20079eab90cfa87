#include "server/options_row.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/config.h"
#include "server/memory_source.h"

enum { LONG_ONLY = 256 }; /* getopt's number of a row without a letter: this and its index */

/* What getopt_long wants to know, made from the rows. */
struct getopt_tables {
    char letters[2 + 2 * OPTION_ROWS_MAX]; /* ':' in front: a missing argument is told apart */
    struct option names[OPTION_ROWS_MAX + 1];
};

static void
make_tables(struct getopt_tables *t)
{
    char *letter = t->letters;
    struct option *name = t->names;
    *letter++ = ':';
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->type == ROW_GROUP || row->is_word)
            continue;
        bool must = row->type == ROW_ACTION ? option_takes_value(row) : option_needs_value(row);
        bool may = option_takes_value(row) || row->type == ROW_REFUSED;
        int number = row->letter != 0 ? row->letter : LONG_ONLY + (int)i;
        *name++ = (struct option){row->name,
            must  ? required_argument
            : may ? optional_argument
                  : no_argument,
            NULL, number};
        if (row->letter == 0)
            continue;
        *letter++ = row->letter;
        if (must)
            *letter++ = ':';
    }
    *letter = '\0';
    *name = (struct option){NULL, 0, NULL, 0};
}

static const struct option_row *
row_of_number(int number)
{
    return number >= LONG_ONLY ? &option_rows[number - LONG_ONLY] : option_row_of_letter((char)number);
}

static bool
set_defaults(struct options *o, FILE *err)
{
    struct store_options engine = store_defaults();
    o->growth = engine.growth;
    o->item_min = (uint32_t)engine.item_min;
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->type != ROW_SETTING || row->def == NULL)
            continue;
        enum option_read r = option_read(row, option_field(row, o), row->def, NULL);
        MUST(r != OPTION_MISREAD);
        if (r == OPTION_NO_MEMORY) {
            fputs("larderd: no memory for the settings\n", err);
            return false;
        }
    }
    return true;
}

/* What getopt_long itself stumbled over. */
static void
complain_of_word(const struct option_source *s, int c)
{
    const struct option_row *row = optopt == 0 ? NULL : row_of_number(optopt);
    if (row != NULL) {
        option_blame(s, row);
        if (c == ':')
            fprintf(s->err, " needs %s: %s\n", row->argument, row->help != NULL ? row->help : row->note);
        else
            fputs(" takes no value\n", s->err);
    } else if (optopt != 0) {
        fprintf(s->err, "larderd: unknown option -%c; larderd -h lists all\n", optopt);
    } else {
        fprintf(s->err, "larderd: unknown option %s; larderd -h lists all\n", s->o->argv[optind - 1]);
    }
}

/* What the command line asks for besides settings. */
struct wishes {
    const char *config; /* the file */
    bool check;
};

static enum options_result
act(struct option_source *s, enum option_action action, const char *value, struct wishes *w, FILE *out)
{
    switch (action) {
    case ACTION_CONFIG: w->config = value; return OPTIONS_OK;
    case ACTION_CHECK: w->check = true; return OPTIONS_OK;
    case ACTION_SAMPLE: options_print_sample(out); return OPTIONS_SHOWN;
    case ACTION_HASH_PASSWORD: return OPTIONS_HASH;
    case ACTION_HELP: options_print_help(out); return OPTIONS_SHOWN;
    case ACTION_LICENSE: options_print_license(out); return OPTIONS_SHOWN;
    case ACTION_VERSION: options_print_version(out); return OPTIONS_SHOWN;
    case ACTION_EXTENDED: return options_take_words(s, value) ? OPTIONS_OK : OPTIONS_WRONG;
    }
    UNREACHABLE();
}

static enum options_result
take(struct option_source *s, const struct option_row *row, const char *value, struct wishes *w, FILE *out)
{
    while (value != NULL && isspace((unsigned char)*value))
        value++; /* "-l ' ::1'": memcached takes it */
    if (row->type == ROW_ACTION)
        return act(s, (enum option_action)row->id, value, w, out);
    if (row->type == ROW_REFUSED) {
        option_blame(s, row);
        fprintf(s->err, " is memcached's, not larder's: %s\n", row->note);
        return OPTIONS_WRONG;
    }
    return option_take(s, row, value, false) ? OPTIONS_OK : OPTIONS_WRONG;
}

/* What is left behind the options.  memcached does not look: an empty "$OPTIONS" must not keep a service from starting. */
static void
warn_of_words(const struct options *o, FILE *err)
{
    for (int i = optind; i < o->argc; i++)
        if (o->argv[i][0] != '\0')
            fprintf(err, "larderd: warning: \"%s\" is not an option and means nothing\n", o->argv[i]);
}

static enum options_result
take_command_line(struct option_source *s, struct wishes *w, FILE *out)
{
    const struct options *o = s->o;
    struct getopt_tables tables;
    make_tables(&tables);
    opterr = 0;
    optind = 0; /* from the beginning, also the second time */
    for (;;) {
        int c = getopt_long(o->argc, o->argv, tables.letters, tables.names, NULL);
        if (c == -1)
            break;
        if (c == '?' || c == ':') {
            complain_of_word(s, c);
            return OPTIONS_WRONG;
        }
        enum options_result r = take(s, row_of_number(c), optarg, w, out);
        if (r != OPTIONS_OK)
            return r;
    }
    warn_of_words(o, s->err);
    return OPTIONS_OK;
}

/* The file goes behind the command line, and does not touch what that has said. */
static enum options_result
parse(struct options *o, FILE *out, FILE *err)
{
    struct wishes w = {0};
    struct option_source line = {.o = o, .err = err};
    if (!set_defaults(o, err))
        return OPTIONS_WRONG;
    enum options_result r = take_command_line(&line, &w, out);
    if (r == OPTIONS_OK && w.config != NULL && !config_read(o, w.config, err))
        r = OPTIONS_WRONG;
    if (r == OPTIONS_OK && !options_fit(o, err))
        r = OPTIONS_WRONG;
    if (r == OPTIONS_OK && w.check) {
        options_print_check(o, out, err);
        r = OPTIONS_SHOWN;
    }
    return r;
}

enum options_result
options_parse(struct options *o, int argc, char **argv, FILE *out, FILE *err)
{
    memset(o, 0, sizeof *o);
    o->argc = argc;
    o->argv = argv;
    o->cwd = getcwd(NULL, 0); /* NULL if it is gone: paths are left as they are */
    return parse(o, out, err);
}

enum options_result
options_parse_again(struct options *o, const struct options *before, FILE *err)
{
    memset(o, 0, sizeof *o);
    o->argc = before->argc;
    o->argv = before->argv;
    if (before->cwd != NULL && (o->cwd = strdup(before->cwd)) == NULL) {
        fputs("larderd: no memory for the settings\n", err);
        return OPTIONS_WRONG;
    }
    return parse(o, err, err);
}

/* NULL for NULL; false if there is no memory. */
static bool
copy_text(char **to, const char *from)
{
    *to = from == NULL ? NULL : strdup(from);
    return *to != NULL || from == NULL;
}

bool
options_copy(struct options *to, const struct options *from)
{
    bool ok = true;
    memcpy(to, from, sizeof *to); /* nobody else looks at either yet; pointers are seen to below */
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->type == ROW_SETTING && row->kind >= KIND_TEXT)
            ok &= copy_text(option_field(row, to), *(char *const *)option_field_of(row, from));
    }
    ok &= copy_text(&to->config, from->config);
    ok &= copy_text(&to->cwd, from->cwd);
    return ok;
}

void
options_fini(struct options *o)
{
    for (size_t i = 0; i < n_option_rows; i++)
        if (option_rows[i].type == ROW_SETTING)
            option_clear(&option_rows[i], option_field(&option_rows[i], o));
    free(o->config);
    free(o->cwd);
    o->config = o->cwd = NULL;
}

/* A large cache spends most of a lookup on walking page tables; a small one has no 2 MiB to round up to, nor to
   wait for when its pages are given back one by one. */
#define HUGE_PAGES_FROM ((size_t)1 << 30)

static size_t
machine_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page_size = sysconf(_SC_PAGESIZE);
    return pages > 0 && page_size > 0 ? (size_t)pages * (size_t)page_size : 0;
}

/* What will be used of the limit at most: a control group may hold less. */
static size_t
usable_memory(size_t limit)
{
    uint64_t total = memory_source_total();
    return total != 0 && total < limit ? (size_t)total : limit;
}

struct store_options
options_for_store(const struct options *o)
{
    struct store_options s = store_defaults();
    s.limit = o->memory_limit;
    s.limit_max = machine_memory(); /* cache_memlimit may want more than -m later */
    s.item_max = o->item_size_max;
    s.growth = o->growth;
    s.item_min = o->item_min;
    s.evict = !o->no_evict;
    s.policy = (enum store_policy)o->policy;
    s.shadow = o->shadow;
    s.numa = o->numa;
    s.keep_pct = o->pin_limit;
    s.huge_pages = o->huge_pages || usable_memory(s.limit) >= HUGE_PAGES_FROM;
    s.lock_memory = o->lock_memory;
    return s;
}
