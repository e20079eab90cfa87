/* model_write: storing, deleting, counting. */
#include "tests/linear/model_internal.h"

/* The written item becomes visible, unless its expiry is in the past. */
static void
become(const struct step *step, struct state *s, bool lives)
{
    if (!model_new_cas(step, s))
        return;
    if (lives)
        model_may_become(step, s);
    else
        model_may_vanish(step);
}

/* The item that a store makes.  Of the previous item it keeps only the bounds of the next CAS number. */
static struct state
fresh(const struct op *op, const struct state *before)
{
    struct state s = {.exists = true,
        .client_flags = (uint32_t)op_number(op, 'F', 0),
        .value = op->value,
        .cas = before->cas,
        .cas_known = before->cas_known,
        .cas_chosen = before->cas_chosen,
        .cas_below = before->cas_below};
    return s;
}

static bool
size_agrees(const struct op *op, const struct state *s)
{
    const struct op_word *shown = op_shown(op, 's');
    return shown == NULL || shown->n == s->value.n;
}

static void
store_fresh(const struct step *step, const struct state *before, int64_t seconds)
{
    struct state s = fresh(step->op, before);
    bool lives = model_expires_in(step->op, &s, seconds);
    if (size_agrees(step->op, &s))
        become(step, &s, lives);
}

/* ms with I and an older number: the value is stored as stale; expiry and token stay. */
static void
store_stale(const struct step *step, const struct state *before)
{
    struct state s = fresh(step->op, before);
    s.expires_min = before->expires_min;
    s.expires_max = before->expires_max;
    s.stale = true;
    s.token_sent = before->token_sent;
    if (size_agrees(step->op, &s))
        become(step, &s, true);
}

static void
compare_and_store(const struct step *step, const struct state *s)
{
    const struct op *op = step->op;
    uint64_t cas = op_number(op, 'C', 0);
    enum tri equal = cas == 0 ? NO : model_cas_equals(s, cas);
    bool may_be_older = op_word(op, 'I') != NULL && cas != 0;
    enum tri older = may_be_older ? model_cas_above(s, cas) : NO;
    if (op->answer == ANSWER_EXISTS && equal != YES && older != YES)
        model_may_become(step, s);
    if (op->answer != ANSWER_DONE)
        return;
    struct state same = *s;
    if (equal != NO && model_cas_is(step, &same, cas))
        store_fresh(step, &same, (int64_t)op_number(op, 'T', 0));
    if (equal != YES && older != NO)
        store_stale(step, s);
}

/* A new item with the old one's flags and expiry; it is neither stale nor won. */
static void
extend(const struct step *step, const struct state *s)
{
    const struct op *op = step->op;
    uint64_t cas = op_number(op, 'C', 0);
    enum tri equal = cas == 0 ? YES : model_cas_equals(s, cas);
    struct state to = *s;
    if ((op->answer == ANSWER_EXISTS && equal != YES) || (op->answer == ANSWER_NOT_STORED && step->h->tight))
        model_may_become(step, s);
    if (op->answer != ANSWER_DONE || equal == NO || (equal == PERHAPS && !model_cas_is(step, &to, cas)))
        return;
    to.value = op->mode == OP_APPEND ? value_join(&s->value, &op->value) : value_join(&op->value, &s->value);
    to.stale = to.token_sent = false;
    if (size_agrees(op, &to))
        become(step, &to, true);
}

static void
store_on_nothing(const struct step *step, const struct state *none)
{
    const struct op *op = step->op;
    bool extends = op->mode == OP_APPEND || op->mode == OP_PREPEND;
    bool begins = op->mode == OP_SET || op->mode == OP_ADD || (extends && op_word(op, 'N') != NULL);
    if (begins && op->answer == ANSWER_DONE)
        store_fresh(step, none, (int64_t)op_number(op, extends ? 'N' : 'T', 0));
    bool refused = op->mode == OP_CAS ? op->answer == ANSWER_MISSING : op->answer == ANSWER_NOT_STORED;
    if (refused && (!begins || step->h->tight))
        model_may_become(step, none);
}

static void
store_on_item(const struct step *step, const struct state *s)
{
    const struct op *op = step->op;
    switch (op->mode) {
    case OP_SET:
    case OP_REPLACE:
        if (op->answer == ANSWER_DONE)
            store_fresh(step, s, (int64_t)op_number(op, 'T', 0));
        return;
    case OP_ADD:
        if (op->answer == ANSWER_NOT_STORED)
            model_may_become(step, s);
        return;
    case OP_APPEND:
    case OP_PREPEND: extend(step, s); return;
    case OP_CAS: compare_and_store(step, s); return;
    }
}

void
model_store(const struct step *step, struct state s)
{
    const struct op *op = step->op;
    if (op->answer == ANSWER_NO_MEMORY) {
        /* An item that a set cannot replace is removed. */
        bool removes = op->meta || op->mode == OP_SET;
        if (step->h->tight && removes)
            model_may_vanish(step);
        else if (step->h->tight)
            model_may_become(step, &s);
    } else if (s.exists) {
        store_on_item(step, &s);
    } else {
        store_on_nothing(step, &s);
    }
}

