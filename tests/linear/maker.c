#include "tests/linear/maker.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/must.h"

enum { VALUE_MOST = 400000, WORDS_MOST = 12 };

/* A request that is being written. */
struct line {
    struct maker *m;
    struct maker_value value;
    size_t n;
    char text[OP_LINE];
};

static __attribute__((format(printf, 2, 3))) void
put(struct line *l, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    l->n += (size_t)vsnprintf(l->text + l->n, sizeof l->text - l->n, format, args);
    va_end(args);
    MUST(l->n < sizeof l->text);
}

uint64_t
maker_random(struct maker *m)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    return m->random * UINT64_C(0x2545F4914F6CDD1D) >> 16;
}

static uint64_t
below(struct maker *m, uint64_t n)
{
    return maker_random(m) % n;
}

static bool
one_in(struct maker *m, uint64_t n)
{
    return below(m, n) == 0;
}

/* ---- times, numbers, values ----------------------------------------------- */

/* Each touch has a time of its own, so that a reply shows which touch it was. */
static int
some_time(struct maker *m)
{
    if (m->theme == MAKER_EXPIRY)
        return one_in(m, 8) ? 0 : 1 + (int)below(m, 3);
    if (one_in(m, 12))
        return -1;
    return one_in(m, 6) ? 0 : 100 + (int)below(m, 30000);
}

static int
some_recache(struct maker *m)
{
    static const int times[] = {30, 1000, 10000, 40000};
    return m->theme == MAKER_EXPIRY ? 1 + (int)below(m, 3) : times[below(m, 4)];
}

/* Mostly a number that a reply has shown. */
static uint64_t
some_cas(struct maker *m)
{
    if (m->n_cas == 0)
        return 1 + below(m, 1000);
    uint64_t cas = m->cas[below(m, m->n_cas < MAKER_CAS ? m->n_cas : MAKER_CAS)];
    return one_in(m, 10) ? cas + 1 - 2 * below(m, 2) : cas;
}

/*
 * The number for E: one that was used already, or one that the server never reaches, because its own
 * numbers are unique.
 */
static uint64_t
some_own_cas(struct maker *m)
{
    if (m->n_cas == 0 || one_in(m, 2))
        return (UINT64_C(1) << 50) + below(m, 1000);
    return m->cas[below(m, m->n_cas < MAKER_CAS ? m->n_cas : MAKER_CAS)];
}

static uint64_t
some_number(struct maker *m)
{
    static const uint64_t numbers[] = {0, 7, 9, 10, 98, 99, 100, 999, 1000000000, UINT64_MAX - 1};
    return numbers[below(m, 10)];
}

static struct maker_value
some_bytes(struct maker *m, size_t n)
{
    static _Thread_local char bytes[VALUE_MOST + 1];
    if (bytes[0] == '\0')
        for (size_t i = 0; i < VALUE_MOST; i++)
            bytes[i] = (char)('a' + (i * 7 + i / 26) % 26);
    char name[24];
    size_t n_name = (size_t)snprintf(name, sizeof name, "%c%u", 'A' + (int)m->theme, m->n_values++);
    memset(bytes, 'a', sizeof name);
    memcpy(bytes, name, n_name);
    return (struct maker_value){bytes, n < n_name ? n_name : n};
}

static struct maker_value
some_digits(struct maker *m)
{
    static _Thread_local char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, some_number(m));
    return (struct maker_value){digits, (size_t)n};
}

static struct maker_value
some_value(struct maker *m, bool extends)
{
    switch (m->theme) {
    case MAKER_COUNT: return one_in(m, 10) ? some_bytes(m, 2) : some_digits(m);
    case MAKER_LARGE:
        if (extends)
            return some_bytes(m, one_in(m, 6) ? 20000 : 1 + below(m, 3000));
        return some_bytes(m, 5000 + below(m, one_in(m, 3) ? VALUE_MOST - 5000 : 60000));
    case MAKER_TEXT:
    case MAKER_STALE:
    case MAKER_VIVIFY:
    case MAKER_ALL:
    case MAKER_EXPIRY:
    case MAKER_THEMES: break;
    }
    return one_in(m, 3) ? some_digits(m) : some_bytes(m, one_in(m, 8) ? 40 + below(m, 200) : 2);
}

