#include "tests/linear/op.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct op_word *
op_word(const struct op *op, char letter)
{
    for (int i = 0; i < op->n_words; i++)
        if (op->words[i].letter == letter)
            return &op->words[i];
    return NULL;
}

const struct op_word *
op_shown(const struct op *op, char letter)
{
    for (int i = 0; i < op->n_shown; i++)
        if (op->shown[i].letter == letter)
            return &op->shown[i];
    return NULL;
}

uint64_t
op_number(const struct op *op, char letter, uint64_t otherwise)
{
    const struct op_word *w = op_word(op, letter);
    return w != NULL ? w->n : otherwise;
}

static void
add(struct op *op, char letter, const char *number)
{
    /* Negative times wrap around, and are converted back where they are used. */
    uint64_t n = number[0] == '-' ? (uint64_t)strtoll(number, NULL, 10) : strtoull(number, NULL, 10);
    if (op->n_words < OP_WORDS)
        op->words[op->n_words++] = (struct op_word){letter, n};
}

enum { TOKENS = 20 };

/* Cuts a copy of the line at its spaces. */
static int
cut(char *line, char **tokens)
{
    int n = 0;
    char *rest;
    for (char *t = strtok_r(line, " ", &rest); t != NULL && n < TOKENS; t = strtok_r(NULL, " ", &rest))
        tokens[n++] = t;
    return n;
}

/* The classic commands; each letter takes the next token; '.' skips one. */
static const struct {
    const char *name, *letters;
    enum op_kind kind;
    enum op_mode mode;
    bool decr, with_value, with_cas;
} classic[] = {
    {"get", "", OP_READ, OP_SET, false, true, false},
    {"gets", "", OP_READ, OP_SET, false, true, true},
    {"gat", "T", OP_READ, OP_SET, false, true, false}, /* the time precedes the key: see read_classic */
    {"gats", "T", OP_READ, OP_SET, false, true, true},
    {"touch", "T", OP_TOUCH, OP_SET, false, false, false},
    {"set", "FT.", OP_STORE, OP_SET, false, false, false},
    {"add", "FT.", OP_STORE, OP_ADD, false, false, false},
    {"replace", "FT.", OP_STORE, OP_REPLACE, false, false, false},
    {"append", "...", OP_STORE, OP_APPEND, false, false, false},
    {"prepend", "...", OP_STORE, OP_PREPEND, false, false, false},
    {"cas", "FT.C", OP_STORE, OP_CAS, false, false, false},
    {"delete", "", OP_DELETE, OP_SET, false, false, false},
    {"incr", "D", OP_COUNT, OP_SET, false, false, false},
    {"decr", "D", OP_COUNT, OP_SET, true, false, false},
};

static bool
read_classic(struct op *op, char **tokens, int n)
{
    for (size_t i = 0; i < sizeof classic / sizeof classic[0]; i++) {
        const char *letters = classic[i].letters;
        if (strcmp(tokens[0], classic[i].name) != 0)
            continue;
        op->kind = classic[i].kind;
        op->mode = classic[i].mode;
        op->decr = classic[i].decr;
        op->with_value = classic[i].with_value;
        op->with_cas = classic[i].with_cas;
        if (strncmp(tokens[0], "gat", 3) == 0) {
            if (n == 3)
                add(op, 'T', tokens[1]);
            return n == 3;
        }
        if (n != (int)strlen(letters) + 2)
            return false;
        for (int k = 0; letters[k] != '\0'; k++)
            if (letters[k] != '.')
                add(op, letters[k], tokens[k + 2]);
        return true;
    }
    return false;
}

static enum op_mode
mode_of(char letter)
{
    switch (letter) {
    case 'E': return OP_ADD;
    case 'A': return OP_APPEND;
    case 'P': return OP_PREPEND;
    case 'R': return OP_REPLACE;
    default: return OP_SET;
    }
}

static bool
read_meta(struct op *op, char **tokens, int n)
{
    static const char names[][3] = {"mg", "ms", "md", "ma"};
    static const enum op_kind kinds[] = {OP_READ, OP_STORE, OP_DELETE, OP_COUNT};
    int which = 0, first = 2;
    while (which < 4 && strcmp(tokens[0], names[which]) != 0)
        which++;
    if (which == 4)
        return false;
    op->meta = true;
    op->kind = kinds[which];
    first += op->kind == OP_STORE;
    for (int i = first; i < n; i++) {
        if (tokens[i][0] == 'M' && op->kind == OP_STORE)
            op->mode = mode_of(tokens[i][1]);
        else if (tokens[i][0] == 'M')
            op->decr = tokens[i][1] == 'D';
        else
            add(op, tokens[i][0], tokens[i] + 1);
    }
    if (op->kind == OP_STORE && op_word(op, 'C') != NULL && (op->mode == OP_SET || op->mode == OP_REPLACE))
        op->mode = OP_CAS;
    return true;
}

bool
op_read_request(struct op *op, const char *line)
{
    char copy[OP_LINE], *tokens[TOKENS];
    snprintf(op->request, sizeof op->request, "%s", line);
    snprintf(copy, sizeof copy, "%s", line);
    int n = cut(copy, tokens);
    return n >= 2 && (read_meta(op, tokens, n) || read_classic(op, tokens, n));
}

int64_t
op_value_follows(const char *line)
{
    char copy[OP_LINE], *tokens[TOKENS];
    struct op op = {0};
    if (!op_read_request(&op, line) || op.kind != OP_STORE)
        return -1;
    snprintf(copy, sizeof copy, "%s", line);
    int n = cut(copy, tokens), at = op.meta ? 2 : 4;
    return n > at ? strtoll(tokens[at], NULL, 10) : -1;
}
