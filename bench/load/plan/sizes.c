#include "bench/load/plan/sizes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/load/options/options.h"

enum { SIZE_MAX_EACH = 512 << 20, WEIGHT_MAX = 1000000000 };

/* Reads one "size:weight" of the list. */
static bool
read_row(const char **at, uint64_t total, struct sizes_row *row)
{
    char *end;
    errno = 0;
    unsigned long size = strtoul(*at, &end, 10);
    if (end == *at || *end != ':' || **at == '-')
        return false;
    const char *weight_at = end + 1;
    unsigned long weight = strtoul(weight_at, &end, 10);
    if (end == weight_at || *weight_at == '-' || errno != 0 || size > SIZE_MAX_EACH || weight == 0 ||
        weight > WEIGHT_MAX)
        return false;
    *row = (struct sizes_row){size, total + weight};
    *at = end;
    return true;
}

static enum sizes_result
read_list(struct sizes *s, const char *text)
{
    size_t n = 1;
    for (const char *p = text; *p != '\0'; p++)
        n += *p == ',';
    s->rows = calloc(n, sizeof *s->rows);
    if (s->rows == NULL)
        return SIZES_NO_MEMORY;
    for (uint64_t total = 0; s->n_rows < n; total = s->rows[s->n_rows++].up_to) {
        struct sizes_row *row = &s->rows[s->n_rows];
        bool is_last = s->n_rows + 1 == n;
        if (!read_row(&text, total, row) || *text != (is_last ? '\0' : ','))
            return SIZES_NO_LIST;
        text++;
        s->min = s->n_rows == 0 || row->size < s->min ? row->size : s->min;
        s->max = row->size > s->max ? row->size : s->max;
    }
    return SIZES_OK;
}

enum sizes_result
sizes_init(struct sizes *s, const struct options *o)
{
    *s = (struct sizes){.first_key = o->key_minimum, .n_keys = o->key_maximum - o->key_minimum + 1};
    if (o->data_size_list != NULL)
        return read_list(s, o->data_size_list);
    bool is_range = OPTION_GIVEN(o, data_size_range);
    s->min = is_range ? o->data_size_range.min : o->data_size;
    s->max = is_range ? o->data_size_range.max : o->data_size;
    s->is_spread = is_range && strcmp(o->data_size_pattern, "S") == 0;
    return SIZES_OK;
}

void
sizes_fini(struct sizes *s)
{
    free(s->rows);
    s->rows = NULL;
}

static size_t
draw_from_list(const struct sizes *s, struct random *r)
{
    uint64_t x = random_below(r, s->rows[s->n_rows - 1].up_to);
    size_t low = 0, high = s->n_rows - 1;
    while (low < high) { /* finds the first row with up_to above x */
        size_t middle = (low + high) / 2;
        if (s->rows[middle].up_to > x)
            high = middle;
        else
            low = middle + 1;
    }
    return s->rows[low].size;
}

size_t
sizes_next(const struct sizes *s, uint64_t key, struct random *r)
{
    if (s->min == s->max)
        return s->min;
    if (s->rows != NULL)
        return draw_from_list(s, r);
    if (!s->is_spread)
        return s->min + random_below(r, s->max - s->min + 1);
    unsigned __int128 steps = s->max - s->min + 1;
    return s->min + (size_t)(steps * (key - s->first_key) / s->n_keys);
}
