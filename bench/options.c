#include "bench/options_check.h"
#include "bench/options_row.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_MAX = 128,
    LONG_ONLY = 256, /* getopt's number for a row: this plus its index */
    HELP = LONG_ONLY + ROWS_MAX,
    FILE_MAX = 1 << 20
};

struct getopt_tables {
    char letters[2 * ROWS_MAX];
    struct option names[ROWS_MAX];
};

static void
make_tables(struct getopt_tables *t)
{
    char *letter = t->letters;
    struct option *name = t->names;
    MUST(n_option_rows + 3 < ROWS_MAX);
    *letter++ = ':';
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->group != NULL)
            continue;
        bool takes_one = option_row_of_name(row->name)->kind != KIND_FLAG;
        *name++ = (struct option){row->name, takes_one, NULL, LONG_ONLY + (int)i};
        if (row->letter == 0)
            continue;
        *letter++ = row->letter;
        if (takes_one)
            *letter++ = ':';
    }
    *letter++ = 'h'; /* memtier's second letter for -s */
    *letter++ = ':';
    *letter++ = 'v';
    *letter = '\0';
    *name++ = (struct option){"help", no_argument, NULL, HELP};
    *name++ = (struct option){"version", no_argument, NULL, 'v'};
    *name = (struct option){NULL, 0, NULL, 0};
}

static const struct option_row *
row_of_number(int number)
{
    if (number >= LONG_ONLY)
        return option_row_of_name(option_rows[number - LONG_ONLY].name);
    if (number == 'h')
        return option_row_of_name("host");
    for (size_t i = 0; i < n_option_rows; i++)
        if (option_rows[i].letter == number)
            return &option_rows[i];
    return NULL;
}

static enum options_result
wrong(FILE *err, const struct option_row *row, const char *text)
{
    char bounds[64];
    option_bounds(row, bounds, sizeof bounds);
    fprintf(err, "larder-bench: --%s: \"%s\" is not %s%s: %s\n", row->name, text,
        *row->argument != '\0' ? row->argument : "yes or no", bounds, row->help);
    return OPTIONS_WRONG;
}

/* Reads a line of the file: "name = value", "name value" or "name"; '#' begins a comment. */
static enum options_result
take_line(struct options *o, char *line, unsigned number, FILE *err)
{
    line += strspn(line, " \t");
    size_t n = strcspn(line, "#\r\n");
    while (n > 0 && isspace((unsigned char)line[n - 1]))
        n--;
    line[n] = '\0';
    if (n == 0)
        return OPTIONS_OK;
    size_t n_name = strcspn(line, " \t=");
    char *value = line + n_name + strspn(line + n_name, " \t=");
    line[n_name] = '\0';
    const struct option_row *row = option_row_of_name(line);
    if (row == NULL || row->id == OPTION_config_file) {
        fprintf(err, "larder-bench: %s:%u: no such option in a file: \"%s\"\n", o->config_file, number, line);
        return OPTIONS_WRONG;
    }
    if (o->given[row->id])
        return OPTIONS_OK; /* the command line overrides it */
    if (row->kind == KIND_FLAG && strcmp(value, "no") == 0)
        return OPTIONS_OK;
    if (!option_read(row, o, row->kind == KIND_FLAG && strcmp(value, "yes") == 0 ? "" : value)) {
        fprintf(err, "larder-bench: %s:%u:\n", o->config_file, number);
        return wrong(err, row, value);
    }
    o->given[row->id] = true;
    return OPTIONS_OK;
}

static enum options_result
take_file(struct options *o, FILE *err)
{
    FILE *f = fopen(o->config_file, "r");
    o->file = f != NULL ? malloc(FILE_MAX) : NULL;
    size_t n = o->file != NULL ? fread(o->file, 1, FILE_MAX - 1, f) : 0;
    bool is_bad = o->file == NULL || ferror(f) || n == FILE_MAX - 1;
    if (is_bad)
        fprintf(err, "larder-bench: %s: %s\n", o->config_file, n > 0 ? "too long" : strerror(errno));
    if (f != NULL)
        fclose(f);
    if (is_bad)
        return OPTIONS_WRONG;
    o->file[n] = '\0';
    unsigned number = 0;
    for (char *line = o->file, *next; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (take_line(o, line, ++number, err) != OPTIONS_OK)
            return OPTIONS_WRONG;
    }
    return OPTIONS_OK;
}

