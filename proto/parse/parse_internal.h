/*
 * parse_internal: what line_parse.c and the readers of its lines share.
 *
 * line_parse.c finds the line and its first word.  Each shape (see commands.def)
 * has a reader, which reads the rest of the line and fills the request.
 * keys_parse.c reads the long line of a get in parts.  binary_parse.c does it all
 * for a connection that speaks the binary protocol.
 */
#ifndef PROTO_PARSE_PARSE_INTERNAL_H
#define PROTO_PARSE_PARSE_INTERNAL_H

#include "base/bytes.h"
#include "proto/parse.h"
#include "proto/request.h"

/* memcached reads at most this many words of a line; its "last word" is the last of these. */
enum { LINE_WORDS_MAX = 23 };

#define LINE_GOOD   ((struct bytes){NULL, 0})
#define LINE_BAD    BYTES("CLIENT_ERROR bad command line format")
#define BAD_EXPTIME BYTES("CLIENT_ERROR invalid exptime argument")

/*
 * Reads `rest`, the line after its word and without its end, into `req`, of
 * which `kind` is set and the other small fields are zero.  Returns the error
 * line, or LINE_GOOD.  In both cases has_body tells whether n_value bytes and a
 * line end follow the line.
 */
typedef struct bytes line_reader(struct request *req, struct bytes rest);

/* Asserts that a part found in the input lies within it. */
static inline void
parse_must_lie_in(struct bytes part, struct bytes whole)
{
    CHECKED_MUST(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
    (void)part, (void)whole;
}

/* text_parse.c */
line_reader text_read_keys;
line_reader text_read_time_keys;
line_reader text_read_storage;
line_reader text_read_storage_cas;
line_reader text_read_key;
line_reader text_read_key_delta;
line_reader text_read_key_time;
line_reader text_read_words;
line_reader text_read_admin;
line_reader text_read_config;

/* meta_parse.c */
line_reader meta_read;
line_reader meta_read_body;
line_reader meta_read_nop;

/* The last word of a line: `last` is its word number n_words, `rest` holds the words after it. */
struct bytes text_last_word(struct bytes last, struct bytes rest, int n_words);

/* Sets the fields that every reader relies on; a reader sets the other fields that its kind uses. */
static inline void
parse_begin_request(struct request *req, enum cmd_kind kind)
{
    CHECKED_MUST(kind < CMD_N_KINDS);
    req->kind = (uint8_t)kind;
    req->dialect = DIALECT_TEXT;
    req->mode = PUT_SET;
    req->quiet = false;
    req->key_is_binary = false;
    req->arith_decr = false;
    req->has_body = false;
}

/* Returns a PARSE_BAD that keeps the connection open; the next line follows. */
enum parse_result parse_complain(struct request *, struct parsed *, struct bytes complaint);

/*
 * keys_parse.c: the first part of a line of over PARSE_LINE_MAX bytes whose
 * word ends at n_word, and (from proto_parse, within the line) each part after it.
 */
enum parse_result keys_parse_first(
    struct bytes in, size_t n_word, enum cmd_kind, bool with_exptime, struct request *, struct parsed *);
enum parse_result keys_parse_next(const struct parser *, struct bytes in, struct request *, struct parsed *);

/* binary_parse.c: proto_parse for a connection that is known to speak the binary protocol. */
enum parse_result binary_parse(struct bytes in, struct request *req, struct parsed *out);

/* The mode of a storing command that is a separate kind. */
static inline uint8_t
parse_mode_of(enum cmd_kind kind)
{
    static const uint8_t modes[CMD_N_KINDS] = {
        [CMD_SET] = PUT_SET,
        [CMD_ADD] = PUT_ADD,
        [CMD_REPLACE] = PUT_REPLACE,
        [CMD_APPEND] = PUT_APPEND,
        [CMD_PREPEND] = PUT_PREPEND,
        [CMD_CAS] = PUT_CAS,
    };
    CHECKED_MUST(kind < CMD_N_KINDS);
    return modes[kind];
}

static inline bool
text_is_noreply(struct bytes word)
{
    return bytes_equal(word, BYTES("noreply"));
}

#endif
