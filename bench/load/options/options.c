#include "bench/load/options/options_check.h"
#include "bench/load/options/options_row.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 20 };

static struct option_source
source_of(struct options *o, const char *file, FILE *err)
{
    return (struct option_source){
        .table = &options_table, .fields = o, .origin = o->origin, .err = err, .file = file};
}

static const struct option_row *
row_named(const char *name)
{
    bool no;
    return option_row_of_name(&options_table, bytes_of(name, strlen(name)), false, &no);
}

/* Reports a value that the engine accepts and a later check refuses. */
static enum options_result
wrong(struct options *o, FILE *err, enum option_id id, const char *value)
{
    bool is_in_file = o->origin[id] != OPTION_FROM_COMMAND_LINE;
    struct option_source s = source_of(o, is_in_file ? o->config_file : NULL, err);
    s.line = o->origin[id];
    option_complain(&s, option_row_of_id(&options_table, id), value);
    return OPTIONS_WRONG;
}

/* Reads a line of the file: "name = value", "name value" or "name"; '#' begins a comment. */
static bool
take_line(struct option_source *s, char *line)
{
    line += strspn(line, " \t");
    size_t n = strcspn(line, "#\r\n");
    while (n > 0 && isspace((unsigned char)line[n - 1]))
        n--;
    line[n] = '\0';
    if (n == 0)
        return true;
    size_t n_name = strcspn(line, " \t=");
    const char *value = line + n_name + strspn(line + n_name, " \t=");
    line[n_name] = '\0';
    const struct option_row *row = row_named(line);
    if (row == NULL || row->type != ROW_SETTING || row->id == OPTION_config_file) {
        fprintf(s->err, "larder-bench: %s:%u: no such option in a file: \"%s\"\n", s->file, s->line, line);
        return false;
    }
    return option_set(s, row, row->kind == KIND_FLAG && *value == '\0' ? NULL : value, false);
}

static bool
take_lines(struct options *o, char *text, FILE *err)
{
    struct option_source s = source_of(o, o->config_file, err);
    for (char *line; (line = strsep(&text, "\n")) != NULL;) {
        s.line++;
        if (!take_line(&s, line))
            return false;
    }
    return true;
}

static enum options_result
take_file(struct options *o, FILE *err)
{
    FILE *f = fopen(o->config_file, "r");
    char *text = f != NULL ? malloc(FILE_MAX) : NULL;
    size_t n = text != NULL ? fread(text, 1, FILE_MAX - 1, f) : 0;
    bool ok = text != NULL && !ferror(f) && n < FILE_MAX - 1;
    if (!ok)
        fprintf(err, "larder-bench: %s: %s\n", o->config_file, n > 0 ? "too long" : strerror(errno));
    if (f != NULL)
        fclose(f);
    if (ok && memchr(text, '\0', n) != NULL) {
        fprintf(err, "larder-bench: %s: contains a zero byte: it is not a text file\n", o->config_file);
        ok = false;
    }
    if (ok) {
        text[n] = '\0';
        ok = take_lines(o, text, err);
    }
    free(text);
    return ok ? OPTIONS_OK : OPTIONS_WRONG;
}

static enum options_result
act(int action, FILE *out)
{
    if (action == ACTION_HELP)
        options_print_help(out);
    else
        fprintf(out, "larder-bench %s\n", PACKAGE_VERSION);
    return OPTIONS_SHOWN;
}

/* Reads the words after the options: the file of replay. */
static enum options_result
take_words(struct options *o, const struct option_line *l, FILE *err)
{
    int next = l->next;
    if (o->is_replay && next < l->argc) {
        o->trace = l->argv[next++];
        o->trace = strcmp(o->trace, "-") == 0 ? NULL : o->trace;
    }
    if (next == l->argc)
        return OPTIONS_OK;
    fprintf(err, "larder-bench: \"%s\" is not an option; --help lists all options\n", l->argv[next]);
    return OPTIONS_WRONG;
}

static enum options_result
take_command_line(struct options *o, int argc, char **argv, FILE *out, FILE *err)
{
    struct option_source s = source_of(o, NULL, err);
    struct option_line line;
    const struct option_row *row;
    const char *value;
    option_line_begin(&line, &s, argc, argv);
    for (;;) {
        switch (option_line_next(&line, &row, &value)) {
        case OPTION_LINE_WRONG: return OPTIONS_WRONG;
        case OPTION_LINE_END: return take_words(o, &line, err);
        case OPTION_LINE_ROW: break;
        }
        if (row->type == ROW_ACTION)
            return act(row->id, out);
        if (!option_set(&s, row, value, false))
            return OPTIONS_WRONG;
    }
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
    if (!option_fields_set_defaults(&options_table, o)) {
        fputs("larder-bench: out of memory\n", err);
        return OPTIONS_WRONG;
    }
    o->is_replay = argc > 1 && strcmp(argv[1], "replay") == 0;
    enum options_result r = take_command_line(o, argc - o->is_replay, argv + o->is_replay, out, err);
    if (r == OPTIONS_OK && o->config_file != NULL)
        r = take_file(o, err);
    if (r != OPTIONS_OK)
        return r;
    if (!read_percentiles(o))
        return wrong(o, err, OPTION_print_percentiles, o->print_percentiles);
    if (!is_pattern(o->key_pattern))
        return wrong(o, err, OPTION_key_pattern, o->key_pattern);
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
    option_clear_all(&options_table, o);
}

void
options_print(const struct options *o, FILE *out)
{
    OPTION_EACH(row, &options_table)
    {
        if (row->type != ROW_SETTING)
            continue;
        char *text = option_text(&options_table, row, option_field_of(row, o));
        bool is_secret = row->id == OPTION_authenticate;
        if (text != NULL && *text != '\0') /* else the file has no word for it */
            fprintf(out, "%s%s = %s\n", o->origin[row->id] != 0 && !is_secret ? "" : "# ", row->name,
                is_secret ? "(given)" : text);
        free(text);
    }
}
