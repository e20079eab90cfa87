/*
 * op: one command on one item, and its reply, as the model sees it.
 *
 * The text of both is what a client sends and gets; this is what it says.
 * Classic commands are put into the words of the meta commands, so that `touch k
 * 9` and `mg k T9` both have T with 9, and `set k 5 0 1` has F with 5 and T with 0.
 */
#ifndef TESTS_LINEAR_OP_H
#define TESTS_LINEAR_OP_H

#include "tests/linear/value.h"

enum op_kind {
    OP_READ,   /* get gets gat gats mg */
    OP_TOUCH,  /* touch */
    OP_STORE,  /* set add replace append prepend cas ms */
    OP_DELETE, /* delete md */
    OP_COUNT,  /* incr decr ma */
};

enum op_mode { OP_SET, OP_ADD, OP_REPLACE, OP_APPEND, OP_PREPEND, OP_CAS };

enum op_answer {
    ANSWER_NONE,       /* no reply has come, or one that makes no sense */
    ANSWER_DONE,       /* VALUE VA HD STORED TOUCHED DELETED, a number */
    ANSWER_MISSING,    /* END EN NF NOT_FOUND */
    ANSWER_EXISTS,     /* EX EXISTS */
    ANSWER_NOT_STORED, /* NS NOT_STORED */
    ANSWER_NOT_NUMBER,
    ANSWER_NO_MEMORY, /* SERVER_ERROR */
};

/* A letter, and the number that stands behind it, if one does. */
struct op_word {
    char letter;
    uint64_t n;
};

enum { OP_LINE = 160, OP_WORDS = 14 };

struct op {
    /* Which client it was, and when: from the sending to the coming of the reply. */
    int client;
    uint64_t start, end;
    /* The server's seconds meanwhile: not before, not after. */
    int64_t now_min, now_max;

    char request[OP_LINE]; /* without the value and line ends */
    struct value value;    /* that is to be stored */
    enum op_kind kind;
    enum op_mode mode;
    bool meta, decr, with_value, with_cas; /* the latter two of classic reads: they show these */
    int n_words;
    struct op_word words[OP_WORDS];

    char reply[OP_LINE];
    enum op_answer answer;
    struct value got;
    uint64_t number;
    int n_shown;
    struct op_word shown[OP_WORDS]; /* the reply's words; W X Z have no number, t may be -1 */
    bool has_value;
};

/* The word with that letter, or NULL. */
const struct op_word *op_word(const struct op *, char letter);
const struct op_word *op_shown(const struct op *, char letter);

/* The number of a word, or `otherwise`. */
uint64_t op_number(const struct op *, char letter, uint64_t otherwise);

/* Reads a request's line (its value is given in op->value already).  false: it is none that the model knows. */
bool op_read_request(struct op *, const char *line);

/* The length of the value that must be sent behind a request's line, or -1. */
int64_t op_value_follows(const char *line);

/*
 * Takes the reply from the first bytes of what came; returns how many those
 * are, 0 if it is not complete.  A reply that makes no sense is one line, and
 * ANSWER_NONE.
 */
size_t op_take_reply(struct op *, const char *bytes, size_t n);

/* The same from a history: `value` is NULL if the reply has none. */
void op_read_reply(struct op *, const char *line, const struct value *value);

#endif
