#include "tests/linear/model.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/must.h"
#include "tests/linear/model_internal.h"

void
model_may_become(const struct step *step, const struct state *s)
{
    MUST(step->next->n < MODEL_NEXT);
    step->next->state[step->next->n++] = *s;
}

void
model_may_vanish(const struct step *step)
{
    static const struct state none;
    model_may_become(step, &none);
}

/* ---- CAS numbers ---------------------------------------------------------- */

/* Has a reply shown the number before the write that is said to have made it began? */
static bool
was_used_before(const struct step *step, uint64_t cas, int written)
{
    for (int i = 0; i < step->h->n; i++) {
        const struct op_word *shown = op_shown(&step->h->ops[i], 'c');
        if (shown != NULL && shown->n == cas && history_precedes(step->h, i, written))
            return true;
    }
    return false;
}

bool
model_cas_is(const struct step *step, struct state *s, uint64_t cas)
{
    if (s->cas_known)
        return s->cas == cas;
    if (cas <= s->cas_below || was_used_before(step, cas, s->written))
        return false;
    s->cas_known = true;
    s->cas = cas;
    s->written = 0;
    return true;
}

enum tri
model_cas_equals(const struct state *s, uint64_t cas)
{
    if (s->cas_known)
        return s->cas == cas ? YES : NO;
    return cas <= s->cas_below ? NO : PERHAPS;
}

enum tri
model_cas_above(const struct state *s, uint64_t cas)
{
    if (s->cas_known)
        return s->cas > cas ? YES : NO;
    return cas <= s->cas_below ? YES : PERHAPS;
}

bool
model_new_cas(const struct step *step, struct state *s)
{
    const struct op_word *chosen = op_word(step->op, 'E'), *shown = op_shown(step->op, 'c');
    if (s->cas_known && !s->cas_chosen && s->cas > s->cas_below)
        s->cas_below = s->cas;
    s->cas_known = s->cas_chosen = chosen != NULL;
    s->cas = chosen != NULL ? chosen->n : 0;
    s->written = chosen != NULL ? 0 : step->number;
    return shown == NULL || model_cas_is(step, s, shown->n);
}

/* ---- time ----------------------------------------------------------------- */

bool
model_expires_in(const struct op *op, struct state *s, int64_t seconds)
{
    s->expires_min = seconds == 0 ? 0 : op->now_min + seconds;
    s->expires_max = seconds == 0 ? 0 : op->now_max + seconds;
    return seconds >= 0;
}

enum tri
model_expired(const struct op *op, const struct state *s)
{
    if (s->expires_max == 0 || s->expires_min > op->now_max)
        return NO;
    return s->expires_max <= op->now_min ? YES : PERHAPS;
}

enum tri
model_expires_within(const struct op *op, const struct state *s, int64_t seconds)
{
    if (s->expires_max == 0 || s->expires_min >= op->now_max + seconds)
        return NO;
    return s->expires_max < op->now_min + seconds ? YES : PERHAPS;
}

bool
model_ttl_is(const struct op *op, struct state *s, int64_t ttl)
{
    if (ttl > INT32_MAX) /* expired since it was found: the reply shows a negative time as unsigned */
        ttl = (int32_t)ttl;
    if (s->expires_max == 0 || ttl == -1)
        return (s->expires_max == 0) == (ttl == -1);
    if (s->expires_min < op->now_min + ttl)
        s->expires_min = op->now_min + ttl;
    if (s->expires_max > op->now_max + ttl)
        s->expires_max = op->now_max + ttl;
    return s->expires_min <= s->expires_max;
}

/* ---- a step --------------------------------------------------------------- */

static void
run(const struct step *step, const struct state *s)
{
    switch (step->op->kind) {
    case OP_READ: model_read(step, *s); return;
    case OP_TOUCH: model_touch(step, *s); return;
    case OP_STORE: model_store(step, *s); return;
    case OP_DELETE: model_delete(step, *s); return;
    case OP_COUNT: model_count(step, *s); return;
    }
}

void
model_step(const struct history *h, const struct state *s, int number, struct next *next)
{
    static const struct state none;
    const struct step step = {h, &h->ops[number], number, next};
    enum tri expired = s->exists ? model_expired(step.op, s) : YES;
    next->n = 0;
    if (expired != NO)
        run(&step, &none);
    if (expired == YES)
        return;
    struct state alive = *s;
    if (alive.expires_max != 0 && alive.expires_min <= step.op->now_min)
        alive.expires_min = step.op->now_min + 1;
    run(&step, &alive);
}

static uint64_t
mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0xff51afd7ed558ccd);
    return h ^ h >> 29;
}

uint64_t
model_hash(const struct state *s)
{
    uint64_t h = mix(0, (uint64_t)s->exists | (uint64_t)s->stale << 1 | (uint64_t)s->token_sent << 2 |
                            (uint64_t)s->cas_known << 4 | (uint64_t)s->cas_chosen << 5 |
                            (uint64_t)s->written << 8 | (uint64_t)s->client_flags << 32);
    h = mix(mix(h, s->cas), s->cas_below);
    h = mix(mix(h, (uint64_t)s->expires_min), (uint64_t)s->expires_max);
    return mix(mix(h, s->value.n), s->value.hash);
}

void
model_describe(const struct state *s, char *to, size_t n)
{
    char value[VALUE_WORD], cas[40];
    if (!s->exists) {
        snprintf(to, n, "no item");
        return;
    }
    value_write(&s->value, value);
    if (s->cas_known)
        snprintf(cas, sizeof cas, "%" PRIu64, s->cas);
    else
        snprintf(cas, sizeof cas, "above %" PRIu64, s->cas_below);
    snprintf(to, n, "value %s, flags %" PRIu32 ", cas %s, expires at %" PRId64 "-%" PRId64 "%s%s", value,
        s->client_flags, cas, s->expires_min, s->expires_max, s->stale ? ", stale" : "",
        s->token_sent ? ", token sent" : "");
}
