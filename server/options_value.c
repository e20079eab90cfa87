#include "server/options_row.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KIB = 1 << 10, MIB = 1 << 20 };

bool
option_has_field(const struct option_row *row)
{
    return row->kind < KIND_GROUP;
}

bool
option_has_value(const struct option_row *row)
{
    switch (row->kind) {
    case KIND_NUMBER:
    case KIND_PORT:
    case KIND_MEGABYTES:
    case KIND_SIZE:
    case KIND_FACTOR:
    case KIND_OCTAL:
    case KIND_CHAR:
    case KIND_TEXT:
    case KIND_LIST:
    case KIND_WORD: return true;
    case KIND_ACTION: return row->id == ACTION_EXTENDED;
    case KIND_FLAG:
    case KIND_REPEAT:
    case KIND_SWITCH:
    case KIND_GROUP:
    case KIND_REFUSED:
    case KIND_IGNORED:
    case KIND_ALIAS: return false;
    }
    UNREACHABLE();
}

/* The whole of `text` as a number; `unit` takes a k or m behind it. */
static bool
read_integer(const char *text, int base, bool unit, long long *out)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, base);
    if (end == text || errno != 0)
        return false;
    if (unit && *end != '\0') {
        long long times = strchr("kK", *end) != NULL ? KIB : strchr("mM", *end) != NULL ? MIB : 0;
        if (times == 0 || v > INT64_MAX / times || v < 0)
            return false;
        v *= times;
        end++;
    }
    *out = v;
    return *end == '\0';
}

static bool
set_integer(const struct option_row *row, void *field, const char *text)
{
    long long v;
    int base = row->kind == KIND_OCTAL ? 8 : 10;
    if (!read_integer(text, base, row->kind == KIND_SIZE, &v))
        return false;
    if ((double)v < row->least || (double)v > row->most)
        return false;
    if (row->kind == KIND_PORT)
        *(int32_t *)field = (int32_t)v;
    else if (row->kind == KIND_SIZE)
        *(size_t *)field = (size_t)v;
    else if (row->kind == KIND_MEGABYTES)
        *(size_t *)field = (size_t)v * MIB;
    else
        *(uint32_t *)field = (uint32_t)v;
    return true;
}

/* `least` itself is out of a factor's range. */
static bool
set_factor(const struct option_row *row, double *field, const char *text)
{
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end != '\0' || isnan(v) || v <= row->least || v > row->most)
        return false;
    *field = v;
    return true;
}

static bool
set_switch(bool *field, const char *text)
{
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        return false;
    *field = text[0] == 'y';
    return true;
}

static bool
set_repeat(const struct option_row *row, uint32_t *field, const char *text)
{
    if (text[0] != '\0')
        return set_integer(row, field, text);
    if (*field < (uint32_t)row->most)
        (*field)++;
    return true;
}

static bool
set_text(char **field, const char *text)
{
    if (text[0] == '\0')
        return false;
    char *copy = strdup(text);
    MUST(copy != NULL); /* at start, a few bytes: there is nobody to answer to */
    free(*field);
    *field = copy;
    return true;
}

/* Whether `word` is one of those in `words`, which `between` parts. */
static bool
words_have(const char *words, const char *word, size_t n_word, char between)
{
    for (const char *p = words; *p != '\0';) {
        size_t n = (size_t)(strchrnul(p, between) - p);
        if (n == n_word && memcmp(p, word, n) == 0)
            return true;
        p += n;
        p += *p == between;
    }
    return false;
}

/* Adds what is not there yet: the same address twice is one address. */
static bool
set_list(char **field, const char *text)
{
    bool any = false;
    for (const char *p = text; *p != '\0';) {
        size_t n = strcspn(p, ",;");
        if (n > 0 && (*field == NULL || !words_have(*field, p, n, ','))) {
            char *longer;
            int rc = *field == NULL ? asprintf(&longer, "%.*s", (int)n, p)
                                    : asprintf(&longer, "%s,%.*s", *field, (int)n, p);
            MUST(rc >= 0);
            free(*field);
            *field = longer;
        }
        any |= n > 0;
        p += n;
        p += *p != '\0';
    }
    return any;
}

static bool
set_char(char *field, const char *text)
{
    if (text[0] == '\0' || text[1] != '\0')
        return false;
    *field = text[0];
    return true;
}

bool
option_set(const struct option_row *row, struct options *o, const char *text)
{
    void *field = (char *)o + row->at;
    switch (row->kind) {
    case KIND_FLAG: *(bool *)field = true; return true;
    case KIND_REPEAT: return set_repeat(row, field, text);
    case KIND_SWITCH: return set_switch(field, text);
    case KIND_NUMBER:
    case KIND_PORT:
    case KIND_MEGABYTES:
    case KIND_SIZE:
    case KIND_OCTAL: return set_integer(row, field, text);
    case KIND_FACTOR: return set_factor(row, field, text);
    case KIND_CHAR: return set_char(field, text);
    case KIND_TEXT: return set_text(field, text);
    case KIND_LIST: return set_list(field, text);
    case KIND_WORD: return words_have(row->argument, text, strlen(text), '|') && set_text(field, text);
    case KIND_GROUP:
    case KIND_ACTION:
    case KIND_REFUSED:
    case KIND_IGNORED:
    case KIND_ALIAS: break;
    }
    UNREACHABLE();
}

void
option_clear(const struct option_row *row, struct options *o)
{
    if (row->kind != KIND_TEXT && row->kind != KIND_LIST && row->kind != KIND_WORD)
        return;
    char **field = (char **)((char *)o + row->at);
    free(*field);
    *field = NULL;
}

void
option_expects(const struct option_row *row, char *text, size_t n_text)
{
    switch (row->kind) {
    case KIND_NUMBER:
    case KIND_PORT:
    case KIND_MEGABYTES:
    case KIND_REPEAT:
        if (row->least < row->most)
            snprintf(text, n_text, "a number from %.0f to %.0f", row->least, row->most);
        else
            snprintf(text, n_text, "%.0f", row->least);
        return;
    case KIND_SIZE:
        snprintf(text, n_text, "bytes from %.0fk to %.0fm, plain or with k or m behind", row->least / KIB,
            row->most / MIB);
        return;
    case KIND_FACTOR: snprintf(text, n_text, "a number over %g and up to %g", row->least, row->most); return;
    case KIND_OCTAL: snprintf(text, n_text, "an octal number up to %o", (unsigned)row->most); return;
    case KIND_CHAR: snprintf(text, n_text, "one character"); return;
    case KIND_WORD: snprintf(text, n_text, "one of %s", row->argument); return;
    case KIND_TEXT:
    case KIND_LIST: snprintf(text, n_text, "%s", row->argument); return;
    case KIND_FLAG:
    case KIND_SWITCH:
    case KIND_GROUP:
    case KIND_ACTION:
    case KIND_REFUSED:
    case KIND_IGNORED:
    case KIND_ALIAS: snprintf(text, n_text, "no value"); return;
    }
    UNREACHABLE();
}
