#include "server/options/options_row.h"

#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/options/config.h"
#include "server/memory/memory_source.h"

static bool
set_defaults(struct options *o, FILE *err)
{
    struct store_options engine = store_defaults();
    o->growth = engine.growth;
    o->item_min = (uint32_t)engine.item_min;
    if (!option_fields_set_defaults(&options_table, o)) {
        fputs("larderd: no memory for the settings\n", err);
        return false;
    }
    return true;
}

/* Requests of the command line that are not settings. */
struct requests {
    const char *config; /* a file to read, or NULL */
    bool check;
};

static enum options_result
act(struct option_source *s, enum option_action action, const char *value, struct requests *w, FILE *out)
{
    switch (action) {
    case ACTION_CONFIG: w->config = value; return OPTIONS_OK;
    case ACTION_CHECK: w->check = true; return OPTIONS_OK;
    case ACTION_SAMPLE: options_print_sample(out); return OPTIONS_SHOWN;
    case ACTION_HASH_PASSWORD: return OPTIONS_HASH;
    case ACTION_HELP: options_print_help(out); return OPTIONS_SHOWN;
    case ACTION_LICENSE: options_print_license(out); return OPTIONS_SHOWN;
    case ACTION_VERSION: options_print_version(out); return OPTIONS_SHOWN;
    case ACTION_EXTENDED: return options_set_words(s, value) ? OPTIONS_OK : OPTIONS_INVALID;
    }
    UNREACHABLE();
}

static enum options_result
take(struct option_source *s, const struct option_row *row, const char *value, struct requests *w, FILE *out)
{
    while (value != NULL && isspace((unsigned char)*value))
        value++; /* "-l ' ::1'": memcached accepts leading blanks */
    MUST(row->type == ROW_SETTING || row->type == ROW_ACTION || row->type == ROW_IGNORED ||
         row->type == ROW_REFUSED);
    if (row->type == ROW_ACTION)
        return act(s, (enum option_action)row->id, value, w, out);
    if (row->type == ROW_REFUSED) {
        option_blame(s, row);
        fprintf(s->err, " is memcached's, not larder's: %s\n", row->note);
        return OPTIONS_INVALID;
    }
    return option_set(s, row, value, false) ? OPTIONS_OK : OPTIONS_INVALID;
}

/*
 * Warns of words after the options.  They are no error, because memcached does not look at
 * them either, and an empty "$OPTIONS" must not prevent a service from starting.
 */
static void
warn_of_words(const struct option_line *l, FILE *err)
{
    MUST(l->next >= 0);
    for (int i = l->next; i < l->argc; i++)
        if (l->argv[i][0] != '\0')
            fprintf(err, "larderd: warning: \"%s\" is not an option and has no effect\n", l->argv[i]);
}

static enum options_result
take_command_line(struct options *o, struct requests *w, FILE *out, FILE *err)
{
    struct option_source s = options_source(o, NULL, err);
    struct option_line line;
    const struct option_row *row;
    const char *value;
    option_line_begin(&line, &s, o->argc, o->argv);
    for (;;) {
        switch (option_line_next(&line, &row, &value)) {
        case OPTION_LINE_WRONG: return OPTIONS_INVALID;
        case OPTION_LINE_END: warn_of_words(&line, err); return OPTIONS_OK;
        case OPTION_LINE_ROW: break;
        }
        enum options_result r = take(&s, row, value, w, out);
        if (r != OPTIONS_OK)
            return r;
    }
}

/* The file is parsed after the command line, and does not change the settings given there. */
static enum options_result
parse(struct options *o, FILE *out, FILE *err)
{
    struct requests w = {0};
    if (!set_defaults(o, err))
        return OPTIONS_INVALID;
    enum options_result r = take_command_line(o, &w, out, err);
    if (r == OPTIONS_OK && w.config != NULL && !config_read(o, w.config, err))
        r = OPTIONS_INVALID;
    if (r == OPTIONS_OK && !options_validate(o, err))
        r = OPTIONS_INVALID;
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
    /* NULL if the directory no longer exists: relative paths are then left as they are */
    o->cwd = getcwd(NULL, 0);
    return parse(o, out, err);
}

enum options_result
options_parse_again(struct options *o, const struct options *before, FILE *err)
{
    MUST(o != before && before->argv != NULL);
    memset(o, 0, sizeof *o);
    o->argc = before->argc;
    o->argv = before->argv;
    if (before->cwd != NULL && (o->cwd = strdup(before->cwd)) == NULL) {
        fputs("larderd: no memory for the settings\n", err);
        return OPTIONS_INVALID;
    }
    return parse(o, err, err);
}

/* *to is NULL for NULL; false when out of memory. */
static bool
copy_text(char **to, const char *from)
{
    *to = from == NULL ? NULL : strdup(from);
    return *to != NULL || from == NULL;
}

bool
options_copy(struct options *to, const struct options *from)
{
    MUST(to != from);
    memcpy(to, from, sizeof *to); /* no other thread uses either yet; the calls below copy the texts */
    bool ok = option_copy_texts(&options_table, to, from);
    ok &= copy_text(&to->config, from->config);
    ok &= copy_text(&to->cwd, from->cwd);
    return ok;
}

void
options_fini(struct options *o)
{
    option_clear_all(&options_table, o);
    free(o->config);
    free(o->cwd);
    o->config = o->cwd = NULL;
}

/*
 * In a large cache most of a lookup is the walk of page tables.  In a small one,
 * rounding up to 2 MiB costs more memory, and pages are freed one by one.
 */
#define HUGE_PAGES_FROM ((size_t)1 << 30)

static size_t
machine_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page_size = sysconf(_SC_PAGESIZE);
    return pages > 0 && page_size > 0 ? (size_t)pages * (size_t)page_size : 0;
}

/* The most memory that can be used of the limit: a control group may allow less. */
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
    s.limit_max = machine_memory(); /* cache_memlimit may raise the limit above -m later */
    s.item_max = o->item_size_max;
    s.growth = o->growth;
    s.item_min = o->item_min;
    s.evict = !o->no_evict;
    MUST(o->policy < STORE_N_POLICIES);
    s.policy = (enum store_policy)o->policy;
    MUST(o->compression < STORE_N_COMPRESSIONS);
    s.compression = (enum store_compression)o->compression;
    s.compression_cpu = o->compression_cpu;
    s.n_workers = o->threads;
    s.shadow = o->shadow;
    s.numa = o->numa;
    s.pin_pct = o->pin_limit;
    s.huge_pages = o->huge_pages || usable_memory(s.limit) >= HUGE_PAGES_FROM;
    s.lock_memory = o->lock_memory;
    s.wipe_on_free = o->wipe_on_free;
    return s;
}
