/* option_value: reads, compares and frees a value by the kind of its row. */
#include "base/option/option.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { KIB = OPTION_KIB, MIB = OPTION_MIB };

/* ---- numbers -------------------------------------------------------------- */

static const struct option_unit bytes_units[] = {{'k', KIB}, {'m', MIB}, {0, 1}},
                                scaled_units[] = {{'k', 1000}, {'m', 1000000}, {'g', 1000000000}, {0, 1}},
                                no_units[] = {{0, 1}};

/* Returns the unit at *end and moves *end behind it; 1 if there is none. */
static long long
take_unit(const struct option_unit *unit, const char **end)
{
    while (unit->letter != 0 && unit->letter != (**end | 0x20))
        unit++;
    *end += unit->letter != 0;
    return unit->times;
}

bool
option_integer(const char *text, int base, const struct option_unit *units, long long *out)
{
    char *e;
    errno = 0;
    long long v = strtoll(text, &e, base);
    if (e == text || errno != 0)
        return false;
    const char *end = e;
    long long times = take_unit(units, &end);
    end += strspn(end, " \t\r\n"); /* strtoll skips those before it */
    return *end == '\0' && !__builtin_mul_overflow(v, times, out);
}

/* Reads digits with nothing before them. */
static bool
read_digits(const char *text, uint64_t *out, const char **end)
{
    char *e;
    errno = 0;
    if (*text < '0' || *text > '9')
        return false;
    *out = strtoull(text, &e, 10);
    *end = e;
    return errno == 0;
}

/* Reads digits and an optional k, m or g. */
static bool
read_scaled(const char *text, uint64_t *out, const char **end)
{
    uint64_t v;
    if (!read_digits(text, &v, end))
        return false;
    uint64_t times = (uint64_t)take_unit(scaled_units, end);
    *out = v * times;
    return v <= INT64_MAX / times;
}

static bool
in_bounds(const struct option_row *row, double v)
{
    return v >= row->least && (row->most == 0 || v <= row->most);
}

static bool
read_integer(const struct option_row *row, const char *text, long long *out)
{
    MUST(row->most > 0 || row->kind == KIND_SIGNED || row->kind == KIND_SIZE); /* else it may not fit */
    const struct option_unit *units = row->kind == KIND_SIZE ? bytes_units : no_units;
    return option_integer(text, row->kind == KIND_OCTAL ? 8 : 10, units, out) &&
           (row->kind == KIND_SIGNED || in_bounds(row, (double)*out));
}

static enum option_read
set_integer(const struct option_row *row, void *field, const char *text)
{
    long long v;
    if (!read_integer(row, text, &v))
        return OPTION_MISREAD;
    if (row->kind == KIND_PORT)
        *(int32_t *)field = (int32_t)v;
    else if (row->kind == KIND_SIGNED)
        *(int64_t *)field = v;
    else if (row->kind == KIND_SIZE || row->kind == KIND_KIBIBYTES)
        *(size_t *)field = (size_t)v * (row->kind == KIND_KIBIBYTES ? KIB : 1);
    else
        *(uint32_t *)field = (uint32_t)v;
    return OPTION_READ;
}

bool
option_wide(const char *text, uint64_t *out)
{
    const char *end;
    return read_digits(text, out, &end) && *end == '\0';
}

static enum option_read
set_wide(const struct option_row *row, uint64_t *field, const char *text)
{
    uint64_t v;
    if (!option_wide(text, &v) || !in_bounds(row, (double)v))
        return OPTION_MISREAD;
    *field = v;
    return OPTION_READ;
}

static enum option_read
set_scaled(const struct option_row *row, uint64_t *field, const char *text)
{
    uint64_t v;
    const char *end;
    if (!read_scaled(text, &v, &end) || *end != '\0' || !in_bounds(row, (double)v))
        return OPTION_MISREAD;
    *field = v;
    return OPTION_READ;
}

