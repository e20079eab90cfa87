/* A value: read from text, compared, stored under readers; by the kind of its row. */
#include "server/options_row.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "server/memory_source.h"

enum { KIB = OPTION_KIB, MIB = OPTION_MIB, MEMORY_AUTO_PERCENT = 70 };

/* ---- numbers ---- */

/* The letters that may stand behind a number, and what they stand for. */
struct unit {
    char letter;
    long long times;
};

static const struct unit *
units_of(enum option_kind kind)
{
    static const struct unit bytes[] = {{'k', KIB}, {'m', MIB}, {0, 1}},
                             mebibytes[] = {{'m', 1}, {'g', KIB}, {0, 1}}, none[] = {{0, 1}};
    return kind == KIND_SIZE ? bytes : kind == KIND_MEMORY ? mebibytes : none;
}

static bool
read_integer(const struct option_row *row, const char *text, long long *out)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, row->kind == KIND_OCTAL ? 8 : 10);
    if (end == text || errno != 0)
        return false;
    const struct unit *unit = units_of(row->kind);
    while (unit->letter != 0 && unit->letter != (*end | 0x20))
        unit++;
    if (unit->letter != 0)
        end++;
    end += strspn(end, " \t\r\n"); /* those in front are strtoll's */
    if (*end != '\0' || v > INT64_MAX / unit->times || v < INT64_MIN / unit->times)
        return false;
    *out = v * unit->times;
    return (double)*out >= row->least && (double)*out <= row->most;
}

static bool
is_size(enum option_kind kind)
{
    return kind == KIND_SIZE || kind == KIND_KIBIBYTES || kind == KIND_MEMORY;
}

static enum option_read
set_integer(const struct option_row *row, void *field, const char *text)
{
    long long v;
    if (!read_integer(row, text, &v))
        return OPTION_MISREAD;
    if (row->kind == KIND_PORT)
        *(int32_t *)field = (int32_t)v;
    else if (is_size(row->kind))
        *(size_t *)field = (size_t)v * option_scale(row->kind);
    else
        *(uint32_t *)field = (uint32_t)v;
    return OPTION_READ;
}

/* "auto" or "auto:60": a share of what there is; whole MiB, and one at least. */
static enum option_read
set_memory(const struct option_row *row, size_t *field, const char *text)
{
    static const char word[] = "auto";
    unsigned long percent = MEMORY_AUTO_PERCENT;
    char *end = NULL;
    if (strncmp(text, word, sizeof word - 1) != 0)
        return set_integer(row, field, text);
    text += sizeof word - 1;
    if (text[0] == ':' && isdigit((unsigned char)text[1]))
        percent = strtoul(text + 1, &end, 10);
    if (*(end == NULL ? text : end) != '\0' || percent < 1 || percent > 100)
        return OPTION_MISREAD;
    uint64_t total = memory_source_total();
    if (total == 0)
        return OPTION_MISREAD;
    size_t n_mib = (size_t)((total / 100 * percent + total % 100 * percent / 100) / MIB);
    *field = (n_mib < 1 ? 1 : n_mib) * MIB;
    return OPTION_READ;
}

/* `least` itself is out of a factor's range. */
static enum option_read
set_factor(const struct option_row *row, double *field, const char *text)
{
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end != '\0' || isnan(v) || v <= row->least || v > row->most)
        return OPTION_MISREAD;
    *field = v;
    return OPTION_READ;
}

/* A word's number among those in `argument`. */
static enum option_read
set_choice(const struct option_row *row, uint32_t *field, const char *text)
{
    uint32_t number = 0;
    for (const char *p = row->argument; *p != '\0'; number++) {
        size_t n = (size_t)(strchrnul(p, '|') - p);
        if (n == strlen(text) && memcmp(p, text, n) == 0) {
            *field = number;
            return OPTION_READ;
        }
        p += n;
        p += *p == '|';
    }
    return OPTION_MISREAD;
}

static enum option_read
set_flag(bool *field, const char *text)
{
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        return OPTION_MISREAD;
    *field = text[0] == 'y';
    return OPTION_READ;
}

/* ---- text ---- */

/* Takes `text` from malloc, or NULL if there was no memory for it. */
static enum option_read
own_text(char **field, char *text)
{
    if (text == NULL)
        return OPTION_NO_MEMORY;
    free(*field);
    *field = text;
    return OPTION_READ;
}

static enum option_read
set_text(char **field, const char *text)
{
    return text[0] == '\0' ? OPTION_MISREAD : own_text(field, strdup(text));
}

