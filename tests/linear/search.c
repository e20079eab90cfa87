#include "tests/linear/search.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

enum { TABLE_FIRST = 1 << 14, VISITS_MAX = 4 << 20, DESCRIPTION = 512 };

/* The operations done and the state after them: the search has found that no order continues from here. */
struct place {
    uint64_t done, state;
    uint32_t run, vanish; /* number of the search; how many more times the item may vanish */
};

struct search {
    struct place *table;
    size_t size, used;
    uint32_t run;
    uint64_t n_visited;
    const struct history *h;
    int n_of[HISTORY_CLIENTS], of[HISTORY_CLIENTS][HISTORY_MAX];
    int path[HISTORY_MAX], n_path;
    int best[HISTORY_MAX], n_best;
    struct state best_state;
};

struct search *
search_new(void)
{
    struct search *s = calloc(1, sizeof *s);
    MUST(s != NULL);
    s->size = TABLE_FIRST;
    s->table = calloc(s->size, sizeof *s->table);
    MUST(s->table != NULL);
    return s;
}

void
search_free(struct search **s)
{
    free((*s)->table);
    free(*s);
    *s = NULL;
}

uint64_t
search_visited(const struct search *s)
{
    return s->n_visited;
}

/* ---- places visited ----------------------------------------------------------- */

/* The place's entry, or a free one. */
static struct place *
find(const struct search *s, const struct place *p)
{
    uint64_t h =
        (p->done * UINT64_C(0x9E3779B97F4A7C15) ^ p->state ^ p->vanish) * UINT64_C(0xD1B54A32D192ED03);
    for (size_t i = h >> 32 & (s->size - 1);; i = (i + 1) & (s->size - 1)) {
        struct place *e = &s->table[i];
        if (e->run != s->run || (e->done == p->done && e->state == p->state && e->vanish == p->vanish))
            return e;
    }
}

static void
grow(struct search *s)
{
    struct place *old = s->table;
    size_t n = s->size;
    s->size *= 2;
    s->table = calloc(s->size, sizeof *s->table);
    MUST(s->table != NULL);
    for (size_t i = 0; i < n; i++)
        if (old[i].run == s->run)
            *find(s, &old[i]) = old[i];
    free(old);
}

/* false: it was visited before. */
static bool
visit(struct search *s, uint64_t done, const struct state *state, int vanish)
{
    const struct place p = {done, model_hash(state), s->run, (uint32_t)vanish};
    struct place *e = find(s, &p);
    if (e->run == s->run)
        return false;
    *e = p;
    s->n_visited++;
    if (++s->used * 2 > s->size)
        grow(s);
    return true;
}

/* ---- the search -------------------------------------------------------------- */

/* Each client's next operation is a candidate, unless another operation that is not done must precede it. */
static int
find_candidates(const struct search *s, uint64_t done, int *candidate)
{
    int next[HISTORY_CLIENTS], n_next = 0, n = 0;
    uint64_t first_end = UINT64_MAX;
    for (int c = 0; c < HISTORY_CLIENTS; c++) {
        int i = 0;
        while (i < s->n_of[c] && (done >> s->of[c][i] & 1))
            i++;
        if (i == s->n_of[c])
            continue;
        next[n_next++] = s->of[c][i];
        if (s->h->ops[s->of[c][i]].end < first_end)
            first_end = s->h->ops[s->of[c][i]].end;
    }
    for (int i = 0; i < n_next; i++)
        if (s->h->ops[next[i]].start <= first_end)
            candidate[n++] = next[i];
    return n;
}

static void
remember_best(struct search *s, const struct state *state)
{
    if (s->n_path <= s->n_best && s->n_best > 0)
        return;
    memcpy(s->best, s->path, sizeof s->path);
    s->n_best = s->n_path;
    s->best_state = *state;
}

static bool go_on(struct search *s, uint64_t done, const struct state *state, int vanish);

