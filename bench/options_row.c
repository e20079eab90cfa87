#include "bench/options_row.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GROUP(title) {.group = (title)},
#define OPTION(field, letter_, name_, kind_, argument_, least_, most_, def_, help_) \
    {.name = (name_),                                                               \
        .letter = (letter_),                                                        \
        .kind = KIND_##kind_,                                                       \
        .id = OPTION_##field,                                                       \
        .offset = offsetof(struct options, field),                                  \
        .argument = (argument_),                                                    \
        .least = (least_),                                                          \
        .most = (double)(most_),                                                    \
        .def = (def_),                                                              \
        .help = (help_)},
#define ALIAS(name_, field) \
    {.name = (name_), .is_alias = true, .id = OPTION_##field, .offset = offsetof(struct options, field)},

const struct option_row option_rows[] = {
#include "bench/options.def"
};
const size_t n_option_rows = sizeof option_rows / sizeof option_rows[0];

const struct option_row *
option_row_of_id(enum option_id id)
{
    for (size_t i = 0; i < n_option_rows; i++)
        if (option_rows[i].group == NULL && !option_rows[i].is_alias && option_rows[i].id == id)
            return &option_rows[i];
    UNREACHABLE();
}

const struct option_row *
option_row_of_name(const char *name)
{
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->group == NULL && strcmp(row->name, name) == 0)
            return row->is_alias ? option_row_of_id(row->id) : row;
    }
    return NULL;
}

/* Reads digits and an optional k, m or g; *end is what follows them. */
static bool
read_number(const char *text, const char **end, uint64_t *value)
{
    if (*text < '0' || *text > '9')
        return false;
    char *e;
    errno = 0;
    unsigned long long v = strtoull(text, &e, 10);
    uint64_t unit = *e == 'k' ? 1000 : *e == 'm' ? 1000000 : *e == 'g' ? 1000000000 : 1;
    if (errno != 0 || v > UINT64_MAX / 2 / unit)
        return false;
    *value = v * unit;
    *end = e + (unit > 1);
    return true;
}

static bool
in_bounds(const struct option_row *row, double value)
{
    return value >= row->least && (row->most == 0 || value <= row->most);
}

/* Reads two numbers separated by `between`. */
static bool
read_pair(const char *text, char between, bool may_be_one, uint64_t *a, uint64_t *b)
{
    const char *end;
    if (!read_number(text, &end, a))
        return false;
    if (*end == '\0' && may_be_one) {
        *b = *a;
        return true;
    }
    return *end == between && read_number(end + 1, &end, b) && *end == '\0';
}

/* True if `text` is one of the words in `words`, which are separated by bars. */
static bool
is_word(const char *words, const char *text)
{
    size_t n = strlen(text);
    for (const char *w = words; w != NULL; w = strchr(w, '|')) {
        w += *w == '|';
        if (strncmp(w, text, n) == 0 && (w[n] == '|' || w[n] == '\0'))
            return n > 0;
    }
    return false;
}

static bool
read_real(const struct option_row *row, const char *text, double *value)
{
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(v) || v <= row->least || (row->most > 0 && v > row->most))
        return false;
    *value = v;
    return true;
}

bool
option_read(const struct option_row *row, struct options *o, const char *text)
{
    void *field = (char *)o + row->offset;
    const char *end;
    uint64_t a, b;

    switch (row->kind) {
    case KIND_FLAG: *(bool *)field = true; return *text == '\0';
    case KIND_COUNT:
        if (strcmp(text, "allkeys") == 0) {
            *(uint64_t *)field = OPTIONS_ALL_KEYS;
            return true;
        } /* fall through */
    case KIND_NUMBER:
        if (!read_number(text, &end, &a) || *end != '\0' || !in_bounds(row, (double)a))
            return false;
        *(uint64_t *)field = a;
        return true;
    case KIND_REAL: return read_real(row, text, field);
    case KIND_TEXT: *(const char **)field = text; return true;
    case KIND_WORD:
        if (!is_word(row->argument, text))
            return false;
        *(const char **)field = text;
        return true;
    case KIND_RANGE:
        if (!read_pair(text, '-', true, &a, &b) || a > b || !in_bounds(row, (double)a) ||
            !in_bounds(row, (double)b))
            return false;
        *(struct range *)field = (struct range){a, b};
        return true;
    case KIND_RATIO:
        if (!read_pair(text, ':', false, &a, &b))
            return false;
        *(struct ratio *)field = (struct ratio){a, b};
        return true;
    }
    UNREACHABLE();
}

void
option_bounds(const struct option_row *row, char *text, size_t n_text)
{
    bool is_real = row->kind == KIND_REAL;
    *text = '\0';
    if (row->kind == KIND_FLAG || row->kind == KIND_TEXT || row->kind == KIND_WORD || row->kind == KIND_RATIO)
        return;
    if (row->most > 0)
        snprintf(text, n_text, is_real ? " above %.15g, up to %.15g" : " from %.15g to %.15g", row->least,
            row->most);
    else if (row->least > 0)
        snprintf(text, n_text, " from %.15g", row->least);
}

void
option_write(const struct option_row *row, const struct options *o, char *text, size_t n_text)
{
    const void *field = (const char *)o + row->offset;
    uint64_t number;

    switch (row->kind) {
    case KIND_FLAG: snprintf(text, n_text, "%s", *(const bool *)field ? "yes" : "no"); return;
    case KIND_COUNT:
    case KIND_NUMBER:
        number = *(const uint64_t *)field;
        if (row->kind == KIND_COUNT && number == OPTIONS_ALL_KEYS)
            snprintf(text, n_text, "allkeys");
        else
            snprintf(text, n_text, "%llu", (unsigned long long)number);
        return;
    case KIND_REAL: snprintf(text, n_text, "%.15g", *(const double *)field); return;
    case KIND_TEXT:
    case KIND_WORD:
        snprintf(text, n_text, "%s", *(const char *const *)field ? *(const char *const *)field : "");
        return;
    case KIND_RANGE: {
        struct range r = *(const struct range *)field;
        snprintf(text, n_text, "%llu-%llu", (unsigned long long)r.min, (unsigned long long)r.max);
        return;
    }
    case KIND_RATIO: {
        struct ratio r = *(const struct ratio *)field;
        snprintf(text, n_text, "%llu:%llu", (unsigned long long)r.a, (unsigned long long)r.b);
        return;
    }
    }
    UNREACHABLE();
}
