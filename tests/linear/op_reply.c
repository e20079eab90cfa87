#include "tests/linear/op.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    enum op_answer answer;
} answers[] = {
    {"STORED", ANSWER_DONE},
    {"TOUCHED", ANSWER_DONE},
    {"DELETED", ANSWER_DONE},
    {"HD", ANSWER_DONE},
    {"VA", ANSWER_DONE},
    {"VALUE", ANSWER_DONE},
    {"END", ANSWER_MISSING},
    {"EN", ANSWER_MISSING},
    {"NF", ANSWER_MISSING},
    {"NOT_FOUND", ANSWER_MISSING},
    {"EX", ANSWER_EXISTS},
    {"EXISTS", ANSWER_EXISTS},
    {"NS", ANSWER_NOT_STORED},
    {"NOT_STORED", ANSWER_NOT_STORED},
    {"SERVER_ERROR", ANSWER_NO_MEMORY},
};

static void
show(struct op *op, char letter, const char *number)
{
    uint64_t n = number[0] == '-' ? (uint64_t)strtoll(number, NULL, 10) : strtoull(number, NULL, 10);
    if (op->n_shown < OP_WORDS)
        op->shown[op->n_shown++] = (struct op_word){letter, n};
}

/* VALUE <key> <flags> <bytes> [<cas>] */
static void
read_classic_words(struct op *op, char **rest)
{
    (void)strtok_r(NULL, " ", rest);
    char *flags = strtok_r(NULL, " ", rest), *size = strtok_r(NULL, " ", rest);
    char *cas = strtok_r(NULL, " ", rest);
    if (flags != NULL && size != NULL) {
        show(op, 'f', flags);
        show(op, 's', size);
    }
    if (cas != NULL)
        show(op, 'c', cas);
}

static void
read_words(struct op *op, const char *first, char **rest)
{
    if (strcmp(first, "VALUE") == 0) {
        read_classic_words(op, rest);
        return;
    }
    if (strcmp(first, "VA") == 0)
        (void)strtok_r(NULL, " ", rest);
    for (char *word; (word = strtok_r(NULL, " ", rest)) != NULL;)
        show(op, word[0], word + 1);
}

void
op_read_reply(struct op *op, const char *line, const struct value *value)
{
    char copy[OP_LINE], *rest;
    snprintf(op->reply, sizeof op->reply, "%s", line);
    snprintf(copy, sizeof copy, "%s", line);
    op->answer = ANSWER_NONE;
    op->has_value = value != NULL;
    op->got = value != NULL ? *value : (struct value){0};
    char *first = strtok_r(copy, " ", &rest);
    if (first == NULL)
        return;
    if (strncmp(line, "CLIENT_ERROR cannot increment", 29) == 0)
        op->answer = ANSWER_NOT_NUMBER;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (strcmp(first, answers[i].word) == 0)
            op->answer = answers[i].answer;
    if (op->answer != ANSWER_NO_MEMORY && op->answer != ANSWER_NOT_NUMBER)
        read_words(op, first, &rest);
    if (op->kind == OP_COUNT && !op->meta && isdigit((unsigned char)first[0])) {
        op->answer = ANSWER_DONE;
        op->number = strtoull(first, NULL, 10);
    } else if (op->kind == OP_COUNT && value != NULL && !value_number(value, &op->number)) {
        op->answer = ANSWER_NONE;
    }
}

/* The length of the value that follows a reply's line, or -1. */
static int64_t
length_behind(const char *line)
{
    long long n = -1;
    if (strncmp(line, "VA ", 3) == 0)
        n = strtoll(line + 3, NULL, 10);
    else if (strncmp(line, "VALUE ", 6) == 0 && sscanf(line, "VALUE %*s %*s %lld", &n) != 1)
        n = -1;
    return n;
}

size_t
op_take_reply(struct op *op, const char *bytes, size_t n)
{
    char line[OP_LINE];
    const char *end = memchr(bytes, '\n', n);
    if (end == NULL || end == bytes)
        return 0;
    size_t n_line = (size_t)(end - bytes) - 1, used = n_line + 2;
    snprintf(line, sizeof line, "%.*s", (int)n_line, bytes);
    int64_t n_value = length_behind(line);
    if (n_value < 0) {
        op_read_reply(op, line, NULL);
        return used;
    }
    size_t n_behind = (size_t)n_value + 2 + (line[2] == 'L' ? 5 : 0); /* END after VALUE */
    if (n < used + n_behind)
        return 0;
    struct value v = value_of(bytes + used, (size_t)n_value);
    op_read_reply(op, line, &v);
    if (memcmp(bytes + used + n_value, line[2] == 'L' ? "\r\nEND\r\n" : "\r\n", n_behind - (size_t)n_value) !=
        0)
        op->answer = ANSWER_NONE;
    return used + n_behind;
}
