#include "tools/top/top_view.h"

#include <stdio.h>

#define INTERVAL_LEAST_MS UINT64_C(100)
#define INTERVAL_MOST_MS  UINT64_C(3600000)

bool
top_view_key(struct top_view *v, int key)
{
    MUST(v->sort >= TOP_UNSORTED && v->sort < N_TOP_SHOWN && v->first <= v->first_most);
    switch (key) {
    case 'q':
    case 'Q': v->quit = true; return true;
    case ' ':
    case 'p': v->paused = !v->paused; return true;
    case 'h':
    case '?': v->helps = !v->helps; return true;
    case '>': v->sort = v->sort + 1 < N_TOP_SHOWN ? v->sort + 1 : TOP_UNSORTED; return true;
    case '<': v->sort = v->sort > TOP_UNSORTED ? v->sort - 1 : N_TOP_SHOWN - 1; return true;
    case 'r': v->reversed = !v->reversed; return true;
    case 'j': v->first += v->first < v->first_most; return true;
    case 'k': v->first -= v->first > 0; return true;
    case '+':
        v->interval_ms = v->interval_ms > INTERVAL_MOST_MS / 2 ? INTERVAL_MOST_MS : 2 * v->interval_ms;
        return true;
    case '-':
        v->interval_ms = v->interval_ms < INTERVAL_LEAST_MS * 2 ? INTERVAL_LEAST_MS : v->interval_ms / 2;
        return true;
    default: return false;
    }
}

static bool
is_before(const struct top_view *v, const struct top_row *a, const struct top_row *b)
{
    MUST(v->sort > TOP_UNSORTED && v->sort < N_TOP_SHOWN);
    bool has_a = a->error == NULL && a->has[v->sort], has_b = b->error == NULL && b->has[v->sort];
    if (!has_a || !has_b)
        return has_a;
    return v->reversed ? a->value[v->sort] < b->value[v->sort] : a->value[v->sort] > b->value[v->sort];
}

void
top_view_order(const struct top_view *v, const struct top_row *rows, size_t n, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = v->sort == TOP_UNSORTED && v->reversed ? 0 : i;
        if (v->sort != TOP_UNSORTED)
            while (at > 0 && is_before(v, &rows[i], &rows[order[at - 1]]))
                at--;
        MUST(at <= i);
        for (size_t j = i; j > at; j--)
            order[j] = order[j - 1];
        order[at] = i;
    }
}

void
top_view_sorted_by(const struct top_view *v, char *out, size_t n_out)
{
    if (v->sort == TOP_UNSORTED)
        snprintf(out, n_out, v->reversed ? "the order given, reversed" : "the order given");
    else
        snprintf(out, n_out, "%s, %s first", top_heading((enum top_column)v->sort),
            v->reversed ? "smallest" : "largest");
}
