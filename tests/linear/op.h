/*
 * op: one command on one item, and its reply, as the model sees it.
 *
 * The text of both is as a client sends and receives it; the other fields are its
 * meaning.  Classic commands are expressed in words of the meta commands: `touch k
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
    ANSWER_NONE,       /* no reply, or a malformed one */
    ANSWER_DONE,       /* VALUE VA HD STORED TOUCHED DELETED, a number */
    ANSWER_MISSING,    /* END EN NF NOT_FOUND */
    ANSWER_EXISTS,     /* EX EXISTS */
    ANSWER_NOT_STORED, /* NS NOT_STORED */
    ANSWER_NOT_NUMBER,
    ANSWER_NO_MEMORY, /* SERVER_ERROR */
};

/* A letter, and the number after it, if there is one. */
struct op_word {
    char letter;
    uint64_t n;
};

enum { OP_LINE = 160, OP_WORDS = 14 };

struct op {
    /* Which client sent it, and when: from sending the request to receiving the reply. */
    int client;
    uint64_t start, end;
    /* The server's second was within this range. */
    int64_t now_min, now_max;

    char request[OP_LINE]; /* without the value and line ends */
    struct value value;    /* to be stored */
    enum op_kind kind;
    enum op_mode mode;
    bool meta, decr, with_value,
        with_cas; /* of classic reads, the last two: whether they return value and CAS number */
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

/* The word with this letter, or NULL. */
const struct op_word *op_word(const struct op *, char letter);
const struct op_word *op_shown(const struct op *, char letter);

/* The number of a word, or `otherwise`. */
uint64_t op_number(const struct op *, char letter, uint64_t otherwise);

/*
 * Parses a request's line (its value is in op->value already). false: the model does not know the command.
 */
bool op_read_request(struct op *, const char *line);

/* The length of the value that must be sent after a request's line, or -1. */
int64_t op_value_follows(const char *line);

/*
 * Parses a reply from the beginning of the received bytes.  Returns its length, 0 if it is not complete.  A
 * malformed reply is one line, and ANSWER_NONE.
 */
size_t op_take_reply(struct op *, const char *bytes, size_t n);

/* The same from a history: `value` is NULL if the reply has none. */
void op_read_reply(struct op *, const char *line, const struct value *value);

#endif