/* ---- delete ---------------------------------------------------------------- */

/* md with I or x: the item stays. */
static void
invalidate(const struct step *step, struct state s)
{
    const struct op *op = step->op;
    bool lives = true, stale = op_word(op, 'I') != NULL;
    const struct op_word *seconds = op_word(op, 'T');
    if (op_word(op, 'x') != NULL) {
        s.value = value_of("", 0);
        s.client_flags = (uint32_t)op_number(op, 'F', 0);
        s.stale = s.token_sent = false;
        lives = model_expires_in(op, &s, (int64_t)op_number(op, 'T', 0));
    } else if (stale && seconds != NULL) {
        lives = model_expires_in(op, &s, (int64_t)seconds->n);
    }
    if (stale) {
        s.stale = true;
        s.token_sent = false;
    }
    if (stale || op_word(op, 'E') != NULL)
        become(step, &s, lives);
    else if (lives) /* x alone keeps the number */
        model_may_become(step, &s);
    else
        model_may_vanish(step);
}

void
model_delete(const struct step *step, struct state s)
{
    const struct op *op = step->op;
    const struct op_word *cas = op_word(op, 'C');
    if (!s.exists) {
        if (op->answer == ANSWER_MISSING)
            model_may_become(step, &s);
        return;
    }
    enum tri equal = cas == NULL ? YES : model_cas_equals(&s, cas->n);
    if ((op->answer == ANSWER_EXISTS && equal != YES) || (op->answer == ANSWER_NO_MEMORY && step->h->tight))
        model_may_become(step, &s);
    if (op->answer != ANSWER_DONE || equal == NO || (equal == PERHAPS && !model_cas_is(step, &s, cas->n)))
        return;
    if (op_word(op, 'I') != NULL || op_word(op, 'x') != NULL)
        invalidate(step, s);
    else
        model_may_vanish(step);
}

/* ---- incr, decr ------------------------------------------------------------- */

/* The time to live that ma shows: T takes effect at its place, and so does N for an item that ma made. */
static bool
times_agree(const struct step *step, struct state *s, bool created, bool *lives)
{
    const struct op *op = step->op;
    for (int i = 0; i < op->n_words; i++) {
        const struct op_word *w = &op->words[i], *shown = op_shown(op, 't');
        if (w->letter == 'T' || (w->letter == 'N' && created))
            *lives = model_expires_in(op, s, (int64_t)w->n);
        if (w->letter == 't' && (shown == NULL || (*lives && !model_ttl_is(op, s, (int64_t)shown->n))))
            return false;
    }
    return true;
}

static bool
number_agrees(const struct op *op, uint64_t number)
{
    bool shown = !op->meta || op_word(op, 'v') != NULL;
    return !shown || op->number == number;
}

static void
count_from(const struct step *step, struct state *s, uint64_t number, bool created)
{
    bool lives = true;
    if (number_agrees(step->op, number) && times_agree(step, s, created, &lives))
        become(step, s, lives);
}

static void
count_nothing(const struct step *step)
{
    const struct op *op = step->op;
    bool begins = op->meta && op_word(op, 'N') != NULL;
    if (op->answer == ANSWER_MISSING && !begins)
        model_may_vanish(step);
    if (op->answer == ANSWER_NO_MEMORY && begins && step->h->tight)
        model_may_vanish(step);
    if (op->answer != ANSWER_DONE || !begins)
        return;
    uint64_t number = op_number(op, 'J', 0);
    struct state s = {.exists = true, .value = value_of_number(number, 0)};
    count_from(step, &s, number, true);
}

void
model_count(const struct step *step, struct state s)
{
    const struct op *op = step->op;
    if (!s.exists) {
        count_nothing(step);
        return;
    }
    uint64_t number = 0, delta = op_number(op, 'D', 1), cas = op_number(op, 'C', 0);
    enum tri equal = cas == 0 ? YES : model_cas_equals(&s, cas);
    bool is_number = value_number(&s.value, &number);
    if ((op->answer == ANSWER_NOT_NUMBER && !is_number && equal != NO) ||
        (op->answer == ANSWER_NOT_NUMBER && s.value.n == 0) ||
        (op->answer == ANSWER_EXISTS && equal != YES && s.value.n > 0) ||
        (op->answer == ANSWER_NO_MEMORY && step->h->tight))
        model_may_become(step, &s);
    if (op->answer != ANSWER_DONE || !is_number || equal == NO ||
        (equal == PERHAPS && !model_cas_is(step, &s, cas)))
        return;
    number = !op->decr ? number + delta : delta > number ? 0 : number - delta;
    uint32_t n_before = s.value.n;
    s.value = value_of_number(number, n_before); /* the number is padded to its old length */
    if (s.value.n > n_before)                    /* a longer one is a new item */
        s.stale = s.token_sent = false;
    count_from(step, &s, number, false);
}
