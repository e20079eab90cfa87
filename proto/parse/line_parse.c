/*
 * line_parse: proto_parse, and where a text request begins and ends.
 *
 * The LF ends a line, and the word before the first space names the command.  The
 * reader of that command's shape (text_parse.c, meta_parse.c) reads the rest of the
 * line, and proto_parse adds the body if the buffer has all of it.
 *
 * This runs once a request: the usual command costs a memchr, one load and a
 * few integer compares before its reader starts.
 */
#include "proto/parse.h"

#include <assert.h>
#include <endian.h>

#include "proto/binary.h"
#include "proto/parse/parse_internal.h"

enum {
    LINE_MIN = 4,                 /* shortest line of an unknown word, in bytes including its end */
    SPACES_BEFORE_KEYS_MAX = 100, /* before the word of a line longer than PARSE_LINE_MAX */
};

/* ---- which command ------------------------------------------------------ */

enum shape {
    SHAPE_NONE,
    SHAPE_KEYS,
    SHAPE_TIME_KEYS,
    SHAPE_STORAGE,
    SHAPE_STORAGE_CAS,
    SHAPE_KEY,
    SHAPE_KEY_DELTA,
    SHAPE_KEY_TIME,
    SHAPE_WORDS,
    SHAPE_ADMIN,
    SHAPE_CONFIG,
    SHAPE_META,
    SHAPE_META_BODY,
    SHAPE_META_NOP,
    SHAPE_BINARY,
};

static line_reader *const readers[] = {
    [SHAPE_KEYS] = text_read_keys,
    [SHAPE_TIME_KEYS] = text_read_time_keys,
    [SHAPE_STORAGE] = text_read_storage,
    [SHAPE_STORAGE_CAS] = text_read_storage_cas,
    [SHAPE_KEY] = text_read_key,
    [SHAPE_KEY_DELTA] = text_read_key_delta,
    [SHAPE_KEY_TIME] = text_read_key_time,
    [SHAPE_WORDS] = text_read_words,
    [SHAPE_ADMIN] = text_read_admin,
    [SHAPE_CONFIG] = text_read_config,
    [SHAPE_META] = meta_read,
    [SHAPE_META_BODY] = meta_read_body,
    [SHAPE_META_NOP] = meta_read_nop,
};
static_assert(sizeof readers / sizeof readers[0] == SHAPE_BINARY, "every shape of a line has a reader");

static const uint8_t shapes[CMD_N_KINDS] = {
    [CMD_NONE] = SHAPE_NONE,
#define CMD(kind, word, shape, effects, body, does) [CMD_##kind] = SHAPE_##shape,
#include "proto/commands.def"
#undef CMD
};

/*
 * A word of up to seven letters as one integer, its first letter in the lowest
 * byte.  No word of eight letters or more gives the integer of a short word.
 */
#define LETTER(text, i) \
    ((i) < sizeof(text) - 1 ? (uint64_t)(text)[(i) < sizeof(text) ? (i) : 0] << 8 * (i) : 0)
#define WORD(text)                                                                             \
    (LETTER(text, 0) | LETTER(text, 1) | LETTER(text, 2) | LETTER(text, 3) | LETTER(text, 4) | \
        LETTER(text, 5) | LETTER(text, 6) | LETTER(text, 7))

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* `length` is a constant wherever this is inlined, so the compiler drops all rows of another length. */
static inline __attribute__((always_inline)) enum cmd_kind
kind_among(size_t length, uint64_t word)
{
#define CMD(kind, text, shape, effects, body, does)       \
    if (length == sizeof(text) - 1 && word == WORD(text)) \
        return CMD_##kind;
#include "proto/commands.def"
#undef CMD
    return CMD_NONE;
}

static inline __attribute__((always_inline)) enum cmd_kind
kind_of_letters(uint64_t letters, size_t n)
{
    switch (n) {
    case 2: return kind_among(2, letters);
    case 3: return kind_among(3, letters);
    case 4: return kind_among(4, letters);
    case 5: return kind_among(5, letters);
    case 6: return kind_among(6, letters);
    case 7: return kind_among(7, letters);
    default: return CMD_NONE;
    }
}

