#include "slab/codec/kind.h"

#include <string.h>

enum {
    WORD_MAX = 32,  /* more letters than this are an id */
    CASE_MIN = 6,   /* so many letters are an id if upper and lower case are mixed as if at random */
    HEX_MIN = 8,    /* so many hexadecimal digits are an id if one is a digit; ad123 is shorter */
    N_CHANGES = 3,  /* letters and digits are an id if they change so often, or */
    MIXED_MIN = 12, /* twice, and are so many */
    PART_MAX = 2,   /* so few letters beside an id may be a part of it, */
    UUID_GROUP = 4, /* and so may a group of a UUID that has no digit by chance */
    ODD_MAX = 3,    /* a key with so many unusual characters does not consist of words, */
    PREFIX_MIN = 2, /* except a prefix of this length before them, as q: */
    N_MARKS = KIND_LEVELS - 1,
    NO_RUN = KIND_KEY_MAX + 1,
};

/* Of characters that are no letters or digits.  BINARY is 0: every byte that is not listed. */
enum class { BINARY, JOINT, DOT, MARK, SLASH, ODD };

static const uint8_t class_of[256] = {
    [' '] = MARK,
    ['!' ... '"'] = ODD,
    ['#'] = MARK,
    ['$' ... '%'] = ODD,
    ['&'] = MARK,
    ['\'' ... '*'] = ODD,
    ['+'] = JOINT,
    [','] = MARK,
    ['-'] = JOINT,
    ['.'] = DOT,
    ['/'] = SLASH,
    [':' ... ';'] = MARK,
    ['<'] = ODD,
    ['='] = MARK,
    ['>'] = ODD,
    ['?' ... '@'] = MARK,
    ['[' ... '^'] = ODD,
    ['_'] = JOINT,
    ['`'] = ODD,
    ['{'] = ODD,
    ['|'] = MARK,
    ['}' ... '~'] = ODD,
};

/* What a letter or digit adds to the counts of its piece, eight bits each, so that one addition counts all. */
#define A_DIGIT UINT32_C(0x00000001)
#define A_UPPER UINT32_C(0x00000100)
#define A_LOWER UINT32_C(0x00010000)
#define NOT_HEX UINT32_C(0x01000000)
static_assert(KIND_KEY_MAX <= UINT8_MAX, "a count has eight bits");

static const uint32_t counts_of[256] = {
    ['0' ... '9'] = A_DIGIT,
    ['A' ... 'F'] = A_UPPER,
    ['G' ... 'Z'] = A_UPPER | NOT_HEX,
    ['a' ... 'f'] = A_LOWER,
    ['g' ... 'z'] = A_LOWER | NOT_HEX,
};

/* A run of letters and digits in the key. */
struct piece {
    const char *p;
    unsigned n, n_digits, n_upper, n_lower, n_not_hex;
};

/* The beginnings of the shape that are levels. */
struct marks {
    unsigned n, at[N_MARKS]; /* increasing, at most scan.n */
    bool word;               /* there has been a word since the last mark */
};

/*
 * The shape is written over the key, from text[0] on.  Its last pieces, from text[run] on, may be
 * one id, as those of 550e8400-e29b-41d4-a716-446655440000 or of V1StGXR8_Z5jdHi6B-myT.
 */
struct scan {
    char *text;
    unsigned n;     /* of the shape; never more than was read */
    unsigned run;   /* or NO_RUN */
    bool run_is_id; /* they are one, and their text is '#' */
    bool run_mixed; /* and it has upper and lower case */
    unsigned n_odd;
    struct marks strong; /* after characters that separate the parts of most keys */
    struct marks weak;   /* after any others, too; used for keys that have no strong ones */
};

/* Changes between letters and digits. */
static unsigned
count_changes(const struct piece *p)
{
    unsigned n = 0;
    for (unsigned i = 1; i < p->n; i++)
        n += (counts_of[(uint8_t)p->p[i - 1]] ^ counts_of[(uint8_t)p->p[i]]) & A_DIGIT;
    return n;
}

static bool
is_id(const struct piece *p, bool follows_id)
{
    if (p->n_digits == 0)
        return p->n > WORD_MAX ||
               (p->n >= CASE_MIN && p->n_upper * 8 >= p->n * 3 && p->n_lower * 8 >= p->n * 2);
    if (p->n_not_hex == 0 && (p->n >= HEX_MIN || p->n == p->n_digits || follows_id))
        return true;
    unsigned changes = count_changes(p);
    return changes >= N_CHANGES || (changes == N_CHANGES - 1 && p->n >= MIXED_MIN);
}

/* May it be a part of an id, though it is none by itself?  Not a word, and not one with a capital. */
static bool
may_be_part(const struct piece *p)
{
    bool begins_upper = (counts_of[(uint8_t)p->p[0]] & A_UPPER) != 0;
    return p->n <= PART_MAX || (p->n == UUID_GROUP && p->n_digits + p->n_not_hex == 0) ||
           (p->n_lower > 0 && p->n_upper > begins_upper);
}

