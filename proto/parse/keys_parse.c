/*
 * keys_parse: reads a get's line in parts, for a line longer than any buffer.
 *
 * A part is the complete words of the bytes that have arrived, at most PART_MAX
 * bytes.  An incomplete word waits for the next part, and is refused once it is
 * longer than a key can be.  So no more than a key ever waits, however long the line.
 *
 *   gat 100  k1 k2  k3 unfini|         the cut: after the last space
 *      ^    ^      ^
 *      |    |      PARSE_AT_KEYS        a key has been read: the line's end is END
 *      |    PARSE_AT_FIRST_KEY          a line's end here is an error
 *      PARSE_AT_EXPTIME                 likewise
 *
 * After an error the place is PARSE_AT_REST until the line ends.
 */
#include "proto/parse.h"

#include <assert.h>
#include <string.h>

#include "proto/parse/parse_internal.h"

/* Small enough to be searched again in each of the connection's turns that ends within a part. */
enum { PART_MAX = 4096 };
static_assert(
    (int)PART_MAX > (int)PARSE_LINE_MAX, "a first part is enough of the line to tell whether it is good");

/* A part of the line. */
struct sight {
    struct bytes words; /* complete ones */
    struct bytes tail;  /* an incomplete word, or a \r that may belong to the line's end */
    size_t n;           /* all of it, including the line's end */
    bool ends;
};

static struct sight
look(struct bytes in)
{
    CHECKED_MUST(in.n == 0 || in.p != NULL);
    if (in.n > PART_MAX)
        in.n = PART_MAX;
    const char *line_end = memchr(in.p, '\n', in.n);
    if (line_end != NULL) {
        size_t n = (size_t)(line_end - in.p);
        bool crlf = n > 0 && line_end[-1] == '\r';
        return (struct sight){.words = bytes_of(in.p, n - crlf), .n = n + 1, .ends = true};
    }
    const char *space = memrchr(in.p, ' ', in.n);
    size_t n_words = space != NULL ? (size_t)(space + 1 - in.p) : 0;
    return (struct sight){
        .words = bytes_of(in.p, n_words), .tail = bytes_of(in.p + n_words, in.n - n_words), .n = in.n};
}

/* True if the tail cannot become a key or another valid word. */
static bool
is_too_long(struct bytes tail)
{
    return tail.n > REQUEST_KEY_MAX + 1 || (tail.n > REQUEST_KEY_MAX && tail.p[tail.n - 1] != '\r');
}

/* The first of the keys in `rest` and `tail` that is too long; NULL if none is. */
static const char *
find_bad_key(struct bytes rest, struct bytes tail)
{
    struct bytes key;

    while ((key = parse_next_key(&rest)).n > 0)
        if (key.n > REQUEST_KEY_MAX)
            return key.p;
    return is_too_long(tail) ? tail.p : NULL;
}

static enum parse_result
refuse(const struct sight *sight, struct request *req, struct parsed *out, struct bytes complaint)
{
    enum parse_result result = parse_complain(req, out, complaint);

    MUST(sight->n > 0);
    out->used = sight->n;
    if (!sight->ends)
        out->place = PARSE_AT_REST;
    return result;
}

/* Reads exptime, moves *words behind it and updates `place`.  False if the word is no exptime. */
static bool
read_exptime(const struct sight *sight, struct bytes *words, struct request *req, uint8_t *place)
{
    struct bytes word = request_word(words);

    if (word.n == 0)
        return !is_too_long(sight->tail);
    *place = PARSE_AT_FIRST_KEY;
    return request_exptime(word, &req->exptime);
}

/* Reads a part of the line that follows `place`.  `line` is the line's start if this is its first part. */
static enum parse_result
parse_part(uint8_t place, struct bytes in, const char *line, struct request *req, struct parsed *out)
{
    const struct sight sight = look(in);
    struct bytes words = sight.words;

    MUST(place == PARSE_AT_EXPTIME || place == PARSE_AT_FIRST_KEY || place == PARSE_AT_KEYS);
    parse_must_lie_in(sight.words, in);
    parse_must_lie_in(sight.tail, in);
    if (place == PARSE_AT_EXPTIME && !read_exptime(&sight, &words, req, &place))
        return refuse(&sight, req, out, BAD_EXPTIME);
    const char *bad = place == PARSE_AT_EXPTIME ? NULL : find_bad_key(words, sight.tail);
    if (bad != NULL)
        words.n = (size_t)(bad - words.p);
    CHECKED_MUST(words.n <= sight.n);
    const char *end = words.p + words.n;
    req->key = parse_next_key(&words);
    req->args = bytes_of(req->key.p, (size_t)(end - req->key.p));
    bool at_once = line != NULL && bad != NULL && bad + REQUEST_KEY_MAX < line + PARSE_LINE_MAX;
    if (bad != NULL && (req->key.n == 0 || at_once))
        return refuse(&sight, req, out, LINE_BAD);

    if (req->key.n > 0)
        place = PARSE_AT_KEYS;
    out->ends = sight.ends && bad == NULL;
    if (out->ends && place != PARSE_AT_KEYS)
        return refuse(&sight, req, out, LINE_BAD);
    out->used = out->ends ? sight.n : (size_t)(end - in.p);
    out->place = out->ends ? (uint8_t)PROTOCOL_TEXT : place;
    CHECKED_MUST(out->used <= in.n && req->key.n <= REQUEST_KEY_MAX);
    return out->used > 0 ? PARSE_KEYS : PARSE_MORE;
}

enum parse_result
keys_parse_first(struct bytes in, size_t n_word, enum cmd_kind kind, bool with_exptime, struct request *req,
    struct parsed *out)
{
    MUST(n_word > 0 && n_word <= in.n);
    uint8_t place = with_exptime ? PARSE_AT_EXPTIME : PARSE_AT_FIRST_KEY;

    parse_begin_request(req, kind);
    req->exptime = 0;
    enum parse_result result = parse_part(place, bytes_of(in.p + n_word, in.n - n_word), in.p, req, out);
    out->used += n_word;
    return result;
}

enum parse_result
keys_parse_next(const struct parser *parser, struct bytes in, struct request *req, struct parsed *out)
{
    CHECKED_MUST(parse_is_within_line(parser));
    parse_begin_request(req, parser->kind);
    req->exptime = parser->exptime;
    if (parser->protocol != PARSE_AT_REST)
        return parse_part(parser->protocol, in, NULL, req, out);

    const struct sight sight = look(in);
    req->key = req->args = bytes_of(in.p, 0);
    out->ends = false;
    out->used = sight.n;
    out->place = sight.ends ? PROTOCOL_TEXT : PARSE_AT_REST;
    return sight.n > 0 ? PARSE_KEYS : PARSE_MORE;
}
