/* -o: a list of words, each `name` or `name=value`; the rows say which act and which only warn. */
#include "server/options_row.h"

#include <string.h>

#include "base/bytes.h"

#define GROUP(title)
#define OPTION(field, letter, name, kind, argument, least, most, def, help)
#define ACTION(action, letter, name, argument, help)
#define REFUSED(letter, name, note)

const struct option_row suboption_rows[] = {
#define SUBOPTION(field, name, kind, least, most, def, note, help)                                           \
    {KIND_##kind, OPTION_##field, 0, name, offsetof(struct options, field), "<num>", least, most, def, note, \
        help},
#define SUBOPTION_IGNORED(name, note)  {KIND_IGNORED, 0, 0, name, 0, "", 0, 0, NULL, note, NULL},
#define SUBOPTION_ALIAS(name, words)   {KIND_ALIAS, 0, 0, name, 0, "", 0, 0, NULL, words, NULL},
#define SUBOPTION_REFUSED(start, note) {KIND_REFUSED, 0, 0, start, 0, "", 0, 0, NULL, note, NULL},
#include "server/options.def"
};
const size_t n_suboption_rows = sizeof suboption_rows / sizeof *suboption_rows;

static bool
row_answers_to(const struct option_row *row, struct bytes name)
{
    struct bytes mine = bytes_of(row->name, strlen(row->name));
    if (row->kind == KIND_REFUSED)
        return bytes_begin_with(name, mine);
    if (row->kind == KIND_SWITCH && bytes_begin_with(name, BYTES("no_")))
        return bytes_equal(bytes_of(name.p + 3, name.n - 3), mine);
    return bytes_equal(name, mine);
}

static const struct option_row *
row_of_name(struct bytes name)
{
    for (size_t i = 0; i < n_suboption_rows; i++)
        if (row_answers_to(&suboption_rows[i], name))
            return &suboption_rows[i];
    return NULL;
}

/* Whether the field is now something else than the default: only then the row's note is news. */
static bool
differs_from_default(const struct option_row *row, const struct options *o)
{
    struct options d;
    memset(&d, 0, sizeof d);
    MUST(option_set(row, &d, row->def));
    const char *a = (const char *)o + row->at, *b = (const char *)&d + row->at;
    size_t n = row->kind == KIND_SWITCH   ? sizeof(bool)
               : row->kind == KIND_FACTOR ? sizeof(double)
                                          : sizeof(uint32_t);
    return memcmp(a, b, n) != 0;
}

/* A word whose row has a field.  `value` is NULL when there was none. */
static bool
set_word(const struct option_row *row, struct options *o, const char *word, const char *value, FILE *err)
{
    char expected[96];
    bool is_switch = row->kind == KIND_SWITCH;
    const char *text = is_switch       ? (strcmp(word, row->name) == 0 ? "yes" : "no")
                       : value == NULL ? row->def
                                       : value;
    if ((is_switch && value != NULL) || !option_set(row, o, text)) {
        option_expects(row, expected, sizeof expected);
        fprintf(err, "larderd: -o %s cannot be \"%s\": expected %s (%s)\n", row->name, value, expected,
            row->help);
        return false;
    }
    o->given |= UINT64_C(1) << row->id;
    if (row->note != NULL && differs_from_default(row, o))
        fprintf(err, "larderd: warning: -o %s: %s\n", word, row->note);
    return true;
}

/* One word, which it may write to. */
static bool
take_word(struct options *o, char *word, FILE *err)
{
    char *value = strchr(word, '=');
    if (value != NULL)
        *value++ = '\0';
    const struct option_row *row = row_of_name(bytes_of(word, strlen(word)));
    if (row == NULL) {
        fprintf(err, "larderd: unknown option -o %s; larderd -h lists all\n", word);
        return false;
    }
    if (row->kind == KIND_REFUSED) {
        fprintf(err, "larderd: -o %s is memcached's, not larder's: %s\n", word, row->note);
        return false;
    }
    if (row->kind == KIND_ALIAS)
        return options_extended(o, row->note, err);
    if (row->kind == KIND_IGNORED) {
        fprintf(err, "larderd: warning: -o %s: %s\n", word, row->note);
        return true;
    }
    return set_word(row, o, word, value, err);
}

bool
options_extended(struct options *o, const char *words, FILE *err)
{
    for (const char *p = words; *p != '\0';) {
        char word[256];
        size_t n = strcspn(p, ",");
        snprintf(word, sizeof word, "%.*s", (int)n, p);
        if (n > 0 && !take_word(o, word, err))
            return false;
        p += n;
        p += *p == ',';
    }
    return true;
}
