#include "tools/top/top_row.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text/json.h"

enum kind { RATE, NOW, LEVEL, PERCENT, RATIO };

static const struct {
    const char *json, *heading;
    enum kind kind;
    const char *stat;
} columns[N_TOP_COLUMNS] = {
#define COLUMN(name, json, heading, kind, stat) {json, heading, kind, stat},
#include "tools/top/top_columns.def"
#undef COLUMN
};

/* From the lowest level to the highest; the server's words, and short ones for the table. */
static const struct {
    const char *word, *brief;
} levels[] = {{"normal", "ok"}, {"warning", "warn"}, {"critical", "crit"}, {"emergency", "emerg"}};

enum { N_LEVELS = sizeof levels / sizeof levels[0] };
static_assert((int)N_TOP_SHOWN <= (int)N_TOP_COLUMNS, "the columns with a heading are the first");

static bool
read_value(enum kind kind, const char *text, double *out)
{
    if (kind == LEVEL) {
        for (int i = 0; i < N_LEVELS; i++)
            if (strcmp(text, levels[i].word) == 0) {
                *out = i;
                return true;
            }
        return false;
    }
    char *end;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*out) && *out >= 0;
}

void
top_sample_add(struct top_sample *h, const char *name, const char *value)
{
    for (int i = 0; i < N_TOP_COLUMNS; i++)
        if (columns[i].stat != NULL && strcmp(name, columns[i].stat) == 0)
            h->has[i] = read_value(columns[i].kind, value, &h->value[i]);
}

/* 100 * part / whole, if both are known and the whole is not 0. */
static void
share(struct top_row *r, enum top_column c, enum top_column part, double whole, bool has)
{
    MUST(columns[c].kind == PERCENT);
    r->has[c] = has && r->has[part] && whole > 0;
    r->value[c] = r->has[c] ? 100 * r->value[part] / whole : 0;
}

/* How many times larger the values of compressed items are to clients than in memory. */
static void
set_ratio(struct top_row *r)
{
    MUST(columns[TOP_RATIO].kind == RATIO);
    r->has[TOP_RATIO] = r->has[TOP_VALUE_BYTES] && r->has[TOP_PACKED_BYTES] && r->value[TOP_PACKED_BYTES] > 0;
    r->value[TOP_RATIO] = r->has[TOP_RATIO] ? r->value[TOP_VALUE_BYTES] / r->value[TOP_PACKED_BYTES] : 0;
}

static void
set_computed(struct top_row *r)
{
    share(r, TOP_HIT_SHARE, TOP_HITS, r->value[TOP_HITS] + r->value[TOP_MISSES], r->has[TOP_MISSES]);
    share(r, TOP_PACKED_SHARE, TOP_PACKED, r->value[TOP_ITEMS], r->has[TOP_ITEMS]);
    set_ratio(r);
    share(r, TOP_FULL_SHARE, TOP_BYTES, r->value[TOP_LIMIT], r->has[TOP_LIMIT]);
    r->has[TOP_CPU_SHARE] = r->has[TOP_CPU_USER] && r->has[TOP_CPU_SYSTEM];
    r->value[TOP_CPU_SHARE] = 100 * (r->value[TOP_CPU_USER] + r->value[TOP_CPU_SYSTEM]);
}

void
top_row_make(struct top_row *r, const struct top_sample *before, const struct top_sample *now)
{
    double since_s = now->at_s - before->at_s;
    for (int i = 0; i < N_TOP_COLUMNS; i++) {
        bool is_rate = columns[i].kind == RATE;
        r->has[i] = now->has[i];
        r->value[i] = now->value[i];
        if (!is_rate)
            continue;
        r->has[i] = now->has[i] && before->has[i] && before->at_s > 0 && since_s > 0 &&
                    now->value[i] >= before->value[i];
        r->value[i] = r->has[i] ? (now->value[i] - before->value[i]) / since_s : 0;
    }
    set_computed(r);
}

void
top_row_sum(struct top_row *sum, const struct top_row *rows, size_t n)
{
    *sum = (struct top_row){0};
    for (size_t j = 0; j < n; j++)
        for (int i = 0; i < N_TOP_COLUMNS; i++) {
            if (rows[j].error != NULL || !rows[j].has[i])
                continue;
            sum->has[i] = true;
            if (columns[i].kind != LEVEL)
                sum->value[i] += rows[j].value[i];
            else if (rows[j].value[i] > sum->value[i])
                sum->value[i] = rows[j].value[i];
        }
    set_computed(sum);
}

/* "1234", "56.7k", "890M": at most five characters. */
static void
brief(double v, char out[TOP_CELL_ROOM])
{
    static const char unit[] = " kMGTPE";
    size_t u = 0;
    for (; (u == 0 ? v >= 9999.5 : v >= 999.5) && u + 2 < sizeof unit; u++)
        v /= 1000;
    MUST(u + 1 < sizeof unit);
    if (u == 0)
        snprintf(out, TOP_CELL_ROOM, "%.0f", v);
    else
        snprintf(out, TOP_CELL_ROOM, v < 99.95 ? "%.1f%c" : "%.0f%c", v < 99999 ? v : 99999, unit[u]);
}

const char *
top_cell(const struct top_row *r, enum top_column c, char out[TOP_CELL_ROOM])
{
    MUST(c < N_TOP_COLUMNS);
    if (!r->has[c])
        return "-";
    switch (columns[c].kind) {
    case LEVEL: MUST(r->value[c] >= 0 && r->value[c] < N_LEVELS); return levels[(int)r->value[c]].brief;
    case PERCENT:
        if (r->value[c] < 999.95) {
            snprintf(out, TOP_CELL_ROOM, "%.1f", r->value[c]);
            return out;
        }
        break;
    case RATIO:
        if (r->value[c] < 99.995) {
            snprintf(out, TOP_CELL_ROOM, "%.2f", r->value[c]);
            return out;
        }
        break;
    case RATE:
    case NOW: break;
    }
    brief(r->value[c], out);
    return out;
}

const char *
top_heading(enum top_column c)
{
    MUST((int)c < (int)N_TOP_SHOWN && columns[c].heading != NULL);
    return columns[c].heading;
}

enum top_column
top_column_named(const char *name)
{
    for (int i = 0; i < N_TOP_SHOWN; i++)
        if (strcmp(name, columns[i].heading) == 0 || strcmp(name, columns[i].json) == 0)
            return (enum top_column)i;
    return N_TOP_COLUMNS;
}

void
top_row_json(const struct top_row *r, FILE *out)
{
    struct json j;
    json_begin(&j, out, JSON_LINE);
    json_text(&j, "server", r->server);
    if (r->error != NULL)
        json_text(&j, "error", r->error);
    for (int i = 0; r->error == NULL && i < N_TOP_COLUMNS; i++) {
        if (r->has[i] && columns[i].kind == LEVEL)
            json_text(&j, columns[i].json, levels[(int)r->value[i]].word);
        else if (r->has[i] && columns[i].kind == NOW && r->value[i] < 9e18)
            json_unsigned(&j, columns[i].json, (uint64_t)r->value[i]);
        else if (r->has[i])
            json_real(&j, columns[i].json, r->value[i], 3);
    }
    json_end(&j);
}