/* ---- words of meta commands -------------------------------------------------- */

struct words {
    int n;
    char word[WORDS_MOST][24];
};

static __attribute__((format(printf, 2, 3))) void
say(struct words *w, const char *format, ...)
{
    va_list args;
    MUST(w->n < WORDS_MOST);
    va_start(args, format);
    vsnprintf(w->word[w->n++], sizeof w->word[0], format, args);
    va_end(args);
}

/* In random order, because words take effect from left to right. */
static void
put_words(struct line *l, struct words *w)
{
    for (; w->n > 0; w->n--) {
        uint64_t i = below(l->m, (uint64_t)w->n);
        put(l, " %s", w->word[i]);
        memmove(w->word[i], w->word[w->n - 1], sizeof w->word[0]);
    }
}

static void
say_some(struct maker *m, struct words *w, const char *letters, uint64_t n)
{
    for (; *letters != '\0'; letters++)
        if (one_in(m, n))
            say(w, "%c", *letters);
}

static void
put_mg(struct line *l, bool time, bool recache, bool vivify)
{
    struct maker *m = l->m;
    struct words w = {0};
    put(l, "mg %s", m->key);
    say_some(m, &w, "cfhkst", 3);
    say_some(m, &w, "u", 12);
    if (m->theme != MAKER_LARGE || one_in(m, 4))
        say_some(m, &w, "v", 2);
    if (time)
        say(&w, "T%d", some_time(m));
    if (recache)
        say(&w, "R%d", some_recache(m));
    if (vivify && !m->pinned) {
        say(&w, "N%d", some_time(m));
        if (one_in(m, 4))
            say(&w, "E%" PRIu64, some_own_cas(m));
    }
    if (one_in(m, 16))
        say(&w, "C%" PRIu64, some_cas(m));
    put_words(l, &w);
}

/* ---- the commands ------------------------------------------------------------ */

static void
make_get(struct line *l)
{
    put(l, "%s %s", one_in(l->m, 3) ? "get" : "gets", l->m->key);
}

static void
make_gat(struct line *l)
{
    put(l, "%s %d %s", one_in(l->m, 2) ? "gat" : "gats", some_time(l->m), l->m->key);
}

static void
make_touch(struct line *l)
{
    put(l, "touch %s %d", l->m->key, some_time(l->m));
}

static void
make_delete(struct line *l)
{
    put(l, "delete %s", l->m->key);
}

static void
make_count(struct line *l)
{
    put(l, "%s %s %d", one_in(l->m, 4) ? "decr" : "incr", l->m->key, 1 + (int)below(l->m, 3));
}

static void
make_mg(struct line *l)
{
    put_mg(l, false, false, false);
}

static void
make_mg_time(struct line *l)
{
    put_mg(l, true, one_in(l->m, 3), false);
}

static void
make_mg_recache(struct line *l)
{
    put_mg(l, one_in(l->m, 4), true, false);
}

static void
make_mg_vivify(struct line *l)
{
    put_mg(l, one_in(l->m, 6), one_in(l->m, 6), true);
}

static void
put_ms(struct line *l, char mode, bool compare)
{
    struct maker *m = l->m;
    struct words w = {0};
    bool extends = mode == 'A' || mode == 'P';
    l->value = some_value(m, extends);
    put(l, "ms %s %zu", m->key, l->value.n);
    if (mode != 'S' || one_in(m, 4))
        say(&w, "M%c", mode);
    say_some(m, &w, "cs", 2);
    if (!extends || one_in(m, 4))
        say(&w, "T%d", some_time(m));
    if (one_in(m, 2))
        say(&w, "F%d", (int)below(m, 100));
    if (compare)
        say(&w, "C%" PRIu64, some_cas(m));
    if (compare && one_in(m, 2))
        say(&w, "I");
    if (one_in(m, 6))
        say(&w, "E%" PRIu64, some_own_cas(m));
    if (extends && !m->pinned && one_in(m, 2))
        say(&w, "N%d", some_time(m));
    if (m->pinned)
        say(&w, "p");
    put_words(l, &w);
}

