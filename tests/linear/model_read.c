/* model_read: reading, with all other effects that a meta get may have. */
#include "tests/linear/model_internal.h"

/* The state while the words of a meta get take effect, from left to right. */
struct reading {
    struct state s;
    bool created, past; /* the item was made by N; its time was set to one in the past */
    enum tri wins;
};

static void
apply_time(const struct step *step, struct reading *r, const struct op_word *w)
{
    bool sets = w->letter == 'T' || r->created;
    if (sets)
        r->past = !model_expires_in(step->op, &r->s, (int64_t)w->n);
}

/* R: does its reader win? */
static void
apply_recache(const struct step *step, struct reading *r, const struct op_word *w)
{
    if (r->s.token_sent || r->created)
        return;
    enum tri due = r->past ? YES : model_expires_within(step->op, &r->s, (int64_t)w->n);
    if (due > r->wins)
        r->wins = due;
}

/* Is there a read, or a touch, that may have preceded this operation? */
static bool
was_read(const struct step *step)
{
    for (int i = 0; i < step->h->n; i++) {
        const struct op *op = &step->h->ops[i];
        bool reads = (op->kind == OP_READ && op_word(op, 'u') == NULL) || op->kind == OP_TOUCH;
        if (i != step->number && reads && op->answer == ANSWER_DONE &&
            !history_precedes(step->h, step->number, i))
            return true;
    }
    return false;
}

/* Compares what the reply shows for a letter with the state at this word. */
static bool
agrees(const struct step *step, struct reading *r, char letter)
{
    const struct op_word *shown = op_shown(step->op, letter);
    if (shown == NULL)
        return false;
    switch (letter) {
    case 'c': return model_cas_is(step, &r->s, shown->n);
    case 'f': return shown->n == r->s.client_flags;
    case 'h': return shown->n == 0 || was_read(step);
    case 's': return shown->n == r->s.value.n;
    case 't': return r->past || model_ttl_is(step->op, &r->s, (int64_t)shown->n);
    case 'O': return shown->n == op_number(step->op, 'O', 0);
    default: return true;
    }
}

static bool
apply_words(const struct step *step, struct reading *r)
{
    for (int i = 0; i < step->op->n_words; i++) {
        const struct op_word *w = &step->op->words[i];
        switch (w->letter) {
        case 'T':
        case 'N': apply_time(step, r, w); break;
        case 'R': apply_recache(step, r, w); break;
        case 'c':
        case 'f':
        case 'h':
        case 'k':
        case 'l':
        case 'O':
        case 's':
        case 't':
            if (!agrees(step, r, w->letter))
                return false;
            break;
        default: break;
        }
    }
    return true;
}

/* W, X and Z: one reader of a stale item wins, and later replies show that. */
static bool
marks_agree(const struct op *op, struct reading *r)
{
    if (r->created || (r->s.stale && !r->s.token_sent))
        r->wins = YES;
    bool token_before = r->s.token_sent && !r->created;
    bool won = op_shown(op, 'W') != NULL;
    if ((op_shown(op, 'Z') != NULL) != token_before || (op_shown(op, 'X') != NULL) != r->s.stale)
        return false;
    if ((won && r->wins == NO) || (!won && r->wins == YES))
        return false;
    r->s.token_sent |= won;
    return true;
}

/* Has the reply a value exactly if it must, and is it the item's? */
static bool
value_agrees(const struct step *step, struct reading *r)
{
    const struct op *op = step->op;
    const struct op_word *unless = op_word(op, 'C');
    bool wanted = op->with_value || op_word(op, 'v') != NULL;
    if (wanted && unless != NULL) {
        enum tri same = model_cas_equals(&r->s, unless->n);
        if (same == PERHAPS && !op->has_value && !model_cas_is(step, &r->s, unless->n))
            return false;
        if (same != PERHAPS)
            wanted = same == NO;
        else
            wanted = op->has_value;
    }
    return op->has_value == wanted && (!wanted || value_equal(&op->got, &r->s.value));
}

static bool
classic_agrees(const struct step *step, struct reading *r)
{
    return agrees(step, r, 'f') && agrees(step, r, 's') && (!step->op->with_cas || agrees(step, r, 'c'));
}

/* Makes the empty item of N. */
static bool
create(const struct step *step, struct reading *r)
{
    r->created = true;
    r->s = (struct state){.exists = true, .value = value_of("", 0)};
    return model_new_cas(step, &r->s);
}

static void
read_missing(const struct step *step)
{
    const struct op *op = step->op;
    struct reading r = {0};
    bool creates = op->meta && op_word(op, 'N') != NULL;
    if (op->answer == ANSWER_MISSING && (!creates || step->h->tight))
        model_may_vanish(step);
    if (op->answer != ANSWER_DONE || !creates || !create(step, &r))
        return;
    if (!value_agrees(step, &r) || !apply_words(step, &r) || !marks_agree(op, &r))
        return;
    if (r.past)
        model_may_vanish(step);
    else
        model_may_become(step, &r.s);
}

void
model_read(const struct step *step, struct state s)
{
    const struct op *op = step->op;
    struct reading r = {.s = s};
    if (!s.exists) {
        read_missing(step);
        return;
    }
    if (op->answer != ANSWER_DONE || !value_agrees(step, &r) || !apply_words(step, &r))
        return;
    if (op->meta ? !marks_agree(op, &r) : !classic_agrees(step, &r))
        return;
    if (r.past)
        model_may_vanish(step);
    else
        model_may_become(step, &r.s);
}

void
model_touch(const struct step *step, struct state s)
{
    const struct op *op = step->op;
    if (!s.exists) {
        if (op->answer == ANSWER_MISSING)
            model_may_become(step, &s);
        return;
    }
    if (op->answer != ANSWER_DONE)
        return;
    if (model_expires_in(op, &s, (int64_t)op_number(op, 'T', 0)))
        model_may_become(step, &s);
    else
        model_may_vanish(step);
}