/* A command's word: the first `n` bytes of the line, up to the end of the word. */
struct word {
    enum cmd_kind kind; /* CMD_NONE: unknown, and n means nothing */
    size_t n;
};

/*
 * Returns the word at the start of `in`, if it has at most seven letters.  It ends
 * before a space or at n_line; `in` may continue after the line, which is why
 * eight bytes can usually be loaded at once.
 */
static inline __attribute__((always_inline)) struct word
find_short_word(struct bytes in, size_t n_line)
{
    uint64_t letters = 0;

    CHECKED_MUST(n_line <= in.n);
    if (LIKELY(in.n >= sizeof(letters)))
        memcpy(&letters, in.p, sizeof(letters));
    else
        memcpy(&letters, in.p, in.n);
    letters = le64toh(letters);

    /*
     * the top bit of each byte that ends the word; only the lowest bit set is
     * reliable, and only it is used
     */
    uint64_t gap = letters ^ EACH_BYTE(' ');
    uint64_t ends = (gap - EACH_BYTE(0x01)) & ~gap & EACH_BYTE(0x80);
    if (UNLIKELY(n_line < sizeof(letters)))
        ends |= UINT64_C(0x80) << 8 * n_line;
    if (UNLIKELY(ends == 0))
        return (struct word){CMD_NONE, 0};
    size_t n = (size_t)__builtin_ctzll(ends) / 8;
    CHECKED_MUST(n <= n_line && n < sizeof letters);
    uint64_t before = ((ends & -ends) >> 7) - 1;
    return (struct word){kind_of_letters(letters & before, n), n};
}

/* The slow path, for long words, and for admin commands with spaces before them. */
static __attribute__((noinline, cold)) struct word
find_any_word(struct bytes line)
{
    struct bytes rest = line, word = request_word(&rest);

    for (enum cmd_kind kind = CMD_NONE + 1; kind < CMD_N_KINDS; kind++) {
        const char *name = request_word_of(kind);
        if (bytes_equal(word, bytes_of(name, strlen(name))) &&
            (word.p == line.p || shapes[kind] == SHAPE_ADMIN))
            return (struct word){kind, (size_t)(rest.p - line.p)};
    }
    return (struct word){CMD_NONE, 0};
}

/* ---- one request -------------------------------------------------------- */

/* A browser, or a request forged through one, gets no answer that it could show. */
static __attribute__((noinline, cold)) enum parse_result
refuse_unknown(struct bytes line, struct request *req, struct parsed *out)
{
    struct bytes rest = line, word = request_word(&rest);
    struct bytes last = text_last_word(word, rest, 1);

    MUST(out->used > 0 && line.n <= out->used);
    if (out->used < LINE_MIN)
        return parse_complain(req, out, LINE_BAD);
    if (last.p != word.p && bytes_begin_with(last, BYTES("HTTP/")))
        return PARSE_CLOSE;
    req->quiet = text_is_noreply(last);
    return parse_complain(req, out, BYTES("ERROR"));
}

/* The command of a line that may be longer than PARSE_LINE_MAX: a get, or CMD_NONE. */
static struct word
find_word_of_keys(struct bytes in, size_t *n_spaces)
{
    size_t n = 0;

    MUST(in.n > PARSE_LINE_MAX);
    while (n <= SPACES_BEFORE_KEYS_MAX && in.p[n] == ' ')
        n++;
    *n_spaces = n;
    in = bytes_of(in.p + n, in.n - n);
    struct word word = find_short_word(in, in.n);
    bool has_keys = shapes[word.kind] == SHAPE_KEYS || shapes[word.kind] == SHAPE_TIME_KEYS;
    return n <= SPACES_BEFORE_KEYS_MAX && has_keys ? word : (struct word){CMD_NONE, 0};
}

/*
 * Begins a line of over PARSE_LINE_MAX bytes, complete or not; the answer is the
 * same.  False, with nothing changed, if it is not the line of a get.
 */
static bool
begin_long_line(struct bytes in, struct request *req, struct parsed *out, enum parse_result *result)
{
    size_t n_spaces;
    struct word word = find_word_of_keys(in, &n_spaces);

    if (word.kind == CMD_NONE)
        return false;
    if (n_spaces == 0) {
        *result = keys_parse_first(in, word.n, word.kind, shapes[word.kind] == SHAPE_TIME_KEYS, req, out);
        return true;
    }
    parse_begin_request(req, CMD_NONE);
    out->used = PARSE_LINE_MAX;
    *result = refuse_unknown(bytes_of(in.p, out->used), req, out);
    out->place = PARSE_AT_REST;
    return true;
}