bool
option_milliseconds(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    if (strspn(text, "0123456789.") == 0)
        return false;
    double v = strtod(text, &end);
    if (strcmp(end, "ms") != 0) {
        v *= 1000;
        if (*end != '\0' && strcmp(end, "s") != 0)
            return false;
    }
    if (errno != 0 || !(v >= 0 && v < 1e12))
        return false;
    *out = (uint64_t)(v + 0.5);
    return true;
}

/* A factor must be above `least`. */
static enum option_read
set_factor(const struct option_row *row, double *field, const char *text)
{
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(v) || v <= row->least || (row->most != 0 && v > row->most))
        return OPTION_MISREAD;
    *field = v;
    return OPTION_READ;
}

/* Reads two numbers separated by `between`. */
static bool
read_pair(const char *text, char between, uint64_t *a, uint64_t *b)
{
    const char *end;
    MUST(between < '0' || between > '9'); /* else the first number contains it */
    return read_scaled(text, a, &end) && *end == between && read_scaled(end + 1, b, &end) && *end == '\0';
}

static enum option_read
set_range(const struct option_row *row, struct option_range *field, const char *text)
{
    struct option_range r;
    const char *end;
    if (!read_pair(text, '-', &r.min, &r.max)) {
        if (!read_scaled(text, &r.min, &end) || *end != '\0')
            return OPTION_MISREAD;
        r.max = r.min;
    }
    if (r.min > r.max || !in_bounds(row, (double)r.min) || !in_bounds(row, (double)r.max))
        return OPTION_MISREAD;
    *field = r;
    return OPTION_READ;
}

static enum option_read
set_ratio(struct option_ratio *field, const char *text)
{
    struct option_ratio r;
    if (!read_pair(text, ':', &r.a, &r.b))
        return OPTION_MISREAD;
    *field = r;
    return OPTION_READ;
}

/* ---- words ---------------------------------------------------------------- */

static enum option_read
set_flag(bool *field, const char *text)
{
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        return OPTION_MISREAD;
    *field = text[0] == 'y';
    return OPTION_READ;
}

static enum option_read
set_char(char *field, const char *text)
{
    if (text[0] == '\0' || text[1] != '\0')
        return OPTION_MISREAD;
    *field = text[0];
    return OPTION_READ;
}

/* Finds `word` among `words`, separated by `between`, and stores its index; false if it is not there. */
static bool
find_word(const char *words, struct bytes word, char between, uint32_t *number)
{
    MUST(words != NULL && between != '\0');
    *number = 0;
    for (const char *p = words; *p != '\0'; (*number)++) {
        size_t n = (size_t)(strchrnul(p, between) - p);
        if (bytes_equal(bytes_of(p, n), word))
            return true;
        p += n;
        p += *p == between;
    }
    return false;
}

static enum option_read
set_choice(const struct option_row *row, uint32_t *field, const char *text)
{
    uint32_t number;
    if (!find_word(row->argument, bytes_of(text, strlen(text)), '|', &number))
        return OPTION_MISREAD;
    *field = number;
    return OPTION_READ;
}

/* ---- text ----------------------------------------------------------------- */

/* Stores `text`, which is from malloc, or NULL if that failed. */
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

static enum option_read
set_word(const struct option_row *row, char **field, const char *text)
{
    uint32_t number;
    bool known = find_word(row->argument, bytes_of(text, strlen(text)), '|', &number);
    return known ? set_text(field, text) : OPTION_MISREAD;
}

/* Adds a word unless the list contains it. */
static enum option_read
add_word(char **field, struct bytes word)
{
    uint32_t number;
    char *longer;
    if (*field != NULL && find_word(*field, word, ',', &number))
        return OPTION_READ;
    int rc = *field == NULL ? asprintf(&longer, "%.*s", (int)word.n, word.p)
                            : asprintf(&longer, "%s,%.*s", *field, (int)word.n, word.p);
    return own_text(field, rc < 0 ? NULL : longer);
}