/* An operation with this reply changes no state. */
static bool
only_looks(const struct op *op)
{
    switch (op->answer) {
    case ANSWER_MISSING:
    case ANSWER_EXISTS:
    case ANSWER_NOT_STORED:
    case ANSWER_NOT_NUMBER: return true;
    case ANSWER_DONE:
        return op->kind == OP_READ && op_word(op, 'T') == NULL && op_word(op, 'N') == NULL &&
               op_shown(op, 'W') == NULL;
    case ANSWER_NONE:
    case ANSWER_NO_MEMORY: break;
    }
    return false;
}

/* Does the candidates that fit and change no state; returns their number. */
static int
take_looks(struct search *s, uint64_t *done, const struct state *state, const int *candidate, int n)
{
    struct next next;
    int n_taken = 0;
    uint64_t hash = model_hash(state);
    for (int i = 0; i < n; i++) {
        if (!only_looks(&s->h->ops[candidate[i]]))
            continue;
        model_step(s->h, state, candidate[i], &next);
        if (next.n != 1 || model_hash(&next.state[0]) != hash)
            continue;
        *done |= UINT64_C(1) << candidate[i];
        s->path[s->n_path++] = candidate[i];
        n_taken++;
    }
    return n_taken;
}

static bool
try_each(struct search *s, uint64_t done, const struct state *state, int vanish, const int *candidate, int n)
{
    struct next next;
    for (int i = 0; i < n; i++) {
        model_step(s->h, state, candidate[i], &next);
        s->path[s->n_path++] = candidate[i];
        for (int k = 0; k < next.n; k++)
            if (go_on(s, done | UINT64_C(1) << candidate[i], &next.state[k], vanish))
                return true;
        s->n_path--;
    }
    return false;
}

static bool
go_on(struct search *s, uint64_t done, const struct state *state, int vanish)
{
    static const struct state none;
    int candidate[HISTORY_CLIENTS], n, n_path = s->n_path;
    if (s->n_visited >= VISITS_MAX || !visit(s, done, state, vanish))
        return false;
    do
        n = find_candidates(s, done, candidate);
    while (take_looks(s, &done, state, candidate, n) > 0);
    remember_best(s, state);
    if (n == 0 || try_each(s, done, state, vanish, candidate, n) ||
        (vanish > 0 && state->exists && go_on(s, done, &none, vanish - 1)))
        return true;
    s->n_path = n_path;
    return false;
}

enum search_result
search_order(struct search *s, const struct history *h, int vanish)
{
    static const struct state none;
    s->h = h;
    s->run++;
    s->used = s->n_visited = 0;
    s->n_path = s->n_best = 0;
    memset(s->n_of, 0, sizeof s->n_of);
    for (int i = 0; i < h->n; i++)
        s->of[h->ops[i].client][s->n_of[h->ops[i].client]++] = i;
    if (go_on(s, 0, &none, vanish))
        return SEARCH_FOUND;
    return s->n_visited >= VISITS_MAX ? SEARCH_GAVE_UP : SEARCH_NONE;
}

void
search_explain(const struct search *s, const struct history *h, FILE *to)
{
    char text[DESCRIPTION];
    uint64_t done = 0;
    int candidate[HISTORY_CLIENTS];
    fprintf(to, "# The longest order that fits has %d of %d operations:\n", s->n_best, h->n);
    for (int i = 0; i < s->n_best; i++) {
        const struct op *op = &h->ops[s->best[i]];
        done |= UINT64_C(1) << s->best[i];
        fprintf(to, "#   %2d  %s => %s\n", op->client, op->request, op->reply);
    }
    model_describe(&s->best_state, text, sizeof text);
    fprintf(to, "# Then the state is %s, and none of these fits:\n", text);
    int n = find_candidates(s, done, candidate);
    for (int i = 0; i < n; i++)
        fprintf(to, "#   %2d  %s => %s\n", h->ops[candidate[i]].client, h->ops[candidate[i]].request,
            h->ops[candidate[i]].reply);
}