static __attribute__((noinline, cold)) enum parse_result
await_line_end(struct parser *parser, struct bytes in, struct request *req, struct parsed *out)
{
    enum parse_result result;

    MUST(in.n > parser->scanned);
    if (in.n > PARSE_LINE_MAX && !parser->whole_lines)
        return begin_long_line(in, req, out, &result) ? result : PARSE_CLOSE;
    parser->scanned = (uint32_t)in.n;
    return PARSE_MORE;
}

static __attribute__((noinline, cold)) enum parse_result
refuse(const struct parser *parser, struct bytes in, struct bytes line, struct request *req,
    struct parsed *out, struct bytes complaint)
{
    enum parse_result result;

    if (out->used > PARSE_LINE_MAX + 1 && !parser->whole_lines && begin_long_line(in, req, out, &result))
        return result;
    if (req->kind == CMD_NONE)
        return refuse_unknown(line, req, out);
    MUST(complaint.n > 0);
    out->swallow = req->has_body ? (uint64_t)req->n_value + 2 : 0;
    return parse_complain(req, out, complaint);
}

static enum parse_result
take_body(struct bytes in, struct request *req, struct parsed *out)
{
    size_t n = req->n_value;
    CHECKED_MUST(out->used <= in.n && n <= INT32_MAX - 2);
    const char *body = in.p + out->used;

    if (in.n - out->used < n + 2) {
        req->value = bytes_of(NULL, 0);
        return PARSE_BODY;
    }
    out->used += n + 2;
    req->value = bytes_of(body, n);
    return body[n] == '\r' && body[n + 1] == '\n' ? PARSE_DONE : parse_complain(req, out, PARSE_BAD_CHUNK);
}

/* True if the next bytes are not the start of a text line. */
static inline bool
speaks_otherwise(struct parser *parser, struct bytes in)
{
    if (parser->protocol == PROTOCOL_AUTO && in.n > 0)
        parser->protocol = (unsigned char)in.p[0] == BINARY_REQUEST ? PROTOCOL_BINARY : PROTOCOL_TEXT;
    return parser->protocol >= PROTOCOL_BINARY;
}

enum parse_result
proto_parse(struct parser *parser, struct bytes in, struct request *req, struct parsed *out)
{
    out->used = 0;
    out->swallow = 0;
    if (UNLIKELY(parser->protocol != PROTOCOL_TEXT) && speaks_otherwise(parser, in))
        return parser->protocol == PROTOCOL_BINARY ? binary_parse(in, req, out)
                                                   : keys_parse_next(parser, in, req, out);
    if (in.n == parser->scanned)
        return PARSE_MORE;
    CHECKED_MUST(parser->scanned < in.n);
    const char *line_end = memchr(in.p + parser->scanned, '\n', in.n - parser->scanned);
    if (line_end == NULL)
        return await_line_end(parser, in, req, out);
    parser->scanned = 0;
    out->used = (size_t)(line_end + 1 - in.p);

    bool crlf = line_end > in.p && line_end[-1] == '\r';
    struct bytes line = bytes_of(in.p, (size_t)(line_end - in.p) - crlf);
    struct word word = find_short_word(in, line.n);
    if (UNLIKELY(word.kind == CMD_NONE))
        word = find_any_word(line);
    parse_begin_request(req, word.kind);
    if (UNLIKELY(word.kind == CMD_NONE))
        return refuse(parser, in, line, req, out, LINE_GOOD);

    CHECKED_MUST(word.n <= line.n && out->used <= in.n);
    CHECKED_MUST(shapes[word.kind] < SHAPE_BINARY && readers[shapes[word.kind]] != NULL);
    struct bytes rest = bytes_of(line.p + word.n, line.n - word.n);
    struct bytes complaint = readers[shapes[word.kind]](req, rest);
    if (UNLIKELY(complaint.n > 0))
        return refuse(parser, in, line, req, out, complaint);
    return req->has_body ? take_body(in, req, out) : PARSE_DONE;
}