/* Adds the words that the list lacks, so that an address written twice counts once; drops leading spaces. */
static enum option_read
set_list(char **field, const char *text)
{
    enum option_read done = OPTION_MISREAD;
    for (const char *p = text; *p != '\0';) {
        p += strspn(p, " \t");
        size_t n = strcspn(p, ",;");
        if (n > 0 && (done = add_word(field, bytes_of(p, n))) != OPTION_READ)
            return done;
        p += n;
        p += *p != '\0';
    }
    return done;
}

/* ---- of any kind ---------------------------------------------------------- */

enum option_read
option_read(const struct option_table *t, const struct option_row *row, void *field, const char *text,
    const char *cwd)
{
    MUST(text != NULL && (row->kind != KIND_OWN || t->own != NULL));
    switch (row->kind) {
    case KIND_FLAG:
    case KIND_SWITCH: return set_flag(field, text);
    case KIND_REPEAT:
    case KIND_NUMBER:
    case KIND_SIGNED:
    case KIND_PORT:
    case KIND_KIBIBYTES:
    case KIND_SIZE:
    case KIND_OCTAL: return set_integer(row, field, text);
    case KIND_WIDE: return set_wide(row, field, text);
    case KIND_SCALED: return set_scaled(row, field, text);
    case KIND_MILLISECONDS: return option_milliseconds(text, field) ? OPTION_READ : OPTION_MISREAD;
    case KIND_FACTOR: return set_factor(row, field, text);
    case KIND_CHAR: return set_char(field, text);
    case KIND_CHOICE: return set_choice(row, field, text);
    case KIND_RANGE: return set_range(row, field, text);
    case KIND_RATIO: return set_ratio(field, text);
    case KIND_OWN: return t->own->read(row, field, text);
    case KIND_STRING: return own_text(field, strdup(text));
    case KIND_TEXT: return set_text(field, text);
    case KIND_FILE: return set_file(field, text, cwd);
    case KIND_LIST: return set_list(field, text);
    case KIND_WORD: return set_word(row, field, text);
    case KIND_NONE: break;
    }
    UNREACHABLE();
}

size_t
option_size(const struct option_table *t, const struct option_row *row)
{
    MUST(row->kind != KIND_OWN || t->own != NULL);
    switch (row->kind) {
    case KIND_FLAG:
    case KIND_SWITCH: return sizeof(bool);
    case KIND_CHAR: return sizeof(char);
    case KIND_REPEAT:
    case KIND_NUMBER:
    case KIND_PORT:
    case KIND_CHOICE:
    case KIND_OCTAL: return sizeof(uint32_t);
    case KIND_WIDE:
    case KIND_SCALED:
    case KIND_MILLISECONDS:
    case KIND_SIGNED: return sizeof(uint64_t);
    case KIND_KIBIBYTES:
    case KIND_SIZE: return sizeof(size_t);
    case KIND_FACTOR: return sizeof(double);
    case KIND_RANGE: return sizeof(struct option_range);
    case KIND_RATIO: return sizeof(struct option_ratio);
    case KIND_OWN: return t->own->size;
    case KIND_STRING:
    case KIND_TEXT:
    case KIND_FILE:
    case KIND_LIST:
    case KIND_WORD: return sizeof(char *);
    case KIND_NONE: break;
    }
    UNREACHABLE();
}

bool
option_equal(const struct option_table *t, const struct option_row *row, const void *a, const void *b)
{
    if (row->kind < KIND_STRING)
        return memcmp(a, b, option_size(t, row)) == 0;
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

void
option_clear(const struct option_table *t, const struct option_row *row, void *field)
{
    if (row->kind >= KIND_STRING) {
        free(*(char **)field);
        *(char **)field = NULL;
    } else {
        memset(field, 0, option_size(t, row));
    }
}