static void
make_ms(struct line *l)
{
    put_ms(l, "SSEEAPR"[below(l->m, 7)], false);
}

static void
make_ms_compare(struct line *l)
{
    put_ms(l, "SSSSRAP"[below(l->m, 7)], true);
}

static void
make_ms_extend(struct line *l)
{
    put_ms(l, one_in(l->m, 3) ? 'P' : 'A', one_in(l->m, 8));
}

static void
put_classic(struct line *l, const char *name)
{
    struct maker *m = l->m;
    l->value = some_value(m, name[1] == 'p' || name[1] == 'r');
    put(l, "%s %s %d %d %zu", name, m->key, (int)below(m, 100), some_time(m), l->value.n);
}

static void
make_set(struct line *l)
{
    if (l->m->pinned)
        put_ms(l, 'S', false);
    else
        put_classic(l, "set");
}

static void
make_add_or_replace(struct line *l)
{
    bool add = one_in(l->m, 2);
    if (l->m->pinned)
        put_ms(l, add ? 'E' : 'R', false);
    else
        put_classic(l, add ? "add" : "replace");
}

static void
make_extend(struct line *l)
{
    put_classic(l, one_in(l->m, 3) ? "prepend" : "append");
}

static void
make_cas(struct line *l)
{
    if (l->m->pinned) {
        put_ms(l, 'S', true);
        return;
    }
    put_classic(l, "cas");
    put(l, " %" PRIu64, some_cas(l->m));
}

static void
make_md(struct line *l)
{
    struct maker *m = l->m;
    struct words w = {0};
    bool stale = !one_in(m, 4), empty = one_in(m, m->theme == MAKER_STALE ? 5 : 3);
    put(l, "md %s", m->key);
    if (stale)
        say(&w, "I");
    if (empty)
        say(&w, "x");
    if (stale && one_in(m, 3))
        say(&w, "T%d", some_time(m));
    if (one_in(m, 4))
        say(&w, "C%" PRIu64, some_cas(m));
    if ((stale || empty) && one_in(m, 5))
        say(&w, "E%" PRIu64, some_own_cas(m));
    if (empty && one_in(m, 2))
        say(&w, "F%d", (int)below(m, 100));
    put_words(l, &w);
}

static void
make_ma(struct line *l)
{
    struct maker *m = l->m;
    struct words w = {0};
    put(l, "ma %s", m->key);
    say_some(m, &w, "vct", 2);
    if (one_in(m, 3))
        say(&w, "D%d", 1 + (int)below(m, 3));
    if (one_in(m, 4))
        say(&w, "MD");
    if (one_in(m, 6))
        say(&w, "C%" PRIu64, some_cas(m));
    if (one_in(m, 8))
        say(&w, "E%" PRIu64, some_own_cas(m));
    if (one_in(m, 4))
        say(&w, "T%d", some_time(m));
    if (!m->pinned && one_in(m, 2)) {
        say(&w, "N%d", some_time(m));
        say(&w, "J%" PRIu64, some_number(m));
    }
    put_words(l, &w);
}

/* ---- themes ------------------------------------------------------------------ */

typedef void make(struct line *);

enum { MIX_MOST = 24 };