/* Ends the shape at `n`, and the levels that were longer. */
static void
shorten(struct scan *s, unsigned n)
{
    CHECKED_MUST(n <= s->n);
    s->n = n;
    while (s->strong.n > 0 && s->strong.at[s->strong.n - 1] > n)
        s->strong.n--;
    while (s->weak.n > 0 && s->weak.at[s->weak.n - 1] > n)
        s->weak.n--;
}

static void
add_id(struct scan *s, bool mixed)
{
    if (s->run == NO_RUN || (!s->run_is_id && !mixed))
        s->run = s->n;
    shorten(s, s->run);
    s->text[s->n++] = '#';
    s->run_mixed = mixed || (s->run_is_id && s->run_mixed);
    s->run_is_id = true;
}

/* Adds the piece, with '#' for each number in it: v2, user42. */
static void
add_word(struct scan *s, const struct piece *p)
{
    s->strong.word = s->weak.word = true;
    if (p->n_digits == 0) {
        if (p->p != s->text + s->n)
            memmove(s->text + s->n, p->p, p->n);
        s->n += p->n;
        return;
    }
    bool after_digit = false;
    for (unsigned i = 0; i < p->n; i++) {
        char c = p->p[i];
        bool digit = (counts_of[(uint8_t)c] & A_DIGIT) != 0;
        if (!digit || !after_digit)
            s->text[s->n++] = digit ? '#' : c;
        after_digit = digit;
    }
}

static void
add_piece(struct scan *s, const struct piece *p, bool is_cut)
{
    if (is_cut || is_id(p, s->run_is_id)) {
        add_id(s, p->n_upper > 0 && p->n_lower > 0);
    } else if (s->n == 0 || !may_be_part(p)) { /* a key does not begin with an id's short part */
        s->run = NO_RUN;
        s->run_is_id = false;
        add_word(s, p);
    } else if (s->run_is_id && s->run_mixed) {
        shorten(s, s->run + 1);
    } else {
        if (s->run == NO_RUN)
            s->run = s->n;
        add_word(s, p);
    }
}

static void
add_mark(struct marks *m, unsigned at)
{
    if (m->word && m->n < N_MARKS)
        m->at[m->n++] = at;
    m->word = false;
}

/* false: the rest of the key does not consist of words. */
static bool
add_separator(struct scan *s, char c)
{
    enum class class = class_of[(uint8_t)c];
    CHECKED_MUST(counts_of[(uint8_t)c] == 0);
    s->n_odd += class == ODD;
    if (class == BINARY || s->n_odd >= ODD_MAX)
        return false;
    s->text[s->n++] = c;
    if (class != JOINT && !(class == SLASH && s->run_is_id && s->run_mixed)) { /* base64 has slashes */
        s->run = NO_RUN;
        s->run_is_id = false;
    }
    if (s->n_odd == 0) {
        add_mark(&s->weak, s->n);
        if (class == MARK || class == SLASH)
            add_mark(&s->strong, s->n);
    }
    return true;
}

static const struct marks *
marks_of(const struct scan *s)
{
    return s->strong.n > 0 ? &s->strong : &s->weak;
}

/* Replaces everything after the first mark. */
static void
cut(struct scan *s)
{
    const struct marks *m = marks_of(s);
    shorten(s, m->n > 0 && m->at[0] >= PREFIX_MIN ? m->at[0] : 0);
    s->text[s->n++] = '#';
}

/* Reads a piece, if there is one, and the character after it.  The key ends with a zero.  NULL: it is read. */
static const char *
scan_piece(struct scan *s, const char *p, const char *end, bool is_cut)
{
    uint32_t counts = 0, one;
    const char *from = p;
    for (; (one = counts_of[(uint8_t)*p]) != 0; p++)
        counts += one;
    if (p > from) {
        struct piece piece = {from, (unsigned)(p - from), counts & UINT8_MAX, counts >> 8 & UINT8_MAX,
            counts >> 16 & UINT8_MAX, counts >> 24};
        add_piece(s, &piece, is_cut && p == end);
    }
    if (p >= end)
        return NULL;
    if (!add_separator(s, *p)) {
        cut(s);
        return NULL;
    }
    return p + 1;
}

void
kind_of_key(struct kind *kind, struct bytes key)
{
    bool is_cut = key.n > KIND_KEY_MAX;
    size_t n = is_cut ? KIND_KEY_MAX : key.n;
    memcpy(kind->text, key.p, n);
    kind->text[n] = '\0';
    struct scan s = {.text = kind->text, .run = NO_RUN};
    const char *p = kind->text, *end = p + n;
    while (p != NULL)
        p = scan_piece(&s, p, end, is_cut);
    MUST(s.n <= n);
    const struct marks *m = marks_of(&s);
    kind->n[0] = (uint8_t)s.n;
    kind->n[1] = (uint8_t)(m->n > 0 ? m->at[m->n - 1] : 0);
    kind->n[2] = (uint8_t)(m->n > 0 ? m->at[0] : 0);
}