static enum option_read
set_file(char **field, const char *text, const char *cwd)
{
    char *path;
    if (text[0] == '/' || text[0] == '\0' || cwd == NULL)
        return set_text(field, text);
    if (asprintf(&path, "%s%s%s", cwd, cwd[1] == '\0' ? "" : "/", text) < 0)
        path = NULL;
    return own_text(field, path);
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

static enum option_read
set_word(const struct option_row *row, char **field, const char *text)
{
    return words_have(row->argument, text, strlen(text), '|') ? set_text(field, text) : OPTION_MISREAD;
}

/* Adds what is not there yet, the same address twice is one address; blanks in front are nobody's. */
static enum option_read
set_list(char **field, const char *text)
{
    enum option_read done = OPTION_MISREAD;
    for (const char *p = text; *p != '\0';) {
        p += strspn(p, " \t");
        size_t n = strcspn(p, ",;");
        if (n > 0 && *field != NULL && words_have(*field, p, n, ',')) {
            done = OPTION_READ;
        } else if (n > 0) {
            char *longer;
            int rc = *field == NULL ? asprintf(&longer, "%.*s", (int)n, p)
                                    : asprintf(&longer, "%s,%.*s", *field, (int)n, p);
            done = own_text(field, rc < 0 ? NULL : longer);
            if (done != OPTION_READ)
                return done;
        }
        p += n;
        p += *p != '\0';
    }
    return done;
}

static enum option_read
set_char(char *field, const char *text)
{
    if (text[0] == '\0' || text[1] != '\0')
        return OPTION_MISREAD;
    *field = text[0];
    return OPTION_READ;
}

/* ---- of any kind ---- */

enum option_read
option_read(const struct option_row *row, void *field, const char *text, const char *cwd)
{
    switch (row->kind) {
    case KIND_FLAG:
    case KIND_SWITCH: return set_flag(field, text);
    case KIND_MEMORY: return set_memory(row, field, text);
    case KIND_REPEAT:
    case KIND_NUMBER:
    case KIND_PORT:
    case KIND_KIBIBYTES:
    case KIND_SIZE:
    case KIND_OCTAL: return set_integer(row, field, text);
    case KIND_FACTOR: return set_factor(row, field, text);
    case KIND_CHAR: return set_char(field, text);
    case KIND_CHOICE: return set_choice(row, field, text);
    case KIND_TEXT: return set_text(field, text);
    case KIND_FILE: return set_file(field, text, cwd);
    case KIND_LIST: return set_list(field, text);
    case KIND_WORD: return set_word(row, field, text);
    case KIND_NONE: break;
    }
    UNREACHABLE();
}

static size_t
size_of(enum option_kind kind)
{
    switch (kind) {
    case KIND_FLAG:
    case KIND_SWITCH:
    case KIND_CHAR: return sizeof(bool);
    case KIND_REPEAT:
    case KIND_NUMBER:
    case KIND_PORT:
    case KIND_CHOICE:
    case KIND_OCTAL: return sizeof(uint32_t);
    case KIND_KIBIBYTES:
    case KIND_MEMORY:
    case KIND_SIZE: return sizeof(size_t);
    case KIND_FACTOR: return sizeof(double);
    case KIND_TEXT:
    case KIND_FILE:
    case KIND_LIST:
    case KIND_WORD: return sizeof(char *);
    case KIND_NONE: break;
    }
    UNREACHABLE();
}

bool
option_equal(const struct option_row *row, const void *a, const void *b)
{
    if (row->kind < KIND_TEXT)
        return memcmp(a, b, size_of(row->kind)) == 0;
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

void
option_clear(const struct option_row *row, void *field)
{
    if (row->kind >= KIND_TEXT) {
        free(*(char **)field);
        *(char **)field = NULL;
    } else {
        memset(field, 0, size_of(row->kind));
    }
}

void
option_store(const struct option_row *row, void *to, const void *from)
{
    MUST(row->change == CHANGE_LIVE);
    if (row->kind == KIND_FACTOR)
        atomic_store_explicit((_Atomic double *)to, *(const double *)from, memory_order_relaxed);
    else if (size_of(row->kind) == sizeof(size_t))
        atomic_store_explicit((_Atomic size_t *)to, *(const size_t *)from, memory_order_relaxed);
    else if (size_of(row->kind) == sizeof(uint32_t))
        atomic_store_explicit((_Atomic uint32_t *)to, *(const uint32_t *)from, memory_order_relaxed);
    else
        atomic_store_explicit((_Atomic bool *)to, *(const bool *)from, memory_order_relaxed);
}