static const struct {
    const char *name;
    make *first[4];      /* a round begins with one of these */
    make *mix[MIX_MOST]; /* and goes on with any of these; one that is listed twice is made twice as often */
} themes[] = {
    [MAKER_COUNT] = {"count", {make_set, make_set, make_ma, make_ms},
        {make_count, make_count, make_count, make_count, make_ma, make_ma, make_ma, make_touch, make_touch,
            make_mg_time, make_gat, make_mg, make_mg, make_get, make_md, make_set}},
    [MAKER_TEXT] = {"text", {make_set, make_ms, make_delete, make_ms},
        {make_set, make_add_or_replace, make_add_or_replace, make_extend, make_extend, make_cas, make_cas,
            make_ms, make_ms, make_ms_compare, make_ms_compare, make_get, make_get, make_mg, make_mg,
            make_delete, make_md, make_touch}},
    [MAKER_STALE] = {"stale", {make_set, make_ms, make_set, make_ms},
        {make_md, make_md, make_md, make_mg, make_mg, make_mg, make_mg, make_mg_time, make_mg_recache,
            make_ms_compare, make_ms_compare, make_count, make_count, make_ma, make_touch, make_gat, make_set,
            make_cas, make_extend}},
    [MAKER_VIVIFY] = {"vivify", {make_delete, make_delete, make_delete, make_mg_vivify},
        {make_mg_vivify, make_mg_vivify, make_mg_vivify, make_mg_recache, make_mg, make_mg_time,
            make_ms_compare, make_ms_compare, make_ms, make_delete, make_md, make_touch, make_ma, make_set}},
    [MAKER_LARGE] = {"large", {make_set, make_ms_extend, make_set, make_set},
        {make_extend, make_extend, make_extend, make_ms_extend, make_ms_extend, make_touch, make_touch,
            make_touch, make_mg, make_mg, make_mg, make_mg_time, make_md, make_gat, make_get,
            make_ms_compare}},
    [MAKER_ALL] = {"all", {make_set, make_ms, make_delete, make_mg_vivify},
        {make_set, make_add_or_replace, make_extend, make_cas, make_get, make_gat, make_touch, make_delete,
            make_count, make_mg, make_mg, make_mg_time, make_mg_recache, make_mg_vivify, make_ms,
            make_ms_compare, make_ms_extend, make_md, make_md, make_ma, make_ma}},
    [MAKER_EXPIRY] = {"expiry", {make_set, make_ms, make_mg_vivify, make_ma},
        {make_set, make_add_or_replace, make_extend, make_touch, make_touch, make_gat, make_mg, make_mg,
            make_mg, make_mg_time, make_mg_recache, make_md, make_count, make_ma, make_get, make_ms_compare}},
};

const char *
maker_theme_name(enum maker_theme theme)
{
    return themes[theme].name;
}

void
maker_begin(struct maker *m, enum maker_theme theme, const char *key)
{
    m->theme = theme;
    m->n_cas = m->n_values = 0;
    snprintf(m->key, sizeof m->key, "%s", key);
}

static struct maker_value
finish(struct line *l, struct op *op)
{
    *op = (struct op){0};
    if (l->value.bytes != NULL)
        op->value = value_of(l->value.bytes, l->value.n);
    MUST(op_read_request(op, l->text));
    MUST((op->kind == OP_STORE) == (l->value.bytes != NULL));
    return l->value;
}

struct maker_value
maker_first(struct maker *m, struct op *op)
{
    struct line l = {.m = m};
    themes[m->theme].first[below(m, 4)](&l);
    return finish(&l, op);
}

struct maker_value
maker_next(struct maker *m, struct op *op)
{
    struct line l = {.m = m};
    uint64_t n = 0;
    while (n < MIX_MOST && themes[m->theme].mix[n] != NULL)
        n++;
    themes[m->theme].mix[below(m, n)](&l);
    return finish(&l, op);
}

void
maker_last(struct maker *m, struct op *op)
{
    struct line l = {.m = m};
    put(&l, "mg %s c f s t v u", m->key);
    (void)finish(&l, op);
}

void
maker_learn(struct maker *m, const struct op *op)
{
    const struct op_word *cas = op_shown(op, 'c');
    if (cas != NULL && cas->n != 0)
        m->cas[m->n_cas++ % MAKER_CAS] = cas->n;
}