static enum options_result
take_command_line(struct options *o, int argc, char **argv, FILE *out, FILE *err)
{
    struct getopt_tables t;
    make_tables(&t);
    optind = 0; /* glibc: start from the first argument, also after an earlier caller */
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, t.letters, t.names, NULL)) != -1;) {
        if (c == HELP) {
            options_print_help(out);
            return OPTIONS_SHOWN;
        }
        if (c == 'v') {
            fprintf(out, "larder-bench %s\n", PACKAGE_VERSION);
            return OPTIONS_SHOWN;
        }
        if (c == '?' || c == ':') {
            fprintf(err, "larder-bench: %s %s; --help lists all options\n",
                c == ':' ? "a value is missing after" : "unknown option, or one that takes no value:",
                argv[optind - 1]);
            return OPTIONS_WRONG;
        }
        const struct option_row *row = row_of_number(c);
        const char *text = optarg != NULL ? optarg : "";
        if (!option_read(row, o, text))
            return wrong(err, row, text);
        o->given[row->id] = true;
    }
    if (o->is_replay && optind < argc) {
        o->trace = argv[optind++];
        o->trace = strcmp(o->trace, "-") == 0 ? NULL : o->trace;
    }
    if (optind < argc) {
        fprintf(err, "larder-bench: \"%s\" is not an option; --help lists all options\n", argv[optind]);
        return OPTIONS_WRONG;
    }
    return OPTIONS_OK;
}

static bool
read_percentiles(struct options *o)
{
    const char *at = o->print_percentiles;
    for (;;) {
        char *end;
        double p = strtod(at, &end);
        if (end == at || !(p > 0 && p <= 100) || o->n_percentiles == OPTION_PERCENTILES_MAX)
            return false;
        o->percentiles[o->n_percentiles++] = p;
        if (*end == '\0')
            return true;
        if (*end != ',')
            return false;
        at = end + 1;
    }
}

static bool
is_pattern(const char *p)
{
    return strchr("RGZSP", p[0]) != NULL && p[0] != '\0' && p[1] == ':' && p[2] != '\0' &&
           strchr("RGZSP", p[2]) != NULL && p[3] == '\0';
}

enum options_result
options_parse(struct options *o, int argc, char **argv, FILE *out, FILE *err)
{
    memset(o, 0, sizeof *o);
    for (size_t i = 0; i < n_option_rows; i++)
        if (option_rows[i].def != NULL)
            MUST(option_read(&option_rows[i], o, option_rows[i].def));
    o->is_replay = argc > 1 && strcmp(argv[1], "replay") == 0;
    enum options_result r = take_command_line(o, argc - o->is_replay, argv + o->is_replay, out, err);
    if (r == OPTIONS_OK && o->config_file != NULL)
        r = take_file(o, err);
    if (r != OPTIONS_OK)
        return r;
    if (!read_percentiles(o))
        return wrong(err, option_row_of_name("print-percentiles"), o->print_percentiles);
    if (!is_pattern(o->key_pattern))
        return wrong(err, option_row_of_name("key-pattern"), o->key_pattern);
    o->set_pattern = o->key_pattern[0];
    o->get_pattern = o->key_pattern[2];
    char why[160];
    if (!options_agree(o, why, sizeof why)) {
        fprintf(err, "larder-bench: %s\n", why);
        return OPTIONS_WRONG;
    }
    if (o->port == 0)
        o->port = strcmp(o->protocol, "redis") == 0 ? 6379 : 11211;
    return OPTIONS_OK;
}

void
options_fini(struct options *o)
{
    free(o->file);
    o->file = NULL;
}

void
options_print(const struct options *o, FILE *out)
{
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->group != NULL || row->is_alias)
            continue;
        char text[4096];
        option_write(row, o, text, sizeof text);
        if (*text == '\0')
            continue; /* not set: the file has no notation for that */
        bool is_secret = row->id == OPTION_authenticate && *text != '\0';
        fprintf(out, "%s%s = %s\n", o->given[row->id] && !is_secret ? "" : "# ", row->name,
            is_secret ? "(given)" : text);
    }
}
